using Distillation.Cli.Terminal;
using static TorchSharp.torch;

namespace Distillation.Cli.Benchmarking;

/// <summary>What a contest is made of.</summary>
/// <param name="Cases">The comparisons.</param>
/// <param name="Modes">What our side computes in, one after the other.</param>
/// <param name="Rounds">Windows of every side.</param>
/// <param name="Seconds">About how long a window is.</param>
/// <param name="Device">Where both sides compute.</param>
/// <param name="Threads">Threads of our operators; null takes the fastest by a short measurement for each mode.</param>
/// <param name="Profile">Whether each of our sides does a few steps more, whose operators are counted.</param>
internal sealed record ContestPlan(IReadOnlyList<BenchCase> Cases, IReadOnlyList<Mode> Modes, int Rounds, double Seconds, Device Device, int? Threads, bool Profile = false);

/// <summary>Our side and plain PyTorch at the same work, taking turns.</summary>
internal static class Contest
{
    /// <summary>A row per case and mode. What is going on is told on standard error.</summary>
    public static IReadOnlyList<BenchRow> Run(ContestPlan plan, Screen screen, CancellationToken stop)
    {
        var rows = new List<BenchRow>();
        var absence = (string?)null;
        foreach (var group in plan.Cases.GroupBy(one => one.Dataset))
        {
            stop.ThrowIfCancellationRequested();
            using var data = Noise.Like(group.Key, plan.Device);
            foreach (var one in group)
            {
                rows.AddRange(Measure(one, plan, data, ref absence, screen, stop));
            }
        }

        return rows;
    }

    private static IReadOnlyList<BenchRow> Measure(BenchCase one, ContestPlan plan, LoadedDataset data, ref string? absence, Screen screen, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        screen.Note($"{one.Name}: {one.Meaning}");
        // No Python project has all of the methods, and the script has no exits.
        var (peer, missing) = absence is null && one.Work is not (Work.Methods or Work.Exits or Work.Quantized) ? Peer.Start(one, plan.Device.ToString(), stop) : (null, absence);
        if (missing is not null && absence is null)
        {
            screen.Note(missing);
        }

        absence = missing;
        var (sides, threads) = (new List<ISide>(), new List<int>());
        try
        {
            foreach (var mode in plan.Modes)
            {
                threads.Add(one.Work is Work.Pipeline ? 1 : plan.Threads ?? ThreadChoice.Choose(plan.Device, mode.Compute, mode.ChannelsLast));
                sides.Add(Ours.Of(one, mode, data, plan.Device, threads[^1], screen.Note));
            }

            if (one.HasBasis)
            {
                sides.AddRange(plan.Modes.Select((mode, i) => Ours.Alone(one, mode, data, plan.Device, threads[i])));
            }

            sides.AddRange(peer is null ? [] : [peer]);
            var windows = Turns.Take(sides, plan.Rounds, plan.Seconds, stop);
            if (plan.Profile && !Profiling.IsAbsent(screen))
            {
                sides.Take(plan.Modes.Count).ToList().ForEach(side => Profile(one, side, screen));
            }

            return [.. plan.Modes.Select((mode, i) => BenchRow.Of(
                one, mode, threads[i], windows[i], peer is null ? null : windows[^1], peer?.Choice, one.HasBasis ? windows[plan.Modes.Count + i] : null))];
        }
        finally
        {
            peer?.Dispose();
            sides.Where(side => side != peer).ToList().ForEach(side => side.Dispose());
        }
    }

    // After the turns: counting costs a little, and the speeds are measured without it.
    private static void Profile(BenchCase one, ISide side, Screen screen)
    {
        const int steps = 10;
        screen.Note($"operators of {steps} steps of {one.Name} in {side.Name}:");
        OperatorProfile.Start();
        try
        {
            side.Measure(0, steps);
        }
        finally
        {
            Profiling.Show(screen, OperatorProfile.Stop());
        }
    }
}
