using System.Globalization;
using System.Numerics;

namespace TorchSharp;

public static partial class torch
{
    internal sealed record PrintOptions(TensorStringStyle Style, string Float, int Width, string NewLine, int MaxRows, int MaxColumns);

    private static PrintOptions printing = new(TensorStringStyle.Julia, "g5", 100, Environment.NewLine, 6, 6);

    /// <summary>What <see cref="TensorStringStyle.Default"/> stands for.</summary>
    public static TensorStringStyle TensorStringStyle
    {
        get => printing.Style;
        set => set_printoptions(value);
    }

    public static void set_printoptions(int precision, int? linewidth = null, string? newLine = null, bool sci_mode = false, int? maxRows = null, int? maxColumns = null) =>
        set_printoptions(null, $"{(sci_mode ? "E" : "F")}{precision}", linewidth, newLine, maxRows, maxColumns);

    public static void set_printoptions(TensorStringStyle? style = null, string? floatFormat = null, int? linewidth = null, string? newLine = null, int? maxRows = null, int? maxColumns = null) =>
        printing = printing with
        {
            Style = style is null or TensorStringStyle.Default ? printing.Style : style.Value,
            Float = floatFormat ?? printing.Float,
            Width = linewidth ?? printing.Width,
            NewLine = newLine ?? printing.NewLine,
            MaxRows = maxRows ?? printing.MaxRows,
            MaxColumns = maxColumns ?? printing.MaxColumns
        };

    public partial class Tensor
    {
        public override string ToString() => IsInvalid ? "[disposed]" : Metadata();

        public string ToString(bool disamb, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null) =>
            disamb ? ToString(TensorStringStyle.Default, fltFormat, width, cultureInfo, newLine) : Metadata();

        public string ToString(TensorStringStyle style, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null)
        {
            var chosen = style == TensorStringStyle.Default ? printing.Style : style;
            if (chosen == TensorStringStyle.Metadata || device_type == DeviceType.META) return Metadata();
            var look = printing with { Float = fltFormat ?? printing.Float, Width = width ?? printing.Width, NewLine = newLine ?? printing.NewLine };
            using var scope = NewDisposeScope();
            return new Printer(detach().cpu().contiguous(), look, cultureInfo ?? CultureInfo.CurrentCulture).Print(chosen, Metadata());
        }

        private string Metadata() => $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";
    }

    /// <summary>Lays out the values of a contiguous tensor on the CPU as Julia, NumPy or C# would.</summary>
    private sealed class Printer(Tensor tensor, PrintOptions look, CultureInfo culture)
    {
        private readonly long[] shape = tensor.shape;
        private readonly Func<long, string> cell = Cells(tensor, look.Float, culture);
        private readonly string suffix = tensor.dtype is ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16 ? "f" : tensor.dtype is ScalarType.Int64 ? "L" : "";

        internal string Print(TensorStringStyle style, string metadata) => (style, shape.Length) switch
        {
            (TensorStringStyle.Numpy, 0) => cell(0),
            (TensorStringStyle.Numpy, _) => tensor.numel() == 0 ? "[]" : Numpy(0, 0),
            (_, 0) => $"{metadata}, value = {cell(0)}",
            _ when tensor.numel() == 0 => metadata,
            (TensorStringStyle.CSharp, 1) => $"{metadata}, value = {Name(tensor.dtype)} [] {CSharp(0, 0)}",
            (TensorStringStyle.CSharp, var n) => $"{metadata}, value = {look.NewLine}{Name(tensor.dtype)} [{new string(',', n - 1)}] {{{look.NewLine} {CSharp(0, 0)[1..^1]}{look.NewLine}}}",
            _ => $"{metadata}{look.NewLine}{Julia()}"
        };

        private static string Name(ScalarType type) => type switch
        {
            ScalarType.Byte => "byte",
            ScalarType.Int8 => "sbyte",
            ScalarType.Int16 => "short",
            ScalarType.Int32 => "int",
            ScalarType.Int64 => "long",
            ScalarType.Float32 => "float",
            ScalarType.Float64 => "double",
            ScalarType.Bool => "bool",
            _ => type.ToString().ToLowerInvariant()
        };

        // How many values lie below one index of dimension d.
        private long Below(int d) => shape[(d + 1)..].Aggregate(1L, (product, length) => product * length);

        // The first three, a gap (null) and the last three, where there are more than fit.
        private static IEnumerable<long?> Edges(long length, int most) => length <= most ? Longs(0, length).Select(i => (long?)i)
            : Longs(0, most / 2).Select(i => (long?)i).Append(null).Concat(Longs(length - most / 2, most / 2).Select(i => (long?)i));

        private static IEnumerable<long> Longs(long start, long count) { for (var i = 0L; i < count; i++) yield return start + i; }

        // Cells are parted by commas, except around the gap.
        private string Row(long start, string suffix) => string.Concat(Edges(shape[^1], look.MaxColumns).Select((i, n) =>
            i is { } j ? (n == 0 ? "" : n == look.MaxColumns / 2 + 1 && shape[^1] > look.MaxColumns ? " " : ", ") + cell(start + j) + suffix : ", ..."));

        private string Numpy(int d, long start)
        {
            if (d == shape.Length - 1) return $"[{Row(start, "")}]";
            var indent = new string(' ', d + 1);
            var between = string.Concat(Enumerable.Repeat(look.NewLine, shape.Length - d - 1));
            return $"[{string.Join(between + indent, Edges(shape[d], look.MaxRows).Select(i => i is { } j ? Numpy(d + 1, start + j * Below(d)) : "..."))}]";
        }

        private string CSharp(int d, long start)
        {
            if (d == shape.Length - 1) return $"{{{Row(start, suffix)}}}";
            var edges = Edges(shape[d], look.MaxRows).Select(i => i is { } j ? CSharp(d + 1, start + j * Below(d)) : "...").ToArray();
            var parts = edges.Select((part, n) => part + (n == edges.Length - 1 || part == "..." ? "" : ","));
            return $"{{{string.Join(look.NewLine + new string(' ', d + 1), parts)}}}";
        }

        private string Julia()
        {
            if (shape.Length <= 2) return Matrix(0);
            var leading = shape[..^2];
            return string.Join(look.NewLine, Longs(0, leading.Aggregate(1L, (product, length) => product * length)).Select(i =>
                $"[{string.Join(',', At(i, leading))},..,..] ={look.NewLine}{Matrix(i * shape[^1] * shape[^2])}"));
        }

        private static IEnumerable<long> At(long i, long[] lengths) => lengths.Select((length, d) => i / lengths[(d + 1)..].Aggregate(1L, (product, n) => product * n) % length);

        // Columns line up; what does not fit on a line of the given width becomes dots.
        private string Matrix(long start)
        {
            var rows = Longs(0, shape.Length == 1 ? 1 : shape[^2]).Select(r => Fitting(start + r * shape[^1])).ToArray();
            var columns = rows.Min(row => row.Count);
            var widths = Enumerable.Range(0, columns).Select(c => rows.Max(row => row[c].Length)).ToArray();
            var dots = columns < shape[^1] ? " ..." : "";
            return string.Concat(rows.Select(row => string.Concat(row.Take(columns).Select((text, c) => " " + text.PadLeft(widths[c]))) + dots + look.NewLine));
        }

        private List<string> Fitting(long start)
        {
            List<string> row = [];
            var room = look.Width;
            for (var c = 0L; c < shape[^1]; c++)
            {
                var text = cell(start + c);
                if (room - text.Length - 4 < 0) break;
                row.Add(text);
                room -= text.Length + 1;
            }
            return row;
        }

        private static Func<long, string> Cells(Tensor tensor, string format, CultureInfo culture)
        {
            Func<long, string> Of<T>(Func<T, string> show) where T : unmanaged { var data = tensor.data<T>(); return i => show(data[i]); }
            return tensor.dtype switch
            {
                ScalarType.Float32 => Of<float>(v => v.ToString(format, culture)),
                ScalarType.Float64 => Of<double>(v => v.ToString(format, culture)),
                ScalarType.Float16 => Of<Half>(v => ((float)v).ToString(format, culture)),
                ScalarType.BFloat16 => Of<BFloat16>(v => v.ToSingle().ToString(format, culture)),
                ScalarType.ComplexFloat32 => Of<(float Real, float Imaginary)>(v => Both(v.Real.ToString(format, culture), v.Imaginary.ToString(format, culture), v.Real, v.Imaginary)),
                ScalarType.ComplexFloat64 => Of<Complex>(v => Both(v.Real.ToString(format, culture), v.Imaginary.ToString(format, culture), v.Real, v.Imaginary)),
                ScalarType.Byte => Of<byte>(v => v.ToString(culture)),
                ScalarType.Int8 => Of<sbyte>(v => v.ToString(culture)),
                ScalarType.Int16 => Of<short>(v => v.ToString(culture)),
                ScalarType.Int32 => Of<int>(v => v.ToString(culture)),
                ScalarType.Int64 => Of<long>(v => v.ToString(culture)),
                _ => Of<bool>(v => v.ToString())
            };
        }

        private static string Both(string re, string im, double real, double imaginary) => imaginary == 0 ? re : real == 0 ? im + "i" : $"{re}+{im}i";
    }
}
