using static TorchSharp.torch;

namespace Distillation;

/// <summary>What is recorded of one layer.</summary>
/// <param name="Name">Its tap's name, or <c>logits</c>.</param>
/// <param name="Means">Per class, [C, …] float32.</param>
/// <param name="Spread">
/// Of a map the standard deviation of every value, [C, c, h, w]; of a vector a symmetric root of its covariance, [C, n, n]: with it, values that belong together are drawn together.
/// </param>
public sealed record LayerRecord(string Name, Tensor Means, Tensor Spread)
{
    /// <summary>Values that a class' images might have given.</summary>
    /// <param name="labels">Classes, int64 [B].</param>
    /// <param name="key">What the draw comes from.</param>
    /// <returns>[B, …].</returns>
    public Tensor Draw(Tensor labels, Key key)
    {
        using var scope = NewDisposeScope();
        var means = Means.index_select(0, labels);
        var noise = key.Normal(means.shape, means.device);
        if (Spread.dim() != 3)
        {
            return (means + (noise * Spread.index_select(0, labels))).MoveToOuterDisposeScope();
        }

        // A class at a time: a root for every image would not fit where vectors are long.
        foreach (var label in labels.cpu().data<long>().Distinct())
        {
            var here = (labels == label).nonzero().flatten();
            means.index_add_(0, here, noise.index_select(0, here).matmul(Spread[label]), 1);
        }

        return means.MoveToOuterDisposeScope();
    }
}

/// <summary>
/// A record of a network's activations over training images, by class: the meta data of Lopes, Fenu and Starner (2017), from which images can be made without the training images. Disposing it frees the tensors.
/// </summary>
/// <param name="Layers">What is recorded, in the network's order.</param>
public sealed record ActivationRecord(Sequence<LayerRecord> Layers) : IDisposable
{
    private const int Batch = 256;

    /// <summary>
    /// Looks at every training image once. Recorded are the maps that the network keeps, its embedding and its logits; the values that depend on one another are told apart only in vectors, since the covariance of a map
    /// has more numbers than the training images have.
    /// </summary>
    /// <param name="network">In float32.</param>
    /// <param name="train">The training images; every class must have one.</param>
    /// <param name="dataset">What they are.</param>
    /// <exception cref="BadInput">A class has no image.</exception>
    public static ActivationRecord Of(FrozenNetwork network, Split train, Dataset dataset)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var counts = train.Labels.bincount(null, dataset.Classes);
        if (counts.min().item<long>() == 0)
        {
            throw new BadInput($"{dataset.Name} has no training image of class {counts.argmin().item<long>()}, so nothing can be recorded of it; take more training images.");
        }

        List<Sums>? sums = null;
        for (var first = 0L; first < train.Count; first += Batch)
        {
            using var round = NewDisposeScope();
            var count = Math.Min(Batch, train.Count - first);
            var labels = train.Labels.narrow(0, first, count);
            var layers = LayersOf(network.Apply(dataset.Normalization.Normalize(train.Images.narrow(0, first, count))));
            sums ??= [.. layers.Select(layer => Sums.Of(layer.Name, layer.Value, dataset.Classes, scope))];
            foreach (var (sum, layer) in sums.Zip(layers))
            {
                sum.Add(layer.Value, labels);
            }
        }

        return new([.. sums!.Select(sum => sum.Record(counts))]);
    }

    /// <summary>
    /// The layers of a forward pass that are recorded: maps of more than one pixel, vectors and the logits. Of a stage that is tapped before and after its activation the former: drawn apart, the two would contradict each other.
    /// </summary>
    /// <param name="said">What the network computed.</param>
    public static IReadOnlyList<(string Name, Tensor Value)> LayersOf(Activations said) =>
    [
        .. said.Taps.RemoveAt(said.Taps.Length - 1).Where(tap =>
            (tap.Value.dim() != 4 || tap.Value.shape[2] * tap.Value.shape[3] > 1) && !said.Taps.Any(other => other.Name == $"{tap.Name}.preact")),
        (said.Taps[^1].Name, said.Embedding), ("logits", said.Logits),
    ];

    /// <summary>A record as large as a network's, of nothing: to measure with.</summary>
    /// <param name="network">In float32.</param>
    /// <param name="dataset">Its images.</param>
    /// <param name="device">Where it lies.</param>
    internal static ActivationRecord Empty(FrozenNetwork network, Dataset dataset, Device device)
    {
        using var scope = NewDisposeScope();
        var layers = LayersOf(network.Apply(zeros([1, dataset.Channels, dataset.Height, dataset.Width], ScalarType.Float32, device)));
        return new([.. layers.Select(layer => new LayerRecord(layer.Name, Zeros(layer.Value), Zeros(layer.Value)))]);

        Tensor Zeros(Tensor value) => zeros([dataset.Classes, .. value.shape[1..]], ScalarType.Float32, device).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var layer in Layers)
        {
            layer.Means.Dispose();
            layer.Spread.Dispose();
        }
    }

    // Sums of values and of their products by class, in float64: their difference is small where a class hardly varies.
    private sealed record Sums(string Name, Tensor First, Tensor Second)
    {
        public static Sums Of(string name, Tensor layer, long classes, TorchSharp.DisposeScope home)
        {
            long[] shape = [classes, .. layer.shape[1..]];
            return new(name, zeros(shape, ScalarType.Float64, layer.device).Into(home), zeros(layer.dim() == 2 ? [.. shape, layer.shape[1]] : shape, ScalarType.Float64, layer.device).Into(home));
        }

        public void Add(Tensor layer, Tensor labels)
        {
            var values = layer.to_type(ScalarType.Float64);
            First.index_add_(0, labels, values, 1);
            if (layer.dim() != 2)
            {
                Second.index_add_(0, labels, values.square(), 1);
                return;
            }

            foreach (var label in labels.cpu().data<long>().Distinct())
            {
                var here = values.index_select(0, (labels == label).nonzero().flatten());
                Second[label].add_(here.t().matmul(here));
            }
        }

        // A class at a time: the products of a long vector are large already.
        public LayerRecord Record(Tensor counts)
        {
            using var scope = NewDisposeScope();
            var (classes, means, spread) = ((int)counts.shape[0], new List<Tensor>(), new List<Tensor>());
            for (var label = 0; label < classes; label++)
            {
                using var round = NewDisposeScope();
                var (mean, second) = (First[label] / counts[label], Second[label] / counts[label]);
                means.Add(mean.to_type(ScalarType.Float32).MoveToOuterDisposeScope());
                spread.Add((second.dim() == 2 && mean.dim() == 1 ? Root(second - mean.outer(mean)) : (second - mean.square()).clamp_min(0).sqrt()).to_type(ScalarType.Float32).MoveToOuterDisposeScope());
            }

            return new(Name, stack(means).DetachFromDisposeScope(), stack(spread).DetachFromDisposeScope());
        }

        // Where a value never varies, as those of dead units, the covariance is singular: a root of it is there all the same, a triangular factor is not.
        private static Tensor Root(Tensor covariance)
        {
            var (values, vectors) = linalg.eigh(covariance);
            return (vectors * values.clamp_min(0).sqrt()).matmul(vectors.t());
        }
    }
}
