using System.Globalization;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>How a residual block's input reaches its sum where the block changes the shape (He et al. 2016, section 4.1).</summary>
public enum Shortcut
{
    /// <summary>Option B: a 1x1 convolution with batch normalisation.</summary>
    Projection,

    /// <summary>Option A: every second pixel, and channels of zeros on both sides of its own; no parameters.</summary>
    Padding,
}

/// <summary>Factories: pure functions from numbers to a <see cref="Network"/>. Structures after <c>HobbitLong/RepDistiller</c>, whose state_dict names they share.</summary>
public static partial class Networks
{
    /// <summary>
    /// The CIFAR ResNet of depth 6n + 2 (He et al. 2016, section 4.2): a stem of 16 channels and three stages of n basic blocks
    /// with 16, 32, 64 channels. Taps f0 (stem), f1 … f3 (stages), f4 (pooled); "f1.preact" … are the sums before the last ReLU.
    /// </summary>
    /// <param name="depth">8, 14, 20, 32, 44, 56, 110, …: 6n + 2.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="width">
    /// Multiplies the stages' channels, rounded to whole ones: 1.5 gives 24, 48 and 96. 4 gives the "x4" networks of the literature, whose stem has 32 channels; the stem has 8 times the width, and
    /// at least 16.
    /// </param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    /// <param name="shortcut">
    /// <see cref="Shortcut.Projection"/> is what the distillation literature uses; with <see cref="Shortcut.Padding"/> the network is that of the paper (and of akamaster's public
    /// checkpoints) and its name ends in <c>-a</c>.
    /// </param>
    public static Network ResNet(int depth, int classes = 100, double width = 1, int channels = 3, int size = 32, Shortcut shortcut = Shortcut.Projection)
    {
        var blocks = (depth - 2) / 6;
        if (blocks < 1 || (6 * blocks) + 2 != depth)
        {
            throw new BadInput($"A CIFAR ResNet has a depth of 6n + 2 (8, 14, 20, 32, …), not {depth}; choose one of those.");
        }

        // The x4 networks widen the stages four times but the stem only twice.
        var stem = Math.Max(16, Channels(8));
        int[] stages = [Channels(16), Channels(32), Channels(64)];
        var trunk = new Trunk(
            Layer.Conv("conv1", stem, initializer: Initializer.KaimingFanOut(3, stem)).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu).Tap("f0"),
            [.. stages.Select((outputs, stage) => new TrunkStage($"f{stage + 1}", Stage(stage, stage == 0 ? stem : stages[stage - 1], outputs, stage > 0 ? 2 : 1))
            {
                Again = Stage(stage, outputs, outputs, stride: 1),
            })],
            Layer.GlobalAveragePool.Tap("f4"),
            logits => Layer.Linear("fc", logits));
        return Network.Build($"resnet-{depth}" + (width == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"x{width}")) + (shortcut == Shortcut.Padding ? "-a" : ""), new Shape(channels, size, size), trunk, classes);

        int Channels(int narrow) => (int)Math.Round(narrow * width, MidpointRounding.AwayFromZero);

        Layer Stage(int stage, int inputs, int outputs, int stride) => Layer.Chain(Enumerable.Range(0, blocks).Select(block => BasicBlock(
            block == 0 ? inputs : outputs, outputs, stride: block == 0 ? stride : 1, shortcut, preact: block == blocks - 1 ? $"f{stage + 1}.preact" : null)
            .Within($"layer{stage + 1}.{block}")));
    }

    private static Layer BasicBlock(int inputs, int outputs, int stride, Shortcut shortcut, string? preact)
    {
        var branch = Layer.Conv("conv1", outputs, stride: stride, initializer: Initializer.KaimingFanOut(3, outputs))
            .Then(Layer.BatchNorm("bn1")).Then(Layer.Relu)
            .Then(Layer.Conv("conv2", outputs, initializer: Initializer.KaimingFanOut(3, outputs)))
            .Then(Layer.BatchNorm("bn2"));
        var across = (stride == 1 && inputs == outputs, shortcut) switch
        {
            (true, _) => Layer.Identity,
            (_, Shortcut.Padding) => ZeroPadded(outputs, stride),
            _ => Layer.Conv("downsample.0", outputs, kernel: 1, stride: stride, initializer: Initializer.KaimingFanOut(1, outputs)).Then(Layer.BatchNorm("downsample.1")),
        };
        var sum = Layer.Residual(branch, across);
        return (preact is null ? sum : sum.Tap(preact)).Then(Layer.Relu);
    }

    // Every stride-th pixel, and as many channels of zeros before its own as behind them.
    private static Layer ZeroPadded(int outputs, int stride) => new((plan, input) =>
    {
        var (before, behind) = ((outputs - input.Channels) / 2, (outputs - input.Channels + 1) / 2);
        var output = new Shape(outputs, ((input.Height - 1) / stride) + 1, ((input.Width - 1) / stride) + 1);
        return new Built(plan.Row("zero-padded shortcut" + (stride > 1 ? $" /{stride}" : ""), output), output, (_, x) =>
            F.pad(x.slice(2, 0, input.Height, stride).slice(3, 0, input.Width, stride), [0L, 0, 0, 0, before, behind]));
    });
}
