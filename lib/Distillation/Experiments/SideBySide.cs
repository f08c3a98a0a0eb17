using System.Globalization;
using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>Experiments that share a stream and teachers, trained together: tensors in, rows out.</summary>
internal static class SideBySide
{
    public static IReadOnlyList<(Experiment Experiment, RunRow Row)> Run(IReadOnlyList<Experiment> experiments, Laboratory lab)
    {
        lab.Watcher.OnFold?.Invoke(experiments);
        var first = experiments.FirstOrDefault(e => e.Teachers.Count > 0) ?? experiments[0];
        using var data = lab.Load(first.Dataset);
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

            using var elsewhere = first.Method.Feed switch
            {
                Feed.Other other => lab.Load(other.Dataset),
                Feed.Recorded recorded => MadeImages.Of(first, recorded.How, lab, data),
                _ => null,
            };
            // Who learns from something else is not even lent the training images.
            return Train(experiments, lab, first.Method.Feed is Feed.Own ? data : data with { Train = Nothing(data) }, elsewhere, teachers, accuracy);
        }
        finally
        {
            teachers.ForEach(teacher => teacher.Dispose());
        }
    }

    private static IReadOnlyList<(Experiment, RunRow)> Train(
        IReadOnlyList<Experiment> experiments, Laboratory lab, LoadedDataset data, LoadedDataset? elsewhere, IReadOnlyList<FrozenNetwork> teachers, double? teacherAccuracy)
    {
        // Methods under a seed share the starting weights: they depend on the seed and the student only.
        var learners = experiments.Select(e => (Experiment: e, Learner: new Learner(
            $"{e.Method.Name} seed {e.Seed}", e.Student, First(e, lab), e.Method, [.. e.Teachers.Select(source => source.Network)], e.Task, e.Recipe, e.Key))).ToList();
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
        var watcher = new Watcher(lab.Watcher.OnProgress, report => lab.Watcher.OnEpoch?.Invoke(byLearner[report.Learner], report), (learner, reason) => lab.Watcher.OnReplay?.Invoke(byLearner[learner], reason));
        // Another number of threads gives other roundings: a run goes on with the number it began with, whatever this process would choose.
        set_num_threads(lab.Surroundings.Threads);
        var checkpoints = lab.Results.Checkpoints;
        var keeping = new Keeping(
            learner =>
            {
                var found = lab.Resume ? checkpoints.Find(byLearner[learner], lab.Device, lab.Watcher.OnWarning) : null;
                if (found is not null)
                {
                    set_num_threads(found.Position.Threads);
                    lab.Watcher.OnResumed?.Invoke(byLearner[learner], found.Position.Step);
                }

                return found;
            },
            (learner, checkpoint) => Keep(checkpoints, byLearner[learner], checkpoint, lab.Watcher),
            lab.KeepEvery);
        var learned = Fold.Run(streams, watcher, lab.Stop, keeping, lab.Recorder);
        try
        {
            return [.. learned.Select(one =>
            {
                var experiment = byLearner[one.Learner];
                var row = Row(experiment, one, lab, teacherAccuracy) with { ExitAccuracies = Exits(experiment, one, data) };
                lab.Results.Write(row, EpochRows(experiment, one), one.Last);
                checkpoints.Remove(experiment.Id);
                return (experiment, row);
            })];
        }
        finally
        {
            learned.ToList().ForEach(one => one.Last.Dispose());
            learners.ForEach(pair => pair.Learner.Start.Dispose());
        }
    }

    private static Split Nothing(LoadedDataset data) => new(data.Train.Images.narrow(0, 0, 0), data.Train.Labels.narrow(0, 0, 0));

    // A checkpoint that cannot be written costs time if the program is killed, and nothing else: the training goes on, and the one before is whole.
    private static void Keep(CheckpointStore checkpoints, Experiment experiment, Checkpoint checkpoint, GridWatcher watcher)
    {
        try
        {
            checkpoints.Write(experiment, checkpoint);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            watcher.OnWarning?.Invoke($"No checkpoint could be written to {checkpoints.Folder} ({e.Message.TrimEnd('.')}); the training goes on without.");
        }
    }

    private static Weights First(Experiment experiment, Laboratory lab)
    {
        var key = experiment.Key.Fold("weights");
        if (experiment.Start is null)
        {
            return experiment.Student.Initialize(key, lab.Device);
        }

        using var before = experiment.Start.Weights(lab);
        return experiment.Student.Grow(before, key).Weights;
    }

    internal static Weights Weights(this Source source, Laboratory lab)
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
            : throw new BadInput($"The row of {experiment.Student.Name} is there but its weights are not: {path} is missing; remove {lab.Results.RunPath(experiment.Id)} and the teacher is trained again.");
    }

    private static RunRow Row(Experiment experiment, Learned one, Laboratory lab, double? teacherAccuracy)
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
            TrainImages = experiment.Method.Feed is Feed.Own ? experiment.Dataset.Images : 0,
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
            Seconds = one.Seconds,
            ImagesPerSecond = one.Epochs.Average(epoch => epoch.ImagesPerSecond),
            SideBySide = one.SideBySide,
            Device = lab.Surroundings.Device,
            Threads = get_num_threads(),
            TorchSharp = lab.Surroundings.TorchSharp,
            Libtorch = lab.Surroundings.Libtorch,
            Runtime = lab.Surroundings.Runtime,
            GitRevision = lab.Surroundings.GitRevision,
            Experiment = experiment.Text,
        };
    }

    private static string? Exits(Experiment experiment, Learned one, LoadedDataset data) =>
        experiment.Judged.EvaluateExits(one.Last, experiment.Task, data.Test, experiment.Dataset.Normalization, experiment.Recipe) is { Count: > 0 } exits
            ? JsonSerializer.Serialize(exits.ToDictionary(exit => exit.Exit, exit => exit.Accuracy))
            : null;

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
