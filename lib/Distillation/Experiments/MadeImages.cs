using System.Diagnostics;
using System.Globalization;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// The images of <see cref="Feed.Recorded"/>, made once per teacher and record and kept beside the results, <c>weights/ID.images.safetensors</c>: what is there of them after an interruption is gone on from, a batch of
/// <see cref="ImagesOfRecords.Batch"/> at most is lost.
/// </summary>
internal static class MadeImages
{
    private const string Images = "images";
    private const string Threads = "threads";

    /// <summary>The images of some experiments of one stream, found or made. The caller owns the tensors.</summary>
    /// <param name="experiment">Any of them.</param>
    /// <param name="how">What its feed says.</param>
    /// <param name="lab">Where they are kept.</param>
    /// <param name="data">Whose training images are recorded.</param>
    /// <exception cref="BadInput">The teacher's weights are missing, a class has no training image, or a file cannot be read.</exception>
    public static LoadedDataset Of(Experiment experiment, RecordedImages how, Laboratory lab, LoadedDataset data) => Stopping.Listen(lab.Stop, stop =>
    {
        using var scope = NewDisposeScope();
        // One process makes them, and others find them.
        using var claim = Claimed(experiment, lab, stop);
        using var found = Found(lab.Results.ImagesPath(experiment.ImagesId), lab, out var threads);
        var whole = found?.shape[0] >= how.Count;
        // Another number of threads gives other roundings, and what a batch of images is must not depend on when it was made.
        set_num_threads(lab.Resume && threads is { } began ? began : lab.Surroundings.Threads);
        var images = whole ? found! : Made(experiment, how, lab, data, lab.Resume ? found : null, stop);
        var train = new Split(images.narrow(0, 0, how.Count).clone().DetachFromDisposeScope(), ImagesOfRecords.Labels(how, data.Dataset.Classes, lab.Device).DetachFromDisposeScope());
        return data with { Train = train, Test = new Split(data.Test.Images.narrow(0, 0, 0).DetachFromDisposeScope(), data.Test.Labels.narrow(0, 0, 0).DetachFromDisposeScope()) };
    });

    private static Claim Claimed(Experiment experiment, Laboratory lab, CancellationToken stop)
    {
        for (var waited = false; ; waited = true)
        {
            if (Claim.Try(lab.Results.Folder, experiment.ImagesId) is { } claim)
            {
                return claim;
            }

            if (!waited)
            {
                lab.Watcher.OnWarning?.Invoke($"Waiting for another process that makes the images of {experiment.Teacher!.Network.Name}'s record.");
            }

            stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(300));
            stop.ThrowIfCancellationRequested();
        }
    }

    // The images that are there of earlier and with how many threads they were made; null where there are none. A file that is damaged is told and made anew; one that cannot be read stays as it is.
    private static Tensor? Found(string path, Laboratory lab, out int? threads)
    {
        threads = null;
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var (tensors, notes) = TensorFile.Load(path, lab.Device);
            threads = int.Parse(notes[Threads], CultureInfo.InvariantCulture);
            return tensors[Images];
        }
        catch (Exception e) when (e is BadInput { InnerException: not (IOException or UnauthorizedAccessException) } or KeyNotFoundException or FormatException)
        {
            lab.Watcher.OnWarning?.Invoke($"{path} is no whole file of images; they are made anew.");
            return null;
        }
    }

    private static Tensor Made(Experiment experiment, RecordedImages how, Laboratory lab, LoadedDataset data, Tensor? found, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var source = experiment.Teacher!;
        using var weights = source.Weights(lab);
        // However the students' images lie in memory: the ones that are made here serve all of them.
        using var teacher = source.Network.Frozen(weights, ScalarType.Float32, channelsLast: false);
        using var record = ActivationRecord.Of(teacher, data.Train, data.Dataset);
        var batches = found is null ? [] : new List<Tensor> { found.narrow(0, 0, found.shape[0] / ImagesOfRecords.Batch * ImagesOfRecords.Batch) };
        var (all, done, kept) = ((how.Count + ImagesOfRecords.Batch - 1) / ImagesOfRecords.Batch, batches.Sum(batch => batch.shape[0]), Stopwatch.StartNew());
        lab.Watcher.OnMade?.Invoke(experiment, done, how.Count);
        try
        {
            for (var number = (int)(done / ImagesOfRecords.Batch); number < all; number++)
            {
                batches.Add(ImagesOfRecords.Make(record, teacher, data.Dataset, how, number, Key.Of(0).Fold("images of records"), stop));
                lab.Watcher.OnMade?.Invoke(experiment, done += batches[^1].shape[0], how.Count);
                if (kept.Elapsed > lab.KeepEvery || number == all - 1)
                {
                    Keep(experiment, batches, lab);
                    kept.Restart();
                }
            }
        }
        catch (OperationCanceledException)
        {
            Keep(experiment, batches, lab);
            throw;
        }

        return cat([.. batches], 0).MoveToOuterDisposeScope();
    }

    // What cannot be kept costs time if the program is stopped, and nothing else.
    private static void Keep(Experiment experiment, List<Tensor> batches, Laboratory lab)
    {
        if (batches.Count == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var path = lab.Results.ImagesPath(experiment.ImagesId);
        try
        {
            TensorFile.Save(path, new Dictionary<string, Tensor> { [Images] = cat([.. batches], 0) }, new Dictionary<string, string>
            {
                ["teacher"] = experiment.TeachersId,
                ["made of"] = experiment.Method.Text,
                [Threads] = get_num_threads().ToString(CultureInfo.InvariantCulture),
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            lab.Watcher.OnWarning?.Invoke($"The images made of the teacher's record cannot be kept at {path} ({e.Message.TrimEnd('.')}); the work goes on without.");
        }
    }
}
