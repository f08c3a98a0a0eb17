using static TorchSharp.torch;

namespace Distillation;

/// <summary>Folders of images, through their packs, as tensors.</summary>
internal static class ImageFolder
{
    /// <summary>The formats of the catalog that are folders of images.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["class-folders", "tiny-imagenet", "celeba"];

    /// <summary>Where the pack of a data set lies.</summary>
    public static string PackOf(string home, Dataset dataset) => Path.Combine(home, $"{dataset.Name}.parquet");

    /// <summary>What the folder's names and lists say.</summary>
    public static Listing List(string home, CatalogEntry entry, Dataset dataset) => entry.Format switch
    {
        "class-folders" => ImageLayouts.ClassFolders(home),
        "tiny-imagenet" => ImageLayouts.TinyImageNet(home),
        "celeba" => ImageLayouts.CelebA(home, Datasets.AttributeOf(dataset)),
        _ => throw DataLoading.Unreadable(entry),
    };

    /// <summary>Both splits.</summary>
    public static Decoded Read(string home, CatalogEntry entry, Dataset dataset)
    {
        var (path, about, fresh) = Packed(home, entry, dataset);
        try
        {
            var (train, test) = (Empty(dataset, about.Train), Empty(dataset, about.Test));
            Fill(path, about, dataset, train, test);
            return new(Split(train), Split(test), about.ClassNames);
        }
        catch (BadInput) when (fresh)
        {
            // What could not be decoded is to be mended in the folder, and read from there.
            File.Delete(path);
            throw;
        }
    }

    /// <summary>The test images alone.</summary>
    public static Split Test(string home, CatalogEntry entry, Dataset dataset)
    {
        var (path, about, _) = Packed(home, entry, dataset);
        var test = Empty(dataset, about.Test);
        Fill(path, about, dataset, null, test);
        return Split(test);
    }

    /// <summary>How many images there are, no image opened.</summary>
    public static (long Train, long Test) Count(string home, CatalogEntry entry, Dataset dataset) =>
        PackedImages.About(PackOf(home, dataset)) is { } about ? (about.Train, about.Test) : List(home, entry, dataset) is var listing ? (listing.Train.Count, listing.Test.Count) : default;

    private static (string Path, PackedImages.Label About, bool Fresh) Packed(string home, CatalogEntry entry, Dataset dataset)
    {
        var path = PackOf(home, dataset);
        var about = PackedImages.About(path);
        // The files of a published set stay what they are; one's own come and go.
        var listing = about is null || (entry.IsOwn && IsHere(home, entry)) ? List(home, entry, dataset) : null;
        var fresh = about is null || (listing is not null && PackedImages.Digest(home, listing) != about.Origin);
        if (fresh)
        {
            Counted(home, dataset, listing!.ClassNames.Count, listing.Train.Count, listing.Test.Count);
            PackedImages.Write(path, home, listing);
            about = PackedImages.About(path);
        }

        Counted(home, dataset, about!.ClassNames.Count, about.Train, about.Test);
        return (path, about, fresh);
    }

    private static bool IsHere(string home, CatalogEntry entry) => entry.Folders.All(folder => Directory.Exists(Path.Combine(home, folder)));

    private static void Counted(string home, Dataset dataset, int classes, long train, long test)
    {
        if ((classes, train, test) != (dataset.Classes, dataset.TrainCount, dataset.TestCount))
        {
            throw new BadInput(
                $"'{home}' holds {train} training and {test} test images of {classes} classes where {dataset.Name} has {dataset.TrainCount} and {dataset.TestCount} of {dataset.Classes}: complete the folder, or delete what does not belong there.");
        }
    }

    private sealed record Target(Tensor Images, long[] Labels)
    {
        public long Filled { get; set; }
    }

    private static Target Empty(Dataset dataset, long count) => new(empty([count, dataset.Channels, dataset.Height, dataset.Width], ScalarType.Byte), new long[count]);

    private static Split Split(Target target) => new(target.Images, tensor(target.Labels));

    // Rows of a pack come as train first, then test; a chunk may hold some of both.
    private static void Fill(string path, PackedImages.Label about, Dataset dataset, Target? train, Target test)
    {
        var size = dataset.Channels * dataset.Height * dataset.Width;
        foreach (var rows in PackedImages.Read(path, about))
        {
            foreach (var part in rows.GroupBy(row => row.Train).Where(part => !part.Key || train is not null))
            {
                var target = part.Key ? train! : test;
                var images = part.ToList();
                if (target.Filled + images.Count > target.Labels.Length || images.Any(row => row.Label < 0 || row.Label >= dataset.Classes))
                {
                    throw new BadInput($"The packed images '{path}' cannot be used (they are other images than it says): delete the file, and the folder is read again.");
                }

                var bytes = new byte[images.Count * size];
                var faults = images.AsParallel().AsOrdered().Select((row, i) => Fault(row, dataset, bytes.AsMemory(i * size, size))).OfType<BadInput>().ToList();
                if (faults.Count > 0)
                {
                    throw faults[0];
                }

                using var chunk = tensor(bytes, [images.Count, dataset.Channels, dataset.Height, dataset.Width]);
                using var place = target.Images.narrow(0, target.Filled, images.Count);
                place.copy_(chunk);
                images.Select(row => (long)row.Label).ToArray().CopyTo(target.Labels, target.Filled);
                target.Filled += images.Count;
            }
        }
    }

    private static BadInput? Fault(PackedImage row, Dataset dataset, Memory<byte> target)
    {
        try
        {
            Bitmap.Decode(row.Content, row.Name).As(dataset.Channels).Resized(dataset.Width, dataset.Height, dataset.Fit).WritePlanes(target.Span);
            return null;
        }
        catch (BadInput e)
        {
            return e;
        }
    }
}
