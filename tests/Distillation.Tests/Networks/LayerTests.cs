using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>How layers compose, and what dropout draws.</summary>
public sealed class LayerTests
{
    [Fact]
    public void Composition_is_associative_and_Identity_is_neutral()
    {
        using var scope = NewDisposeScope();
        Layer a = Layer.Conv("a", 5), b = Layer.BatchNorm("b"), c = Layer.Conv("c", 2, stride: 2);
        var networks = new[] { Small.Of(a.Then(b).Then(c)), Small.Of(a.Then(b.Then(c))), Small.Of(Layer.Identity.Then(a).Then(Layer.Identity), b, c, Layer.Identity) };
        Assert.Single(networks.Select(network => network.Identity).Distinct());
        Assert.Single(networks.Select(Answer).Distinct());

        static string Answer(Network network) => string.Join(' ', Golden.Bits(network.Bind(network.Initialize(Key.Of(1), CPU))(Small.Images(network)).Logits));
    }

    [Fact]
    public void Within_puts_a_name_in_front_of_all_names()
    {
        var network = Small.Of(Layer.Chain(Layer.Conv("conv", 2), Layer.BatchNorm("bn")).Within("0").Within("layer1"), Layer.Conv("conv", 2));
        Assert.Equal(["layer1.0.conv.weight", "layer1.0.bn.weight", "layer1.0.bn.bias", "conv.weight", "fc.weight", "fc.bias"], network.Parameters.Select(p => p.Name));
        Assert.Equal(["layer1.0.bn.running_mean", "layer1.0.bn.running_var"], network.Buffers.Select(b => b.Name));
    }

    [Fact]
    public void A_residual_is_the_sum_of_its_branch_and_its_shortcut()
    {
        using var scope = NewDisposeScope();
        var network = Small.Of(Layer.Residual(Layer.Conv("branch", 3).Tap("branch"), Layer.Conv("shortcut", 3, kernel: 1).Tap("shortcut")).Tap("sum"));
        var answer = network.Bind(network.Initialize(Key.Of(1), CPU))(Small.Images(network));
        Assert.Equal(Golden.Bits(answer["branch"] + answer["shortcut"]), Golden.Bits(answer["sum"]));
    }

    [Fact]
    public void A_layer_that_is_no_chain_sees_its_children_the_input_and_the_pass()
    {
        using var scope = NewDisposeScope();
        var passes = new List<Pass>();
        var gate = Layer.Of("gate", [Layer.Conv("value", 3), Layer.Conv("gate", 3)], (children, x, pass) =>
        {
            passes.Add(pass);
            return (children[0](x) * children[1](x).sigmoid()) + x;
        });
        var network = Small.Of(gate.Tap("out"));
        var weights = network.Initialize(Key.Of(1), CPU);
        var images = Small.Images(network);
        var answer = network.Apply(weights, images, Pass.Evaluation);
        Tensor Conv(string name) => nn.functional.conv2d(images, weights[$"{name}.weight"], padding: [1, 1]);
        Assert.True(Golden.Apart((Conv("value") * Conv("gate").sigmoid()) + images, answer["out"]) < 1e-6);
        Assert.Equal([Pass.Evaluation], passes);
    }

    [Fact]
    public void A_layer_may_say_what_it_puts_out()
    {
        using var scope = NewDisposeScope();
        var both = Layer.Of(
            "cat", [Layer.Conv("a", 2), Layer.Conv("b", 5)], (children, x, _) => cat([children[0](x), children[1](x)], 1), shapes => shapes[0] with { Channels = shapes.Sum(s => s.Channels) });
        var network = Small.Of(both.Tap("both"));
        Assert.Equal(new Shape(7, 4, 4), network.Taps[0].Shape);
        Assert.Equal([4, 7, 4, 4], network.Bind(network.Initialize(Key.Of(1), CPU))(Small.Images(network))["both"].shape);
    }

    [Fact]
    public void Grouped_convolutions_count_their_own_inputs_only()
    {
        var network = Network.Build("grouped", new Shape(4, 8, 8), Layer.Conv("conv", 6, groups: 2, stride: 2).Then(Layer.GlobalAveragePool));
        Assert.Equal([6, 2, 3, 3], network.Parameters[0].Shape.ToArray());
        Assert.Equal(6 * 2 * 9 * 4 * 4, network.MultiplyAdds);
        Assert.Equal(Initializer.FanIn(18), network.Parameters[0].Initializer);
    }

    [Fact]
    public void Batch_normalisation_without_scale_makes_every_channel_standard()
    {
        using var scope = NewDisposeScope();
        var network = Small.Of(Layer.BatchNorm("bn", affine: false).Tap("out"));
        Assert.DoesNotContain(network.Parameters, p => p.Name.StartsWith("bn", StringComparison.Ordinal));
        var channels = network.Apply(network.Initialize(Key.Of(1), CPU), (Small.Images(network, 32) * 5) - 2, Pass.Training(Key.Of(1)))["out"].transpose(0, 1).flatten(1);
        Assert.All(Golden.Flat(channels.mean([1])), mean => Assert.InRange(mean, -1e-5, 1e-5));
        Assert.All(Golden.Flat(channels.pow(2).mean([1])), square => Assert.InRange(square, 0.999, 1.001));
    }

    [Fact]
    public void Dropout_with_the_same_key_drops_the_same_values()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(Dropped(Pass.Training(Key.Of(5)), "out"), Dropped(Pass.Training(Key.Of(5)), "out"));
        Assert.NotEqual(Dropped(Pass.Training(Key.Of(5)), "out"), Dropped(Pass.Training(Key.Of(6)), "out"));
        // A pass over running statistics may drop too, when it carries a key: what is dropped depends on the key only.
        Assert.Equal(Dropped(Pass.Training(Key.Of(5)), "out"), Dropped(Pass.Evaluation with { Key = Key.Of(5) }, "out"));
    }

    [Fact]
    public void Two_dropouts_of_one_network_drop_different_values() =>
        Assert.NotEqual(Dropped(Pass.Training(Key.Of(5)), "out").Select(v => v == 0), Dropped(Pass.Training(Key.Of(5)), "other").Select(v => v == 0));

    [Fact]
    public void Nothing_is_dropped_without_a_key() => Assert.All(Dropped(Pass.Evaluation, "out"), v => Assert.Equal(1, v));

    [Fact]
    public void Dropout_keeps_the_mean_and_drops_as_often_as_it_says()
    {
        var values = Dropped(Pass.Training(Key.Of(5)), "out");
        Assert.All(values, v => Assert.True(v == 0 || Math.Abs(v - (1 / 0.7)) < 1e-6));
        Assert.InRange(values.Count(v => v == 0) / (double)values.Length, 0.27, 0.33);
        Assert.InRange(values.Average(), 0.95, 1.05);
    }

    // What two dropouts of 0.3, each on its own, make of ones.
    private static double[] Dropped(Pass pass, string tap)
    {
        using var scope = NewDisposeScope();
        var network = Small.Of(Layer.Of(
            "both", [Layer.Dropout("drop1", 0.3).Tap("out"), Layer.Dropout("drop2", 0.3).Tap("other")], (children, x, _) => children[0](x) + children[1](x)));
        return Golden.Flat(network.Apply(network.Initialize(Key.Of(1), CPU), ones(100, 3, 4, 4), pass)[tap]);
    }
}
