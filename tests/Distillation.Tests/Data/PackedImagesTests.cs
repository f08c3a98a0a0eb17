using static Distillation.Tests.Data.ImageTree;
using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>The pack that stands for a folder once it was read: when it is used, mended and refused.</summary>
public sealed class PackedImagesTests : IDisposable
{
    private readonly ImageTree tree = new();

    public void Dispose() => tree.Dispose();

    [Fact]
    public void A_folder_is_read_once_and_from_then_on_its_pack_stands_for_it()
    {
        tree.Cinic("airplane", "truck");
        var dataset = Small(2, 6, 4);
        using var first = tree.Load(dataset, "class-folders");
        Assert.True(File.Exists(Path.Combine(tree.Root, "tiny.parquet")));
        Directory.Delete(Path.Combine(tree.Root, "train"), recursive: true);
        Directory.Delete(Path.Combine(tree.Root, "test"), recursive: true);
        using var second = tree.Load(dataset, "class-folders");
        Assert.True(first.Train.Images.equal(second.Train.Images).all().item<bool>());
        Assert.True(first.Test.Labels.equal(second.Test.Labels).all().item<bool>());
        Assert.Equal(first.ClassNames, second.ClassNames);

        using var test = tree.Folder.LoadTest(dataset, CPU, Catalog("class-folders"));
        Assert.True(test.Images.equal(first.Test.Images).all().item<bool>());
    }

    [Fact]
    public void A_damaged_pack_is_refused_with_what_to_do()
    {
        tree.Cinic("airplane", "truck");
        tree.Load(Small(2, 6, 4), "class-folders").Dispose();
        var pack = Path.Combine(tree.Root, "tiny.parquet");
        File.WriteAllBytes(pack, File.ReadAllBytes(pack)[..^100]);
        var error = tree.Refusal(Small(2, 6, 4), "class-folders");
        Assert.StartsWith($"The packed images '{pack}' cannot be used (", error);
        Assert.EndsWith("): delete the file, and the folder is read again.", error);
    }

    [Fact]
    public void A_corrupt_image_is_named_and_read_anew_once_it_is_mended()
    {
        tree.Cinic("airplane", "truck");
        var name = "train/truck/n02690373_1.png";
        tree.PutFile(name, PictureTests.File("png colour")[..70]);
        Assert.Equal($"The image '{Path.Combine(tree.Root, name)}' cannot be read (it ends too early): put a good copy in its place, or delete it.", tree.Refusal(Small(2, 6, 4), "class-folders"));
        tree.PutFile(name, PictureTests.File("png colour"));
        using var loaded = tree.Load(Small(2, 6, 4), "class-folders");
        Assert.Equal(6, loaded.Train.Count);
    }

    [Fact]
    public void A_corrupt_image_that_the_test_alone_has_met_is_read_anew_once_it_is_mended()
    {
        tree.Cinic("airplane", "truck");
        var name = "test/truck/n02690373_1.png";
        tree.PutFile(name, PictureTests.File("png colour")[..70]);
        Assert.Contains($"The image '{Path.Combine(tree.Root, name)}' cannot be read", Assert.Throws<BadInput>(() => tree.Folder.LoadTest(Small(2, 6, 4), CPU, Catalog("class-folders"))).Message);
        tree.PutFile(name, PictureTests.File("png colour"));
        using var loaded = tree.Load(Small(2, 6, 4), "class-folders");
        Assert.Equal(4, loaded.Test.Count);
    }

    [Fact]
    public void A_corrupt_image_in_a_pack_of_an_earlier_process_is_mended_in_the_folder_unless_the_pack_is_the_only_copy()
    {
        tree.Cinic("airplane", "truck");
        var name = "train/truck/n02690373_1.png";
        var whole = Path.Combine(tree.Root, "train");
        tree.PutFile(name, PictureTests.File("png colour")[..70]);
        var catalog = Catalog("class-folders");
        // Only the test images are decoded: the pack is left as by a process that died after writing it.
        tree.Folder.LoadTest(Small(2, 6, 4), CPU, catalog).Dispose();
        var pack = Path.Combine(tree.Root, "tiny.parquet");
        Assert.True(File.Exists(pack));

        Directory.Move(whole, whole + ".away");
        Assert.Contains($"The image '{Path.Combine(tree.Root, name)}' cannot be read", tree.Refusal(Small(2, 6, 4), "class-folders"));
        Assert.True(File.Exists(pack));

        Directory.Move(whole + ".away", whole);
        Assert.Contains($"The image '{Path.Combine(tree.Root, name)}' cannot be read", tree.Refusal(Small(2, 6, 4), "class-folders"));
        tree.PutFile(name, PictureTests.File("png colour"));
        using var loaded = tree.Load(Small(2, 6, 4), "class-folders");
        Assert.Equal(6, loaded.Train.Count);
    }

    // A pack that says what it should of itself, with other rows.
    private void Pack(int train, int test, Func<int, PackedImage> row)
    {
        tree.Cinic("airplane", "truck");
        tree.Load(Small(2, 6, 4), "class-folders").Dispose();
        var pack = Path.Combine(tree.Root, "tiny.parquet");
        var about = PackedImages.About(pack)!;
        Parquet.Serialization.ParquetSerializer.SerializeAsync(Enumerable.Range(0, train + test).Select(i => row(i) with { Train = i < train }), pack, null, new Dictionary<string, string>
        {
            ["classes"] = System.Text.Json.JsonSerializer.Serialize(about.ClassNames),
            ["images"] = $"[{about.Train},{about.Test}]",
            ["files"] = about.Origin,
        }).GetAwaiter().GetResult();
    }

    [Theory]
    [InlineData(7, 3)]
    [InlineData(5, 5)]
    [InlineData(6, 5)]
    public void A_pack_with_other_rows_than_it_says_is_refused_whichever_images_are_asked_for(int train, int test)
    {
        Pack(train, test, _ => new PackedImage { Name = "x.png", Content = PictureTests.File("png colour") });
        Assert.Contains("cannot be used (", tree.Refusal(Small(2, 6, 4), "class-folders"));
        Assert.Contains("cannot be used (", Assert.Throws<BadInput>(() => tree.Folder.LoadTest(Small(2, 6, 4), CPU, Catalog("class-folders"))).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_pack_that_lacks_a_name_or_the_bytes_of_an_image_is_refused(bool name)
    {
        Pack(6, 4, i => i != 3 ? new PackedImage { Name = "x.png", Content = PictureTests.File("png colour") }
            : name ? new PackedImage { Name = null!, Content = PictureTests.File("png colour") } : new PackedImage { Name = "x.png", Content = null! });
        Assert.Equal(
            $"The packed images '{Path.Combine(tree.Root, "tiny.parquet")}' cannot be used (an image has no name or no bytes): delete the file, and the folder is read again.",
            tree.Refusal(Small(2, 6, 4), "class-folders"));
    }

    [Fact]
    public void Whatever_is_damaged_in_a_pack_is_read_or_refused_and_never_fails_otherwise()
    {
        tree.Cinic("airplane", "truck");
        tree.Load(Small(2, 6, 4), "class-folders").Dispose();
        var pack = Path.Combine(tree.Root, "tiny.parquet");
        var (whole, random, refused) = (File.ReadAllBytes(pack), new Random(11), 0);
        for (var i = 0; i < 200; i++)
        {
            File.WriteAllBytes(pack, Damage.To([.. whole], random));
            try
            {
                tree.Load(Small(2, 6, 4), "class-folders").Dispose();
            }
            catch (BadInput)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 50, 200);
    }
}
