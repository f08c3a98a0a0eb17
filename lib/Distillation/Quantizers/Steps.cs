using static TorchSharp.torch;

namespace Distillation;

/// <content>How far apart levels are.</content>
public static partial class Quantizers
{
    // Where the iteration starts: ends of the grid from half the mean size to beyond the largest, evenly. Ours; the paper names none. A small weight has many places to be caught in and costs
    // little: up to MostStarts find the best of all on every tensor that was tried by exhaustive search. A large one is smooth.
    private const int FewestStarts = 8;
    private const int MostStarts = 128;
    private const double Beyond = 1.6;

    private const int Rounds = 3;
    private const int MoreRounds = 12;

    // So many values are looked at together; beyond that one start after the other.
    private const long Together = 4_000_000;

    /// <summary>
    /// The step Δ of least squared error Σ (w - Q(w))² of each row, by Lloyd's iteration: with the levels k that the values lie on now, Δ ← Σ w·k / Σ k². It starts from several places, the best
    /// after a few rounds goes on. A fixed number of rounds: nothing is read by the host.
    /// </summary>
    /// <param name="rows">[L, n], one weight in each row.</param>
    /// <param name="levels">How many levels there are: an odd number, zero in the middle.</param>
    /// <returns>[L].</returns>
    /// <exception cref="BadInput">The number of levels is even, or below 3.</exception>
    public static Tensor OptimalSteps(Tensor rows, int levels)
    {
        if (levels < 3 || levels % 2 == 0)
        {
            throw new BadInput($"A symmetric grid with a zero has 3, 5, 7, … levels, not {levels}.");
        }

        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (sizes, half) = (rows.detach().abs(), levels / 2);
        var (mean, most) = (sizes.mean([1]), sizes.amax([1]));
        var count = (int)Math.Clamp(131_072 / Math.Max(1, sizes.shape[1]), FewestStarts, MostStarts);
        var places = linspace(0, 1, count, ScalarType.Float32, sizes.device).unsqueeze(1);
        var ends = (places * ((most * Beyond) - (mean * 0.5)).unsqueeze(0)) + (mean * 0.5).unsqueeze(0);
        var at = (int)Math.Clamp(Together / Math.Max(1, sizes.numel()), 1, count);
        var tried = Enumerable.Range(0, (count + at - 1) / at).Select(part =>
        {
            using var inner = NewDisposeScope();
            var steps = ends.narrow(0, part * at, Math.Min(at, count - (part * at))) / half;
            var found = (Steps: steps, Gain: steps);
            for (var round = 0; round < Rounds; round++)
            {
                found = Refined(sizes.unsqueeze(0), found.Steps, half);
            }

            return (Steps: found.Steps.MoveToOuterDisposeScope(), Gain: found.Gain.MoveToOuterDisposeScope());
        }).ToList();
        var (all, gain) = (cat([.. tried.Select(one => one.Steps)], 0), cat([.. tried.Select(one => one.Gain)], 0));
        var best = all.gather(0, gain.argmax(0, keepdim: true));
        for (var round = 0; round < MoreRounds; round++)
        {
            best = Refined(sizes.unsqueeze(0), best, half).Steps;
        }

        return best[0].MoveToOuterDisposeScope();
    }

    /// <summary>The step of SAWB's grid: α = c₁·√E[w²] - c₂·E|w| at both ends (Choi et al. 2018, table 1).</summary>
    /// <param name="rows">[L, n].</param>
    /// <param name="bits">2, 3 or 4.</param>
    /// <param name="rule">Whether 2 bits are four levels or three.</param>
    /// <returns>[L].</returns>
    /// <exception cref="BadInput">The paper has no constants for so many bits.</exception>
    public static Tensor SawbSteps(Tensor rows, int bits, WeightRule rule = WeightRule.Sawb)
    {
        var (root, mean) = (rule, bits) switch
        {
            (WeightRule.SawbTernary, 2) => (2.6, 1.71),
            (WeightRule.Sawb, 2) => (3.12, 2.064),
            (WeightRule.Sawb, 3) => (7.509, 6.892),
            (WeightRule.Sawb, 4) => (12.68, 12.80),
            _ => throw new BadInput($"SAWB has constants for 2, 3 and 4 bits, and for three levels with 2, not for {bits}; choose one of those, or the optimal rule."),
        };
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var values = rows.detach();
        var end = (values.square().mean([1]).sqrt() * root) - (values.abs().mean([1]) * mean);
        // Far from a bell's shape the difference can fall below zero, where no grid is.
        return (maximum(end, values.abs().mean([1]) * 1e-3) * (2.0 / (Levels(bits, rule) - 1))).MoveToOuterDisposeScope();
    }

    // One round for S starts of L rows: sizes [1, L, n], steps [S, L]. The gain, (Σwk)² / Σk², is what the error is below Σw².
    private static (Tensor Steps, Tensor Gain) Refined(Tensor sizes, Tensor steps, int half)
    {
        using var scope = NewDisposeScope();
        var levels = (sizes / steps.unsqueeze(2).clamp_min(Least)).add_(0.5).floor_().clamp_(max: half);
        var product = (levels * sizes).sum(2);
        var square = levels.mul_(levels).sum(2).clamp_min_(1);
        var next = product / square;
        return (next.MoveToOuterDisposeScope(), (product * next).MoveToOuterDisposeScope());
    }
}
