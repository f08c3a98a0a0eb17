namespace Distillation;

public static partial class Networks
{
    /// <summary>
    /// ShuffleNetV1 (Zhang et al. 2018) for small images, as in RepDistiller: a 1x1 stem of 24 channels, three stages of 4, 8, 4 blocks with 240, 480, 960 channels in 3 groups. Taps f0
    /// (stem), f1 … f3 (stages), f4 (pooled); "f1.preact" … are the stages before their last ReLU.
    /// </summary>
    /// <param name="classes">Number of logits.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    public static Network ShuffleNetV1(int classes = 100, int channels = 3, int size = 32)
    {
        int[] blocks = [4, 8, 4], widths = [240, 480, 960];
        var trunk = new Trunk(
            ShuffleStem,
            [.. widths.Select((width, stage) => new TrunkStage($"f{stage + 1}", Stage(stage, down: true)) { Again = Stage(stage, down: false) })],
            Layer.GlobalAveragePool.Tap("f4"),
            logits => Layer.Linear("linear", logits));
        return Network.Build("shufflenet-v1", new Shape(channels, size, size), trunk, classes);

        Layer Stage(int stage, bool down) => Layer.Chain(Enumerable.Range(0, blocks[stage]).Select(block =>
        {
            var inputs = block > 0 || !down ? widths[stage] : stage == 0 ? 24 : widths[stage - 1];
            var unit = block == 0 && down
                // The shortcut's pooled channels are kept beside the branch's, so the branch makes only what is missing.
                ? Layer.Concat(ShuffleBranch(inputs, widths[stage] - inputs, stride: 2), Layer.AveragePool(3, stride: 2, padding: 1))
                : Layer.Residual(ShuffleBranch(inputs, widths[stage], stride: 1), Layer.Identity);
            return (block == blocks[stage] - 1 ? unit.Tap($"f{stage + 1}.preact") : unit).Then(Layer.Relu).Within($"layer{stage + 1}.{block}");
        }));
    }

    /// <summary>
    /// ShuffleNetV2 (Ma et al. 2018) for small images, as in RepDistiller: a 1x1 stem of 24 channels, three stages of 4, 8, 4 blocks, a 1x1 convolution. Taps f0 (stem), f1 … f3 (stages),
    /// f4 (pooled); "f1.preact" … are the stages before their last ReLU and, as there, before the shuffle behind it.
    /// </summary>
    /// <param name="classes">Number of logits.</param>
    /// <param name="width">0.5, 1, 1.5 or 2: which of the paper's widths (table 5).</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    public static Network ShuffleNetV2(int classes = 100, double width = 1, int channels = 3, int size = 32)
    {
        int[] widths = width switch
        {
            0.5 => [48, 96, 192, 1024],
            1 => [116, 232, 464, 1024],
            1.5 => [176, 352, 704, 1024],
            2 => [224, 488, 976, 2048],
            _ => throw new BadInput(FormattableString.Invariant($"There is no ShuffleNetV2 of width {width}; choose 0.5, 1, 1.5 or 2.")),
        };
        int[] blocks = [4, 8, 4];
        var trunk = new Trunk(
            ShuffleStem,
            [.. blocks.Select((count, stage) => new TrunkStage($"f{stage + 1}", Stage(stage, stride: 2)) { Again = Stage(stage, stride: 1) })],
            Layer.Conv("conv2", widths[3], kernel: 1).Then(Layer.BatchNorm("bn2")).Then(Layer.Relu).Then(Layer.GlobalAveragePool).Tap("f4"),
            logits => Layer.Linear("linear", logits));
        var name = FormattableString.Invariant($"shufflenet-v2{(width == 1 ? "" : FormattableString.Invariant($"-x{width}"))}");
        return Network.Build(name, new Shape(channels, size, size), trunk, classes);

        Layer Stage(int stage, int stride) => Layer.Chain(Enumerable.Range(0, blocks[stage]).Select(block =>
            (block == 0 ? SplitDown(widths[stage] / 2, stride) : SplitUnit(widths[stage] / 2, block == blocks[stage] - 1 ? $"f{stage + 1}.preact" : null)).Within($"layer{stage + 1}.{block}")));
    }

    private static Layer ShuffleStem { get; } = Layer.Conv("conv1", 24, kernel: 1).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu).Tap("f0");

    // The first 1x1 convolution after the stem is not grouped: 24 channels are few.
    private static Layer ShuffleBranch(int inputs, int outputs, int stride)
    {
        var groups = inputs == 24 ? 1 : 3;
        return Layer.Conv("conv1", outputs / 4, kernel: 1, groups: groups).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu).Then(Layer.ChannelShuffle(groups))
            .Then(Layer.Depthwise("conv2", stride: stride)).Then(Layer.BatchNorm("bn2")).Then(Layer.Relu)
            .Then(Layer.Conv("conv3", outputs, kernel: 1, groups: 3)).Then(Layer.BatchNorm("bn3"));
    }

    // Half of the channels pass. They come from a ReLU, so another one leaves them, and their gradients, as they are.
    private static Layer SplitUnit(int half, string? preact)
    {
        var branch = Layer.Channels(1, 2)
            .Then(Layer.Conv("conv1", half, kernel: 1)).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu)
            .Then(Layer.Depthwise("conv2")).Then(Layer.BatchNorm("bn2"))
            .Then(Layer.Conv("conv3", half, kernel: 1)).Then(Layer.BatchNorm("bn3"));
        var both = Layer.Concat(Layer.Channels(0, 2), branch);
        return (preact is null ? both : both.Tap(preact)).Then(Layer.Relu).Then(Layer.ChannelShuffle(2));
    }

    private static Layer SplitDown(int half, int stride) => Layer.Concat(
        Layer.Depthwise("conv1", stride: stride).Then(Layer.BatchNorm("bn1")).Then(Layer.Conv("conv2", half, kernel: 1)).Then(Layer.BatchNorm("bn2")),
        Layer.Conv("conv3", half, kernel: 1).Then(Layer.BatchNorm("bn3")).Then(Layer.Relu)
            .Then(Layer.Depthwise("conv4", stride: stride)).Then(Layer.BatchNorm("bn4"))
            .Then(Layer.Conv("conv5", half, kernel: 1)).Then(Layer.BatchNorm("bn5")))
        .Then(Layer.Relu).Then(Layer.ChannelShuffle(2));
}
