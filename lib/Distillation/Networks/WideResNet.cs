namespace Distillation;

public static partial class Networks
{
    /// <summary>
    /// WRN-d-k (Zagoruyko and Komodakis 2016): pre-activation blocks, a stem of 16 channels without normalisation, three groups of (d - 4) / 6 blocks with 16k, 32k, 64k
    /// channels. Taps f0 (stem convolution), f1 … f3 (groups, before any normalisation), f4 (pooled after the last normalisation and ReLU); "f1.preact" …
    /// are f1 … after the normalisation that follows them, before its ReLU.
    /// </summary>
    /// <param name="depth">d: 10, 16, 22, 28, 40, …: 6n + 4.</param>
    /// <param name="widen">k.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    public static Network WideResNet(int depth, int widen, int classes = 100, int channels = 3, int size = 32)
    {
        var blocks = (depth - 4) / 6;
        if (blocks < 1 || (6 * blocks) + 4 != depth || widen < 1)
        {
            throw new BadInput($"A wide ResNet has a depth of 6n + 4 (16, 28, 40, …) and a factor of at least 1, not {depth}-{widen}; choose one of those.");
        }

        int[] groups = [16 * widen, 32 * widen, 64 * widen];
        var trunk = new Trunk(
            Layer.Conv("conv1", 16, initializer: Initializer.KaimingFanOut(3, 16)).Tap("f0"),
            [.. groups.Select((outputs, group) => new TrunkStage($"f{group + 1}", Group(group, group == 0 ? 16 : groups[group - 1], outputs, group > 0 ? 2 : 1))
            {
                Again = Group(group, outputs, outputs, stride: 1),
            })],
            Layer.BatchNorm("bn1").Tap("f3.preact").Then(Layer.Relu).Then(Layer.GlobalAveragePool).Tap("f4"),
            // RepDistiller leaves the classifier's weight as PyTorch draws it and sets its bias to 0.
            logits => Layer.Linear("fc", logits, initializer: Initializer.FanIn(64 * widen)));
        return Network.Build($"wrn-{depth}-{widen}", new Shape(channels, size, size), trunk, classes);

        Layer Group(int group, int inputs, int outputs, int stride) => Layer.Chain(Enumerable.Range(0, blocks).Select(block => WideBlock(
            block == 0 ? inputs : outputs, outputs, stride: block == 0 ? stride : 1, preact: block == 0 && group > 0 ? $"f{group}.preact" : null)
            .Within($"block{group + 1}.layer.{block}")));
    }

    private static Layer WideBlock(int inputs, int outputs, int stride, string? preact)
    {
        var normalised = Layer.BatchNorm("bn1");
        var activated = (preact is null ? normalised : normalised.Tap(preact)).Then(Layer.Relu);
        var branch = Layer.Conv("conv1", outputs, stride: stride, initializer: Initializer.KaimingFanOut(3, outputs))
            .Then(Layer.BatchNorm("bn2")).Then(Layer.Relu)
            .Then(Layer.Conv("conv2", outputs, initializer: Initializer.KaimingFanOut(3, outputs)));
        // Where the width changes, the shortcut reads the activated input too; where it does not, the input itself.
        return inputs == outputs
            ? Layer.Residual(activated.Then(branch), Layer.Identity)
            : activated.Then(Layer.Residual(branch, Layer.Conv("convShortcut", outputs, kernel: 1, stride: stride, padding: 0, initializer: Initializer.KaimingFanOut(1, outputs))));
    }
}
