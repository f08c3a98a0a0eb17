using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>Folders of one's own as data sets, known by their files.</summary>
public sealed class OwnImagesTests : IDisposable
{
    private readonly ImageTree tree = new();

    public void Dispose() => tree.Dispose();

    [Fact]
    public void A_folder_of_ones_own_is_a_data_set_by_its_name()
    {
        tree.Cinic("cat", "dog");
        Directory.Move(Path.Combine(tree.Root, "test"), Path.Combine(tree.Root, "val"));
        var own = tree.Folder.Named("tiny");
        Assert.Equal(("tiny", 2, 3, 13, 11, 6L, 4L), (own.Name, own.Classes, own.Channels, own.Height, own.Width, own.TrainCount, own.TestCount));
        using (var loaded = tree.Folder.Load(own, CPU))
        {
            Assert.Equal([6, 3, 13, 11], loaded.Train.Images.shape);
        }

        Assert.Equal((6L, 4L), tree.Folder.Count(own));
        // Files of one's own come and go: the pack follows.
        tree.PutFile("train/cat/new.png", PictureTests.File("png colour"));
        var more = tree.Folder.Named("tiny", size: 8);
        Assert.Equal((8, 8, 7L), (more.Height, more.Width, more.TrainCount));
        using var again = tree.Folder.Load(more, CPU);
        Assert.Equal([7, 3, 8, 8], again.Train.Images.shape);
    }

    [Fact]
    public void Files_of_ones_own_that_others_of_the_same_length_replace_are_read_anew()
    {
        tree.Cinic("cat", "dog");
        var (before, name) = (tree.Folder.Named("tiny", size: 8), "train/cat/n02690373_1.png");
        using var first = tree.Folder.Load(before, CPU);
        // What is behind the end of the image counts for its length alone.
        var (colour, grey) = (PictureTests.File("png colour"), PictureTests.File("png grey"));
        tree.PutFile(name, [.. grey, .. new byte[colour.Length - grey.Length]]);
        File.SetLastWriteTimeUtc(Path.Combine(tree.Root, name), new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(before, tree.Folder.Named("tiny", size: 8));
        using var second = tree.Folder.Load(before, CPU);
        Assert.False(first.Train.Images[1].equal(second.Train.Images[1]).all().item<bool>());
        Assert.True(first.Train.Images[2].equal(second.Train.Images[2]).all().item<bool>());
    }

    [Fact]
    public void Files_of_ones_own_that_change_places_between_classes_are_another_experiment_and_a_copy_is_not()
    {
        tree.Cinic("cat", "dog");
        var before = tree.Folder.Named("tiny");
        foreach (var path in Directory.GetFiles(tree.Root, "*.png", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(path, new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        Assert.Equal(Of(before).Id, Of(tree.Folder.Named("tiny")).Id);
        foreach (var (from, to) in new[] { ("cat", "dog"), ("dog", "cat") })
        {
            Directory.Move(Path.Combine(tree.Root, "train", from, "n02690373_1.png"), Path.Combine(tree.Root, "train", to, $"{from}.png"));
        }

        var after = tree.Folder.Named("tiny");
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
        Assert.Equal((224, 224), tree.Folder.Named("celeba", 224) is var large ? (large.Height, large.Width) : default);
        Assert.Equal(Datasets.Mnist.Sized(32, 32), tree.Folder.Named("mnist", 32));
        Assert.Equal(
            "spoken-digits is a data set of sounds, whose pictures have the size that their length gives; leave the size out.", Assert.Throws<BadInput>(() => tree.Folder.Named("spoken-digits", 64)).Message);
        Assert.StartsWith("There is no data set 'imagenet'", Assert.Throws<BadInput>(() => tree.Folder.Named("imagenet")).Message);
        Assert.StartsWith("CelebA has no attribute 'smileing'; perhaps Smiling is meant", Assert.Throws<BadInput>(() => Datasets.Named("celeba-smileing")).Message);
    }
}
