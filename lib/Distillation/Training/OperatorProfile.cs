using System.Runtime.InteropServices;
using TorchSharp;

namespace Distillation;

/// <summary>What one operator cost.</summary>
/// <param name="Name">As libtorch names it: <c>aten::convolution</c>, or <c>ConvolutionBackward0</c> for a node of the backward pass.</param>
/// <param name="Calls">How often it ran.</param>
/// <param name="Self">Time in it, without the operators that it called.</param>
/// <param name="Total">Time in it, with them.</param>
public sealed record OperatorTime(string Name, long Calls, TimeSpan Self, TimeSpan Total);

/// <summary>
/// Counts and times every operator between <see cref="Start"/> and <see cref="Stop"/>. TorchSharp has no profiler, so this asks libtorch itself through an optional library of this project
/// (lib/Distillation.Native, built by <c>./kd setup</c> where a C++ compiler is). On a GPU the times are those of handing work over, not of doing it.
/// </summary>
public static class OperatorProfile
{
    private const string Library = "libDistillationNative";

    private delegate int Begin();

    private delegate long End();

    private delegate nint Read(long index, [In, Out] long[] numbers);

    private static readonly Lazy<(nint Handle, string? Absence)> loaded = new(Load);

    /// <summary>Why there is no profile here, in a sentence; null when there is one.</summary>
    public static string? Absence => loaded.Value.Absence;

    /// <summary>Begins to count.</summary>
    /// <exception cref="BadInput">The library is not here (<see cref="Absence"/> says why), or somebody counts already.</exception>
    public static void Start()
    {
        if (Absence is { } absence)
        {
            throw new BadInput(absence);
        }

        if (Entry<Begin>("distillation_profile_start")() == 0)
        {
            throw new BadInput("Operators are being counted already; end that profile before another one begins.");
        }
    }

    /// <summary>Ends counting. Call it when no operator is running.</summary>
    /// <returns>The operators by falling <see cref="OperatorTime.Self"/>; empty when nobody was counting.</returns>
    public static IReadOnlyList<OperatorTime> Stop()
    {
        if (Absence is not null)
        {
            return [];
        }

        var (count, read) = (Entry<End>("distillation_profile_stop")(), Entry<Read>("distillation_profile_line"));
        var (lines, numbers) = (new List<OperatorTime>(), new long[3]);
        for (var index = 0L; index < count; index++)
        {
            var name = Marshal.PtrToStringUTF8(read(index, numbers))!;
            lines.Add(new(name, numbers[0], Nanoseconds(numbers[1]), Nanoseconds(numbers[2])));
        }

        return [.. lines.OrderByDescending(line => line.Self).ThenBy(line => line.Name, StringComparer.Ordinal)];
    }

    private static TimeSpan Nanoseconds(long count) => TimeSpan.FromMicroseconds(count / 1000.0);

    private static T Entry<T>(string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(loaded.Value.Handle, name));

    // One built for another libtorch would bring that one into the process, so the file beside it is asked first.
    private static (nint, string?) Load()
    {
        var here = Plain(torch.__version__);
        var found = Places().Where(File.Exists).Select(path => (Path: path, For: Version(path))).ToList();
        var fitting = found.Where(library => library.For == here).Select(library => library.Path).FirstOrDefault();
        return fitting is not null
            ? NativeLibrary.TryLoad(fitting, out var handle) ? (handle, null) : (0, $"Operators cannot be counted: {fitting} does not load; './kd setup' builds it again.")
            : (0, found.Count > 0
                ? $"Operators cannot be counted: {found[0].Path} was built for libtorch {found[0].For} and this program runs {here}; './kd setup' with TORCH_HOME naming that libtorch builds another."
                : $"Operators cannot be counted: {Library}.so is not here; './kd setup' builds it where a C++ compiler and libtorch's headers are.");
    }

    // Beside the program, or where kd builds it: native/LIBTORCH/distillation of the artifacts folder that the program lies in.
    private static IEnumerable<string> Places()
    {
        yield return Path.Combine(AppContext.BaseDirectory, $"{Library}.so");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var native = new DirectoryInfo(Path.Combine(folder.FullName, "native"));
            foreach (var library in native.Exists ? native.GetDirectories().Select(one => Path.Combine(one.FullName, "distillation", $"{Library}.so")) : [])
            {
                yield return library;
            }
        }
    }

    private static string Version(string path) => Path.ChangeExtension(path, ".version") is var file && File.Exists(file) ? Plain(File.ReadAllText(file)) : "an unknown version";

    // 1.13.0a0 and 2.10.0+cpu are 1.13.0 and 2.10.0.
    private static string Plain(string version) => string.Join('.', version.Trim().Split('+')[0].Split('.').Take(3).Select(part => string.Concat(part.TakeWhile(char.IsAsciiDigit))));
}
