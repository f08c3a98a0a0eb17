using static Distillation.Tests.Data.ImageTree;
using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>Folders of images laid out as their publishers do, and a sentence about each thing that can be wrong with them.</summary>
public sealed class ImageFolderTests : IDisposable
{
    private readonly ImageTree tree = new();

    public void Dispose() => tree.Dispose();

    [Fact]
    public void Cinic_10_is_a_folder_of_pngs_per_class_in_train_valid_and_test()
    {
        tree.Cinic("airplane", "truck");
        tree.PutText("train/airplane/.DS_Store", "no image");
        tree.PutText("README.md", "no image");
        using var loaded = tree.Load(Small(2, 6, 4), "class-folders");
        Assert.Equal([6, 3, 11, 11], loaded.Train.Images.shape);
        Assert.Equal([4, 3, 11, 11], loaded.Test.Images.shape);
        Assert.Equal([0L, 0, 0, 1, 1, 1], loaded.Train.Labels.data<long>().ToArray());
        Assert.Equal(["airplane", "truck"], loaded.ClassNames);

        // The first image is grey: three equal channels; the others are what Pillow says, resized.
        Assert.True(loaded.Train.Images[0, 0].equal(loaded.Train.Images[0, 2]).all().item<bool>());
        var expected = Bitmap.Decode(PictureTests.File("png colour"), "x").Resized(11, 11, Fit.Stretch);
        Assert.Equal(expected.Pixels[(5 * 11 + 3) * 3 + 1], loaded.Train.Images[1, 1, 5, 3].item<byte>());
    }

    [JpegFact]
    public void Tiny_ImageNet_has_lists_of_classes_and_of_validation_images()
    {
        tree.TinyImageNet();
        using var loaded = tree.Load(Small(2, 4, 3, "tiny-imagenet"), "tiny-imagenet");
        Assert.Equal([0L, 0, 1, 1], loaded.Train.Labels.data<long>().ToArray());
        Assert.Equal([1L, 0, 1], loaded.Test.Labels.data<long>().ToArray());
        Assert.Equal(["goldfish", "fire salamander"], loaded.ClassNames);
        Assert.True(loaded.Train.Images[1, 0].equal(loaded.Train.Images[1, 1]).all().item<bool>());
    }

    [JpegTheory]
    [InlineData("")]
    [InlineData("Img,Anno,Eval")]
    public void CelebA_gives_the_attribute_that_is_asked_for(string folders)
    {
        string[] at = folders.Length > 0 ? [.. folders.Split(',').Select(folder => folder + "/")] : ["", "", ""];
        for (var i = 1; i <= 6; i++)
        {
            tree.PutFile($"{at[0]}img_align_celeba/{i:D6}.jpg", PictureTests.File("jpeg subsampled"));
        }

        tree.PutText($"{at[1]}list_attr_celeba.txt", "6\nAttractive Smiling Young \n" + string.Concat(Enumerable.Range(1, 6).Select(i => $"{i:D6}.jpg {(i % 2 == 0 ? " 1" : "-1")}  {(i > 3 ? " 1" : "-1")}  1\n")));
        tree.PutText($"{at[2]}list_eval_partition.txt", "000001.jpg 0\n000002.jpg 0\n000003.jpg 1\n000004.jpg 0\n000005.jpg 2\n000006.jpg 2\n");
        var celeba = Datasets.CelebA() with { TrainCount = 3, TestCount = 2 };
        var catalog = new DataCatalog([new("celeba", "CelebA", "celeba", "tiny", [], "none", "nobody", [], [], []) { Folders = ["img_align_celeba|Img"], ByHand = "put it there" }]);
        using var attractive = tree.Folder.Load(celeba, CPU, catalog);
        Assert.Equal([3, 3, 64, 64], attractive.Train.Images.shape);
        Assert.Equal([0L, 1, 1], attractive.Train.Labels.data<long>().ToArray());
        Assert.Equal([0L, 1], attractive.Test.Labels.data<long>().ToArray());
        Assert.Equal(["not Attractive", "Attractive"], attractive.ClassNames);

        var error = Assert.Throws<BadInput>(() => tree.Folder.Load(Datasets.CelebA("smiling") with { TrainCount = 3, TestCount = 2 }, CPU, catalog)).Message;
        Assert.Equal($"The class 'not Smiling' of '{tree.Root}' has training images and no test images: nothing could be said about it; complete the test images.", error);
        Assert.Equal("celeba-smiling", Datasets.CelebA("smiling").Name);
        Assert.Contains($"'{Path.Combine(tree.Root, $"{at[1]}list_attr_celeba.txt")}' has no attribute 'bald'", Assert.Throws<BadInput>(() => tree.Folder.Load(Datasets.CelebA("Bald"), CPU, catalog)).Message);
    }

    [Fact]
    public void A_class_that_is_missing_from_the_test_images_is_named()
    {
        tree.Cinic("airplane", "truck");
        Directory.Delete(Path.Combine(tree.Root, "test", "truck"), recursive: true);
        Assert.Equal(
            $"The class 'truck' has a folder in '{tree.Root}/train' and none in '{tree.Root}/test': nothing could be said about it; add its test images, or take the class away.", tree.Refusal(Small(2, 6, 4), "class-folders"));
        Directory.CreateDirectory(Path.Combine(tree.Root, "test", "truck"));
        Assert.Equal($"The class folder '{tree.Root}/test/truck' has no PNG or JPEG image: put some there, or take the folder away.", tree.Refusal(Small(2, 6, 4), "class-folders"));
        Directory.Move(Path.Combine(tree.Root, "test", "truck"), Path.Combine(tree.Root, "test", "zebra"));
        Directory.Delete(Path.Combine(tree.Root, "train", "truck"), recursive: true);
        Assert.Equal(
            $"The class 'zebra' has a folder in '{tree.Root}/test' and none in '{tree.Root}/train': nobody could learn it; add its training images, or take the class away.", tree.Refusal(Small(2, 6, 4), "class-folders"));
    }

    [Fact]
    public void A_single_class_is_nothing_to_learn()
    {
        tree.Cinic("airplane");
        Assert.Equal(
            $"'{tree.Root}/train' has one class folder, 'airplane': there is nothing to tell apart; put two or more there, one per class.", tree.Refusal(Small(1, 3, 2), "class-folders"));
    }

    [Fact]
    public void Images_that_are_missing_or_too_many_are_counted()
    {
        tree.Cinic("airplane", "truck");
        File.Delete(Path.Combine(tree.Root, "train", "truck", "n02690373_1.png"));
        Assert.Equal(
            $"'{tree.Root}' holds 5 training and 4 test images of 2 classes where tiny has 6 and 4 of 2: complete the folder, or delete what does not belong there.", tree.Refusal(Small(2, 6, 4), "class-folders"));
    }

    [Fact]
    public void A_list_with_something_else_in_it_is_refused_with_the_line()
    {
        tree.TinyImageNet();
        tree.PutText("val/val_annotations.txt", "val_0.JPEG\tn01629819\t0\t32\t44\t62\nval_1.JPEG\tn99999999\t52\t55\t57\t59\n");
        Assert.Equal(
            $"'{tree.Root}/val/val_annotations.txt' has in line 2 something else than an image's name and one of the wnids of wnids.txt, with tabs between; put a good copy in its place.",
            tree.Refusal(Small(2, 4, 3, "tiny-imagenet"), "tiny-imagenet"));
        File.Delete(Path.Combine(tree.Root, "wnids.txt"));
        Assert.Contains("wnids.txt' cannot be read", tree.Refusal(Small(2, 4, 3, "tiny-imagenet"), "tiny-imagenet"));
    }

    [Theory]
    [InlineData("wnids.txt", "n01629819\n../n01443537\n", "the name of a class's folder")]
    [InlineData("val/val_annotations.txt", "val_0.JPEG\tn01629819\n../../../secret.JPEG\tn01443537\n", "an image's name and one of the wnids")]
    [InlineData("val/val_annotations.txt", "val_0.JPEG\tn01629819\n/secret.JPEG\tn01443537\n", "an image's name and one of the wnids")]
    public void A_name_that_leads_out_of_the_folder_is_refused(string list, string content, string expected)
    {
        tree.TinyImageNet();
        tree.PutText(list, content);
        Assert.StartsWith($"'{tree.Root}/{list}' has in line 2 something else than {expected}", tree.Refusal(Small(2, 4, 3, "tiny-imagenet"), "tiny-imagenet"));
    }

    [Fact]
    public void A_name_that_leads_out_of_CelebA_is_refused()
    {
        tree.PutText("list_attr_celeba.txt", "2\nAttractive\n000001.jpg 1\n../../secret.jpg -1\n");
        tree.PutText("list_eval_partition.txt", "000001.jpg 0\n../../secret.jpg 2\n");
        tree.PutFile("img_align_celeba/000001.jpg", []);
        var catalog = new DataCatalog([new("celeba", "CelebA", "celeba", "tiny", [], "none", "nobody", [], [], []) { Folders = ["img_align_celeba"], ByHand = "put it there" }]);
        Assert.StartsWith(
            $"'{tree.Root}/list_attr_celeba.txt' has in line 4 something else than an image's name",
            Assert.Throws<BadInput>(() => tree.Folder.Load(Datasets.CelebA() with { TrainCount = 1, TestCount = 1 }, CPU, catalog)).Message);
    }

    [Fact]
    public async Task What_nobody_can_fetch_says_where_to_get_it()
    {
        var error = (await Assert.ThrowsAsync<BadInput>(() => tree.Folder.Ensure(Datasets.Cinic10))).Message;
        Assert.Equal(
            $"CINIC-10 is not usable in '{tree.Folder.Path}/cinic10' (train is missing, test is missing): unpack CINIC-10.tar.gz from https://datashare.ed.ac.uk/handle/10283/3192 there, so that '{tree.Folder.Path}/cinic10/train' exists.",
            error);
    }
}
