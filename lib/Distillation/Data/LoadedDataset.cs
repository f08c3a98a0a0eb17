using static TorchSharp.torch;

namespace Distillation;

/// <summary>Images with their labels, on one device. Disposing it frees the tensors.</summary>
/// <param name="Images">uint8 [N, C, H, W], 0 … 255; inputs that are no images and have <see cref="Normalization.None"/> may be float32.</param>
/// <param name="Labels">int64 [N], 0 … classes - 1; int64 [N, 2] where the task asks for two places.</param>
public sealed record Split(Tensor Images, Tensor Labels) : IDisposable
{
    /// <summary>The second, coarser label of every image, int64 [N]; only CIFAR-100 has one.</summary>
    public Tensor? Coarse { get; init; }

    /// <summary>N.</summary>
    public long Count => Labels.shape[0];

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
        Coarse?.Dispose();
    }
}

/// <summary>A data set as tensors. One's own data fits here too: build the splits and a <see cref="Distillation.Dataset"/> that describes them.</summary>
/// <param name="Dataset">What it is.</param>
/// <param name="ClassNames">The name of every label.</param>
/// <param name="Train">The training images, after <see cref="Dataset.Subset"/>.</param>
/// <param name="Test">All test images.</param>
public sealed record LoadedDataset(Dataset Dataset, IReadOnlyList<string> ClassNames, Split Train, Split Test) : IDisposable
{
    /// <summary>The names of the coarse labels; empty where there are none.</summary>
    public IReadOnlyList<string> CoarseNames { get; init; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        Train.Dispose();
        Test.Dispose();
    }
}
