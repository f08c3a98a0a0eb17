using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class FoldingTests
{
    // Weights whose normalisations all do something: no scale is 1, no mean is 0.
    private static Weights Lively(Network network)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var weights = Small.Warm(network);
        return weights.Map((name, value) => name.Contains("bn", StringComparison.Ordinal) || name.Contains("norm", StringComparison.Ordinal)
            ? value + Key.Of(5).Fold(name).Uniform(value.shape, CPU) - 0.3
            : value).Keep();
    }

    // How far the folded network's answer and taps are from the plain one's, relative in norm.
    private static double Difference(Network network)
    {
        using var scope = NewDisposeScope();
        using var weights = Lively(network);
        using var folded = network.Frozen(weights);
        using var plain = network.Frozen(weights, folded: false);
        var images = Small.Images(network);
        var (here, there) = (folded.Apply(images), plain.Apply(images));
        return here.Taps.Zip(there.Taps, (a, b) => Golden.Apart(a.Value, b.Value)).Append(Golden.Apart(here.Logits, there.Logits)).Max();
    }

    public static TheoryData<string> Names => ["resnet-20", "resnet-8x4", "wrn-16-2", "vgg-11", "resnet-10-4stage", "mobilenet-v2-half", "shufflenet-v1", "shufflenet-v2"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_folded_network_says_what_the_plain_one_says(string name) => Assert.InRange(Difference(NetworkCatalog.Named(name, 10, 3, 32)), 0, 2e-5);

    [Fact]
    public void A_normalisation_right_after_a_convolution_vanishes_with_or_without_a_bias()
    {
        foreach (var bias in new[] { false, true })
        {
            foreach (var affine in new[] { false, true })
            {
                var network = Small.Of(Layer.Conv("conv", 5, bias: bias), Layer.BatchNorm("norm", affine: affine, epsilon: 0.1), Layer.Relu);
                Assert.InRange(Difference(network), 0, 2e-6);
                Assert.Single(network.Foldings);
            }
        }
    }

    [Fact]
    public void A_normalisation_stays_where_somebody_else_sees_the_convolutions_output()
    {
        Layer conv = Layer.Conv("conv", 3), norm = Layer.BatchNorm("norm");
        Network[] networks =
        [
            Small.Of(conv.Tap("seen"), norm),
            Small.Of(conv, Layer.Residual(norm, Layer.Identity)),
            Small.Of(conv, Layer.Exit("exit", norm.Then(Layer.Flatten).Then(Layer.Linear("out", 2)))),
            Small.Of(conv, Layer.Relu, norm),
            Small.Of(Layer.Residual(conv, Layer.Identity), norm),
        ];

        Assert.All(networks, network => Assert.Empty(network.Foldings));
        Assert.All(networks, network => Assert.InRange(Difference(network), 0, 0));
    }

    [Theory]
    [InlineData("resnet-20", 21, 21)]
    [InlineData("wrn-16-2", 6, 13)]
    [InlineData("resnet-50-4stage", 53, 53)]
    [InlineData("mobilenet-v2-half", 53, 53)]
    [InlineData("shufflenet-v2", 56, 56)]
    public void As_many_normalisations_fold_as_stand_right_after_a_convolution(string name, int folded, int all)
    {
        var network = NetworkCatalog.Named(name, 10, 3, 32);

        Assert.Equal((folded, all), (network.Foldings.Count, network.Layers.Count(layer => layer.Kind == "batch norm")));
    }
}
