using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Every factory against the same network in PyTorch on the same weights.</summary>
public sealed class GoldenNetworkTests
{
    // Of the logits, in norm. PyTorch's own float32 is up to 6e-6 from float64 here (ResNet-110 in training mode).
    private const double Tolerance = 1e-4;

    public static TheoryData<string, int> All => Zoo.Rows();

    public static TheoryData<string, int> WithValues => Zoo.Rows(golden => golden.TryGetProperty("logits_eval", out _));

    [Fact]
    public void The_fill_here_is_the_fill_of_the_golden_scripts() => Assert.All(Zoo.FillExamples.EnumerateArray(), example =>
    {
        using var scope = NewDisposeScope();
        var ours = Golden.Fill(example.GetProperty("name").GetString()!, [4], example.GetProperty("lo").GetDouble(), example.GetProperty("hi").GetDouble());
        Assert.Equal(Golden.Numbers(example.GetProperty("first")), Golden.Flat(ours));
    });

    [Theory]
    [MemberData(nameof(All))]
    public void Names_shapes_and_order_are_those_of_the_state_dict(string name, int index)
    {
        var (golden, network) = (Zoo.Cases[index], Zoo.Build(Zoo.Cases[index]));
        Assert.Equal(Table(golden.GetProperty("parameters")), network.Parameters.Select(p => $"{p.Name} [{string.Join(", ", p.Shape)}]"));
        Assert.Equal(Table(golden.GetProperty("buffers")), network.Buffers.Select(b => $"{b.Name} [{string.Join(", ", b.Shape)}]"));
        Assert.NotEmpty(name);

        static IEnumerable<string> Table(JsonElement rows) =>
            rows.EnumerateArray().Select(row => $"{row.GetProperty("name").GetString()} [{string.Join(", ", Golden.Integers(row.GetProperty("shape")))}]");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Parameters_and_multiply_adds_are_counted_as_PyTorch_has_them(string name, int index)
    {
        var (golden, network) = (Zoo.Cases[index], Zoo.Build(Zoo.Cases[index]));
        Assert.Equal((name, golden.GetProperty("parameter_count").GetInt64()), (name, network.ParameterCount));
        Assert.Equal((name, golden.GetProperty("multiply_adds").GetInt64()), (name, network.MultiplyAdds));
        Assert.Equal(network.ParameterCount, network.Layers.Sum(row => row.Parameters));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_parameter_starts_from_the_published_distribution(string name, int index)
    {
        var (golden, network) = (Zoo.Cases[index], Zoo.Build(Zoo.Cases[index]));
        Assert.All(network.Parameters.Zip(golden.GetProperty("parameters").EnumerateArray()), pair =>
        {
            var (kind, number) = pair.First.Initializer switch
            {
                Initializer.Constant c => ("constant", c.Value),
                Initializer.Normal n => ("normal", n.Deviation),
                Initializer.Uniform u => ("uniform", u.Bound),
                var other => throw new InvalidOperationException($"{other}"),
            };
            var expected = pair.Second.GetProperty("init");
            Assert.Equal((name, pair.First.Name, expected.GetProperty("kind").GetString()), (name, pair.First.Name, kind));
            Assert.Equal(expected.GetProperty(kind switch { "constant" => "value", "normal" => "std", _ => "bound" }).GetDouble(), number, 1e-12);
        });
    }

    [Theory]
    [MemberData(nameof(WithValues))]
    public void Logits_and_taps_in_evaluation_mode_are_PyTorchs(string name, int index)
    {
        using var scope = NewDisposeScope();
        var (golden, network) = (Zoo.Cases[index], Zoo.Build(Zoo.Cases[index]));
        var weights = Zoo.Filled(network);
        var (parameters, buffers) = (Golden.Bits(weights.Parameters), Golden.Bits(weights.Buffers));
        var answer = network.Apply(weights, Zoo.Images(network), Pass.Evaluation);

        Near(golden.GetProperty("logits_eval"), answer.Logits, name);
        Assert.Equal(network.Taps.Select(tap => tap.Name), answer.Taps.Select(tap => tap.Name));
        Assert.All(network.Taps.Zip(answer.Taps), tap => Assert.Equal([2, .. tap.First.Shape.Dimensions], tap.Second.Value.shape));
        Assert.All(golden.GetProperty("taps").EnumerateArray(), tap => SameMap(tap, answer, ""));
        Assert.All(golden.GetProperty("preact").EnumerateArray(), tap => SameMap(tap, answer, ".preact"));
        Assert.Equal(Golden.Flat(answer.Taps[^1].Value), Golden.Flat(answer.Embedding));

        // Looking changes nothing, to the last bit.
        Assert.Equal(parameters, Golden.Bits(weights.Parameters));
        Assert.Equal(buffers, Golden.Bits(weights.Buffers));
    }

    [Theory]
    [MemberData(nameof(WithValues))]
    public void Logits_and_running_statistics_after_one_training_forward_are_PyTorchs(string name, int index)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (golden, network) = (Zoo.Cases[index], Zoo.Build(Zoo.Cases[index]));
        var weights = Zoo.Filled(network);
        var parameters = Golden.Bits(weights.Parameters);
        Near(golden.GetProperty("logits_train"), network.Apply(weights, Zoo.Images(network), Pass.Training(Key.Of(1))).Logits, name);
        Assert.Equal(parameters, Golden.Bits(weights.Parameters));
        Assert.All(golden.GetProperty("statistics_after_train").EnumerateArray(), row =>
        {
            var (buffer, norm) = (row.GetProperty("name").GetString()!, row.GetProperty("norm").GetDouble());
            Assert.True(Math.Abs(Golden.Norm(Golden.Flat(weights[buffer])) - norm) <= 1e-5 * norm, $"{name}: {buffer}");
        });
    }

    [Theory]
    [MemberData(nameof(WithValues))]
    public void The_gradient_of_the_logits_is_PyTorchs(string name, int index)
    {
        using var scope = NewDisposeScope();
        var (golden, network) = (Zoo.Cases[index], Zoo.Build(Zoo.Cases[index]));
        // One ReLU that rounding turns the other way changes much behind it: PyTorch's own float32 says how much.
        var tolerance = Math.Max(Tolerance, 20 * golden.GetProperty("float32_error").GetProperty("gradient").GetDouble());
        var weights = Zoo.Filled(network);
        weights.Parameters.requires_grad = true;
        (network.Apply(weights, Zoo.Images(network), Pass.Evaluation).Logits.square().sum() / 2).backward(inputs: [weights.Parameters]);

        var gradient = weights.Parameters.grad!;
        var expected = golden.GetProperty("gradient");
        Assert.Equal(1, Golden.Norm(Golden.Flat(gradient)) / expected.GetProperty("norm").GetDouble(), tolerance);
        Assert.All(expected.GetProperty("of").EnumerateArray(), one =>
        {
            var (there, here) = (Golden.Numbers(one.GetProperty("first")), Golden.Flat((weights with { Parameters = gradient })[one.GetProperty("name").GetString()!]));
            Golden.Close(there, here[..there.Length], relative: tolerance, absolute: tolerance * here.Max(Math.Abs), $"{name}: {one.GetProperty("name").GetString()}");
        });
    }

    private static void Near(JsonElement expected, Tensor actual, string name)
    {
        Assert.Equal(ScalarType.Float32, actual.dtype);
        var apart = Golden.Apart(Golden.Flat(expected), Golden.Flat(actual));
        Assert.True(apart < Tolerance, $"{name}: the logits are {apart:E1} from PyTorch's.");
    }

    // The golden LeNet calls its flattened map f2; here that is f3, behind the map itself.
    private static void SameMap(JsonElement golden, Activations answer, string suffix)
    {
        var name = golden.GetProperty("name").GetString()! + suffix;
        long[] shape = [2, .. Golden.Integers(golden.GetProperty("shape"))];
        var map = answer[name].dim() == 4 && shape.Length == 2 ? answer[name].flatten(1) : answer[name];
        Assert.Equal(shape, map.shape);
        var values = Golden.Flat(map);
        var norm = golden.GetProperty("norm").GetDouble();
        Assert.True(Math.Abs(Golden.Norm(values) - norm) <= Tolerance * norm, $"the norm of {name}");
        var first = Golden.Numbers(golden.GetProperty("first"));
        Golden.Close(first, values[..first.Length], relative: Tolerance, absolute: Tolerance * values.Max(Math.Abs), name);
    }
}
