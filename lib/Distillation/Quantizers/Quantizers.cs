using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// Numbers on a few levels, as pure functions with straight-through gradients. All of it stays on the device: no step size and no clip is ever read by the host. Levels lie one step apart and
/// even to both sides of zero; with an odd number of them zero is one.
/// </summary>
public static partial class Quantizers
{
    // A step of zero belongs to a weight of zeros; whatever it is divided by then gives zeros again.
    private const double Least = 1e-12;

    /// <summary>How many levels a rule has with so many bits: 2^bits - 1 for <see cref="WeightRule.Optimal"/> and <see cref="WeightRule.SawbTernary"/>, 2^bits for <see cref="WeightRule.Sawb"/>.</summary>
    /// <param name="bits">From 2 to 16.</param>
    /// <param name="rule">The rule.</param>
    /// <exception cref="BadInput">There is no such grid.</exception>
    public static int Levels(int bits, WeightRule rule = WeightRule.Optimal) => bits is < 2 or > 16
        ? throw new BadInput($"Weights are quantized to 2 to 16 bits, not {bits}; leave them in floating point for more.")
        : (1 << bits) - (rule == WeightRule.Sawb ? 0 : 1);

    /// <summary>
    /// A weight on the symmetric uniform grid of least squared error, Q(w) = sign(w) · Δ · min(⌊|w|/Δ + ½⌋, 2^(bits-1) - 1), with the gradient of w (Shin, Boo, Sung 2019, section 2: quantized
    /// weights forward, their gradient to the float ones).
    /// </summary>
    /// <param name="weight">[…], one layer's.</param>
    /// <param name="bits">2 is ternary: -Δ, 0, Δ.</param>
    public static Tensor Uniform(Tensor weight, int bits = 2) => Rows(weight.reshape(1, -1), bits, WeightRule.Optimal).reshape(weight.shape);

    /// <summary>A weight on -Δ, 0 and Δ, with Δ of least squared error: <see cref="Uniform"/> with 2 bits.</summary>
    public static Tensor Ternary(Tensor weight) => Uniform(weight, 2);

    /// <summary>
    /// A weight on the grid whose ends are α = c₁·√E[w²] - c₂·E|w| (Choi et al. 2018, "Bridging the Accuracy Gap for 2-bit Quantized Neural Networks", SAWB), with the gradient of w.
    /// </summary>
    /// <param name="weight">[…], one layer's.</param>
    /// <param name="bits">2, 3 or 4: 4, 8 or 16 levels.</param>
    /// <param name="ternary">With 2 bits: three levels, zero among them, instead of four.</param>
    public static Tensor Sawb(Tensor weight, int bits = 2, bool ternary = false) =>
        Rows(weight.reshape(1, -1), bits, ternary ? WeightRule.SawbTernary : WeightRule.Sawb).reshape(weight.shape);

    /// <summary>Several weights of one size at once, each row on a grid of its own, with the gradient of the rows.</summary>
    /// <param name="rows">[L, n].</param>
    /// <param name="bits">Bits per value.</param>
    /// <param name="rule">How the step is chosen.</param>
    public static Tensor Rows(Tensor rows, int bits, WeightRule rule = WeightRule.Optimal)
    {
        using var scope = NewDisposeScope();
        return Straight(rows, Quantized(rows, bits, rule)).MoveToOuterDisposeScope();
    }

    /// <summary>The same values without a history.</summary>
    /// <param name="rows">[L, n].</param>
    /// <param name="bits">Bits per value.</param>
    /// <param name="rule">How the step is chosen.</param>
    public static Tensor Quantized(Tensor rows, int bits, WeightRule rule = WeightRule.Optimal)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (codes, steps) = Codes(rows, bits, rule);
        return Values(codes, steps, Levels(bits, rule)).MoveToOuterDisposeScope();
    }

    /// <summary>Which level each value lies on, counted from 0 at the lowest, and how far apart levels are.</summary>
    /// <param name="rows">[L, n].</param>
    /// <param name="bits">Bits per value.</param>
    /// <param name="rule">How the step is chosen.</param>
    /// <returns>[L, n] whole numbers as float32, [L, 1].</returns>
    public static (Tensor Codes, Tensor Steps) Codes(Tensor rows, int bits, WeightRule rule = WeightRule.Optimal)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (values, levels) = (rows.detach(), Levels(bits, rule));
        var steps = (rule == WeightRule.Optimal ? OptimalSteps(values, levels) : SawbSteps(values, bits, rule)).unsqueeze(1).clamp_min(Least);
        var codes = levels % 2 == 1
            // Halves away from zero on both sides, as the formula says.
            ? (values.abs() / steps).add_(0.5).floor_().clamp_(max: levels / 2).mul_(values.sign()).add_(levels / 2)
            : (values / steps).floor_().add_(levels / 2).clamp_(0, levels - 1);
        return (codes.MoveToOuterDisposeScope(), steps.MoveToOuterDisposeScope());
    }

    /// <summary>The values of levels: step · (code - (levels - 1) / 2).</summary>
    /// <param name="codes">[L, n] whole numbers as float32.</param>
    /// <param name="steps">[L, 1].</param>
    /// <param name="levels">How many levels there are.</param>
    public static Tensor Values(Tensor codes, Tensor steps, int levels)
    {
        using var scope = NewDisposeScope();
        return (codes - ((levels - 1) / 2.0)).mul_(steps).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// An activation on levels from 0 to a clip (Choi et al. 2018, PACT): y = clip(x, 0, α), then y to the nearest multiple of α / (2^bits - 1). Gradients: 1 for x between 0 and α, 0 elsewhere; for α 1
    /// wherever x ≥ α (the paper's equation 3), summed over all values.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="clip">[1], α, above 0.</param>
    /// <param name="bits">2^bits levels; 24 and more clip and do not round.</param>
    /// <param name="inPlace">Whether <paramref name="x"/> may be overwritten.</param>
    public static Tensor Clipped(Tensor x, Tensor clip, int bits, bool inPlace = false)
    {
        using var scope = NewDisposeScope();
        var most = clip.dtype == x.dtype ? clip : clip.to_type(x.dtype);
        var positive = inPlace ? x.relu_() : x.relu();
        // A tensor of its own that no backward pass reads: it may be overwritten behind the back of the history, which is straight through the rounding.
        var bounded = where(positive.ge(most), most, positive);
        if (bits < 24)
        {
            using var quiet = no_grad();
            var step = most.detach() / ((1L << bits) - 1);
            bounded.detach().div_(step).round_().mul_(step);
        }

        return bounded.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// An activation of both signs on levels between −α and α: y = clip(x, −α, α), then to the nearest multiple of α / (2^(bits−1) − 1), zero among them. Gradients as in <see cref="Clipped"/>: 1 inside,
    /// 0 outside; for α the sign of x wherever |x| ≥ α. PACT (Choi et al. 2018) has ReLUs only; this is its plain continuation, ours.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="clip">[1], α, above 0.</param>
    /// <param name="bits">2^bits − 1 levels, 2 bits at least; 24 and more clip and do not round.</param>
    /// <exception cref="BadInput">There are fewer than 2 bits.</exception>
    public static Tensor ClippedBothWays(Tensor x, Tensor clip, int bits)
    {
        if (bits < 2)
        {
            throw new BadInput($"Activations of both signs need 2 bits at least, not {bits}.");
        }

        using var scope = NewDisposeScope();
        var most = clip.dtype == x.dtype ? clip : clip.to_type(x.dtype);
        var bounded = where(x.ge(most), most, where(x.le(-most), -most, x));
        if (bits < 24)
        {
            using var quiet = no_grad();
            var step = most.detach() / ((1L << (bits - 1)) - 1);
            bounded.detach().div_(step).round_().mul_(step);
        }

        return bounded.MoveToOuterDisposeScope();
    }

    // The values with the gradient of x.
    private static Tensor Straight(Tensor x, Tensor values)
    {
        var through = x.clone();
        using var quiet = no_grad();
        through.detach().copy_(values);
        return through;
    }
}

/// <summary>How far apart the levels of a weight are.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WeightRule>))]
public enum WeightRule
{
    /// <summary>So that the squared error is least, found by iteration: 2^bits - 1 levels, zero among them.</summary>
    Optimal,

    /// <summary>From the first two moments (SAWB): 2^bits levels without a zero; 2, 3 or 4 bits.</summary>
    Sawb,

    /// <summary>From the first two moments, three levels with a zero; 2 bits.</summary>
    SawbTernary,
}
