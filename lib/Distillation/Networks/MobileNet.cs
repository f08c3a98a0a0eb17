namespace Distillation;

public static partial class Networks
{
    /// <summary>
    /// MobileNetV2 (Sandler et al. 2018) for small images as the distillation literature has it: inverted residuals that widen six times, ReLU rather than ReLU6. Taps f0 (stem), f1 … f4 (after
    /// the second, third, fifth and seventh stage), f5 (pooled). The blocks end without an activation, so "f1.preact" … are f1 … themselves.
    /// </summary>
    /// <param name="classes">Number of logits.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    /// <param name="stemStride">
    /// 2 is RepDistiller's, <c>mobilenet-v2-half</c>; 1 is HSAKD's, <c>mobilenet-v2</c>, whose maps have twice the side and which is better by far at the same number of parameters. Both have half of
    /// the paper's channels.
    /// </param>
    public static Network MobileNetV2(int classes = 100, int channels = 3, int size = 32, int stemStride = 2)
    {
        if (stemStride is not (1 or 2))
        {
            throw new BadInput($"MobileNetV2's stem has a stride of 1 or 2, not {stemStride}; choose one of those.");
        }

        // Expansion, channels, blocks, stride.
        (int Expansion, int Width, int Blocks, int Stride)[] stages = [(1, 8, 1, 1), (6, 12, 2, 1), (6, 16, 3, 2), (6, 32, 4, 2), (6, 48, 3, 1), (6, 80, 3, 2), (6, 160, 1, 1)];
        var trunk = new Trunk(
            Activated(Layer.Conv("0", 16, stride: stemStride, initializer: Initializer.KaimingFanOut(3, 16)), "1").Within("conv1").Tap("f0"),
            [
                new("f1", Stage(0).Then(Stage(1)).Tap("f1.preact")), new("f2", Stage(2).Tap("f2.preact")), new("f3", Stage(3).Then(Stage(4)).Tap("f3.preact")),
                new("f4", Stage(5).Then(Stage(6)).Tap("f4.preact")) { Again = Stage(5, again: true).Then(Stage(6)) },
            ],
            Activated(Layer.Conv("0", 1280, kernel: 1, initializer: Initializer.KaimingFanOut(1, 1280)), "1").Within("conv2").Then(Layer.GlobalAveragePool).Tap("f5"),
            logits => Layer.Linear("classifier.0", logits, initializer: new Initializer.Normal(0.01)));
        return Network.Build(stemStride == 2 ? "mobilenet-v2-half" : "mobilenet-v2", new Shape(channels, size, size), trunk, classes);

        Layer Stage(int number, bool again = false)
        {
            var (expansion, width, blocks, stride) = stages[number];
            var inputs = again ? stages[^1].Width : number == 0 ? 16 : stages[number - 1].Width;
            return Layer.Chain(Enumerable.Range(0, blocks).Select(block => InvertedResidual(
                block == 0 ? inputs : width, width, expansion, block == 0 && !again ? stride : 1).Within($"blocks.{number}.{block}.conv")));
        }
    }

    // Names count as in a PyTorch Sequential: widen, normalise, ReLU, depthwise, normalise, ReLU, narrow, normalise.
    private static Layer InvertedResidual(int inputs, int outputs, int expansion, int stride)
    {
        var wide = expansion * inputs;
        var branch = Activated(Layer.Conv("0", wide, kernel: 1, initializer: Initializer.KaimingFanOut(1, wide)), "1")
            .Then(Activated(Layer.Depthwise("3", stride: stride, initializer: channels => Initializer.KaimingFanOut(3, channels)), "4"))
            .Then(Layer.Conv("6", outputs, kernel: 1, initializer: Initializer.KaimingFanOut(1, outputs))).Then(Layer.BatchNorm("7"));
        return stride == 1 && inputs == outputs ? Layer.Residual(branch, Layer.Identity) : branch;
    }

    private static Layer Activated(Layer convolution, string norm) => convolution.Then(Layer.BatchNorm(norm)).Then(Layer.Relu);
}
