using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>The test images without the training images.</summary>
public sealed class TestImagesTests : IDisposable
{
    private readonly TinyData tiny = new();

    public void Dispose() => tiny.Dispose();

    [Fact]
    public void Idx_test_images_load_where_the_training_images_are_not()
    {
        tiny.WithIdx();
        Alone(TinyData.Idx, TinyData.IdxCatalog, "train-images-idx3-ubyte", "train-labels-idx1-ubyte");
    }

    [Fact]
    public void Cifar_10_test_images_load_where_the_training_images_are_not()
    {
        string[] training = [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")];
        training.ToList().ForEach(name => tiny.With(name, TinyData.Records(2, 1, n => n % 3)));
        tiny.With("test_batch.bin", TinyData.Records(2, 20, n => n % 2)).With("batches.meta.txt", "red\ngreen\nblue\n");
        Alone(TinyData.Cifar10, TinyData.Cifar10Catalog, training);
    }

    [Fact]
    public void Cifar_100_test_images_load_where_the_training_images_are_not()
    {
        tiny.With("train.bin", TinyData.Records(4, 0, n => n % 2, n => n % 3)).With("test.bin", TinyData.Records(2, 10, n => n % 2, n => n % 3))
            .With("fine_label_names.txt", "a\nb\nc\n").With("coarse_label_names.txt", "x\ny\n");
        Alone(TinyData.Cifar100, TinyData.Cifar100Catalog, "train.bin");
    }

    [Fact]
    public void A_data_set_that_is_not_there_says_what_is_missing()
    {
        Assert.False(tiny.Folder.HasTest(Datasets.Cifar10));
        Assert.Contains("test_batch.bin is missing", Assert.Throws<BadInput>(() => tiny.Folder.LoadTest(Datasets.Cifar10, CPU)).Message);
    }

    private void Alone(Dataset dataset, DataCatalog catalog, params string[] training)
    {
        using var whole = tiny.Folder.Load(dataset, CPU, catalog);
        training.ToList().ForEach(name => File.Delete(tiny.PathOf(name)));

        using var test = tiny.Folder.LoadTest(dataset, CPU, catalog);

        Assert.Throws<BadInput>(() => tiny.Folder.Load(dataset, CPU, catalog));
        Assert.Equal(whole.Test.Images.data<byte>().ToArray(), test.Images.data<byte>().ToArray());
        Assert.Equal(whole.Test.Labels.data<long>().ToArray(), test.Labels.data<long>().ToArray());
        Assert.Equal(whole.Test.Images.shape, test.Images.shape);
        Assert.Equal(whole.Test.Coarse is null, test.Coarse is null);
    }
}
