using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// A stream of batches and the learners that follow it side by side: one augmentation and one teacher forward per batch for all of them.
/// </summary>
/// <param name="Data">The training and test images of the experiments.</param>
/// <param name="Teachers">The frozen teachers; empty without.</param>
/// <param name="Learners">Who learns; none of them can tell whether the others are there.</param>
/// <param name="Recipe">Epochs, batch size, augmentation, dtype and layout of the stream.</param>
/// <param name="Key">What the order and the augmentation draw from.</param>
public sealed record BatchStream(LoadedDataset Data, IReadOnlyList<FrozenNetwork> Teachers, IReadOnlyList<Learner> Learners, Recipe Recipe, Key Key)
{
    /// <summary>What the batches are made of.</summary>
    public Feed Feed { get; init; } = new Feed.Own();

    /// <summary>The images of <see cref="Feed.Other"/> and <see cref="Feed.Recorded"/>; null for other feeds.</summary>
    public LoadedDataset? Elsewhere { get; init; }

    /// <summary>Epochs of all phases; the recipe's number unless methods add some of their own.</summary>
    public int Epochs { get; init; } = Recipe.Epochs;

    /// <summary>Samples of one epoch.</summary>
    public long Count => Feed is Feed.Noise noise ? (long)noise.StepsPerEpoch * Recipe.BatchSize : Source.Train.Count;

    /// <summary>Steps of one epoch; the last may be smaller.</summary>
    public long StepsPerEpoch => (Count + Recipe.BatchSize - 1) / Recipe.BatchSize;

    /// <summary>Steps of the whole run.</summary>
    public long Steps => StepsPerEpoch * Epochs;

    /// <summary>The training labels by index, [n] Int64; null where the feed has none.</summary>
    public Tensor? Labels => Feed.HasLabels ? Data.Train.Labels : null;

    /// <summary>The order of the training images in an epoch, [n] Int64.</summary>
    public Tensor Order(int epoch) => Feed is Feed.Noise ? empty(0, ScalarType.Int64) : Key.Fold("order").Fold(epoch).Permutation(Count, Source.Train.Images.device);

    /// <summary>The batch of a step, made from the epoch's order. Its tensors belong to <paramref name="home"/>.</summary>
    public Batch At(int epoch, long stepOfEpoch, Tensor order, TorchSharp.DisposeScope home, StageClock? clock = null)
    {
        clock?.Skip();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var step = (epoch * StepsPerEpoch) + stepOfEpoch;
        var key = Key.Fold("step").Fold(step);
        var progress = new Progress(epoch, Epochs, step, Steps);
        if (Feed is Feed.Noise noise)
        {
            var one = noise.Length is { } length ? Shape.Vector(length) : new Shape(Data.Dataset.Channels, Data.Dataset.Height, Data.Dataset.Width);
            var drawn = key.Fold("noise").Normal([Recipe.BatchSize, .. one.Dimensions], Data.Test.Images.device).to_type(Recipe.ImageType);
            return new Batch(drawn.Into(home), null, null, progress, key, Teachers, home, clock);
        }

        var first = stepOfEpoch * Recipe.BatchSize;
        var indices = order.narrow(0, first, Math.Min(Recipe.BatchSize, Count - first));
        var images = Source.Dataset.Normalization.Prepare(
            Recipe.Augmentation, Source.Train.Images.index_select(0, indices), key.Fold("augment"), Recipe.ImageType, Recipe.ChannelsLast);
        var labels = Labels?.index_select(0, indices);
        indices = indices.Into(home);
        var batch = new Batch(
            images.Into(home), labels?.Into(home), labels is null ? null : indices,
            progress, key, Teachers, home, clock, (others, augmentation, draws) => Source.Dataset.Normalization.Prepare(
                augmentation ?? Recipe.Augmentation, Source.Train.Images.index_select(0, others ?? indices), draws, Recipe.ImageType, Recipe.ChannelsLast));
        clock?.Mark(Stage.Data);
        return batch;
    }

    private LoadedDataset Source => Elsewhere ?? Data;
}
