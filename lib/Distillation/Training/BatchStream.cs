using TorchSharp;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// A stream of batches and the learners that follow it side by side: one augmentation and one teacher forward per batch for all of them.
/// </summary>
/// <param name="Data">The training and test images.</param>
/// <param name="Teacher">The frozen teacher, or null.</param>
/// <param name="Learners">Who learns; none of them can tell whether the others are there.</param>
/// <param name="Recipe">Epochs, batch size, augmentation, dtype and layout of the stream.</param>
/// <param name="Key">What the order and the augmentation draw from.</param>
public sealed record BatchStream(LoadedDataset Data, FrozenNetwork? Teacher, IReadOnlyList<Learner> Learners, Recipe Recipe, Key Key)
{
    /// <summary>Steps of one epoch; the last may be smaller.</summary>
    public long StepsPerEpoch => (Data.Train.Count + Recipe.BatchSize - 1) / Recipe.BatchSize;

    /// <summary>Steps of the whole run.</summary>
    public long Steps => StepsPerEpoch * Recipe.Epochs;

    /// <summary>The order of the training images in an epoch, [n] Int64.</summary>
    public Tensor Order(int epoch) => Key.Fold("order").Fold(epoch).Permutation(Data.Train.Count, Data.Train.Images.device);

    /// <summary>The batch of a step, made from the epoch's order. Its tensors belong to <paramref name="home"/>.</summary>
    public Batch At(int epoch, long stepOfEpoch, Tensor order, DisposeScope home)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var first = stepOfEpoch * Recipe.BatchSize;
        var indices = order.narrow(0, first, Math.Min(Recipe.BatchSize, Data.Train.Count - first));
        var step = (epoch * StepsPerEpoch) + stepOfEpoch;
        var key = Key.Fold("step").Fold(step);
        var images = Data.Dataset.Normalization.Prepare(
            Recipe.Augmentation, Data.Train.Images.index_select(0, indices), key.Fold("augment"), Recipe.ImageType, Recipe.ChannelsLast);
        var labels = Data.Train.Labels.index_select(0, indices);
        return new Batch(
            images.MoveToOtherDisposeScope(home), labels.MoveToOtherDisposeScope(home), indices.MoveToOtherDisposeScope(home),
            new Progress(epoch, Recipe.Epochs, step, Steps), key, Teacher, home);
    }
}
