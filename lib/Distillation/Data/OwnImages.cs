namespace Distillation;

/// <summary>Folders of images that are one's own: below the data folder, a folder per class in <c>NAME/train</c> and in <c>NAME/test</c>.</summary>
public static class OwnImages
{
    /// <summary>The data set of that name: one of <see cref="Datasets"/>, or a folder of one's own below the data folder.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="name">Of the data set or of the folder.</param>
    /// <param name="size">The side of the square images that are made of the files, in pixels; without it a data set's own size, and in a folder of one's own that of its first image.</param>
    /// <param name="fit">How they are made of files of another size.</param>
    /// <returns>For a folder of one's own: as many classes and images as it holds, three channels, ImageNet's statistics.</returns>
    /// <exception cref="BadInput">There is neither, or the data set's images have the size they have.</exception>
    public static Dataset Named(this DataFolder folder, string name, int? size = null, Fit fit = Fit.Cover)
    {
        if (!IsHere(folder, name) || DataCatalog.BuiltIn.DataSets.Any(entry => entry.Name == name))
        {
            var known = Datasets.Named(name);
            return size is not { } side ? known with { Fit = fit }
                : ImageFolder.Formats.Contains(DataCatalog.BuiltIn[known].Format) ? known.Sized(side, side, fit)
                : throw new BadInput($"{known.Name} has images of {known.Height}x{known.Width} pixels and no files to make others of; leave the size out.");
        }

        var home = Path.Combine(folder.Path, name);
        var listing = ImageLayouts.ClassFolders(home);
        var first = listing.Train[0].Name;
        var (height, width) = size is { } own ? (own, own) : Bitmap.Decode(Bytes(Path.Combine(home, first)), first) is var picture ? (picture.Height, picture.Width) : default;
        return new Dataset(name, listing.ClassNames.Count, 3, 1, 1, listing.Train.Count, listing.Test.Count, new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])).Sized(height, width, fit);
    }

    /// <summary>Whether the data folder has such a folder.</summary>
    internal static bool IsHere(DataFolder folder, string name) => CatalogEntry.IsPlain(name) && Directory.Exists(Path.Combine(folder.Path, name, "train"));

    private static byte[] Bytes(string path) => FileContent.Read(path, int.MaxValue - 64);
}
