namespace Distillation;

/// <summary>Factories: pure functions from numbers to a <see cref="Network"/>. Structures after <c>HobbitLong/RepDistiller</c>, whose state_dict names they share.</summary>
public static partial class Networks
{
    /// <summary>
    /// The CIFAR ResNet of depth 6n + 2 (He et al. 2016, section 4.2) with 1x1 convolution shortcuts: a stem of 16 channels and three stages of n basic blocks
    /// with 16, 32, 64 channels. Taps f0 (stem), f1 … f3 (stages), f4 (pooled); "f1.preact" … are the sums before the last ReLU.
    /// </summary>
    /// <param name="depth">8, 14, 20, 32, 44, 56, 110, …: 6n + 2.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="width">Multiplies every channel count; 4 gives the "x4" networks of the literature (whose stem has 32 channels).</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    public static Network ResNet(int depth, int classes = 100, int width = 1, int channels = 3, int size = 32)
    {
        var blocks = (depth - 2) / 6;
        if (blocks < 1 || (6 * blocks) + 2 != depth)
        {
            throw new BadInput($"A CIFAR ResNet has a depth of 6n + 2 (8, 14, 20, 32, …), not {depth}; choose one of those.");
        }

        // The x4 networks widen the stages four times but the stem only twice.
        var stem = width == 1 ? 16 : 8 * width;
        int[] stages = [16 * width, 32 * width, 64 * width];
        var layer = Layer.Conv("conv1", stem, initializer: Initializer.KaimingFanOut(3, stem))
            .Then(Layer.BatchNorm("bn1")).Then(Layer.Relu).Tap("f0")
            .Then(Layer.Chain(stages.Select((outputs, stage) => Stage(stage, stage == 0 ? stem : stages[stage - 1], outputs, blocks))))
            .Then(Layer.GlobalAveragePool).Tap("f4")
            .Then(Layer.Linear("fc", classes));
        return Network.Build($"resnet-{depth}" + (width == 1 ? "" : $"x{width}"), new Shape(channels, size, size), layer);
    }

    private static Layer Stage(int stage, int inputs, int outputs, int blocks) => Layer.Chain(
        Enumerable.Range(0, blocks).Select(block => BasicBlock(
            block == 0 ? inputs : outputs, outputs, stride: block == 0 && stage > 0 ? 2 : 1, preact: block == blocks - 1 ? $"f{stage + 1}.preact" : null)
            .Within($"layer{stage + 1}.{block}"))).Tap($"f{stage + 1}");

    private static Layer BasicBlock(int inputs, int outputs, int stride, string? preact)
    {
        var branch = Layer.Conv("conv1", outputs, stride: stride, initializer: Initializer.KaimingFanOut(3, outputs))
            .Then(Layer.BatchNorm("bn1")).Then(Layer.Relu)
            .Then(Layer.Conv("conv2", outputs, initializer: Initializer.KaimingFanOut(3, outputs)))
            .Then(Layer.BatchNorm("bn2"));
        var shortcut = stride == 1 && inputs == outputs
            ? Layer.Identity
            : Layer.Conv("downsample.0", outputs, kernel: 1, stride: stride, initializer: Initializer.KaimingFanOut(1, outputs)).Then(Layer.BatchNorm("downsample.1"));
        var sum = Layer.Residual(branch, shortcut);
        return (preact is null ? sum : sum.Tap(preact)).Then(Layer.Relu);
    }
}
