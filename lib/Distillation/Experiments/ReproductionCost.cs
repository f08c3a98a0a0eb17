using static TorchSharp.torch;

namespace Distillation;

/// <summary>How long a run would take on this machine, alone.</summary>
/// <param name="Experiment">The run, within its budget.</param>
/// <param name="Hours">Of all its epochs, without tests between them.</param>
public sealed record RunCost(Experiment Experiment, double Hours);

/// <summary>Hours by a short measurement of steps.</summary>
public static class ReproductionCosts
{
    // On a CPU an image takes about as long in any batch; in a small one the update weighs more, so the estimate is rather high.
    private const int OnCpu = 8;

    /// <summary>
    /// Takes two steps of every run and of every teacher that is trained, on blank images with first weights, and counts what the second took up to all epochs.
    /// Runs that differ in their seed only are measured once; a teacher is one run, whoever learns from it.
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

        return [.. all.Select(experiment => new RunCost(experiment, seconds[Plain(experiment)] * ImagesPerEpoch(experiment) * experiment.Epochs / 3600))];
    }

    // What passes through the student in an epoch, whether it was photographed, generated or drawn.
    private static long ImagesPerEpoch(Experiment experiment) => experiment.Method.Feed switch
    {
        Feed.Noise noise => noise.StepsPerEpoch * (long)experiment.Recipe.BatchSize,
        Feed.Other other => other.Dataset.Images,
        _ => experiment.Dataset.Images,
    };

    // Per image, by what is measured.
    private static IReadOnlyDictionary<string, double> Measure(IReadOnlyList<Experiment> group, Device device)
    {
        using var scope = NewDisposeScope();
        var first = group[0];
        using var data = Blank(first.Dataset, device);
        var guide = first.Teacher?.Network ?? first.Student;
        using var weights = guide.Initialize(Key.Of(0), device).Keep();
        using var frozen = guide.Frozen(weights, first.Recipe.ImageType, first.Recipe.ChannelsLast);
        var recipe = first.Recipe with { BatchSize = device.type == TorchSharp.DeviceType.CPU ? Math.Min(OnCpu, first.Recipe.BatchSize) : first.Recipe.BatchSize };
        // One by one: side by side they would all be held at once.
        return group.ToDictionary(Plain, experiment => MethodCosts.Measure(data, frozen, experiment.Student, [experiment.Method], recipe, turns: 1)[0].StepSeconds / recipe.BatchSize);
    }

    private static IEnumerable<Experiment> Trained(Experiment experiment) =>
        experiment.Settled.Teachers.OfType<Source.Trained>().SelectMany(source => Trained(source.Experiment).Append(source.Experiment));

    private static string Plain(Experiment experiment) => $"{experiment.Dataset.Name} {experiment.Teacher?.Network.Identity} {experiment.Student.Identity} {experiment.Method.Text} {experiment.Recipe.BatchSize}";

    // As many images as the data set has, all of them one and the same in memory.
    private static LoadedDataset Blank(Dataset dataset, Device device)
    {
        var whole = dataset with { Subset = null };
        var images = Key.Of(1).Integers(0, 256, [1, dataset.Channels, dataset.Height, dataset.Width], device).to_type(ScalarType.Byte).expand(whole.TrainCount, -1, -1, -1).DetachFromDisposeScope();
        var labels = arange(whole.TrainCount, ScalarType.Int64, device).remainder(dataset.Classes).DetachFromDisposeScope();
        return new(whole, [], new Split(images, labels), new Split(images.narrow(0, 0, 1).DetachFromDisposeScope(), labels.narrow(0, 0, 1).DetachFromDisposeScope()));
    }
}
