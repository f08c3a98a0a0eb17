using System.Diagnostics;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>Training is a fold of batches over states.</summary>
public static class Fold
{
    /// <summary>
    /// Trains all learners of all streams side by side, step by step. Streams must have the same number of steps and epochs.
    /// Every draw comes from the streams' and learners' keys, so a learner gets the same bits whoever learns beside it.
    /// </summary>
    /// <param name="streams">One per seed, usually.</param>
    /// <param name="watcher">Who watches.</param>
    /// <param name="stop">Ends the fold between two steps.</param>
    public static IReadOnlyList<Learned> Run(IReadOnlyList<BatchStream> streams, Watcher? watcher = null, CancellationToken stop = default)
    {
        if (streams.Select(s => (s.Steps, s.Epochs)).Distinct().Count() > 1)
        {
            throw new ArgumentException("Streams that run side by side must have the same number of epochs and steps.", nameof(streams));
        }

        var runners = new List<Runner>();
        try
        {
            runners.AddRange(streams.Select(Runner.Of));
            var clock = Stopwatch.StartNew();
            for (var epoch = 0; runners.Any(runner => runner.Running.Any()) && epoch < streams[0].Epochs; epoch++)
            {
                TrainEpoch(runners, epoch, watcher, clock, stop);
            }

            return [.. runners.SelectMany(runner => runner.Followers).Select(f => new Learned(f.Learner, f.HandOver(), [.. f.Reports]))];
        }
        finally
        {
            runners.ForEach(runner => runner.Dispose());
        }
    }

    private static void TrainEpoch(List<Runner> runners, int epoch, Watcher? watcher, Stopwatch clock, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var started = clock.Elapsed;
        var stream = runners[0].Stream;
        var orders = runners.Select(runner => runner.Stream.Order(epoch)).ToList();
        runners.ForEach(runner => runner.Open(epoch));
        var pace = new Pace(clock, runners.Sum(runner => runner.Running.Count()));
        for (var step = 0L; step < stream.StepsPerEpoch; step++)
        {
            stop.ThrowIfCancellationRequested();
            foreach (var (runner, order) in runners.Zip(orders))
            {
                runner.Step(epoch, step, order);
            }

            if (watcher?.OnProgress is { } tell && pace.IsDue(step, stream) is { } speed)
            {
                var done = (epoch * stream.StepsPerEpoch) + step + 1;
                tell(new FoldProgress(epoch + 1, stream.Epochs, done, stream.Steps, speed, clock.Elapsed / done * (stream.Steps - done)));
            }
        }

        var trained = (clock.Elapsed - started).TotalSeconds;
        foreach (var runner in runners)
        {
            runner.Close(epoch, trained, () => (clock.Elapsed - started).TotalSeconds, watcher, stop);
        }
    }

    // Tells the speed about four times a second.
    private sealed class Pace(Stopwatch clock, int followers)
    {
        private TimeSpan last = clock.Elapsed;
        private long lastStep = -1;

        public double? IsDue(long step, BatchStream stream)
        {
            var elapsed = clock.Elapsed - last;
            if (elapsed < TimeSpan.FromMilliseconds(250) && step + 1 < stream.StepsPerEpoch)
            {
                return null;
            }

            var speed = (step - lastStep) * stream.Recipe.BatchSize * followers / Math.Max(elapsed.TotalSeconds, 1e-9);
            (last, lastStep) = (clock.Elapsed, step);
            return speed;
        }
    }

    private sealed record Runner(BatchStream Stream, IReadOnlyList<Follower> Followers) : IDisposable
    {
        public static Runner Of(BatchStream stream) => new(stream, [.. stream.Learners.Select(learner => Follower.Of(learner, stream))]);

        public IEnumerable<Follower> Running => Followers.Where(follower => !follower.Stopped);

        public void Open(int epoch)
        {
            foreach (var follower in Running)
            {
                follower.State = follower.State.Enter(follower.Learner, follower.Prepared.At(epoch, follower.Learner.Recipe.Epochs));
            }
        }

        public void Step(int epoch, long step, Tensor order)
        {
            if (!Running.Any())
            {
                return;
            }

            using var scope = NewDisposeScope();
            var batch = Stream.At(epoch, step, order, scope);
            foreach (var follower in Running)
            {
                follower.State = follower.State.Step(follower.Learner, follower.Prepared, batch);
            }
        }

        public void Close(int epoch, double trained, Func<double> elapsed, Watcher? watcher, CancellationToken stop)
        {
            var count = Stream.Count;
            var (firstStep, lastStep) = (epoch * Stream.StepsPerEpoch, ((epoch + 1) * Stream.StepsPerEpoch) - 1);
            foreach (var follower in Running.ToList())
            {
                stop.ThrowIfCancellationRequested();
                var learner = follower.Learner;
                var run = new Progress(epoch, Stream.Epochs, lastStep, Stream.Steps);
                follower.State = follower.State.AfterEpoch(learner, run with { Epoch = epoch + 1, Step = lastStep + 1 });
                var sums = follower.State.Sums.cpu().data<double>().ToArray();
                var bad = follower.Settle(lastStep);
                var seen = bad is { } step ? Math.Min(count, (step - firstStep + 1) * Stream.Recipe.BatchSize) : count;
                var report = new EpochReport(
                    learner,
                    epoch + 1,
                    learner.PracticeOf(null, follower.State.Stretch).Rate.At(follower.State.Stretch.Within(run with { Step = bad ?? lastStep }).Fraction),
                    [.. follower.State.Stretch.Phase.Terms.Zip(sums, (name, sum) => (name, sum / seen))],
                    sums[^2] / seen,
                    Stream.Feed.HasLabels ? sums[^1] / seen : null,
                    follower.Judged.Evaluate(follower.Kept, learner.Task, Stream.Data.Test, Stream.Data.Dataset.Normalization, Stream.Recipe),
                    elapsed(),
                    count / Math.Max(trained, 1e-9),
                    bad);
                follower.State.Sums.zero_();
                follower.Reports.Add(report);
                watcher?.OnEpoch?.Invoke(report);
            }
        }

        public void Dispose()
        {
            foreach (var follower in Followers)
            {
                follower.Dispose();
            }
        }
    }
}
