using System.Text.Json;

namespace TorchSharp.Tests;

/// <summary>The values that tests/golden/torch_seeds.py took from PyTorch.</summary>
internal static class Golden
{
    private static readonly JsonElement Root = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "torch_seeds.json"))).RootElement;

    internal static double[] Seeded(string name) => Numbers(Root.GetProperty("seeds").GetProperty(name));
    internal static double[] Gradient(string name) => Numbers(Root.GetProperty("gradients").GetProperty(name));
    internal static long[] Shape(string name) => [.. Root.GetProperty("operators").GetProperty(name).GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];
    internal static double[] Values(string name) => Numbers(Root.GetProperty("operators").GetProperty(name).GetProperty("values"));
    internal static IEnumerable<string> Operators => Root.GetProperty("operators").EnumerateObject().Select(p => p.Name);
    internal static IEnumerable<string> Seeds => Root.GetProperty("seeds").EnumerateObject().Select(p => p.Name);

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetDouble())];

    /// <summary>The deterministic tensor of the golden script: ((i * 37) mod 101) / 50 - 1.</summary>
    internal static Tensor Fill(params long[] shape)
    {
        var n = shape.Aggregate(1L, (product, length) => product * length);
        return tensor(Enumerable.Range(0, (int)n).Select(i => (float)(i * 37 % 101 / 50.0 - 1.0)).ToArray()).reshape(shape);
    }

    internal static double[] Flat(Tensor t) => [.. (t.is_complex() ? t.view_as_real() : t).detach().to(ScalarType.Float64).contiguous().data<double>().ToArray()];

    /// <summary>Within 1e-5 relative, or 1e-6 where a value is near zero.</summary>
    internal static void Close(double[] expected, double[] actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(0.1, Math.Abs(expected[i])), $"value {i}: PyTorch has {expected[i]}, this is {actual[i]}");
    }
}
