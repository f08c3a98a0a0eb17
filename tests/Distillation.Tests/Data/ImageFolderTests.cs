using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>Folders of images laid out as their publishers do, read, packed and read again; and a sentence about each thing that can be wrong with them.</summary>
public sealed class ImageFolderTests : IDisposable
{
    private readonly TinyData tiny = new();

    public void Dispose() => tiny.Dispose();

    private string Root => Path.Combine(tiny.Folder.Path, "tiny");

    private static Normalization Half { get; } = new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);

    private static Dataset Small(int classes, int train, int test, string name = "tiny", int size = 11) => new(name, classes, 3, size, size, train, test, Half) { Fit = Fit.Stretch };

    private static DataCatalog Catalog(string format, string name = "tiny", string folder = "train") =>
        new([new(name, "Tiny", format, "tiny", [], "none", "nobody", [], [], []) { Folders = [folder], ByHand = "put it there" }]);

    private void PutFile(string name, byte[] content)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    private void PutText(string name, string content) => PutFile(name, System.Text.Encoding.UTF8.GetBytes(content));

    // CINIC-10's tree: train, valid and test with the classes in each, names of both origins.
    private void Cinic(params string[] classes)
    {
        foreach (var (part, count) in new[] { ("train", 3), ("valid", 3), ("test", 2) })
        {
            foreach (var name in classes)
            {
                for (var i = 0; i < count; i++)
                {
                    PutFile($"{part}/{name}/{(i == 0 ? $"cifar10-{part}-1000{i}" : $"n02690373_{i}")}.png", PictureTests.File(i == 0 ? "png grey" : "png colour"));
                }
            }
        }
    }

    private LoadedDataset Load(Dataset dataset, string format, string folder = "train") => tiny.Folder.Load(dataset, CPU, Catalog(format, dataset.Name, folder));

    private string Refusal(Dataset dataset, string format, string folder = "train") => Assert.Throws<BadInput>(() => Load(dataset, format, folder)).Message;

    [Fact]
    public void Cinic_10_is_a_folder_of_pngs_per_class_in_train_valid_and_test()
    {
        Cinic("airplane", "truck");
        PutText("train/airplane/.DS_Store", "no image");
        PutText("README.md", "no image");
        using var loaded = Load(Small(2, 6, 4), "class-folders");
        Assert.Equal([6, 3, 11, 11], loaded.Train.Images.shape);
        Assert.Equal([4, 3, 11, 11], loaded.Test.Images.shape);
        Assert.Equal([0L, 0, 0, 1, 1, 1], loaded.Train.Labels.data<long>().ToArray());
        Assert.Equal(["airplane", "truck"], loaded.ClassNames);

        // The first image is grey: three equal channels; the others are what Pillow says, resized.
        Assert.True(loaded.Train.Images[0, 0].equal(loaded.Train.Images[0, 2]).all().item<bool>());
        var expected = Bitmap.Decode(PictureTests.File("png colour"), "x").Resized(11, 11, Fit.Stretch);
        Assert.Equal(expected.Pixels[(5 * 11 + 3) * 3 + 1], loaded.Train.Images[1, 1, 5, 3].item<byte>());
    }

    [Fact]
    public void A_folder_is_read_once_and_from_then_on_its_pack_stands_for_it()
    {
        Cinic("airplane", "truck");
        var dataset = Small(2, 6, 4);
        using var first = Load(dataset, "class-folders");
        Assert.True(File.Exists(Path.Combine(Root, "tiny.parquet")));
        Directory.Delete(Path.Combine(Root, "train"), recursive: true);
        Directory.Delete(Path.Combine(Root, "test"), recursive: true);
        using var second = Load(dataset, "class-folders");
        Assert.True(first.Train.Images.equal(second.Train.Images).all().item<bool>());
        Assert.True(first.Test.Labels.equal(second.Test.Labels).all().item<bool>());
        Assert.Equal(first.ClassNames, second.ClassNames);

        using var test = tiny.Folder.LoadTest(dataset, CPU, Catalog("class-folders"));
        Assert.True(test.Images.equal(first.Test.Images).all().item<bool>());
    }

    [Fact]
    public void A_damaged_pack_is_refused_with_what_to_do()
    {
        Cinic("airplane", "truck");
        Load(Small(2, 6, 4), "class-folders").Dispose();
        var pack = Path.Combine(Root, "tiny.parquet");
        File.WriteAllBytes(pack, File.ReadAllBytes(pack)[..^100]);
        var error = Refusal(Small(2, 6, 4), "class-folders");
        Assert.StartsWith($"The packed images '{pack}' cannot be used (", error);
        Assert.EndsWith("): delete the file, and the folder is read again.", error);
    }

    [JpegFact]
    public void Tiny_ImageNet_has_lists_of_classes_and_of_validation_images()
    {
        TinyImageNet();
        using var loaded = Load(Small(2, 4, 3, "tiny-imagenet"), "tiny-imagenet");
        Assert.Equal([0L, 0, 1, 1], loaded.Train.Labels.data<long>().ToArray());
        Assert.Equal([1L, 0, 1], loaded.Test.Labels.data<long>().ToArray());
        Assert.Equal(["goldfish", "fire salamander"], loaded.ClassNames);
        Assert.True(loaded.Train.Images[1, 0].equal(loaded.Train.Images[1, 1]).all().item<bool>());
    }

    // Two of the 200 classes, with everything that the publisher's archive has for them.
    private void TinyImageNet()
    {
        PutText("wnids.txt", "n01629819\nn01443537\n");
        PutText("words.txt", "n00001740\tentity\nn01443537\tgoldfish, Carassius auratus\nn01629819\tfire salamander, European fire salamander, Salamandra salamandra\n");
        foreach (var wnid in new[] { "n01443537", "n01629819" })
        {
            PutText($"train/{wnid}/{wnid}_boxes.txt", $"{wnid}_0.JPEG\t0\t10\t63\t58\n");
            PutFile($"train/{wnid}/images/{wnid}_0.JPEG", PictureTests.File("jpeg colour"));
            PutFile($"train/{wnid}/images/{wnid}_1.JPEG", PictureTests.File("jpeg grey"));
        }

        PutText("val/val_annotations.txt", "val_0.JPEG\tn01629819\t0\t32\t44\t62\nval_1.JPEG\tn01443537\t52\t55\t57\t59\nval_2.JPEG\tn01629819\t4\t0\t60\t55\n");
        for (var i = 0; i < 3; i++)
        {
            PutFile($"val/images/val_{i}.JPEG", PictureTests.File("jpeg colour"));
        }

        PutFile("test/images/test_0.JPEG", PictureTests.File("jpeg colour"));
    }

    [JpegTheory]
    [InlineData("")]
    [InlineData("Img,Anno,Eval")]
    public void CelebA_gives_the_attribute_that_is_asked_for(string folders)
    {
        string[] at = folders.Length > 0 ? [.. folders.Split(',').Select(folder => folder + "/")] : ["", "", ""];
        for (var i = 1; i <= 6; i++)
        {
            PutFile($"{at[0]}img_align_celeba/{i:D6}.jpg", PictureTests.File("jpeg subsampled"));
        }

        PutText($"{at[1]}list_attr_celeba.txt", "6\nAttractive Smiling Young \n" + string.Concat(Enumerable.Range(1, 6).Select(i => $"{i:D6}.jpg {(i % 2 == 0 ? " 1" : "-1")}  {(i > 3 ? " 1" : "-1")}  1\n")));
        PutText($"{at[2]}list_eval_partition.txt", "000001.jpg 0\n000002.jpg 0\n000003.jpg 1\n000004.jpg 0\n000005.jpg 2\n000006.jpg 2\n");
        var celeba = Datasets.CelebA() with { TrainCount = 3, TestCount = 2 };
        var catalog = new DataCatalog([new("celeba", "CelebA", "celeba", "tiny", [], "none", "nobody", [], [], []) { Folders = ["img_align_celeba|Img"], ByHand = "put it there" }]);
        using var attractive = tiny.Folder.Load(celeba, CPU, catalog);
        Assert.Equal([3, 3, 64, 64], attractive.Train.Images.shape);
        Assert.Equal([0L, 1, 1], attractive.Train.Labels.data<long>().ToArray());
        Assert.Equal([0L, 1], attractive.Test.Labels.data<long>().ToArray());
        Assert.Equal(["not Attractive", "Attractive"], attractive.ClassNames);

        var error = Assert.Throws<BadInput>(() => tiny.Folder.Load(Datasets.CelebA("smiling") with { TrainCount = 3, TestCount = 2 }, CPU, catalog)).Message;
        Assert.Equal($"The class 'not Smiling' of '{Root}' has training images and no test images: nothing could be said about it; complete the test images.", error);
        Assert.Equal("celeba-smiling", Datasets.CelebA("smiling").Name);
        Assert.Contains($"'{Path.Combine(Root, $"{at[1]}list_attr_celeba.txt")}' has no attribute 'bald'", Assert.Throws<BadInput>(() => tiny.Folder.Load(Datasets.CelebA("Bald"), CPU, catalog)).Message);
    }

    [Fact]
    public void A_class_that_is_missing_from_the_test_images_is_named()
    {
        Cinic("airplane", "truck");
        Directory.Delete(Path.Combine(Root, "test", "truck"), recursive: true);
        Assert.Equal(
            $"The class 'truck' has a folder in '{Root}/train' and none in '{Root}/test': nothing could be said about it; add its test images, or take the class away.", Refusal(Small(2, 6, 4), "class-folders"));
        Directory.CreateDirectory(Path.Combine(Root, "test", "truck"));
        Assert.Equal($"The class folder '{Root}/test/truck' has no PNG or JPEG image: put some there, or take the folder away.", Refusal(Small(2, 6, 4), "class-folders"));
        Directory.Move(Path.Combine(Root, "test", "truck"), Path.Combine(Root, "test", "zebra"));
        Directory.Delete(Path.Combine(Root, "train", "truck"), recursive: true);
        Assert.Equal(
            $"The class 'zebra' has a folder in '{Root}/test' and none in '{Root}/train': nobody could learn it; add its training images, or take the class away.", Refusal(Small(2, 6, 4), "class-folders"));
    }

    [Fact]
    public void A_corrupt_image_is_named_and_read_anew_once_it_is_mended()
    {
        Cinic("airplane", "truck");
        var name = "train/truck/n02690373_1.png";
        PutFile(name, PictureTests.File("png colour")[..70]);
        Assert.Equal($"The image '{name}' cannot be read (it ends too early): put a good copy in its place, or delete it.", Refusal(Small(2, 6, 4), "class-folders"));
        PutFile(name, PictureTests.File("png colour"));
        using var loaded = Load(Small(2, 6, 4), "class-folders");
        Assert.Equal(6, loaded.Train.Count);
    }

    [Fact]
    public void A_corrupt_image_that_the_test_alone_has_met_is_read_anew_once_it_is_mended()
    {
        Cinic("airplane", "truck");
        var name = "test/truck/n02690373_1.png";
        PutFile(name, PictureTests.File("png colour")[..70]);
        Assert.Contains($"The image '{name}' cannot be read", Assert.Throws<BadInput>(() => tiny.Folder.LoadTest(Small(2, 6, 4), CPU, Catalog("class-folders"))).Message);
        PutFile(name, PictureTests.File("png colour"));
        using var loaded = Load(Small(2, 6, 4), "class-folders");
        Assert.Equal(4, loaded.Test.Count);
    }

    [Fact]
    public void A_corrupt_image_in_a_pack_of_an_earlier_process_is_mended_in_the_folder_unless_the_pack_is_the_only_copy()
    {
        Cinic("airplane", "truck");
        var name = "train/truck/n02690373_1.png";
        var whole = Path.Combine(Root, "train");
        PutFile(name, PictureTests.File("png colour")[..70]);
        var catalog = Catalog("class-folders");
        // Only the test images are decoded: the pack is left as by a process that died after writing it.
        tiny.Folder.LoadTest(Small(2, 6, 4), CPU, catalog).Dispose();
        var pack = Path.Combine(Root, "tiny.parquet");
        Assert.True(File.Exists(pack));

        Directory.Move(whole, whole + ".away");
        Assert.Contains($"The image '{name}' cannot be read", Refusal(Small(2, 6, 4), "class-folders"));
        Assert.True(File.Exists(pack));

        Directory.Move(whole + ".away", whole);
        Assert.Contains($"The image '{name}' cannot be read", Refusal(Small(2, 6, 4), "class-folders"));
        PutFile(name, PictureTests.File("png colour"));
        using var loaded = Load(Small(2, 6, 4), "class-folders");
        Assert.Equal(6, loaded.Train.Count);
    }

    // A pack that says what it should of itself, with other rows.
    private void Pack(int train, int test, Func<int, PackedImage> row)
    {
        Cinic("airplane", "truck");
        Load(Small(2, 6, 4), "class-folders").Dispose();
        var pack = Path.Combine(Root, "tiny.parquet");
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
        Assert.Contains("cannot be used (", Refusal(Small(2, 6, 4), "class-folders"));
        Assert.Contains("cannot be used (", Assert.Throws<BadInput>(() => tiny.Folder.LoadTest(Small(2, 6, 4), CPU, Catalog("class-folders"))).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_pack_that_lacks_a_name_or_the_bytes_of_an_image_is_refused(bool name)
    {
        Pack(6, 4, i => i != 3 ? new PackedImage { Name = "x.png", Content = PictureTests.File("png colour") }
            : name ? new PackedImage { Name = null!, Content = PictureTests.File("png colour") } : new PackedImage { Name = "x.png", Content = null! });
        Assert.Equal(
            $"The packed images '{Path.Combine(Root, "tiny.parquet")}' cannot be used (an image has no name or no bytes): delete the file, and the folder is read again.",
            Refusal(Small(2, 6, 4), "class-folders"));
    }

    [Fact]
    public void Whatever_is_damaged_in_a_pack_is_read_or_refused_and_never_fails_otherwise()
    {
        Cinic("airplane", "truck");
        Load(Small(2, 6, 4), "class-folders").Dispose();
        var pack = Path.Combine(Root, "tiny.parquet");
        var (whole, random, refused) = (File.ReadAllBytes(pack), new Random(11), 0);
        for (var i = 0; i < 200; i++)
        {
            File.WriteAllBytes(pack, Damage.To([.. whole], random));
            try
            {
                Load(Small(2, 6, 4), "class-folders").Dispose();
            }
            catch (BadInput)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 50, 200);
    }

    [Fact]
    public void Images_that_are_missing_or_too_many_are_counted()
    {
        Cinic("airplane", "truck");
        File.Delete(Path.Combine(Root, "train", "truck", "n02690373_1.png"));
        Assert.Equal(
            $"'{Root}' holds 5 training and 4 test images of 2 classes where tiny has 6 and 4 of 2: complete the folder, or delete what does not belong there.", Refusal(Small(2, 6, 4), "class-folders"));
    }

    [Fact]
    public void A_list_with_something_else_in_it_is_refused_with_the_line()
    {
        TinyImageNet();
        PutText("val/val_annotations.txt", "val_0.JPEG\tn01629819\t0\t32\t44\t62\nval_1.JPEG\tn99999999\t52\t55\t57\t59\n");
        Assert.Equal(
            $"'{Root}/val/val_annotations.txt' has in line 2 something else than an image's name and one of the wnids of wnids.txt, with tabs between; put a good copy in its place.",
            Refusal(Small(2, 4, 3, "tiny-imagenet"), "tiny-imagenet"));
        File.Delete(Path.Combine(Root, "wnids.txt"));
        Assert.Contains("wnids.txt' cannot be read", Refusal(Small(2, 4, 3, "tiny-imagenet"), "tiny-imagenet"));
    }

    [Theory]
    [InlineData("wnids.txt", "n01629819\n../n01443537\n", "the name of a class's folder")]
    [InlineData("val/val_annotations.txt", "val_0.JPEG\tn01629819\n../../../secret.JPEG\tn01443537\n", "an image's name and one of the wnids")]
    [InlineData("val/val_annotations.txt", "val_0.JPEG\tn01629819\n/secret.JPEG\tn01443537\n", "an image's name and one of the wnids")]
    public void A_name_that_leads_out_of_the_folder_is_refused(string list, string content, string expected)
    {
        TinyImageNet();
        PutText(list, content);
        Assert.StartsWith($"'{Root}/{list}' has in line 2 something else than {expected}", Refusal(Small(2, 4, 3, "tiny-imagenet"), "tiny-imagenet"));
    }

    [Fact]
    public void A_name_that_leads_out_of_CelebA_is_refused()
    {
        PutText("list_attr_celeba.txt", "2\nAttractive\n000001.jpg 1\n../../secret.jpg -1\n");
        PutText("list_eval_partition.txt", "000001.jpg 0\n../../secret.jpg 2\n");
        PutFile("img_align_celeba/000001.jpg", []);
        var catalog = new DataCatalog([new("celeba", "CelebA", "celeba", "tiny", [], "none", "nobody", [], [], []) { Folders = ["img_align_celeba"], ByHand = "put it there" }]);
        Assert.StartsWith(
            $"'{Root}/list_attr_celeba.txt' has in line 4 something else than an image's name",
            Assert.Throws<BadInput>(() => tiny.Folder.Load(Datasets.CelebA() with { TrainCount = 1, TestCount = 1 }, CPU, catalog)).Message);
    }

    [Fact]
    public async Task What_nobody_can_fetch_says_where_to_get_it()
    {
        var error = (await Assert.ThrowsAsync<BadInput>(() => tiny.Folder.Ensure(Datasets.Cinic10))).Message;
        Assert.Equal(
            $"CINIC-10 is not usable in '{tiny.Folder.Path}/cinic10' (train is missing, test is missing): unpack CINIC-10.tar.gz from https://datashare.ed.ac.uk/handle/10283/3192 there, so that '{tiny.Folder.Path}/cinic10/train' exists.",
            error);
    }

    [Fact]
    public void A_folder_of_ones_own_is_a_data_set_by_its_name()
    {
        Cinic("cat", "dog");
        Directory.Move(Path.Combine(Root, "test"), Path.Combine(Root, "val"));
        var own = tiny.Folder.Named("tiny");
        Assert.Equal(("tiny", 2, 3, 13, 11, 6L, 4L), (own.Name, own.Classes, own.Channels, own.Height, own.Width, own.TrainCount, own.TestCount));
        using (var loaded = tiny.Folder.Load(own, CPU))
        {
            Assert.Equal([6, 3, 13, 11], loaded.Train.Images.shape);
        }

        Assert.Equal((6L, 4L), tiny.Folder.Count(own));
        // Files of one's own come and go: the pack follows.
        PutFile("train/cat/new.png", PictureTests.File("png colour"));
        var more = tiny.Folder.Named("tiny", size: 8);
        Assert.Equal((8, 8, 7L), (more.Height, more.Width, more.TrainCount));
        using var again = tiny.Folder.Load(more, CPU);
        Assert.Equal([7, 3, 8, 8], again.Train.Images.shape);
    }

    [Fact]
    public void Files_of_ones_own_that_others_of_the_same_length_replace_are_read_anew()
    {
        Cinic("cat", "dog");
        var (before, name) = (tiny.Folder.Named("tiny", size: 8), "train/cat/n02690373_1.png");
        using var first = tiny.Folder.Load(before, CPU);
        // What is behind the end of the image counts for its length alone.
        var (colour, grey) = (PictureTests.File("png colour"), PictureTests.File("png grey"));
        PutFile(name, [.. grey, .. new byte[colour.Length - grey.Length]]);
        File.SetLastWriteTimeUtc(Path.Combine(Root, name), new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(before, tiny.Folder.Named("tiny", size: 8));
        using var second = tiny.Folder.Load(before, CPU);
        Assert.False(first.Train.Images[1].equal(second.Train.Images[1]).all().item<bool>());
        Assert.True(first.Train.Images[2].equal(second.Train.Images[2]).all().item<bool>());
    }

    [Fact]
    public void Files_of_ones_own_that_change_places_between_classes_are_another_experiment_and_a_copy_is_not()
    {
        Cinic("cat", "dog");
        var before = tiny.Folder.Named("tiny");
        foreach (var path in Directory.GetFiles(Root, "*.png", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(path, new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        Assert.Equal(Of(before).Id, Of(tiny.Folder.Named("tiny")).Id);
        foreach (var (from, to) in new[] { ("cat", "dog"), ("dog", "cat") })
        {
            Directory.Move(Path.Combine(Root, "train", from, "n02690373_1.png"), Path.Combine(Root, "train", to, $"{from}.png"));
        }

        var after = tiny.Folder.Named("tiny");
        Assert.Equal(before, after with { Content = before.Content });
        Assert.NotEqual(Of(before).Id, Of(after).Id);

        static Experiment Of(Dataset dataset) => new(dataset, [], NetworkCatalog.Named("resnet-8", dataset.Classes, new Shape(dataset.Channels, dataset.Height, dataset.Width)), Methods.None, Toy.Recipe, 1);
    }

    [Fact]
    public void Published_data_sets_are_named_without_their_files() =>
        Assert.All(Datasets.All, dataset => Assert.DoesNotContain("Content", System.Text.Json.JsonSerializer.Serialize(dataset)));

    [Fact]
    public void A_size_is_for_folders_of_images()
    {
        Assert.Equal((224, 224), tiny.Folder.Named("celeba", 224) is var large ? (large.Height, large.Width) : default);
        Assert.Equal("mnist has images of 28x28 pixels and no files to make others of; leave the size out.", Assert.Throws<BadInput>(() => tiny.Folder.Named("mnist", 64)).Message);
        Assert.StartsWith("There is no data set 'imagenet'", Assert.Throws<BadInput>(() => tiny.Folder.Named("imagenet")).Message);
        Assert.StartsWith("CelebA has no attribute 'smileing'; perhaps Smiling is meant", Assert.Throws<BadInput>(() => Datasets.Named("celeba-smileing")).Message);
    }
}
