namespace Distillation;

public static partial class Networks
{
    /// <summary>
    /// ResNeXt for small images (Xie et al. 2017, section 5.3): a stem of 64 channels, three stages of (depth - 2) / 9 bottlenecks that put out 256, 512, 1024 channels; the 3x3 convolution of a
    /// bottleneck runs in groups that do not see each other. Names are those of the public PyTorch implementation for CIFAR. Taps f0 (stem), f1 … f3 (stages), f4 (pooled);
    /// "f1.preact" … are the sums before the last ReLU.
    /// </summary>
    /// <param name="depth">11, 20, 29, 38, …: 9n + 2.</param>
    /// <param name="cardinality">Groups, 8 or 16 in the paper.</param>
    /// <param name="width">Channels of a group in the first stage, 64 in the paper; the later stages have two and four times as many.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    public static Network ResNeXt(int depth = 29, int cardinality = 8, int width = 64, int classes = 100, int channels = 3, int size = 32)
    {
        var blocks = (depth - 2) / 9;
        if (blocks < 1 || (9 * blocks) + 2 != depth || cardinality < 1 || width < 1)
        {
            throw new BadInput($"A ResNeXt for small images has a depth of 9n + 2 (20, 29, 38, …) and at least one group of one channel, not {depth}-{cardinality}x{width}d; choose one like 29-8x64d.");
        }

        int[] stages = [256, 512, 1024];
        var trunk = new Trunk(
            Layer.Conv("conv_1_3x3", 64, initializer: Initializer.KaimingFanOut(3, 64)).Then(Layer.BatchNorm("bn_1")).Then(Layer.Relu).Tap("f0"),
            [.. stages.Select((outputs, stage) => new TrunkStage($"f{stage + 1}", Stage(stage, stage == 0 ? 64 : stages[stage - 1], stage > 0 ? 2 : 1))
            {
                Again = Stage(stage, outputs, stride: 1),
            })],
            Layer.GlobalAveragePool.Tap("f4"),
            // Kaiming's normal by fan-in, whose gain is that of a ReLU although none follows.
            logits => Layer.Linear("classifier", logits, initializer: new Initializer.Normal(Math.Sqrt(2.0 / 1024))));
        return Network.Build($"resnext-{depth}-{cardinality}x{width}d", new Shape(channels, size, size), trunk, classes);

        Layer Stage(int stage, int inputs, int stride) => Layer.Chain(Enumerable.Range(0, blocks).Select(block => GroupedBottleneck(
            block == 0 ? inputs : stages[stage], (cardinality * width) << stage, stages[stage], cardinality, block == 0 ? stride : 1, preact: block == blocks - 1 ? $"f{stage + 1}.preact" : null)
            .Within($"stage_{stage + 1}.stage_{stage + 1}_bottleneck_{block}")));
    }

    private static Layer GroupedBottleneck(int inputs, int inner, int outputs, int groups, int stride, string? preact)
    {
        var branch = Layer.Conv("conv_reduce", inner, kernel: 1, initializer: Initializer.KaimingFanOut(1, inner)).Then(Layer.BatchNorm("bn_reduce")).Then(Layer.Relu)
            .Then(Layer.Conv("conv_conv", inner, stride: stride, groups: groups, initializer: Initializer.KaimingFanOut(3, inner))).Then(Layer.BatchNorm("bn")).Then(Layer.Relu)
            .Then(Layer.Conv("conv_expand", outputs, kernel: 1, initializer: Initializer.KaimingFanOut(1, outputs))).Then(Layer.BatchNorm("bn_expand"));
        var across = inputs == outputs
            ? Layer.Identity
            : Layer.Conv("shortcut.shortcut_conv", outputs, kernel: 1, stride: stride, initializer: Initializer.KaimingFanOut(1, outputs)).Then(Layer.BatchNorm("shortcut.shortcut_bn"));
        var sum = Layer.Residual(branch, across);
        return (preact is null ? sum : sum.Tap(preact)).Then(Layer.Relu);
    }
}
