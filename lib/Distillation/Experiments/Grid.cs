using System.Globalization;
using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>Who watches a grid. All are optional and must be quick.</summary>
/// <param name="OnFold">Before a fold: its experiments, side by side.</param>
/// <param name="OnProgress">A few times a second.</param>
/// <param name="OnEpoch">After an epoch of one experiment.</param>
/// <param name="OnRun">After a run's row was written, or found (true).</param>
public sealed record GridWatcher(
    Action<IReadOnlyList<Experiment>>? OnFold = null,
    Action<FoldProgress>? OnProgress = null,
    Action<Experiment, EpochReport>? OnEpoch = null,
    Action<Experiment, RunRow, bool>? OnRun = null);

/// <summary>Where experiments are run: everything that is not part of an experiment.</summary>
/// <param name="Data">The data folder.</param>
/// <param name="Results">Where rows and weights go.</param>
/// <param name="Budget">How much time there is.</param>
/// <param name="Device">What is computed on.</param>
/// <param name="Surroundings">What every row says about this machine.</param>
public sealed record Laboratory(DataFolder Data, ResultStore Results, Budget Budget, Device Device, Surroundings Surroundings)
{
    /// <summary>Who watches.</summary>
    public GridWatcher Watcher { get; init; } = new();

    /// <summary>Ends the grid between two steps; what has ended is kept.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Experiments whose rows exist are not run again unless this is set.</summary>
    public bool Again { get; init; }

    /// <summary>
    /// Where a data set's tensors come from: <see cref="Data"/>, unless one brings a data set of one's own. It is asked for the whole set, whose training images are reduced here
    /// where an experiment asks for fewer; the tensors it gives stay their owner's.
    /// </summary>
    public Func<Dataset, LoadedDataset>? Loader { get; init; }

    internal LoadedDataset Load(Dataset dataset) => Loader?.Invoke(dataset with { Subset = null }).Lent(dataset) ?? Data.Load(dataset, Device);
}

/// <summary>A grid is a LINQ query over experiments; running it runs what is missing.</summary>
public static class Grid
{
    /// <summary>The seeds 1 … n.</summary>
    public static IEnumerable<long> Seeds(int count) => Enumerable.Range(1, count).Select(seed => (long)seed);

    /// <summary>
    /// Runs what has no row yet and returns all rows in the order of the experiments. Teachers are trained first, once, also where they are experiments of the grid themselves. Experiments
    /// that share a stream of batches run side by side over it with one teacher forward per batch, and streams that differ in the seed only run interleaved.
    /// </summary>
    /// <exception cref="BadInput">An experiment does not fit together, data or weights are missing, or a teacher's own training broke off; the last is said when everything else has run.</exception>
    public static IReadOnlyList<RunRow> Run(this IEnumerable<Experiment> experiments, Laboratory lab)
    {
        var wanted = experiments.Select(lab.Budget.Fit).Select(experiment => experiment.Settled).ToList();
        var (asked, rows, missing) = (wanted.Select(e => e.Id).ToHashSet(), new Dictionary<string, RunRow>(), new List<Experiment>());
        wanted.ForEach(Seek);

        var orphans = new List<Experiment>();
        foreach (var fold in Folds(missing))
        {
            // Neighbours without a teacher run also where the teacher's own training broke off.
            var ready = fold.Where(e => e.Trained().All(teacher => rows.GetValueOrDefault(teacher.Id)?.Status == RunRow.Ok)).ToList();
            orphans.AddRange(fold.Except(ready));
            if (ready.Count == 0)
            {
                continue;
            }

            foreach (var (experiment, row) in RunFold(ready, lab))
            {
                rows[experiment.Id] = row;
                lab.Watcher.OnRun?.Invoke(experiment, row, false);
            }
        }

        return orphans.Count == 0 ? [.. wanted.Select(e => rows[e.Id])] : throw new BadInput(Orphaned(orphans, rows));

        // Fills rows and missing. Teachers that nobody asked for are kept even where their students run again.
        void Seek(Experiment experiment)
        {
            var id = experiment.Id;
            if (rows.ContainsKey(id) || missing.Any(e => e.Id == id))
            {
                return;
            }

            // A teacher whose weights were not kept (rows travel without them) is trained again.
            var usable = asked.Contains(id) || File.Exists(lab.Results.WeightsPath(id));
            if (usable && !(lab.Again && asked.Contains(id)) && lab.Results.Find(id) is { } row)
            {
                rows[id] = row;
                lab.Watcher.OnRun?.Invoke(experiment, row, true);
                return;
            }

            missing.Add(experiment.Check());
            experiment.Trained().ToList().ForEach(Seek);
        }
    }

    // How many trainings must come before this one.
    private static int Generation(Experiment experiment) => experiment.Trained().Select(teacher => 1 + Generation(teacher)).DefaultIfEmpty(0).Max();

    // The experiments that make its teachers.
    private static IEnumerable<Experiment> Trained(this Experiment experiment) => experiment.Teachers.OfType<Source.Trained>().Select(teacher => teacher.Experiment);

    private static string Orphaned(List<Experiment> orphans, Dictionary<string, RunRow> rows)
    {
        var broken = orphans.SelectMany(Trained).Select(teacher => rows.GetValueOrDefault(teacher.Id)).OfType<RunRow>().First(row => row.Status != RunRow.Ok);
        return $"The training of the teacher {broken.Student} (run {broken.Id}, seed {broken.Seed}) {broken.Status}, so {orphans.Count} experiment(s) below it were not run; lower its learning rate or clip its gradient.";
    }

    // One fold per stream and teacher, teachers before those they teach. Experiments without a teacher join the first fold of their stream, unless somebody waits for them.
    private static IEnumerable<IReadOnlyList<Experiment>> Folds(IReadOnlyList<Experiment> experiments)
    {
        var teachers = experiments.SelectMany(e => e.Teachers).Select(source => source.Id).ToHashSet();
        return
            from fold in
                from stream in experiments.GroupBy(e => e.LockstepId)
                let home = stream.Select(e => e.TeachersId).FirstOrDefault(id => id.Length > 0, "")
                from fold in stream.GroupBy(e => e.TeachersId is { Length: > 0 } own ? own : teachers.Contains(e.Id) ? "" : home)
                select fold.ToList()
            orderby fold.Max(Generation)
            select fold;
    }

    private static IReadOnlyList<(Experiment, RunRow)> RunFold(IReadOnlyList<Experiment> experiments, Laboratory lab)
    {
        lab.Watcher.OnFold?.Invoke(experiments);
        var first = experiments.FirstOrDefault(e => e.Teachers.Count > 0) ?? experiments[0];
        using var data = lab.Load(first.Dataset);
        using var elsewhere = first.Method.Feed is Feed.Other other ? lab.Load(other.Dataset) : null;
        using var scope = NewDisposeScope();
        var teachers = new List<FrozenNetwork>();
        try
        {
            // The number that a row tells is the first teacher's.
            double? accuracy = null;
            foreach (var source in first.Teachers)
            {
                using var weights = source.Weights(lab);
                teachers.Add(source.Network.Frozen(weights, first.Recipe.ImageType, first.Recipe.ChannelsLast));
                accuracy ??= source.Network.Evaluate(weights, first.Task, data.Test, first.Dataset.Normalization, first.Recipe).Accuracy;
            }

            return RunFold(experiments, lab, data, elsewhere, teachers, accuracy);
        }
        finally
        {
            teachers.ForEach(teacher => teacher.Dispose());
        }
    }

    private static IReadOnlyList<(Experiment, RunRow)> RunFold(
        IReadOnlyList<Experiment> experiments, Laboratory lab, LoadedDataset data, LoadedDataset? elsewhere, IReadOnlyList<FrozenNetwork> teachers, double? teacherAccuracy)
    {
        // Methods under a seed share the starting weights: they depend on the seed and the student only.
        var learners = experiments.Select(e => (Experiment: e, Learner: new Learner(
            $"{e.Method.Name} seed {e.Seed}", e.Student, e.Student.Initialize(e.Key.Fold("weights"), lab.Device), e.Method, [.. e.Teachers.Select(source => source.Network)], e.Task, e.Recipe, e.Key))).ToList();
        var byLearner = new Dictionary<Learner, Experiment>(learners.Select(pair => KeyValuePair.Create(pair.Learner, pair.Experiment)), ReferenceEqualityComparer.Instance);
        var streams = learners
            .GroupBy(pair => pair.Experiment.StreamId)
            .Select(group => (Learners: group.Select(pair => pair.Learner), First: group.First().Experiment))
            .Select(group => new BatchStream(data, teachers, [.. group.Learners], group.First.Recipe, group.First.Key.Fold("stream"))
            {
                Feed = group.First.Method.Feed,
                Elsewhere = elsewhere,
                Epochs = group.First.Epochs,
            })
            .ToList();
        var watcher = new Watcher(lab.Watcher.OnProgress, report => lab.Watcher.OnEpoch?.Invoke(byLearner[report.Learner], report));
        var started = System.Diagnostics.Stopwatch.StartNew();
        var learned = Fold.Run(streams, watcher, lab.Stop);
        var seconds = started.Elapsed.TotalSeconds;
        try
        {
            return [.. learned.Select(one =>
            {
                var experiment = byLearner[one.Learner];
                var row = Row(experiment, one, lab, seconds, experiments.Count, teacherAccuracy);
                lab.Results.Write(row, EpochRows(experiment, one), one.Last);
                return (experiment, row);
            })];
        }
        finally
        {
            learned.ToList().ForEach(one => one.Last.Dispose());
            learners.ForEach(pair => pair.Learner.Start.Dispose());
        }
    }

    private static Weights Weights(this Source source, Laboratory lab)
    {
        if (source is Source.FromFile file)
        {
            return Safetensors.Hash(file.Path) == file.Sha256
                ? file.Of.Load(file.Path, lab.Device)
                : throw new BadInput($"{file.Path} has changed since the experiment was written down (its sha256 is another); give the experiment the file it was meant for.");
        }

        var experiment = ((Source.Trained)source).Experiment;
        var path = lab.Results.WeightsPath(experiment.Id);
        return File.Exists(path)
            ? experiment.Judged.Load(path, lab.Device)
            : throw new BadInput($"The teacher's row is there but its weights are not: {path} is missing; remove {lab.Results.RunPath(experiment.Id)} and the teacher is trained again.");
    }

    private static RunRow Row(Experiment experiment, Learned one, Laboratory lab, double seconds, int sideBySide, double? teacherAccuracy)
    {
        // The last accuracy is that of the weights which are kept, also where the run broke off.
        var last = one.Epochs[^1];
        var best = one.Epochs.MaxBy(epoch => epoch.Test.Accuracy)!;
        return new RunRow
        {
            Id = experiment.Id,
            Finished = DateTime.UtcNow,
            Budget = lab.Budget.Name,
            Dataset = experiment.Dataset.Name,
            TrainImages = experiment.Dataset.Subset?.Count ?? experiment.Dataset.TrainCount,
            Teacher = experiment.Teachers.Count == 0 ? null : string.Join(" + ", experiment.Teachers.Select(source => source.Network.Name)),
            TeacherId = experiment.Teachers.Count == 0 ? null : experiment.TeachersId,
            Student = experiment.Student.Name,
            Method = experiment.Method.Name,
            MethodText = experiment.Method.Text,
            Seed = experiment.Seed,
            Epochs = experiment.Epochs,
            BatchSize = experiment.Recipe.BatchSize,
            Optimizer = JsonSerializer.Serialize(experiment.Recipe.Optimizer),
            RateSchedule = JsonSerializer.Serialize(experiment.Recipe.Rate),
            Augmentation = experiment.Recipe.Augmentation.ToString(),
            Compute = experiment.Recipe.Compute.ToString(),
            ChannelsLast = experiment.Recipe.ChannelsLast,
            ClipNorm = experiment.Recipe.ClipNorm,
            Average = experiment.Recipe.Average,
            Task = JsonSerializer.Serialize(experiment.Task),
            SubsetSeed = experiment.Dataset.Subset?.Seed,
            Status = last.FirstBadStep is { } step ? Stopped(step, last) : RunRow.Ok,
            LastAccuracy = last.Test.Accuracy,
            BestAccuracy = best.Test.Accuracy,
            BestEpoch = best.Epoch,
            LastTestLoss = last.Test.Loss,
            TeacherAccuracy = experiment.Teacher is null ? null : teacherAccuracy,
            Parameters = experiment.Judged.ParameterCount,
            MultiplyAdds = experiment.Judged.MultiplyAdds,
            Seconds = seconds,
            ImagesPerSecond = one.Epochs.Average(epoch => epoch.ImagesPerSecond),
            SideBySide = sideBySide,
            Device = lab.Surroundings.Device,
            Threads = lab.Surroundings.Threads,
            TorchSharp = lab.Surroundings.TorchSharp,
            Libtorch = lab.Surroundings.Libtorch,
            Runtime = lab.Surroundings.Runtime,
            GitRevision = lab.Surroundings.GitRevision,
            Experiment = experiment.Text,
        };
    }

    private static string Stopped(long step, EpochReport epoch)
    {
        var terms = epoch.Terms.Where(term => !double.IsFinite(term.Mean)).Select(term => term.Name).ToList();
        var rate = $"learning rate {epoch.Rate.ToString("g4", CultureInfo.InvariantCulture)}";
        return terms.Count > 0
            ? $"stopped: the objective was no finite number at step {step} (terms {string.Join(", ", terms)}; {rate})"
            : $"stopped: the weights were no finite numbers after step {step} ({rate})";
    }

    private static IReadOnlyList<EpochRow> EpochRows(Experiment experiment, Learned one) =>
    [
        .. from epoch in one.Epochs
           from term in epoch.Terms
           select new EpochRow
           {
               Id = experiment.Id,
               Seed = experiment.Seed,
               Method = experiment.Method.Name,
               Epoch = epoch.Epoch,
               Term = term.Name,
               TermMean = term.Mean,
               Objective = epoch.Objective,
               LearningRate = epoch.Rate,
               TrainAccuracy = epoch.TrainAccuracy,
               TestAccuracy = epoch.Test.Accuracy,
               TestLoss = epoch.Test.Loss,
               Seconds = epoch.Seconds,
               ImagesPerSecond = epoch.ImagesPerSecond,
           },
    ];
}
