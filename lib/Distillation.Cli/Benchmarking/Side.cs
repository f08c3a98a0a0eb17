namespace Distillation.Cli.Benchmarking;

/// <summary>What one side did between two looks at the clock.</summary>
/// <param name="Images">Images that a student learned, or that were answered or made; with several students side by side, the sum over them.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record Window(long Images, double Seconds)
{
    /// <summary>Images per second.</summary>
    public double Speed => Images / Math.Max(Seconds, 1e-9);

    /// <summary>Seconds of each part of the work, in its order; empty where a side does not tell.</summary>
    public IReadOnlyList<(string Part, double Seconds)> Split { get; init; } = [];
}

/// <summary>One that takes turns with others at the same work.</summary>
internal interface ISide : IDisposable
{
    /// <summary>Who it is.</summary>
    string Name { get; }

    /// <summary>Does steps that do not count, then steps that do.</summary>
    Window Measure(int warm, int steps);
}

/// <summary>Taking turns: every side measures once in every round, so that whatever disturbs the machine disturbs all of them.</summary>
internal static class Turns
{
    // A loader process may have up to two batches ready when its side's turn begins; what of them is left after these steps is in the other side's favour.
    private const int Warm = 2;

    /// <summary>The windows of every side, in the sides' order.</summary>
    /// <param name="sides">Who takes turns.</param>
    /// <param name="rounds">How many windows each has.</param>
    /// <param name="seconds">About how long a window is.</param>
    /// <param name="stop">Ends it between two windows.</param>
    public static IReadOnlyList<IReadOnlyList<Window>> Take(IReadOnlyList<ISide> sides, int rounds, double seconds, CancellationToken stop)
    {
        var steps = sides.Select(side => Steps(side, seconds)).ToList();
        var windows = sides.Select(_ => new List<Window>()).ToList();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < sides.Count; i++)
            {
                stop.ThrowIfCancellationRequested();
                windows[i].Add(sides[i].Measure(Warm, steps[i]));
            }
        }

        return windows;
    }

    // A window of a few steps tells how many fill the time; its warm-up also pays for what is only done once.
    private static int Steps(ISide side, double seconds)
    {
        const int few = 3;
        return (int)Math.Clamp(Math.Round(seconds * few / side.Measure(Warm, few).Seconds), 1, 100_000);
    }
}
