namespace Distillation;

/// <summary>
/// Folders that are one's own below the data folder: of images, a folder per class in <c>NAME/train</c> and in <c>NAME/test</c>; of sounds, <c>NAME/audio</c> with the lists of
/// <c>NAME/evaluation_setup</c> as DCASE has them.
/// </summary>
public static class OwnImages
{
    /// <summary>The data set of that name: one of <see cref="Datasets"/>, or a folder of one's own below the data folder.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="name">Of the data set or of the folder.</param>
    /// <param name="size">The side of the square images that are made of the files or of published bytes, in pixels; without it a data set's own size, and in a folder of one's own that of its first image.</param>
    /// <param name="fit">How they are made of files of another size.</param>
    /// <returns>
    /// For a folder of one's own: as many classes and images as it holds; of images three channels and ImageNet's statistics; of sounds spectrograms of 64 bands as long as the first sound.
    /// </returns>
    /// <exception cref="BadInput">There is neither, or what is there are sounds and a size was given.</exception>
    public static Dataset Named(this DataFolder folder, string name, int? size = null, Fit fit = Fit.Cover)
    {
        if (EntryOf(folder, name) is not { } entry || DataCatalog.BuiltIn.DataSets.Any(known => known.Name == name))
        {
            var known = Datasets.Named(name);
            return size is not { } side ? known with { Fit = fit }
                : !SoundLayouts.Formats.Contains(DataCatalog.BuiltIn[known].Format) ? known.Sized(side, side, fit)
                : throw new BadInput($"{known.Name} is a data set of sounds, whose pictures have the size that their length gives; leave the size out.");
        }

        var home = Path.Combine(folder.Path, name);
        if (entry.Format == "dcase")
        {
            return Sounds(home, name, size);
        }

        var listing = ImageLayouts.ClassFolders(home);
        var first = listing.Train[0].Name;
        var (height, width) = size is { } own ? (own, own) : Bitmap.Decode(Bytes(Path.Combine(home, first)), Path.Combine(home, first)) is var picture ? (picture.Height, picture.Width) : default;
        return new Dataset(name, listing.ClassNames.Count, 3, 1, 1, listing.Train.Count, listing.Test.Count, new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])).Sized(height, width, fit) with { Content = PackedImages.Content(home, listing) };
    }

    private static Dataset Sounds(string home, string name, int? size)
    {
        if (size is not null)
        {
            throw new BadInput($"{name} is a folder of sounds, whose pictures have the size that their length gives; leave the size out.");
        }

        var listing = SoundLayouts.Dcase(home);
        var plain = new Dataset(name, listing.ClassNames.Count, 1, 64, 1, listing.Train.Count, listing.Test.Count, new([0.5], [0.25]));
        var settings = SoundLayouts.Settings(CatalogEntry.Own(name, "dcase", "evaluation_setup"), plain);
        return plain with { Content = PackedImages.Content(home, listing), Width = Math.Max(16, (int)(Sound.Read(Path.Combine(home, listing.Train[0].Name)).Seconds * settings.Rate / settings.Hop) + 1) };
    }

    /// <summary>What the data folder's folder of that name is; null where it is none that can be read.</summary>
    internal static CatalogEntry? EntryOf(DataFolder folder, string name) => !CatalogEntry.IsPlain(name) ? null
        : Directory.Exists(Path.Combine(folder.Path, name, "train")) ? CatalogEntry.Own(name, "class-folders", "train")
        : Directory.Exists(Path.Combine(folder.Path, name, "evaluation_setup")) ? CatalogEntry.Own(name, "dcase", "evaluation_setup")
        : null;

    private static byte[] Bytes(string path) => FileContent.Read(path, int.MaxValue - 64);
}
