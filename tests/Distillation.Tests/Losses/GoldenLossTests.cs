using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Every formula against a loop over samples and classes: per sample, in the mean, and its gradient.</summary>
public sealed class GoldenLossTests
{
    public static TheoryData<string> Cases => LossCases.Names;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Cross_entropy_with_labels(string name) =>
        Same(name, golden => golden.GetProperty("cross_entropy"), (golden, z) => Losses.CrossEntropy(z, LossCases.Labels(golden)));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Cross_entropy_with_a_distribution(string name) =>
        Same(name, golden => golden.GetProperty("cross_entropy_soft"), (golden, z) => Losses.SoftCrossEntropy(z, Golden.Matrix(golden.GetProperty("soft_targets"), z.dtype)));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Cross_entropy_with_smoothed_labels(string name) =>
        Same(name, golden => golden.GetProperty("cross_entropy_smoothed"), (golden, z) => Losses.SmoothedCrossEntropy(z, LossCases.Labels(golden), 0.1));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Divergence_at_every_temperature(string name) => EachTemperature(name, "kl", Losses.KlDivergence);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Distillation_at_every_temperature(string name) => EachTemperature(name, "kd", Losses.Hinton);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_whole_of_Hintons_loss(string name)
    {
        var hinton = LossCases.Named(name).GetProperty("hinton");
        var (gamma, alpha, temperature) = (hinton.GetProperty("gamma").GetDouble(), hinton.GetProperty("alpha").GetDouble(), hinton.GetProperty("temperature").GetDouble());
        Same(
            name,
            _ => hinton,
            (golden, z) => (Losses.CrossEntropy(z, LossCases.Labels(golden)) * gamma) + (Losses.Hinton(z, Teacher(golden, z), temperature) * alpha),
            temperature * temperature);
    }

    private static void EachTemperature(string name, string formula, Func<Tensor, Tensor, double, Tensor> loss)
    {
        var count = LossCases.Named(name).GetProperty(formula).GetArrayLength();
        Assert.Equal(4, count);
        for (var i = 0; i < count; i++)
        {
            var temperature = LossCases.Named(name).GetProperty(formula)[i].GetProperty("temperature").GetDouble();
            Same(name, golden => golden.GetProperty(formula)[i], (golden, z) => loss(z, Teacher(golden, z), temperature), formula == "kd" ? temperature * temperature : 1);
        }
    }

    private static Tensor Teacher(JsonElement golden, Tensor like) => Golden.Matrix(golden.GetProperty("teacher"), like.dtype);

    // Mean and gradient relative in norm, within 1e-4 of the loop's; where student and teacher are one, there is no norm to be relative to.
    private static void NearInNorm(double[] expected, Tensor actual, string what) =>
        Assert.True(Golden.Norm(expected) < 1e-5 || Golden.Apart(expected, Golden.Flat(actual)) <= 1e-4, $"{what}: {Golden.Apart(expected, Golden.Flat(actual)):g3} of its norm apart");

    // In float64 to the last digits; in float32 to what rounding costs: the terms of a divergence cancel, and T² multiplies what is left of them.
    private static void Same(string name, Func<JsonElement, JsonElement> expected, Func<JsonElement, Tensor, Tensor> loss, double scale = 1)
    {
        using var scope = NewDisposeScope();
        var golden = LossCases.Named(name);
        var values = Golden.Numbers(expected(golden).GetProperty("per_sample"));
        var largest = Math.Max(1, Golden.Flat(golden.GetProperty("student")).Max(Math.Abs));

        var student = Golden.Matrix(golden.GetProperty("student"));
        student.requires_grad = true;
        var exact = loss(golden, student);
        Assert.Equal([values.Length], exact.shape);
        Golden.Close(values, Golden.Flat(exact), relative: 1e-10, absolute: 1e-12, name);
        var mean = exact.mean();
        Golden.Close([expected(golden).GetProperty("mean").GetDouble()], Golden.Flat(mean), relative: 1e-10, absolute: 1e-12, $"mean of {name}");
        mean.backward();
        Golden.Close(Golden.Flat(expected(golden).GetProperty("gradient")), Golden.Flat(student.grad!), relative: 1e-9, absolute: 1e-13, $"gradient of {name}");

        var single = Golden.Matrix(golden.GetProperty("student"), ScalarType.Float32);
        single.requires_grad = true;
        var rounded = loss(golden, single);
        Assert.Equal(ScalarType.Float32, rounded.dtype);
        Golden.Close(values, Golden.Flat(rounded), relative: 1e-5, absolute: 2e-6 * scale * largest, $"float32 {name}");
        Golden.Close(
            Golden.Numbers(expected(golden).GetProperty("float32").GetProperty("per_sample")), Golden.Flat(rounded), relative: 1e-5, absolute: 4e-6 * scale * largest, $"float32 {name}");
        var roundedMean = rounded.mean();
        NearInNorm([expected(golden).GetProperty("mean").GetDouble()], roundedMean, $"float32 mean of {name}");
        roundedMean.backward();
        NearInNorm(Golden.Flat(expected(golden).GetProperty("gradient")), single.grad!, $"float32 gradient of {name}");
        Golden.Close(Golden.Flat(expected(golden).GetProperty("gradient")), Golden.Flat(single.grad!), relative: 1e-4, absolute: 1e-6 * scale, $"float32 gradient of {name}");
    }
}
