using System.Diagnostics;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>What one learner did in one epoch.</summary>
/// <param name="Learner">Who.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="Rate">The learning rate of the epoch's last step, or of the first bad one.</param>
/// <param name="Terms">Mean of every term over the epoch's samples (up to the first bad step, if there is one), unweighted, by name.</param>
/// <param name="Objective">Mean of the weighted sum.</param>
/// <param name="TrainAccuracy">Share of right answers while training, 0 … 1.</param>
/// <param name="Test">Score on the test split of the weights kept after the epoch: those of the epoch before where this one has a bad step.</param>
/// <param name="Seconds">Wall time of the epoch for everybody in the fold, evaluation included.</param>
/// <param name="ImagesPerSecond">Training images of this learner per second of training time, everybody in the fold running.</param>
/// <param name="FirstBadStep">The first step of the run whose objective was not finite, or that left weights which are not; null when all is well.</param>
public sealed record EpochReport(
    Learner Learner, int Epoch, double Rate, IReadOnlyList<(string Name, double Mean)> Terms, double Objective, double TrainAccuracy, Score Test, double Seconds,
    double ImagesPerSecond, long? FirstBadStep);

/// <summary>How far a fold is, for whoever shows it.</summary>
/// <param name="Epoch">The epoch in progress, from 1.</param>
/// <param name="Epochs">How many there are.</param>
/// <param name="Step">Steps done in all.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="ImagesPerSecond">Student images trained per second since the last report, summed over learners.</param>
/// <param name="Left">Time left at the pace so far.</param>
public sealed record FoldProgress(int Epoch, int Epochs, long Step, long Steps, double ImagesPerSecond, TimeSpan Left);

/// <summary>Who watches a fold. Both are called between steps and must be quick.</summary>
public sealed record Watcher(Action<FoldProgress>? OnProgress = null, Action<EpochReport>? OnEpoch = null);

/// <summary>What a learner became.</summary>
/// <param name="Learner">Who.</param>
/// <param name="Last">
/// The weights after the last epoch; where an objective stopped being finite, those after the last epoch that was well, or the first weights. Whoever receives them owns them.
/// </param>
/// <param name="Epochs">One report per epoch.</param>
public sealed record Learned(Learner Learner, Weights Last, IReadOnlyList<EpochReport> Epochs);

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
        if (streams.Select(s => (s.Steps, s.Recipe.Epochs)).Distinct().Count() > 1)
        {
            throw new ArgumentException("Streams that run side by side must have the same number of epochs and steps.", nameof(streams));
        }

        var runners = new List<Runner>();
        try
        {
            runners.AddRange(streams.Select(Runner.Of));
            var clock = Stopwatch.StartNew();
            for (var epoch = 0; runners.Any(runner => runner.Running.Any()) && epoch < streams[0].Recipe.Epochs; epoch++)
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
                tell(new FoldProgress(epoch + 1, stream.Recipe.Epochs, done, stream.Steps, speed, clock.Elapsed / done * (stream.Steps - done)));
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

    private sealed class Follower(Learner learner, Prepared prepared, LearnerState state) : IDisposable
    {
        private bool handedOver;

        public Learner Learner => learner;

        public Prepared Prepared => prepared;

        public LearnerState State { get; set; } = state;

        // What is judged and handed over: finite, whatever happens to the weights in training.
        public Weights Kept { get; private set; } = Snapshot(learner.Start);

        public List<EpochReport> Reports { get; } = [];

        // A learner whose objective is no number any more stops; the others go on.
        public bool Stopped => Reports.Count > 0 && Reports[^1].FirstBadStep is not null;

        // The first bad step so far, if there is one; if not, the judged weights are what is kept. An update can spoil weights without the objective showing it before the next step.
        public long? Settle(long lastStep)
        {
            var step = State.FirstBadStep.cpu().item<long>();
            if (step >= 0 || !IsFinite(State.Judged))
            {
                return step >= 0 ? step : lastStep;
            }

            var before = Kept;
            Kept = Snapshot(State.Judged);
            before.Dispose();
            return null;
        }

        // After this, Kept belongs to whoever asked.
        public Weights HandOver()
        {
            handedOver = true;
            return Kept;
        }

        public void Dispose()
        {
            State.Dispose();
            if (!handedOver)
            {
                Kept.Dispose();
            }
        }

        private static Weights Snapshot(Weights weights)
        {
            using var scope = NewDisposeScope();
            return weights.Copy().Keep();
        }

        private static bool IsFinite(Weights weights) =>
            weights.Parameters.detach().isfinite().all().logical_and(weights.Buffers.isfinite().all()).cpu().item<bool>();
    }

    private sealed record Runner(BatchStream Stream, IReadOnlyList<Follower> Followers) : IDisposable
    {
        public static Runner Of(BatchStream stream) => new(stream, [.. stream.Learners.Select(learner =>
        {
            var prepared = learner.Method.Prepare(learner.Teacher, learner.Student);
            return new Follower(learner, prepared, LearnerState.Begin(learner, prepared));
        })]);

        public IEnumerable<Follower> Running => Followers.Where(follower => !follower.Stopped);

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
            var count = Stream.Data.Train.Count;
            var (firstStep, lastStep) = (epoch * Stream.StepsPerEpoch, ((epoch + 1) * Stream.StepsPerEpoch) - 1);
            foreach (var follower in Running.ToList())
            {
                stop.ThrowIfCancellationRequested();
                var learner = follower.Learner;
                var sums = follower.State.Sums.cpu().data<double>().ToArray();
                var bad = follower.Settle(lastStep);
                var seen = bad is { } step ? Math.Min(count, (step - firstStep + 1) * Stream.Recipe.BatchSize) : count;
                var report = new EpochReport(
                    learner,
                    epoch + 1,
                    learner.Recipe.Rate.At((double)(bad ?? lastStep) / Stream.Steps),
                    [.. follower.Prepared.Terms.Zip(sums, (name, sum) => (name, sum / seen))],
                    sums[^2] / seen,
                    sums[^1] / seen,
                    learner.Student.Evaluate(follower.Kept, learner.Task, Stream.Data.Test, Stream.Data.Dataset.Normalization, Stream.Recipe),
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
