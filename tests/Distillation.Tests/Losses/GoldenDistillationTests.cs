using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>The losses that methods bring, against loops over samples, channels and pixels: values, per sample where they have them, and every gradient.</summary>
public sealed class GoldenDistillationTests
{
    private delegate Tensor Formula(Inputs inputs);

    /// <summary>What a golden case gives to a formula.</summary>
    private sealed record Inputs(IReadOnlyDictionary<string, Tensor> Tensors, JsonElement Parameters)
    {
        public Tensor this[string name] => Tensors[name];

        public Tensor Student => Tensors["student"];

        public Tensor Teacher => Tensors["teacher"];

        public Tensor Labels => Tensors["labels"];

        public double Number(string name) => Parameters.GetProperty(name).GetDouble();
    }

    private static readonly IReadOnlyDictionary<string, Formula> formulas = new Dictionary<string, Formula>
    {
        ["fitnet"] = i => Losses.Hint(i.Student, i.Teacher),
        ["at"] = i => Losses.AttentionTransfer(i.Student, i.Teacher),
        ["ft"] = i => Losses.FactorTransfer(i.Student, i.Teacher),
        ["ft_original"] = i => Losses.FactorTransfer(i.Student, i.Teacher, whole: true),
        ["sp"] = i => Losses.SimilarityPreserving(i.Student, i.Teacher),
        ["vid"] = i => Losses.VariationalInformation(i.Student, i["raw_variance"], i.Teacher),
        ["ab"] = i => Losses.ActivationBoundary(i.Student, i.Teacher),
        ["nst"] = i => Losses.NeuronSelectivity(i.Student, i.Teacher),
        ["fsp"] = i => Losses.SolutionFlow(i["student_bottom"], i["student_top"], i["teacher_bottom"], i["teacher_top"]),
        ["ickd"] = i => Losses.ChannelCorrelation(i.Student, i.Teacher),
        ["cc"] = i => Losses.NeighbourCongruence(i.Student, i.Teacher),
        ["cc_taylor"] = i => Losses.CorrelationCongruence(i.Student, i.Teacher, i.Number("gamma"), (int)i.Number("order")),
        ["rkd_distance"] = i => Losses.RelationalDistance(i.Student, i.Teacher),
        ["rkd_angle"] = i => Losses.RelationalAngle(i.Student, i.Teacher),
        ["pkt"] = i => Losses.ProbabilisticTransfer(i.Student, i.Teacher),
        ["dkd_tckd"] = i => Losses.TargetClass(i.Student, i.Teacher, i.Labels, i.Number("temperature")) * Square(i),
        ["dkd_nckd"] = i => Losses.OtherClasses(i.Student, i.Teacher, i.Labels, i.Number("temperature")) * Square(i),
        ["dkd"] = i => Losses.Decoupled(i.Student, i.Teacher, i.Labels, i.Number("alpha"), i.Number("beta"), i.Number("temperature")),
        ["dist_inter"] = i => Losses.InterClass(i.Student, i.Teacher, i.Number("temperature")),
        ["dist_intra"] = i => Losses.IntraClass(i.Student, i.Teacher, i.Number("temperature")),
        ["lskd"] = i => Losses.Hinton(Losses.Standardize(i.Student), Losses.Standardize(i.Teacher), i.Number("temperature")),
        ["ttm"] = i => Losses.TransformedTeacher(i.Student, i.Teacher, 1 / i.Number("exponent")),
        ["wttm"] = i => Losses.TransformedTeacher(i.Student, i.Teacher, 1 / i.Number("exponent"), weighted: true),
    };

    private static readonly IReadOnlyDictionary<string, JsonElement> cases = new[] { "features.json", "logits.json" }
        .SelectMany(file => Golden.Read(file).GetProperty("cases").EnumerateArray())
        .ToDictionary(golden => $"{golden.GetProperty("loss").GetString()}: {golden.GetProperty("name").GetString()}");

    public static TheoryData<string> Cases => [.. cases.Where(golden => formulas.ContainsKey(golden.Value.GetProperty("loss").GetString()!)).Select(golden => golden.Key)];

    [Fact]
    public void Every_formula_has_golden_values()
    {
        var there = cases.Values.Select(golden => golden.GetProperty("loss").GetString()!).ToHashSet();

        Assert.All(formulas.Keys, name => Assert.Contains(name, there));
        Assert.True(Cases.Count > 150);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_gradients_are_those_of_the_loop(string name)
    {
        using var scope = NewDisposeScope();
        var golden = cases[name];
        var inputs = Read(golden, ScalarType.Float64, history: true);

        var loss = formulas[golden.GetProperty("loss").GetString()!](inputs);
        var value = loss.mean();

        if (golden.GetProperty("per_sample") is { ValueKind: JsonValueKind.Array } perSample && loss.dim() == 1)
        {
            Golden.Close(Golden.Numbers(perSample), Golden.Flat(loss), relative: 1e-9, absolute: 1e-11, $"{name} per sample");
        }

        Golden.Close([golden.GetProperty("value").GetDouble()], Golden.Flat(value), relative: 1e-9, absolute: 1e-11, name);
        value.backward();
        foreach (var gradient in golden.GetProperty("gradients").EnumerateObject())
        {
            Golden.Close(Golden.Numbers(gradient.Value), Golden.Flat(inputs[gradient.Name].grad!), relative: 1e-7, absolute: 1e-9, $"{name}, gradient of {gradient.Name}");
        }

        Assert.All(inputs.Tensors.Where(pair => pair.Key.StartsWith("teacher", StringComparison.Ordinal) && !golden.GetProperty("gradients").TryGetProperty(pair.Key, out _)), pair => Assert.Null(pair.Value.grad));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void In_float32_the_value_is_the_loops_up_to_rounding(string name)
    {
        using var scope = NewDisposeScope();
        var golden = cases[name];

        var value = formulas[golden.GetProperty("loss").GetString()!](Read(golden, ScalarType.Float32, history: false)).mean();

        Golden.Close([golden.GetProperty("value").GetDouble()], Golden.Flat(value), relative: 2e-3, absolute: 2e-4, name);
    }

    // The loops of some repositories have τ² inside.
    private static double Square(Inputs inputs) => inputs.Number("temperature") * inputs.Number("temperature");

    private static Inputs Read(JsonElement golden, ScalarType dtype, bool history) => new(
        golden.GetProperty("inputs").EnumerateObject().ToDictionary(input => input.Name, input =>
        {
            var shape = Golden.Integers(input.Value.GetProperty("shape"));
            if (input.Name is "labels" or "positives" or "negatives")
            {
                return tensor(Golden.Integers(input.Value.GetProperty("values"))).view(shape);
            }

            var values = tensor(Golden.Numbers(input.Value.GetProperty("values"))).view(shape).to_type(dtype);
            return history ? values.requires_grad_(true) : values;
        }),
        golden.GetProperty("parameters"));
}
