namespace Distillation;

public static partial class Networks
{
    /// <summary>
    /// VGG with batch normalisation for small images: five blocks of 64, 128, 256, 512, 512 channels with 3x3 convolutions that have a bias, max pooling after the
    /// first three blocks (and after the fourth for images of 64 pixels and more), mean over pixels, one classifier. Taps f0 … f4 (blocks), f5 (pooled); "f1.preact" … "f4.preact" are
    /// the blocks before their last ReLU.
    /// </summary>
    /// <param name="depth">8, 11, 13, 16 or 19.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    public static Network Vgg(int depth, int classes = 100, int channels = 3, int size = 32)
    {
        int[] convolutions = depth switch
        {
            8 => [1, 1, 1, 1, 1],
            11 => [1, 1, 2, 2, 2],
            13 => [2, 2, 2, 2, 2],
            16 => [2, 2, 3, 3, 3],
            19 => [2, 2, 4, 4, 4],
            _ => throw new BadInput($"There is no VGG of depth {depth}; choose 8, 11, 13, 16 or 19."),
        };
        int[] widths = [64, 128, 256, 512, 512];
        var last = (size >= 64 ? Pooled : Layer.Identity).Then(Block(4));
        // The pooling stands in front of the next block, so that a tap sees its block's full resolution.
        var trunk = new Trunk(
            Layer.Identity,
            [
                new("f0", Block(0)), new("f1", Pooled.Then(Block(1))), new("f2", Pooled.Then(Block(2))),
                // The last two blocks see maps of one size and count as one stage, as in HSAKD.
                new("f4", Pooled.Then(Block(3)).Tap("f3").Then(last)) { Again = Block(3).Then(Block(4)), Inside = [("f3", last)] },
            ],
            Layer.GlobalAveragePool.Tap("f5"),
            logits => Layer.Linear("classifier", logits, initializer: new Initializer.Normal(0.01)));
        return Network.Build($"vgg-{depth}", new Shape(channels, size, size), trunk, classes);

        Layer Block(int block) => VggBlock(widths[block], convolutions[block], preact: block > 0 ? $"f{block}.preact" : null).Within($"block{block}");
    }

    private static Layer Pooled { get; } = Layer.MaxPool(2);

    // Names count as in a PyTorch Sequential of convolution, normalisation, ReLU, …; the block's last ReLU is applied outside of it there.
    private static Layer VggBlock(int width, int convolutions, string? preact) => Layer.Chain(Enumerable.Range(0, convolutions).Select(i =>
        Layer.Conv($"{3 * i}", width, bias: true, initializer: Initializer.KaimingFanOut(3, width))
            .Then(Layer.BatchNorm($"{(3 * i) + 1}"))
            .Then(preact is not null && i == convolutions - 1 ? Layer.TapHere(preact) : Layer.Identity)
            .Then(Layer.Relu)));
}
