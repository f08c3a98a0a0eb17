using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>What a golden case gives to a formula, and how the formula's values and gradients are held to the case's.</summary>
internal sealed record GoldenInputs(IReadOnlyDictionary<string, Tensor> Tensors, JsonElement Parameters)
{
    // What teaches and learns at once has the gradient of its learning alone, which is no slope.
    private static readonly string[] teaching = ["byot last", "ddgsd first", "ddgsd second", "tskd last"];

    private static readonly string[] whole = ["labels", "positives", "negatives", "own"];

    public Tensor this[string name] => Tensors[name];

    public Tensor Student => Tensors["student"];

    public Tensor Teacher => Tensors["teacher"];

    public Tensor Labels => Tensors["labels"];

    public double Number(string name) => Parameters.GetProperty(name).GetDouble();

    public double[] List(string name) => Golden.Numbers(Parameters.GetProperty(name));

    /// <summary>The cases of files by loss and name.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Cases(params string[] files) => files
        .SelectMany(file => Golden.Read(file).GetProperty("cases").EnumerateArray())
        .ToDictionary(golden => $"{golden.GetProperty("loss").GetString()}: {golden.GetProperty("name").GetString()}");

    /// <summary>
    /// Value, values per sample and every gradient, relative in norm within 1e-9 in float64 and 1e-4 in float32; what is the teacher's and has no golden gradient gets none. In float32, rounding is granted
    /// besides only to what is nothing but rounding (a student equal to its teacher), and to divergences whose terms cancel (samples one by one, and DKD's two classes). In float64 every gradient is also the slope that two values a little apart
    /// have.
    /// </summary>
    public static void Compare(JsonElement golden, string name, Func<GoldenInputs, Tensor> formula, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var (relative, absolute) = dtype == ScalarType.Float64 ? (1e-9, 1e-13) : (1e-4, 2e-6);
        var inputs = Read(golden, dtype);

        var loss = formula(inputs);
        var value = loss.mean();

        if (golden.GetProperty("per_sample") is { ValueKind: JsonValueKind.Array } perSample && loss.dim() == 1)
        {
            Near(Golden.Numbers(perSample), loss, $"{name} per sample", cancels: true);
        }

        Near([golden.GetProperty("value").GetDouble()], value, name, cancels: name.StartsWith("dkd_tckd", StringComparison.Ordinal));
        Assert.Equal(dtype, value.dtype);
        if (value.requires_grad)
        {
            value.backward();
        }

        foreach (var gradient in golden.GetProperty("gradients").EnumerateObject())
        {
            Near(Golden.Numbers(gradient.Value), inputs[gradient.Name].grad!, $"{name}, gradient of {gradient.Name}");
        }

        if (dtype == ScalarType.Float64)
        {
            golden.GetProperty("gradients").EnumerateObject().ToList().ForEach(gradient => Slope(gradient.Name));
        }

        Assert.All(
            inputs.Tensors.Where(pair => pair.Key.StartsWith("teacher", StringComparison.Ordinal) && !golden.GetProperty("gradients").TryGetProperty(pair.Key, out _)), pair => Assert.Null(pair.Value.grad));

        // Along a direction of norm 1. Where a student is its teacher, or a unit is dead, distances have their edge.
        void Slope(string input)
        {
            const double Step = 1e-6;
            if (name.Contains("equals teacher", StringComparison.Ordinal) || name.Contains("dead units", StringComparison.Ordinal) || teaching.Contains($"{name.Split(':')[0]} {input}"))
            {
                return;
            }

            using var quiet = no_grad();
            var (point, gradient) = (inputs[input].detach(), inputs[input].grad!);
            var direction = Key.Of(7).Fold(input).Normal(point.shape, CPU).to_type(dtype);
            direction /= direction.norm();
            double At(double far) => formula(inputs with { Tensors = inputs.Tensors.ToDictionary(pair => pair.Key, pair => pair.Key == input ? point + (direction * far) : pair.Value) }).mean().item<double>();
            var (slope, along) = ((At(Step) - At(-Step)) / (2 * Step), (gradient * direction).sum().item<double>());
            Assert.True(Math.Abs(slope - along) <= (1e-5 * gradient.norm().item<double>()) + 1e-8, $"{name}: the slope along {input} is {slope:R}, its gradient says {along:R}");
        }

        // A norm of rounding errors is none.
        void Near(double[] expected, Tensor actual, string what, bool cancels = false)
        {
            var numbers = Golden.Flat(actual);
            Assert.Equal(expected.Length, numbers.Length);
            var (apart, norm) = (Golden.Norm(expected.Zip(numbers, (e, n) => e - n)), Golden.Norm(expected));
            Assert.True(apart <= (relative * norm) + (cancels || norm < 1e-5 ? absolute : 0), $"{what}: {apart:g3} apart, of {norm:g3}");
        }
    }

    private static GoldenInputs Read(JsonElement golden, ScalarType dtype) => new(
        golden.GetProperty("inputs").EnumerateObject().ToDictionary(input => input.Name, input =>
        {
            var shape = Golden.Integers(input.Value.GetProperty("shape"));
            return whole.Contains(input.Name)
                ? tensor(Golden.Integers(input.Value.GetProperty("values"))).view(shape)
                : tensor(Golden.Numbers(input.Value.GetProperty("values"))).view(shape).to_type(dtype).requires_grad_(true);
        }),
        golden.GetProperty("parameters"));
}
