using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>Makes images that fit a record of a network's activations.</summary>
public static class ImagesOfRecords
{
    /// <summary>How many images are made together; none of them depends on the others.</summary>
    public const int Batch = 64;

    /// <summary>The classes of all images: each in its turn.</summary>
    /// <param name="how">How many there are.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="device">Where they go.</param>
    /// <returns>int64 [Count].</returns>
    public static Tensor Labels(RecordedImages how, long classes, Device device) => arange(how.Count, ScalarType.Int64, device).remainder_(classes);

    /// <summary>Makes one batch: the same key and number give the same images.</summary>
    /// <param name="record">What they are to fit.</param>
    /// <param name="network">Whose record it is; in float32.</param>
    /// <param name="dataset">How the network's images are normalised.</param>
    /// <param name="how">How they are made.</param>
    /// <param name="number">Of the batch, from 0; the last may be smaller.</param>
    /// <param name="key">What noise and draws come from.</param>
    /// <param name="stop">Ends it between two iterations.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <returns>uint8 [B, C, H, W]: what a data set's images are. Pixels outside 0 … 255 are cut off after every step.</returns>
    public static Tensor Make(ActivationRecord record, FrozenNetwork network, Dataset dataset, RecordedImages how, int number, Key key, CancellationToken stop = default)
    {
        using var scope = NewDisposeScope();
        using var tracked = enable_grad();
        var device = record.Layers[0].Means.device;
        var draws = key.Fold(number);
        var labels = Labels(how, dataset.Classes, device).narrow(0, (long)number * Batch, Math.Min(Batch, how.Count - ((long)number * Batch)));
        long[] shape = [labels.shape[0], dataset.Channels, dataset.Height, dataset.Width];
        var layers = how.TopOnly ? record.Layers.Skip(record.Layers.Count - 1).ToList() : [.. record.Layers];
        var targets = layers.Select(layer => layer.Draw(labels, draws.Fold(layer.Name))).ToList();
        var pixels = ((draws.Fold("noise").Normal(shape, device) * how.Deviation) + how.Mean).clamp_(0, 1).flatten().requires_grad_(true);
        var adam = new Optimizer.Adam();
        var slots = adam.Start(pixels);
        for (var iteration = 0; iteration < how.Iterations; iteration++)
        {
            stop.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var said = ActivationRecord.LayersOf(network.Apply(dataset.Normalization.OfPixels(pixels.reshape(shape))));
            // The logits are the last; at a temperature both sides of their square are that much smaller.
            var terms = said.Skip(said.Count - targets.Count).Zip(targets, (layer, target) => Losses.ActivationRecord(layer.Value, target).mean()).ToList();
            var apart = terms.SkipLast(1).Aggregate(terms[^1] / (how.Temperature * how.Temperature), (sum, next) => sum + next);
            apart.backward(inputs: [pixels]);
            slots = adam.Step(pixels, pixels.grad!, slots, how.Rate, matrixCount: 0);
            pixels.grad = null;
            using var quiet = no_grad();
            (how.Smoothed ? pixels.copy_(Mixed(pixels.reshape(shape)).flatten()) : pixels).clamp_(0, 1);
        }

        return (pixels.detach().reshape(shape) * 255).round_().to_type(ScalarType.Byte).MoveToOuterDisposeScope();
    }

    // 1-2-1 along rows and columns; beyond the edge is what is at the edge.
    private static Tensor Mixed(Tensor images)
    {
        var (height, width) = (images.shape[2], images.shape[3]);
        var x = F.pad(images, [1, 1, 1, 1], TorchSharp.PaddingModes.Replicate);
        x = (x.narrow(2, 0, height) + (x.narrow(2, 1, height) * 2) + x.narrow(2, 2, height)) / 4;
        return (x.narrow(3, 0, width) + (x.narrow(3, 1, width) * 2) + x.narrow(3, 2, width)) / 4;
    }
}
