using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>Reading good files, and one sentence about each kind of damage.</summary>
public sealed class LoadingTests : IDisposable
{
    private readonly TinyData tiny = new();

    public void Dispose() => tiny.Dispose();

    [Fact]
    public void Idx_files_load_plain_and_packed()
    {
        tiny.WithIdx();
        using var loaded = tiny.Folder.Load(TinyData.Idx, CPU, TinyData.IdxCatalog);
        Assert.Equal([6, 1, 4, 3], loaded.Train.Images.shape);
        Assert.Equal(ScalarType.Byte, loaded.Train.Images.dtype);
        Assert.Equal(Enumerable.Range(0, 72).Select(i => (byte)i), loaded.Train.Images.data<byte>().ToArray());
        Assert.Equal([0L, 1, 2, 0, 1, 2], loaded.Train.Labels.data<long>().ToArray());
        Assert.Equal([2L, 1, 0, 2], loaded.Test.Labels.data<long>().ToArray());
        Assert.Equal(254, loaded.Test.Images[0, 0, 0, 1].item<byte>());
        Assert.Equal(["a", "b", "c"], loaded.ClassNames);
        Assert.Null(loaded.Train.Coarse);
    }

    [Fact]
    public void Images_from_a_file_of_bytes_load_in_another_size_resampled_one_by_one()
    {
        tiny.WithIdx();
        var sized = TinyData.Idx.Sized(8, 6);
        using var loaded = tiny.Folder.Load(sized, CPU, TinyData.IdxCatalog);
        using var test = tiny.Folder.LoadTest(sized, CPU, TinyData.IdxCatalog);
        using var fewer = tiny.Folder.Load(sized.Take(3), CPU, TinyData.IdxCatalog);
        using var plain = tiny.Folder.Load(TinyData.Idx.Take(3), CPU, TinyData.IdxCatalog);

        Assert.Equal([6, 1, 8, 6], loaded.Train.Images.shape);
        Assert.Equal(Enumerable.Range(0, 6).SelectMany(n => Larger([.. Enumerable.Range(12 * n, 12).Select(i => (byte)i)])), loaded.Train.Images.data<byte>().ToArray());
        Assert.Equal(loaded.Test.Images.data<byte>().ToArray(), test.Images.data<byte>().ToArray());
        Assert.Equal([4, 1, 8, 6], test.Images.shape);
        Assert.Equal([0L, 1, 2, 0, 1, 2], loaded.Train.Labels.data<long>().ToArray());
        Assert.Equal(plain.Train.Images.data<byte>().ToArray().Chunk(12).SelectMany(Larger), fewer.Train.Images.data<byte>().ToArray());
        // What stands in the file is still checked.
        Assert.Contains("6x4x3 values where 6x5x3 are expected", Assert.Throws<BadInput>(() => tiny.Folder.Load(TinyData.Idx with { Height = 5 }, CPU, TinyData.IdxCatalog)).Message);
        Assert.Equal(Datasets.Mnist.Sized(32, 32), Datasets.Mnist.Sized(64, 64).Sized(32, 32));

        static byte[] Larger(byte[] pixels) => new Bitmap(3, 4, 1, pixels).Resized(6, 8, Fit.Cover).Pixels;
    }

    [Fact]
    public void Colour_images_load_in_another_size_channel_by_channel()
    {
        WithCifar100();
        using var stored = tiny.Folder.Load(TinyData.Cifar100, CPU, TinyData.Cifar100Catalog);
        using var loaded = tiny.Folder.Load(TinyData.Cifar100.Sized(4, 4), CPU, TinyData.Cifar100Catalog);

        Assert.Equal([4, 3, 4, 4], loaded.Train.Images.shape);
        Assert.Equal(stored.Train.Images.data<byte>().ToArray().Chunk(4).SelectMany(plane => new Bitmap(2, 2, 1, plane).Resized(4, 4, Fit.Cover).Pixels), loaded.Train.Images.data<byte>().ToArray());
        Assert.Equal([0L, 1, 2, 0], loaded.Train.Labels.data<long>().ToArray());
    }

    [Fact]
    public void Cifar_10_is_five_files_and_one_with_names_beside_them()
    {
        for (var i = 0; i < 5; i++)
        {
            tiny.With($"data_batch_{i + 1}.bin", TinyData.Records(2, 2 * i, n => n % 3));
        }

        tiny.With("test_batch.bin", TinyData.Records(2, 20, n => 2)).With("batches.meta.txt", "red\ngreen\nblue\n\n");
        using var loaded = tiny.Folder.Load(TinyData.Cifar10, CPU, TinyData.Cifar10Catalog);
        Assert.Equal([10, 3, 2, 2], loaded.Train.Images.shape);
        Assert.Equal(Enumerable.Range(0, 10).Select(n => (long)(n % 3)), loaded.Train.Labels.data<long>().ToArray());
        Assert.Equal(76, loaded.Train.Images[7, 1, 1, 0].item<byte>());
        Assert.Equal(["red", "green", "blue"], loaded.ClassNames);
    }

    [Fact]
    public void Cifar_100_keeps_both_labels()
    {
        WithCifar100();
        using var loaded = tiny.Folder.Load(TinyData.Cifar100, CPU, TinyData.Cifar100Catalog);
        Assert.Equal([0L, 1, 2, 0], loaded.Train.Labels.data<long>().ToArray());
        Assert.Equal([0L, 1, 0, 1], loaded.Train.Coarse!.data<long>().ToArray());
        Assert.Equal(["x", "y"], loaded.CoarseNames);
        Assert.Equal(31, loaded.Train.Images[3, 0, 0, 1].item<byte>());
    }

    [Fact]
    public void A_subset_takes_images_with_their_labels_and_leaves_the_test_set_whole()
    {
        tiny.WithIdx();
        using var loaded = tiny.Folder.Load(TinyData.Idx.Take(3), CPU, TinyData.IdxCatalog);
        Assert.Equal(3, loaded.Train.Count);
        Assert.Equal(4, loaded.Test.Count);
        Assert.Equal([0L, 1, 2], loaded.Train.Labels.data<long>().ToArray().Order());
        foreach (var i in Enumerable.Range(0, 3))
        {
            // Image n begins with 12 n, and its label is n mod 3.
            Assert.Equal(loaded.Train.Images[i, 0, 0, 0].item<byte>() / 12 % 3, loaded.Train.Labels[i].item<long>());
        }
    }

    [Fact]
    public void Loading_leaves_no_tensor_behind()
    {
        tiny.WithIdx();
        tiny.Folder.Load(TinyData.Idx.Take(3), CPU, TinyData.IdxCatalog).Dispose();
        var live = Tensor.TotalCount;
        tiny.Folder.Load(TinyData.Idx.Take(3), CPU, TinyData.IdxCatalog).Dispose();
        Assert.Equal(live, Tensor.TotalCount);
    }

    [Fact]
    public void What_is_loaded_outlives_the_call_but_not_the_caller_s_scope()
    {
        tiny.WithIdx();
        LoadedDataset loaded;
        using (NewDisposeScope())
        {
            loaded = tiny.Folder.Load(TinyData.Idx, CPU, TinyData.IdxCatalog);
            Assert.False(loaded.Train.Images.IsInvalid);
        }

        Assert.True(loaded.Train.Images.IsInvalid);
    }

    [Fact]
    public void Missing_files_are_named_with_what_to_do()
    {
        tiny.WithIdx();
        File.Delete(tiny.PathOf("train-labels-idx1-ubyte"));
        Says(LoadIdx, "train-labels-idx1-ubyte is missing", "./kd train --data-set tiny", tiny.Folder.Path);
    }

    [Fact]
    public void A_truncated_file_is_named_with_both_lengths()
    {
        tiny.WithIdx().With("train-images-idx3-ubyte", TinyData.IdxFile([6, 4, 3], i => i)[..^5]);
        Says(LoadIdx, "train-images-idx3-ubyte' is truncated: it holds 83 of 88 bytes", "downloaded again");
    }

    [Fact]
    public void A_truncated_packed_file_is_named()
    {
        var packed = TinyData.Packed(TinyData.IdxFile([4, 4, 3], i => 255 - i));
        tiny.WithIdx().With("t10k-images-idx3-ubyte.gz", packed[..(packed.Length / 2)]);
        Says(LoadIdx, "t10k-images-idx3-ubyte.gz'", "downloaded again");
    }

    [Fact]
    public void A_cut_packed_file_counts_as_not_there_when_its_length_is_known()
    {
        var packed = TinyData.Packed(TinyData.IdxFile([4, 4, 3], i => 255 - i));
        tiny.WithIdx().With("t10k-images-idx3-ubyte.gz", packed[..^6]);
        var entry = TinyData.IdxCatalog.DataSets[0];
        var strict = new DataCatalog([entry with { Files = [.. entry.Files.Select(f => f.Name == "t10k-images-idx3-ubyte" ? f with { Bytes = 64 } : f)] }]);
        Says(() => tiny.Folder.Load(TinyData.Idx, CPU, strict), "t10k-images-idx3-ubyte.gz is truncated or damaged");
    }

    [Fact]
    public void A_file_that_is_too_long_is_named() =>
        Damaged("train-labels-idx1-ubyte", [.. TinyData.IdxFile([6], i => i % 3), 0], "train-labels-idx1-ubyte' is too long: it holds more than the 14 bytes");

    [Fact]
    public void A_wrong_magic_number_is_shown() =>
        Damaged("train-labels-idx1-ubyte", "<html>not found</html>"u8.ToArray(), "train-labels-idx1-ubyte' is not an idx file of 1 dimension", "3C68746D, not 00000801");

    [Fact]
    public void An_empty_file_is_no_idx_file() => Damaged("train-labels-idx1-ubyte", [], "is not an idx file");

    [Fact]
    public void Another_data_set_s_dimensions_are_shown() =>
        Damaged("train-images-idx3-ubyte", TinyData.IdxFile([6, 3, 3], i => i), "holds 6x3x3 values where 6x4x3 are expected");

    [Fact]
    public void A_label_out_of_range_is_shown_with_its_image() =>
        Damaged("train-labels-idx1-ubyte", TinyData.IdxFile([6], i => i == 4 ? 3 : 0), "gives image 4 the label 3, but labels are 0 to 2");

    [Fact]
    public void A_truncated_cifar_file_is_named()
    {
        WithCifar100().With("train.bin", TinyData.Records(3, 0, n => 0, n => 0));
        Says(LoadCifar100, "train.bin' is truncated: it holds 42 of 56 bytes");
    }

    [Fact]
    public void A_cifar_label_out_of_range_is_shown_fine_and_coarse()
    {
        WithCifar100().With("test.bin", TinyData.Records(2, 0, n => 0, n => n * 3));
        Says(LoadCifar100, "test.bin' gives image 1 the label 3, but labels are 0 to 2");
        tiny.With("test.bin", TinyData.Records(2, 0, n => 2, n => 0));
        Says(LoadCifar100, "test.bin' gives image 0 the label 2, but labels are 0 to 1");
    }

    [Fact]
    public void Class_names_must_be_as_many_as_classes()
    {
        WithCifar100().With("fine_label_names.txt", "a\nb\n");
        Says(LoadCifar100, "fine_label_names.txt' names 2 classes where 3 are expected");
    }

    [Fact]
    public void A_data_set_without_entry_is_told_what_there_is() =>
        Says(() => tiny.Folder.Load(Datasets.Mnist with { Name = "mine" }, CPU), "no data set 'mine'", "fashion-mnist, mnist, cifar10, cifar100");

    [Fact]
    public void What_somebody_brings_is_copied_to_the_device_that_is_computed_on_and_only_then()
    {
        using var owned = Toy.Load();
        // A device that keeps shapes and no values stands in for a GPU.
        using (var sent = owned.Lent(owned.Dataset.Take(6), new Device(TorchSharp.DeviceType.META, 0)))
        {
            Assert.All(new[] { sent.Train.Images, sent.Train.Labels, sent.Test.Images, sent.Test.Labels }, tensor => Assert.Equal(TorchSharp.DeviceType.META, tensor.device.type));
            Assert.Equal([6L, 1, 8, 8], sent.Train.Images.shape);
        }

        using (var lent = owned.Lent(owned.Dataset, CPU))
        {
            lent.Train.Labels[0] = 2;
        }

        Assert.Equal(2, owned.Train.Labels[0].item<long>());
        Assert.Equal(TorchSharp.DeviceType.CPU, owned.Test.Images.device.type);
    }

    private TinyData WithCifar100() => tiny
        .With("train.bin", TinyData.Records(4, 0, n => n % 2, n => n % 3))
        .With("test.bin", TinyData.Records(2, 9, n => 0, n => 1))
        .With("fine_label_names.txt", "a\nb\nc\n")
        .With("coarse_label_names.txt", "x\ny\n");

    private void LoadIdx() => tiny.Folder.Load(TinyData.Idx, CPU, TinyData.IdxCatalog);

    private void LoadCifar100() => tiny.Folder.Load(TinyData.Cifar100, CPU, TinyData.Cifar100Catalog);

    private void Damaged(string name, byte[] content, params string[] parts)
    {
        tiny.WithIdx().With(name, content);
        Says(LoadIdx, parts);
    }

    private static void Says(Action load, params string[] parts)
    {
        var sentence = Assert.Throws<BadInput>(load).Message;
        Assert.All(parts, part => Assert.Contains(part, sentence));
        Assert.EndsWith(".", sentence);
        Assert.DoesNotContain('\n', sentence);
    }
}
