using System.Diagnostics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>Training is a fold of batches over states.</summary>
public static class Fold
{
    /// <summary>
    /// Trains all learners of all streams side by side, step by step. Streams must have the same number of steps and epochs.
    /// Every draw comes from the streams' and learners' keys, so a learner gets the same bits whoever learns beside it, and wherever it was interrupted.
    /// </summary>
    /// <param name="streams">One per seed, usually.</param>
    /// <param name="watcher">Who watches.</param>
    /// <param name="stop">Ends the fold between two steps, after a last checkpoint.</param>
    /// <param name="keeping">How checkpoints are found and kept; null keeps none. Learners that stand at different steps wait for one another.</param>
    /// <param name="recorder">Records steps, which are then replayed where that gives the same; null computes every step operator by operator.</param>
    /// <exception cref="BadInput">A checkpoint does not fit, or a step needs more memory than there is.</exception>
    public static IReadOnlyList<Learned> Run(
        IReadOnlyList<BatchStream> streams, Watcher? watcher = null, CancellationToken stop = default, Keeping? keeping = null, Recorder? recorder = null) =>
        Stopping.Listen(stop, either => Run(streams, watcher ?? new Watcher(), keeping, recorder, either));

    private static IReadOnlyList<Learned> Run(IReadOnlyList<BatchStream> streams, Watcher watcher, Keeping? keeping, Recorder? recorder, CancellationToken stop)
    {
        if (streams.Select(s => (s.Steps, s.Epochs)).Distinct().Count() > 1)
        {
            throw new ArgumentException("Streams that run side by side must have the same number of epochs and steps.", nameof(streams));
        }

        var runners = new List<Runner>();
        try
        {
            runners.AddRange(streams.Select(stream => Runner.Of(stream, keeping, recorder is null ? null : new Replaying(stream.Recipe.BatchSize, recorder, watcher.OnReplay))));
            var course = new Course(runners, watcher, keeping, Stopwatch.StartNew(), stop);
            while (runners.SelectMany(runner => runner.Running).Select(follower => (int?)follower.Reports.Count).Min() is { } epoch && epoch < streams[0].Epochs)
            {
                course.Epoch(epoch);
            }

            return [.. runners.SelectMany(runner => runner.Followers).Select(follower => follower.HandOver(course.Elapsed, course.Together))];
        }
        finally
        {
            runners.ForEach(runner => runner.Dispose());
        }
    }

    // One process' way through the epochs.
    private sealed class Course(IReadOnlyList<Runner> runners, Watcher watcher, Keeping? keeping, Stopwatch clock, CancellationToken stop)
    {
        private TimeSpan kept = clock.Elapsed;
        private long stepsHere;

        public int Together => runners.Sum(runner => runner.Followers.Count);

        public double Elapsed => clock.Elapsed.TotalSeconds;

        public void Epoch(int epoch)
        {
            using var scope = NewDisposeScope();
            var started = clock.Elapsed;
            var stream = runners[0].Stream;
            var orders = runners.Select(runner => runner.Stream.Order(epoch)).ToList();
            foreach (var runner in runners)
            {
                runner.Open(epoch);
            }

            var pace = new Pace(clock, runners.Sum(runner => runner.Running.Count()));
            for (var step = runners.Where(runner => runner.Running.Any()).Min(runner => runner.First(epoch)); step < stream.StepsPerEpoch; step++)
            {
                if (stop.IsCancellationRequested || (keeping is not null && clock.Elapsed - kept > keeping.Every))
                {
                    Keep(clock.Elapsed - started);
                    stop.ThrowIfCancellationRequested();
                }

                foreach (var (runner, order) in runners.Zip(orders))
                {
                    runner.Step(epoch, step, order);
                }

                stepsHere++;
                if (watcher.OnProgress is { } tell && pace.IsDue(step, stream) is { } speed)
                {
                    var done = (epoch * stream.StepsPerEpoch) + step + 1;
                    tell(new FoldProgress(epoch + 1, stream.Epochs, done, stream.Steps, speed, clock.Elapsed / stepsHere * (stream.Steps - done)));
                }
            }

            var trained = clock.Elapsed - started;
            foreach (var runner in runners)
            {
                runner.Close(epoch, trained.TotalSeconds, () => (clock.Elapsed - started).TotalSeconds, watcher);
            }

            Keep(TimeSpan.Zero);
        }

        private void Keep(TimeSpan inEpoch)
        {
            foreach (var follower in runners.SelectMany(runner => runner.Followers))
            {
                keeping?.Write(follower.Learner, follower.Checkpoint(inEpoch.TotalSeconds, Elapsed, Together));
            }

            kept = clock.Elapsed;
        }
    }

    // Tells the speed about four times a second.
    private sealed class Pace(Stopwatch clock, int followers)
    {
        private TimeSpan last = clock.Elapsed;
        private long? lastStep;

        public double? IsDue(long step, BatchStream stream)
        {
            lastStep ??= step - 1;
            var elapsed = clock.Elapsed - last;
            if (elapsed < TimeSpan.FromMilliseconds(250) && step + 1 < stream.StepsPerEpoch)
            {
                return null;
            }

            var speed = (step - lastStep.Value) * stream.Recipe.BatchSize * followers / Math.Max(elapsed.TotalSeconds, 1e-9);
            (last, lastStep) = (clock.Elapsed, step);
            return speed;
        }
    }

    private sealed record Runner(BatchStream Stream, IReadOnlyList<Follower> Followers, Replaying? Replaying) : IDisposable
    {
        public static Runner Of(BatchStream stream, Keeping? keeping, Replaying? replaying)
        {
            var followers = new List<Follower>();
            try
            {
                followers.AddRange(stream.Learners.Select(learner => Follower.Of(learner, stream, keeping)));
                return new Runner(stream, followers, replaying);
            }
            catch
            {
                followers.ForEach(follower => follower.Dispose());
                throw;
            }
        }

        public IEnumerable<Follower> Running => Followers.Where(follower => !follower.Stopped && follower.Reports.Count < Stream.Epochs);

        // The first step of the epoch that somebody has yet to do.
        public long First(int epoch) => Running.Min(follower => follower.Step) is var step ? Math.Max(0, step - (epoch * Stream.StepsPerEpoch)) : 0;

        public void Open(int epoch)
        {
            foreach (var follower in Running.Where(follower => follower.Reports.Count == epoch))
            {
                follower.State = follower.State.Enter(follower.Learner, follower.Prepared.At(epoch, follower.Learner.Recipe.Epochs));
            }
        }

        public void Step(int epoch, long step, Tensor order)
        {
            // Whoever went on from a later checkpoint waits for the others.
            var here = (epoch * Stream.StepsPerEpoch) + step;
            var followers = Running.Where(follower => follower.Step == here).ToList();
            if (followers.Count == 0)
            {
                return;
            }

            using var scope = NewDisposeScope();
            try
            {
                var batch = Stream.At(epoch, step, order, scope);
                Replaying?.Begin(batch);
                foreach (var follower in followers)
                {
                    follower.State = Replaying?.Step(follower.State, follower.Learner, follower.Prepared, batch) ?? follower.State.Step(follower.Learner, follower.Prepared, batch);
                    follower.Step++;
                }

                Replaying?.End(batch);
            }
            catch (ExternalException e) when (IsOutOfMemory(e))
            {
                throw new BadInput(
                    $"Step {here} needs more memory than there is, with batches of {Stream.Recipe.BatchSize} and {Followers.Count} learner(s) side by side; take a smaller --batch-size, or fewer methods at once.", e);
            }
        }

        public void Close(int epoch, double trained, Func<double> elapsed, Watcher watcher)
        {
            var count = Stream.Count;
            var (firstStep, lastStep) = (epoch * Stream.StepsPerEpoch, ((epoch + 1) * Stream.StepsPerEpoch) - 1);
            foreach (var follower in Running.Where(follower => follower.Reports.Count == epoch).ToList())
            {
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
                    follower.EpochSecondsBefore + elapsed(),
                    count / Math.Max(follower.EpochSecondsBefore + trained, 1e-9),
                    bad);
                follower.State.Sums.zero_();
                follower.EpochSecondsBefore = 0;
                follower.Reports.Add(report);
                watcher.OnEpoch?.Invoke(report);
            }
        }

        public void Dispose()
        {
            Replaying?.Dispose();
            foreach (var follower in Followers)
            {
                follower.Dispose();
            }
        }

        private static bool IsOutOfMemory(ExternalException e) =>
            new[] { "allocate memory", "out of memory", "not enough memory" }.Any(text => e.Message.Contains(text, StringComparison.OrdinalIgnoreCase));
    }
}
