using System.Globalization;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// The images of <see cref="Feed.Recorded"/>, made once per teacher and record and kept beside the results, <c>weights/ID.images.safetensors</c>: what is there of them after an interruption is gone on from.
/// </summary>
internal static class MadeImages
{
    private const string Images = "images";

    /// <summary>The images of some experiments of one stream, found or made. The caller owns the tensors.</summary>
    /// <param name="experiment">Any of them.</param>
    /// <param name="how">What its feed says.</param>
    /// <param name="lab">Where they are kept.</param>
    /// <param name="data">Whose training images are recorded.</param>
    /// <exception cref="BadInput">The teacher's weights are missing, a class has no training image, or the images cannot be kept.</exception>
    public static LoadedDataset Of(Experiment experiment, RecordedImages how, Laboratory lab, LoadedDataset data)
    {
        using var scope = NewDisposeScope();
        var path = lab.Results.ImagesPath(experiment.ImagesId);
        using var found = Found(path, lab);
        var images = found?.shape[0] >= how.Count ? found : Stopping.Listen(lab.Stop, stop => Made(experiment, how, lab, data, path, found, stop));
        var train = new Split(images.narrow(0, 0, how.Count).clone().DetachFromDisposeScope(), ImagesOfRecords.Labels(how, data.Dataset.Classes, lab.Device).DetachFromDisposeScope());
        return data with { Train = train, Test = new Split(data.Test.Images.narrow(0, 0, 0).DetachFromDisposeScope(), data.Test.Labels.narrow(0, 0, 0).DetachFromDisposeScope()) };
    }

    // The images that are there of earlier; null where there are none. A file that is damaged is told and made anew.
    private static Tensor? Found(string path, Laboratory lab)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            var (tensors, _) = TensorFile.Load(path, lab.Device);
            return tensors.Count == 1 && tensors.TryGetValue(Images, out var images) ? images : throw new BadInput($"{path} does not hold images alone.");
        }
        catch (BadInput e)
        {
            lab.Watcher.OnWarning?.Invoke($"{e.Message} The images are made anew.");
            return null;
        }
    }

    private static Tensor Made(Experiment experiment, RecordedImages how, Laboratory lab, LoadedDataset data, string path, Tensor? found, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var source = experiment.Teacher!;
        using var weights = source.Weights(lab);
        using var teacher = source.Network.Frozen(weights, ScalarType.Float32, experiment.Recipe.ChannelsLast);
        using var record = ActivationRecord.Of(teacher, data.Train, data.Dataset);
        var batches = found is null ? [] : new List<Tensor> { found.narrow(0, 0, found.shape[0] / ImagesOfRecords.Batch * ImagesOfRecords.Batch) };
        var (all, kept) = ((how.Count + ImagesOfRecords.Batch - 1) / ImagesOfRecords.Batch, DateTime.UtcNow);
        for (var number = (int)(batches.Sum(batch => batch.shape[0]) / ImagesOfRecords.Batch); number < all; number++)
        {
            if (stop.IsCancellationRequested)
            {
                Keep(path, experiment, batches);
                stop.ThrowIfCancellationRequested();
            }

            lab.Watcher.OnMade?.Invoke(experiment, batches.Sum(batch => batch.shape[0]), how.Count);
            batches.Add(ImagesOfRecords.Make(record, teacher, data.Dataset, how, number, Key.Of(0).Fold("images of records")));
            if (DateTime.UtcNow - kept > lab.KeepEvery)
            {
                Keep(path, experiment, batches);
                kept = DateTime.UtcNow;
            }
        }

        Keep(path, experiment, batches);
        return cat([.. batches], 0).MoveToOuterDisposeScope();
    }

    private static void Keep(string path, Experiment experiment, IReadOnlyList<Tensor> batches)
    {
        if (batches.Count == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        try
        {
            TensorFile.Save(path, new Dictionary<string, Tensor> { [Images] = cat([.. batches], 0) }, new Dictionary<string, string>
            {
                ["teacher"] = experiment.TeachersId,
                ["made of"] = experiment.Method.Text,
                ["count"] = batches.Sum(batch => batch.shape[0]).ToString(CultureInfo.InvariantCulture),
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"The images made of the teacher's record cannot be kept at {path} ({e.Message.TrimEnd('.')}); free some space or make the folder writable and run the same command again.", e);
        }
    }
}
