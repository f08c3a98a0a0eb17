namespace Distillation;

public static partial class Networks
{
    /// <summary>
    /// The ResNet of ImageNet's shape for small images (He et al. 2016, table 1, with a 3x3 stem of 64 channels and no pooling before the stages): four stages of 64, 128, 256, 512
    /// channels, of basic blocks up to depth 34 and of bottlenecks, four times as wide, from depth 50 on. Taps f0 (stem), f1 … f4 (stages), f5 (pooled); "f1.preact" … are the sums before
    /// the last ReLU.
    /// </summary>
    /// <param name="depth">10, 18, 34, 50, 101 or 152.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    public static Network FourStageResNet(int depth, int classes = 100, int channels = 3, int size = 32)
    {
        var stem = Layer.Conv("conv1", 64, initializer: Initializer.KaimingFanOut(3, 64)).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu).Tap("f0");
        return Network.Build($"resnet-{depth}-4stage", new Shape(channels, size, size), FourStages(depth, stem, Layer.Identity, shortcut: "shortcut", classifier: "linear"), classes);
    }

    /// <summary>
    /// The ResNet for ImageNet (He et al. 2016, table 1), as in torchvision, whose state_dict names it shares: a 7x7 stem of 64 channels that halves the image, 3x3 max pooling that halves it
    /// again, then the stages of <see cref="FourStageResNet"/>. Taps f0 (stem, before the pooling), f1 … f4 (stages), f5 (pooled); "f1.preact" … are the sums before the last ReLU.
    /// </summary>
    /// <param name="depth">10, 18, 34, 50, 101 or 152; torchvision has no 10.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    public static Network ImageNetResNet(int depth, int classes = 1000, int channels = 3, int size = 224)
    {
        var stem = Layer.Conv("conv1", 64, kernel: 7, stride: 2, initializer: Initializer.KaimingFanOut(7, 64)).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu).Tap("f0");
        return Network.Build($"resnet-{depth}-imagenet", new Shape(channels, size, size), FourStages(depth, stem, Layer.MaxPool(3, stride: 2, padding: 1), shortcut: "downsample", classifier: "fc"), classes);
    }

    // The pooling stands in the first stage, so that the stem's tap sees its full resolution.
    private static Trunk FourStages(int depth, Layer stem, Layer pooling, string shortcut, string classifier)
    {
        int[] blocks = depth switch
        {
            10 => [1, 1, 1, 1],
            18 => [2, 2, 2, 2],
            34 or 50 => [3, 4, 6, 3],
            101 => [3, 4, 23, 3],
            152 => [3, 8, 36, 3],
            _ => throw new BadInput($"There is no ResNet of four stages and depth {depth}; choose 10, 18, 34, 50, 101 or 152."),
        };
        var widening = depth < 50 ? 1 : 4;
        int[] widths = [64, 128, 256, 512];
        return new Trunk(
            stem,
            [.. widths.Select((width, stage) => new TrunkStage(
                $"f{stage + 1}", (stage == 0 ? pooling : Layer.Identity).Then(Stage(stage, stage == 0 ? 64 : widening * widths[stage - 1], stage > 0 ? 2 : 1)))
            {
                Again = Stage(stage, widening * width, stride: 1),
            })],
            Layer.GlobalAveragePool.Tap("f5"),
            logits => Layer.Linear(classifier, logits));

        Layer Stage(int stage, int inputs, int stride) => Layer.Chain(Enumerable.Range(0, blocks[stage]).Select(block => Projected(
            widening == 1 ? BasicBranch(widths[stage], block == 0 ? stride : 1) : BottleneckBranch(widths[stage], block == 0 ? stride : 1),
            block == 0 ? inputs : widening * widths[stage], widening * widths[stage], block == 0 ? stride : 1, shortcut, preact: block == blocks[stage] - 1 ? $"f{stage + 1}.preact" : null)
            .Within($"layer{stage + 1}.{block}")));
    }

    private static Layer BasicBranch(int width, int stride) =>
        Layer.Conv("conv1", width, stride: stride, initializer: Initializer.KaimingFanOut(3, width)).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu)
            .Then(Layer.Conv("conv2", width, initializer: Initializer.KaimingFanOut(3, width))).Then(Layer.BatchNorm("bn2"));

    // The stride is the middle convolution's.
    private static Layer BottleneckBranch(int width, int stride) =>
        Layer.Conv("conv1", width, kernel: 1, initializer: Initializer.KaimingFanOut(1, width)).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu)
            .Then(Layer.Conv("conv2", width, stride: stride, initializer: Initializer.KaimingFanOut(3, width))).Then(Layer.BatchNorm("bn2")).Then(Layer.Relu)
            .Then(Layer.Conv("conv3", 4 * width, kernel: 1, initializer: Initializer.KaimingFanOut(1, 4 * width))).Then(Layer.BatchNorm("bn3"));

    private static Layer Projected(Layer branch, int inputs, int outputs, int stride, string shortcut, string? preact)
    {
        var across = stride == 1 && inputs == outputs
            ? Layer.Identity
            : Layer.Conv($"{shortcut}.0", outputs, kernel: 1, stride: stride, initializer: Initializer.KaimingFanOut(1, outputs)).Then(Layer.BatchNorm($"{shortcut}.1"));
        var sum = Layer.Residual(branch, across);
        return (preact is null ? sum : sum.Tap(preact)).Then(Layer.Relu);
    }
}
