using TorchSharp;
using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>The real files, where this machine has them.</summary>
public sealed class RealDataTests
{
    [NeedsData("cifar100")]
    public void Cifar_100_has_500_images_of_every_class_and_its_published_mean()
    {
        using var scope = NewDisposeScope();
        var data = DataFolder.Resolve(null).Load(Datasets.Cifar100, CPU);
        Assert.True(bincount(data.Train.Labels).eq(500).all().ToBoolean());
        Assert.True(bincount(data.Test.Labels).eq(100).all().ToBoolean());
        Assert.True(bincount(data.Train.Coarse!).eq(2500).all().ToBoolean());
        Assert.Equal(("cattle", "large_omnivores_and_herbivores"), (data.ClassNames[(int)data.Train.Labels[0].ToInt64()], data.CoarseNames[(int)data.Train.Coarse![0].ToInt64()]));
        HasItsStatistics(data, 0.002);
    }

    [NeedsData("fashion-mnist")]
    public void Fashion_mnist_has_6000_images_of_every_class_and_its_published_mean() => Idx(Datasets.FashionMnist, "Ankle boot");

    [NeedsData("mnist")]
    public void Mnist_has_60000_digits_and_its_published_mean() => Idx(Datasets.Mnist, "5");

    [NeedsData("fashion-mnist")]
    public void A_tenth_of_fashion_mnist_has_600_images_of_every_class()
    {
        using var scope = NewDisposeScope();
        var data = DataFolder.Resolve(null).Load(Datasets.FashionMnist.Take(6000), CPU);
        Assert.True(bincount(data.Train.Labels).eq(600).all().ToBoolean());
        Assert.Equal(10_000, data.Test.Count);
    }

    private static void Idx(Dataset dataset, string first)
    {
        using var scope = NewDisposeScope();
        var data = DataFolder.Resolve(null).Load(dataset, CPU);
        Assert.Equal(60_000, bincount(data.Train.Labels, minlength: 10).sum().ToInt64());
        Assert.Equal(first, data.ClassNames[(int)data.Train.Labels[0].ToInt64()]);
        HasItsStatistics(data, 0.0002);
    }

    // Published deviations of CIFAR differ from the exact ones in the third digit.
    private static void HasItsStatistics(LoadedDataset data, double tolerance)
    {
        foreach (var channel in Enumerable.Range(0, data.Dataset.Channels))
        {
            var pixels = data.Train.Images.select(1, channel).to(ScalarType.Float32).div(255);
            Assert.Equal(data.Dataset.Normalization.Mean[channel], pixels.mean().ToDouble(), tolerance);
            Assert.Equal(data.Dataset.Normalization.Std[channel], pixels.std().ToDouble(), tolerance);
        }
    }
}

/// <summary>A test on real data: skipped, saying why, where the data folder does not have it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsDataAttribute : FactAttribute
{
    /// <param name="name">Of the data set.</param>
    public NeedsDataAttribute(string name)
    {
        var (folder, entry) = (DataFolder.Resolve(null), DataCatalog.BuiltIn[Datasets.Named(name)]);
        Skip = folder.Find(entry) is null ? $"{entry.Title} is not in {folder.Path}; set KD_DATA to a folder that has it." : null;
    }
}
