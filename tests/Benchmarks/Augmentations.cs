using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Distillation.Benchmarks;

/// <summary>Augmentation of a batch of CIFAR images, draws included, on one thread.</summary>
public class Augmentations
{
    /// <summary>Images per measured invocation.</summary>
    public const int Images = 64;

    private static readonly Normalization cifar100 = Datasets.Cifar100.Normalization;

    private readonly Key key = Key.Of(0);
    private Tensor images = null!;

    [GlobalSetup]
    public void Setup()
    {
        set_num_threads(1);
        images = Key.Of(1).Integers(0, 256, [Images, 3, 32, 32], CPU).to_type(ScalarType.Byte);
    }

    [GlobalCleanup]
    public void Cleanup() => images.Dispose();

    [Benchmark]
    public void Crop() => new Augmentation.PadCrop(4).Apply(images, key).Dispose();

    [Benchmark]
    public void Flip() => new Augmentation.Flip().Apply(images, key).Dispose();

    [Benchmark]
    public void CropFlipNormalise() => cifar100.Prepare(Distillation.Augmentations.CropFlip, images, key).Dispose();

    [Benchmark]
    public void CropFlipNormaliseBFloat16() => cifar100.Prepare(Distillation.Augmentations.CropFlip, images, key, ScalarType.BFloat16, channelsLast: true).Dispose();
}
