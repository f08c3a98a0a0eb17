using static TorchSharp.torch;

namespace Distillation;

/// <summary>How long a run would take on this machine, alone.</summary>
/// <param name="Experiment">The run, within its budget.</param>
/// <param name="Hours">Of all its epochs, without tests between them, and of the images that are made for it and those after it.</param>
public sealed record RunCost(Experiment Experiment, double Hours);

/// <summary>Hours by a short measurement of steps.</summary>
public static class ReproductionCosts
{
    // On a CPU an image of a large network takes about as long in any batch. In a small one the update of all weights weighs more, which is most of the step of a small network.
    private const int Few = 8;
    private const int Many = 64;

    // Seconds. A step that is shorter than the first is measured again in a batch whose steps are shorter than the second, for the third.
    private const double Brief = 0.1;
    private const double Longest = 0.4;
    private const double Measuring = 0.5;

    /// <summary>
    /// Takes two steps of every run and of every teacher that is trained, on blank images with first weights, and counts what the second took up to all epochs. Where steps are short, takes as many as fit into
    /// half a second, of up to 64 images, and counts their median up.
    /// Runs of the same work, such as those that differ in their seed only, are measured once; a teacher is one run, whoever learns from it.
    /// </summary>
    /// <param name="experiments">The runs, within their budget.</param>
    /// <param name="device">What is computed on.</param>
    /// <param name="told">Told what is measured next.</param>
    /// <param name="stop">Ends it between two networks.</param>
    public static IReadOnlyList<RunCost> Measure(IReadOnlyList<Experiment> experiments, Device device, Action<string>? told = null, CancellationToken stop = default)
    {
        var teachers = experiments.SelectMany(Trained).DistinctBy(experiment => experiment.Id).ToList();
        var all = teachers.Concat(experiments.Select(experiment => experiment.Settled)).DistinctBy(experiment => experiment.Id).ToList();
        var seconds = new Dictionary<string, double>();
        foreach (var group in all.GroupBy(experiment => (Data: experiment.Dataset.Name, Teacher: experiment.Teacher?.Network.Identity, Student: experiment.Student.Identity, experiment.Recipe.BatchSize)))
        {
            stop.ThrowIfCancellationRequested();
            var first = group.First();
            told?.Invoke($"measuring {(first.Teacher is { } guide ? $"{guide.Network.Name} -> " : "")}{first.Student.Name}");
            Measure([.. group.DistinctBy(experiment => Plain(experiment))], device).ToList().ForEach(pair => seconds[pair.Key] = pair.Value);
        }

        var made = all.Where(experiment => experiment.Method.Feed is Feed.Recorded).DistinctBy(experiment => experiment.ImagesId).ToDictionary(experiment => experiment.Id, experiment => Making(experiment, device));
        return [.. all.Select(experiment => new RunCost(experiment, ((seconds[Plain(experiment)] * ImagesPerEpoch(experiment) * experiment.Epochs) + made.GetValueOrDefault(experiment.Id)) / 3600))];
    }

    // What passes through the student in an epoch, whether it was photographed, generated or drawn.
    private static long ImagesPerEpoch(Experiment experiment) => experiment.Method.Feed switch
    {
        Feed.Noise noise => noise.StepsPerEpoch * (long)experiment.Recipe.BatchSize,
        Feed.Other other => other.Dataset.Images,
        Feed.Recorded recorded => recorded.How.Count,
        _ => experiment.Dataset.Images,
    };

    // Seconds to make the images of a record, which the first run that learns from them pays for.
    private static double Making(Experiment experiment, Device device)
    {
        using var scope = NewDisposeScope();
        var (how, guide) = (((Feed.Recorded)experiment.Method.Feed).How, experiment.Teacher!.Network);
        using var weights = guide.Initialize(Key.Of(0), device).Keep();
        using var frozen = guide.Frozen(weights, ScalarType.Float32, channelsLast: false);
        using var record = ActivationRecord.Empty(frozen, experiment.Dataset, device);
        var batches = (how.Count + ImagesOfRecords.Batch - 1) / ImagesOfRecords.Batch;
        Seconds(1);
        // What a batch begins with is paid once.
        var once = Seconds(1);
        return batches * (once + (Math.Max(0, Seconds(5) - once) / 4 * (how.Iterations - 1)));

        double Seconds(int iterations)
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            using var round = NewDisposeScope();
            // Reading them waits for the device.
            _ = ImagesOfRecords.Make(record, frozen, experiment.Dataset, how with { Count = ImagesOfRecords.Batch, Iterations = iterations }, 0, Key.Of(0)).max().item<byte>();
            return clock.Elapsed.TotalSeconds;
        }
    }

    // Per image, by what is measured.
    private static IReadOnlyDictionary<string, double> Measure(IReadOnlyList<Experiment> group, Device device)
    {
        using var scope = NewDisposeScope();
        var first = group[0];
        using var data = Blank(first.Dataset, device);
        var guide = first.Teacher?.Network ?? first.Student;
        using var weights = guide.Initialize(Key.Of(0), device).Keep();
        using var frozen = guide.Frozen(weights, first.Recipe.ImageType, first.Recipe.ChannelsLast);
        // One by one: side by side they would all be held at once.
        return group.ToDictionary(Plain, experiment => PerImage(experiment, data, frozen, device.type == TorchSharp.DeviceType.CPU));
    }

    private static double PerImage(Experiment experiment, LoadedDataset data, FrozenNetwork frozen, bool onCpu)
    {
        var own = experiment.Recipe.BatchSize;
        var few = onCpu ? Math.Min(Few, own) : own;
        var once = Step(few, turns: 1);
        // Not so many that a step of a network to which the update is nothing takes long.
        var many = onCpu ? Math.Min(own, (int)Math.Clamp(few * Longest / once, few, Many)) : own;
        return once >= Brief ? once / few : Step(many, turns: 100) / many;

        double Step(int batch, int turns) => MethodCosts.Measure(data, frozen, experiment.Student, [experiment.Method], experiment.Recipe with { BatchSize = batch }, turns, Measuring)[0].StepSeconds;
    }

    private static IEnumerable<Experiment> Trained(Experiment experiment) =>
        experiment.Settled.Teachers.OfType<Source.Trained>().SelectMany(source => Trained(source.Experiment).Append(source.Experiment));

    // What takes the same time. Losses of a generator weigh nothing beside it, unless it has none and does not learn; how many steps an epoch has is counted, not measured.
    private static string Plain(Experiment experiment) => $"{experiment.Dataset.Name} {experiment.Teacher?.Network.Identity} {experiment.Student.Identity} {Work(experiment.Method)} {experiment.Recipe.BatchSize}";

    private static string Work(Method method) => method.Feed is not Feed.Noise noise ? method.Text
        : $"{method.Name} {noise.Length} {method.Settings.Any(setting => PublishedSettings.GeneratorLosses.Any(loss => loss.Setting == setting.Name) && setting.Value != 0)}";

    // As many images as the data set has, all of them one and the same in memory.
    private static LoadedDataset Blank(Dataset dataset, Device device)
    {
        var whole = dataset with { Subset = null };
        var images = Key.Of(1).Integers(0, 256, [1, dataset.Channels, dataset.Height, dataset.Width], device).to_type(ScalarType.Byte).expand(whole.TrainCount, -1, -1, -1).DetachFromDisposeScope();
        var labels = arange(whole.TrainCount, ScalarType.Int64, device).remainder(dataset.Classes).DetachFromDisposeScope();
        return new(whole, [], new Split(images, labels), new Split(images.narrow(0, 0, 1).DetachFromDisposeScope(), labels.narrow(0, 0, 1).DetachFromDisposeScope()));
    }
}
