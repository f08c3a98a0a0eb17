using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Networks that are entered behind one of their stages.</summary>
public sealed class ContinuationTests
{
    public static TheoryData<string> Families =>
    [
        "resnet-20", "resnet-8x4", "resnet-8-a", "wrn-16-2", "vgg-8", "vgg-13", "shufflenet-v1", "shufflenet-v2", "mobilenet-v2-half", "resnet-18-4stage", "resnet-20+w4a4",
    ];

    [Theory]
    [MemberData(nameof(Families))]
    public void The_rest_behind_every_stage_makes_of_its_map_what_the_whole_makes(string name)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var network = NetworkCatalog.Named(name, 5, 3, 32);
        var weights = network.Initialize(Key.Of(1), CPU);
        var images = Key.Of(2).Normal([2, 3, 32, 32], CPU);
        // Running statistics that are neither 0 nor 1.
        network.Apply(weights, images, Pass.Training(Key.Of(3)));
        using var frozen = network.Frozen(weights);
        using var unfolded = network.Frozen(weights, folded: false);
        var (learning, whole, answer) = (new Playing(network, weights, Pass.Evaluation), network.Apply(weights, images, Pass.Evaluation), frozen.Apply(images));
        var stages = StageTaps.Maps(network).Skip(1).Select(map => map.Name).ToList();

        foreach (var stage in stages)
        {
            var rest = network.After(stage);

            Assert.Equal($"{network.Unquantized.Name} after {stage}{(network.Quantization is { } how ? $"+{how.Name}" : "")}", rest.Name);
            Assert.Equal(network.Taps.Single(tap => tap.Name == stage).Shape, rest.Input);
            Assert.Equal(Golden.Bits(whole.Logits), Golden.Bits(learning.Continue(rest, whole[stage]).Logits));
            Assert.Equal(Golden.Bits(whole.Logits), Golden.Bits(unfolded.Continue(rest, whole[stage]).Logits));
            Assert.Equal(Golden.Bits(answer.Logits), Golden.Bits(frozen.Continue(rest, answer[stage]).Logits));
            var continued = learning.Continue(rest, whole[stage]);
            Assert.All(continued.Taps, tap => Assert.Equal(Golden.Bits(whole[tap.Name]), Golden.Bits(tap.Value)));
            Assert.Subset(continued.Taps.Select(tap => tap.Name).ToHashSet(), stages.SkipWhile(known => known != stage).Skip(1).ToHashSet());
            if (network.Quantization is null)
            {
                Assert.Equal(Golden.Bits(whole.Logits), Golden.Bits(rest.Apply(weights.Pick(rest.Table), whole[stage], Pass.Evaluation).Logits));
            }
        }
    }

    [Fact]
    public void What_is_learned_behind_a_map_reaches_the_whole_s_weights_and_the_map_and_nothing_in_front()
    {
        using var scope = NewDisposeScope();
        var network = Networks.ResNet(8, 5);
        var weights = network.Initialize(Key.Of(1), CPU);
        weights.Parameters.requires_grad_(true);
        var map = Key.Of(2).Normal([2, 32, 16, 16], CPU).requires_grad_(true);
        var (rest, before) = (network.After("f2"), Golden.Bits(weights.Buffers));

        new Playing(network, weights, Pass.Training(Key.Of(3)) with { Update = false }).Continue(rest, map).Logits.square().sum().backward();

        var slope = weights with { Parameters = weights.Parameters.grad! };
        Assert.NotNull(map.grad);
        Assert.Equal(rest.Parameters.Select(one => one.Name), network.Parameters.Select(one => one.Name).Where(name => slope[name].abs().sum().item<float>() > 0));
        Assert.Equal(before, Golden.Bits(weights.Buffers));

        using var frozen = network.Frozen(weights);
        var (still, moving) = (frozen.Continue(rest, map.detach()).Logits, frozen.Continue(rest, map).Logits);
        Assert.Equal((false, true), (still.requires_grad, moving.requires_grad));
    }

    [Fact]
    public void Where_a_network_cannot_be_entered_a_sentence_says_where_it_can()
    {
        var (resnet, tiny) = (Networks.ResNet(8, 5), Toy.Network);
        using var weights = resnet.Initialize(Key.Of(1), CPU);

        Assert.Equal("There is no tap 'f9'; 'resnet-8' has f0, f1.preact, f1, f2.preact, f2, f3.preact, f3, f4.", Assert.Throws<BadInput>(() => resnet.After("f9")).Message);
        Assert.Equal("'resnet-8' can be entered behind its stages and not at 'f0'; choose one of f1, f2, f3.", Assert.Throws<BadInput>(() => resnet.After("f0")).Message);
        Assert.Equal("'tiny' was built in one piece and cannot be entered at 'map'; build it as a Trunk.", Assert.Throws<BadInput>(() => tiny.After("map")).Message);
        Assert.StartsWith(
            "'wrn-10-1 after f1' is no part of 'resnet-8', which has no 'block2.layer.0.bn1.weight'",
            Assert.Throws<BadInput>(() => new Playing(resnet, weights, Pass.Evaluation).Continue(Networks.WideResNet(10, 1, 5).After("f1"), zeros(1, 16, 32, 32))).Message);
    }
}
