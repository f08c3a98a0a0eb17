using System.Reflection;
using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>The values of tests/golden and the fill that its scripts use instead of storing weights: see the README there.</summary>
internal static class Golden
{
    /// <summary>The folder of the repository, as the build knew it.</summary>
    public static string RepositoryRoot { get; } = typeof(Golden).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>The root of a golden file.</summary>
    public static JsonElement Read(string file) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryRoot, "tests", "golden", file))).RootElement;

    /// <summary>A list of numbers.</summary>
    public static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetDouble())];

    /// <summary>A list of whole numbers.</summary>
    public static long[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetInt64())];

    /// <summary>Numbers nested to any depth, row by row.</summary>
    public static double[] Flat(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().SelectMany(Flat)] : [value.GetDouble()];

    /// <summary>A list of lists as a [rows, columns] tensor.</summary>
    public static Tensor Matrix(JsonElement rows, ScalarType dtype = ScalarType.Float64) =>
        tensor(Flat(rows), dtype).reshape(rows.GetArrayLength(), -1);

    /// <summary>The values of a tensor, row by row.</summary>
    public static double[] Flat(Tensor value)
    {
        using var scope = NewDisposeScope();
        return [.. value.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray()];
    }

    /// <summary>The bits of a float32 tensor, so that equality means equality.</summary>
    public static int[] Bits(Tensor value) => [.. value.detach().contiguous().data<float>().ToArray().Select(BitConverter.SingleToInt32Bits)];

    /// <summary>Euclidean norm.</summary>
    public static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(v => v * v));

    /// <summary>‖actual − expected‖ / ‖expected‖, or ‖actual‖ where zeros are expected.</summary>
    public static double Apart(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var norm = Norm(expected);
        return Norm(expected.Zip(actual, (e, a) => a - e)) / (norm == 0 ? 1 : norm);
    }

    /// <summary>‖actual − expected‖ / ‖expected‖.</summary>
    public static double Apart(Tensor expected, Tensor actual) => Apart(Flat(expected), Flat(actual));

    /// <summary>Each value within <paramref name="relative"/> of itself, or <paramref name="absolute"/> near zero.</summary>
    public static void Close(double[] expected, double[] actual, double relative, double absolute, string what = "value")
    {
        Assert.Equal(expected.Length, actual.Length);
        var worst = expected.Zip(actual).Select((pair, i) => (i, pair.First, pair.Second))
            .FirstOrDefault(x => !(Math.Abs(x.First - x.Second) <= absolute + (relative * Math.Abs(x.First))), (-1, 0, 0));
        Assert.True(worst.Item1 < 0, $"{what} {worst.Item1}: expected {worst.Item2:R}, got {worst.Item3:R}");
    }

    /// <summary>A float32 tensor of the golden fill: depends on nothing but the name and the row-major index.</summary>
    public static Tensor Fill(string name, long[] shape, double low, double high)
    {
        var start = Fnv1a(name);
        var values = new float[shape.Aggregate(1L, (product, n) => product * n)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)(low + ((high - low) * ((Scramble(unchecked(start + ((uint)i * 0x9E3779B9u))) + 0.5) / 4294967296.0)));
        }

        return tensor(values).reshape(shape);
    }

    private static uint Fnv1a(string name) =>
        Encoding.UTF8.GetBytes(name).Aggregate(0x811C9DC5u, (hash, b) => unchecked((hash ^ b) * 0x01000193u));

    private static uint Scramble(uint x)
    {
        unchecked
        {
            x = (x ^ (x >> 16)) * 0x7FEB352Du;
            x = (x ^ (x >> 15)) * 0x846CA68Bu;
            return x ^ (x >> 16);
        }
    }
}
