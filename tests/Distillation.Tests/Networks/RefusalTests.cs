using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>What cannot be built or read is refused in one sentence that names the culprit.</summary>
public sealed partial class RefusalTests
{
    public static TheoryData<string, string[]> Refused => new()
    {
        { "duplicate parameter", ["conv1.weight", "Within"] },
        { "duplicate tap", ["'map'"] },
        { "resnet depth", ["6n + 2", "21"] },
        { "resnet depth 2", ["6n + 2", "2"] },
        { "resnet width", ["conv1.weight", "at least 1"] },
        { "no classes", ["fc.weight", "at least 1"] },
        { "no channels", ["conv1.weight", "at least 1"] },
        { "wide depth", ["6n + 4", "18"] },
        { "wide factor", ["6n + 4", "16-0"] },
        { "vgg depth", ["12", "8, 11, 13, 16 or 19"] },
        { "vgg too small", ["pooling", "larger images"] },
        { "kernel too large", ["'conv1'", "5x5", "larger images"] },
        { "groups do not divide", ["'conv1'", "groups 2"] },
        { "ends in a map", ["'mapped'", "3x4x4", "Layer.Flatten"] },
        { "linear on a map", ["'fc'", "3x4x4", "Layer.Flatten"] },
        { "unequal parts", ["'add'", "3x4x4", "5x4x4"] },
        { "images of another size", ["'resnet-8'", "3x8x8", "4, 3, 9, 8"] },
        { "images of other channels", ["'resnet-8'", "3x8x8", "4, 1, 8, 8"] },
        { "one image without a batch", ["'resnet-8'", "3x8x8", "3, 8, 8"] },
        { "a frozen network on images of another size", ["'resnet-8'", "4, 3, 8, 9"] },
        { "unknown tap", ["'f9'", "f0"] },
        { "unknown weights", ["'conv9.weight'", "conv1.weight"] },
        { "unknown network", ["'squeezenet'", "resnet-20"] },
        { "images too small for alexnet", ["AlexNet", "63x63", "32x32"] },
        { "a resnet named as a wide one", ["'resnet-8-4'"] },
        { "a depth without four stages", ["20", "10, 18, 34, 50, 101 or 152"] },
        { "a wide network of four stages", ["'wrn-16-2-4stage'"] },
        { "a width that shufflenets do not have", ["3", "0.5, 1, 1.5 or 2"] },
        { "channels that make no groups", ["3 channels", "2 groups"] },
        { "channels that have no halves", ["3 channels", "of 2"] },
        { "maps of two sizes in a row", ["3x4x4", "3x2x2", "one size"] },
        { "a window larger than the map", ["9x9 pooling", "3x4x4"] },
        { "half a resnet", ["'resnet-20-half'"] },
    };

    private static readonly Dictionary<string, Action> Attempts = new()
    {
        ["duplicate parameter"] = () => Small.Of(Layer.Conv("conv1", 3), Layer.Conv("conv1", 3)),
        ["duplicate tap"] = () => Small.Of(Layer.Conv("conv1", 3).Tap("map"), Layer.Conv("conv2", 3).Tap("map")),
        ["resnet depth"] = () => Networks.ResNet(21),
        ["resnet depth 2"] = () => Networks.ResNet(2),
        ["resnet width"] = () => Networks.ResNet(8, width: 0),
        ["no classes"] = () => Networks.ResNet(8, classes: 0),
        ["no channels"] = () => Networks.WideResNet(10, 1, channels: 0),
        ["wide depth"] = () => Networks.WideResNet(18, 1),
        ["wide factor"] = () => Networks.WideResNet(16, 0),
        ["vgg depth"] = () => Networks.Vgg(12),
        ["vgg too small"] = () => Networks.Vgg(8, size: 4),
        ["kernel too large"] = () => Small.Of(Layer.Conv("conv1", 3, kernel: 5, padding: 0)),
        ["groups do not divide"] = () => Small.Of(Layer.Conv("conv1", 4, groups: 2)),
        ["ends in a map"] = () => Network.Build("mapped", new Shape(3, 4, 4), Layer.Conv("conv1", 3)),
        ["linear on a map"] = () => Network.Build("net", new Shape(3, 4, 4), Layer.Linear("fc", 3)),
        ["unequal parts"] = () => Small.Of(Layer.Residual(Layer.Conv("conv1", 5), Layer.Identity)),
        ["images of another size"] = () => Apply([4, 3, 9, 8]),
        ["images of other channels"] = () => Apply([4, 1, 8, 8]),
        ["one image without a batch"] = () => Apply([3, 8, 8]),
        ["a frozen network on images of another size"] = () =>
        {
            using var frozen = Small.Net.Frozen(Small.Net.Initialize(Key.Of(0), CPU));
            _ = frozen.Apply(zeros([4, 3, 8, 9]));
        },
        ["unknown tap"] = () => _ = Small.Net.Bind(Small.Net.Initialize(Key.Of(0), CPU))(Small.Images(Small.Net))["f9"],
        ["unknown weights"] = () => _ = Small.Net.Initialize(Key.Of(0), CPU)["conv9.weight"],
        ["unknown network"] = () => NetworkCatalog.Named("squeezenet", 10, 3, 32),
        ["images too small for alexnet"] = () => NetworkCatalog.Named("alexnet", 10, 3, 32),
        ["a resnet named as a wide one"] = () => NetworkCatalog.Named("resnet-8-4", 10, 3, 32),
        ["a depth without four stages"] = () => NetworkCatalog.Named("resnet-20-4stage", 10, 3, 32),
        ["a wide network of four stages"] = () => NetworkCatalog.Named("wrn-16-2-4stage", 10, 3, 32),
        ["a width that shufflenets do not have"] = () => Networks.ShuffleNetV2(10, 3),
        ["channels that make no groups"] = () => Small.Of(Layer.ChannelShuffle(2)),
        ["channels that have no halves"] = () => Small.Of(Layer.Channels(0, 2)),
        ["maps of two sizes in a row"] = () => Small.Of(Layer.Concat(Layer.Identity, Layer.MaxPool(2))),
        ["a window larger than the map"] = () => Small.Of(Layer.AveragePool(9, 1)),
        ["half a resnet"] = () => NetworkCatalog.Named("resnet-20-half", 10, 3, 32),
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_mistake_is_refused_in_one_sentence(string mistake, string[] mentioned)
    {
        using var scope = NewDisposeScope();
        var sentence = Assert.Throws<BadInput>(Attempts[mistake]).Message;
        Assert.Matches(Sentence(), sentence);
        Assert.All(mentioned, word => Assert.Contains(word, sentence));
    }

    private static void Apply(long[] shape) => Small.Net.Apply(Small.Net.Initialize(Key.Of(0), CPU), zeros(shape), Pass.Evaluation);

    [GeneratedRegex(@"^('|[A-Z])[^\r\n]*[^.]\.$")]
    private static partial Regex Sentence();
}
