using static TorchSharp.torch;

namespace Distillation;

/// <summary>Folders of images, and of sounds as images, through their packs, as tensors.</summary>
internal static class ImageFolder
{
    /// <summary>The formats of the catalog that are folders of images whose size can be chosen.</summary>
    public static IReadOnlyList<string> Pictures { get; } = ["class-folders", "tiny-imagenet", "celeba"];

    /// <summary>All formats that are folders.</summary>
    public static IReadOnlyList<string> Formats { get; } = [.. Pictures, .. SoundLayouts.Formats];

    /// <summary>Where the pack of a data set lies.</summary>
    public static string PackOf(string home, Dataset dataset) => Path.Combine(home, $"{dataset.Name}.parquet");

    /// <summary>What the folder's names and lists say.</summary>
    public static Listing List(string home, CatalogEntry entry, Dataset dataset) => entry.Format switch
    {
        "class-folders" => ImageLayouts.ClassFolders(home),
        "tiny-imagenet" => ImageLayouts.TinyImageNet(home),
        "celeba" => ImageLayouts.CelebA(home, Datasets.AttributeOf(dataset)),
        _ when SoundLayouts.Formats.Contains(entry.Format) => SoundLayouts.List(home, entry),
        _ => throw DataLoading.Unreadable(entry),
    };

    /// <summary>Both splits.</summary>
    public static Decoded Read(string home, CatalogEntry entry, Dataset dataset, Device device)
    {
        var (path, about) = Packed(home, entry, dataset, device);
        var (train, test) = (Empty(dataset, about.Train), Empty(dataset, about.Test));
        Fill(path, about, home, entry, dataset, train, test);
        return new(Split(train), Split(test), about.ClassNames);
    }

    /// <summary>The test images alone.</summary>
    public static Split Test(string home, CatalogEntry entry, Dataset dataset, Device device)
    {
        var (path, about) = Packed(home, entry, dataset, device);
        var test = Empty(dataset, about.Test);
        Fill(path, about, home, entry, dataset, null, test);
        return Split(test);
    }

    /// <summary>How many images there are, no image opened.</summary>
    public static (long Train, long Test) Count(string home, CatalogEntry entry, Dataset dataset) =>
        PackedImages.About(PackOf(home, dataset)) is { } about ? (about.Train, about.Test) : List(home, entry, dataset) is var listing ? (listing.Train.Count, listing.Test.Count) : default;

    private static (string Path, PackedImages.Label About) Packed(string home, CatalogEntry entry, Dataset dataset, Device device)
    {
        var path = PackOf(home, dataset);
        var sounds = SoundLayouts.Formats.Contains(entry.Format) ? SoundLayouts.Settings(entry, dataset) : null;
        var about = PackedImages.About(path) is { } there && there.Origin.EndsWith($"{sounds}", StringComparison.Ordinal) ? there : null;
        // The files of a published set stay what they are; one's own come and go.
        var listing = about is null || (entry.IsOwn && IsHere(home, entry)) ? List(home, entry, dataset) : null;
        if (listing is not null && PackedImages.Digest(home, listing) + sounds is var origin && origin != about?.Origin)
        {
            Counted(home, dataset, listing.ClassNames.Count, listing.Train.Count, listing.Test.Count);
            PackedImages.Write(path, home, listing, origin, names => sounds is null ? PackedImages.Files(home, names) : Heard(home, names, sounds, device));
            about = PackedImages.About(path);
        }

        Counted(home, dataset, about!.ClassNames.Count, about.Train, about.Test);
        return (path, about);
    }

    // As many sounds at a time as fit the memory of a small device.
    private static IReadOnlyList<byte[]> Heard(string home, IReadOnlyList<string> names, MelSettings settings, Device device) =>
    [
        .. names.Chunk(64).SelectMany(part =>
        {
            using var images = Spectrograms.Of([.. part.AsParallel().AsOrdered().Select(name => Heard(Path.Combine(home, name), settings))], settings, device);
            using var here = images.cpu();
            return here.data<byte>().ToArray().Chunk(settings.Bands * settings.Frames);
        }),
    ];

    private static Sound Heard(string path, MelSettings settings)
    {
        var sound = Sound.Read(path);
        Spectrograms.CheckRates($"The sound '{path}'", sound.Rate, settings.Rate);
        return sound;
    }

    // Whether the folder is there that the pack was made of.
    private static bool IsHere(string home, CatalogEntry entry) => entry.Folders.All(folder =>
        folder.Split('|').Select(name => Path.Combine(home, name)).Any(path => Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()));

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
    private static void Fill(string path, PackedImages.Label about, string home, CatalogEntry entry, Dataset dataset, Target? train, Target test)
    {
        var size = dataset.Channels * dataset.Height * dataset.Width;
        foreach (var rows in PackedImages.Read(path, about))
        {
            foreach (var part in rows.GroupBy(row => row.Train).Where(part => !part.Key || train is not null))
            {
                var target = part.Key ? train! : test;
                var images = part.ToList();
                if (target.Filled + images.Count > target.Labels.Length || images.Any(row => row.Label < 0 || row.Label >= dataset.Classes || (!Pictures.Contains(entry.Format) && row.Content.Length != size)))
                {
                    throw Others(path);
                }

                var bytes = new byte[images.Count * size];
                var faults = images.AsParallel().AsOrdered().Select((row, i) => Fault(row, home, entry, dataset, bytes.AsMemory(i * size, size))).OfType<BadInput>().ToList();
                if (faults.Count > 0)
                {
                    // What cannot be decoded is mended in the folder and then read from there; a pack that is the only copy stays.
                    if (IsHere(home, entry))
                    {
                        File.Delete(path);
                    }

                    throw faults[0];
                }

                using var chunk = tensor(bytes, [images.Count, dataset.Channels, dataset.Height, dataset.Width]);
                using var place = target.Images.narrow(0, target.Filled, images.Count);
                place.copy_(chunk);
                images.Select(row => (long)row.Label).ToArray().CopyTo(target.Labels, target.Filled);
                target.Filled += images.Count;
            }
        }

        if (test.Filled < about.Test || train?.Filled < about.Train)
        {
            throw Others(path);
        }
    }

    private static BadInput Others(string path) => new($"The packed images '{path}' cannot be used (they are other images than it says): delete the file, and the folder is read again.");

    private static BadInput? Fault(PackedImage row, string home, CatalogEntry entry, Dataset dataset, Memory<byte> target)
    {
        try
        {
            if (!Pictures.Contains(entry.Format))
            {
                row.Content.CopyTo(target);
                return null;
            }

            Bitmap.Decode(row.Content, Path.Combine(home, row.Name), dataset).WritePlanes(target.Span);
            return null;
        }
        catch (BadInput e)
        {
            return e;
        }
    }
}
