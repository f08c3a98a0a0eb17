using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

public sealed partial record Layer
{
    /// <summary>A map of twice the height and width, every pixel four times (nearest neighbours). It comes out channels last, in which doubling, its gradient and the convolutions behind it are faster.</summary>
    public static Layer Doubled { get; } = new((plan, input) =>
    {
        var output = input with { Height = 2 * input.Height, Width = 2 * input.Width };
        return new Built(plan.Row("doubled", output), output, (_, x) => F.interpolate(ChannelsLast(x), [output.Height, output.Width], mode: InterpolationMode.Nearest)) { Fresh = true };
    });

    /// <summary>
    /// <see cref="Doubled"/>, then a 3x3 <see cref="Conv"/>: the same names, shapes and values (up to rounding) with four ninths of the multiplications. Where every pixel stands four times, the three taps of a row
    /// fall on two pixels, so each of the four pixels of a square that comes out is a 2x2 convolution of the small map, with the weights that fall together added up.
    /// </summary>
    /// <param name="name">Name of the convolution.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public static Layer DoubledConv(string name, long outputs, bool bias = false) => new((plan, input) =>
    {
        var built = Doubled.Then(Conv(name, outputs, bias: bias)).Build(plan, input);
        var place = built.Convolution!;
        return built with
        {
            Forward = (frame, x) => Quadrants(ChannelsLast(x), frame.Parameters[place.Weight], frame.Shifts?[place.Weight] ?? Bias(frame, place.Bias, x)),
        };
    });

    // [B, C, H, W] to [B, outputs, 2H, 2W]; row 2y + p and column 2x + q of what comes out is quadrant (p, q) at (y, x).
    private static Tensor Quadrants(Tensor x, Tensor weight, Tensor? bias)
    {
        Tensor Quadrant(int p, int q) => F.conv2d(F.pad(x, [1 - q, q, 1 - p, p]), Halved(Halved(weight, 2, p), 3, q), bias).permute(0, 2, 3, 1);
        Tensor Row(int p) => stack([Quadrant(p, 0), Quadrant(p, 1)], 3);
        return stack([Row(0), Row(1)], 2).flatten(3, 4).flatten(1, 2).permute(0, 3, 1, 2);
    }

    // Three taps over doubled pixels as two over single ones: the even pixel sees (its neighbour before, itself twice), the odd one (itself twice, its neighbour behind).
    private static Tensor Halved(Tensor weight, int dimension, int phase)
    {
        Tensor Tap(long at) => weight.narrow(dimension, at, 1);
        return phase == 0 ? cat([Tap(0), Tap(1) + Tap(2)], dimension) : cat([Tap(0) + Tap(1), Tap(2)], dimension);
    }

    private static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
}
