using System.Globalization;

namespace Distillation;

/// <summary>An image of a folder and what is known of it.</summary>
/// <param name="Name">Its path below the folder, with slashes.</param>
/// <param name="Label">0 … classes - 1.</param>
internal sealed record ImageFile(string Name, int Label);

/// <summary>What a folder of images holds, read from names and lists, no image opened.</summary>
internal sealed record Listing(IReadOnlyList<ImageFile> Train, IReadOnlyList<ImageFile> Test, IReadOnlyList<string> ClassNames);

/// <summary>Folders of images in the layouts that publishers chose.</summary>
internal static class ImageLayouts
{
    /// <summary>What people call the folder of test images, in the order in which they are looked for.</summary>
    public static IReadOnlyList<string> TestFolders { get; } = ["test", "val", "valid", "validation"];

    /// <summary>
    /// A folder per class below <c>train</c> and below <c>test</c> (or <c>val</c>, <c>valid</c>, <c>validation</c>), as CINIC-10 has it. Classes in the order of their names; files that are
    /// neither PNG nor JPEG by their ending are passed over.
    /// </summary>
    /// <exception cref="BadInput">A class folder is empty, or a class is on one side only, or there are fewer than two.</exception>
    public static Listing ClassFolders(string root)
    {
        var test = TestFolders.FirstOrDefault(name => Directory.Exists(Path.Combine(root, name)))
            ?? throw new BadInput($"'{root}' has no folder of test images: put one class folder per class below '{Path.Combine(root, "test")}'.");
        var (classes, there) = (Classes(root, "train"), Classes(root, test));
        if (classes.Except(there).FirstOrDefault() is { } missing)
        {
            throw new BadInput($"The class '{missing}' has a folder in '{Path.Combine(root, "train")}' and none in '{Path.Combine(root, test)}': nothing could be said about it; add its test images, or take the class away.");
        }

        if (there.Except(classes).FirstOrDefault() is { } unlearned)
        {
            throw new BadInput($"The class '{unlearned}' has a folder in '{Path.Combine(root, test)}' and none in '{Path.Combine(root, "train")}': nobody could learn it; add its training images, or take the class away.");
        }

        // A network that knows one answer is always right.
        return classes.Count > 1 ? new(Split("train"), Split(test), classes)
            : throw new BadInput($"'{Path.Combine(root, "train")}' has {(classes.Count == 0 ? "no class folders" : $"one class folder, '{classes[0]}'")}: there is nothing to tell apart; put two or more there, one per class.");

        List<ImageFile> Split(string part) => [.. classes.SelectMany((name, label) => Images(root, $"{part}/{name}").Select(file => new ImageFile(file, label)))];
    }

    /// <summary>
    /// Tiny ImageNet: <c>wnids.txt</c>, <c>words.txt</c>, <c>train/WNID/images/*.JPEG</c>, <c>val/images/*.JPEG</c> with <c>val/val_annotations.txt</c>. The validation images are the test
    /// images, as the publisher keeps the labels of the others. Labels go by the order of the wnids' names, as in folders of classes.
    /// </summary>
    /// <exception cref="BadInput">A list is damaged, or a class has no images.</exception>
    public static Listing TinyImageNet(string root)
    {
        List<string> wnids = [.. Lines(root, "wnids.txt").Select((line, i) => line.Trim() is var wnid && CatalogEntry.IsPlain(wnid) ? wnid : throw Line(root, "wnids.txt", i, "the name of a class's folder")).Distinct().Order(StringComparer.Ordinal)];
        var labels = wnids.Select((wnid, label) => (wnid, label)).ToDictionary(pair => pair.wnid, pair => pair.label);
        var words = Lines(root, "words.txt").Select(line => line.Split('\t')).Where(parts => parts.Length == 2 && labels.ContainsKey(parts[0])).DistinctBy(parts => parts[0]).ToDictionary(parts => parts[0], parts => parts[1].Split(',')[0].Trim());
        var train = wnids.SelectMany((wnid, label) => Images(root, $"train/{wnid}/images").Select(file => new ImageFile(file, label)));
        var test = Lines(root, "val/val_annotations.txt").Select((line, i) => line.Split('\t') is [var file, var wnid, ..] && CatalogEntry.IsPlain(file) && labels.TryGetValue(wnid, out var label)
            ? new ImageFile($"val/images/{file}", label)
            : throw Line(root, "val/val_annotations.txt", i, "an image's name and one of the wnids of wnids.txt, with tabs between"));
        return Tested(new([.. train], [.. test], [.. wnids.Select(wnid => words.GetValueOrDefault(wnid, wnid))]), root);
    }

    /// <summary>
    /// CelebA with one attribute as the label (0 without, 1 with): <c>img_align_celeba/*.jpg</c>, <c>list_attr_celeba.txt</c> and <c>list_eval_partition.txt</c>, side by side or in the
    /// publisher's folders Img, Anno, Eval. Partition 0 is for training, 2 for testing; 1, for validation, is left out.
    /// </summary>
    /// <exception cref="BadInput">A list is damaged, or knows no such attribute.</exception>
    public static Listing CelebA(string root, string attribute)
    {
        var (attributes, partition) = (Nested("Anno", "list_attr_celeba.txt"), Nested("Eval", "list_eval_partition.txt"));
        var folder = Directory.Exists(Path.Combine(root, "Img", "img_align_celeba")) ? "Img/img_align_celeba" : "img_align_celeba";
        var rows = Lines(root, attributes);
        var names = rows.Count > 1 ? Words(rows[1]) : [];
        var column = names.FindIndex(name => string.Equals(name, attribute, StringComparison.OrdinalIgnoreCase));
        if (column < 0)
        {
            throw new BadInput($"'{Path.Combine(root, attributes)}' has no attribute '{attribute}'{Nearest.Hint(attribute, names)}; its second line names those that it has.");
        }

        var labels = rows.Skip(2).Select((line, i) => Words(line) is { } words && words.Count == names.Count + 1 && CatalogEntry.IsPlain(words[0]) && words[column + 1] is "1" or "-1"
            ? (File: words[0], Label: words[column + 1] == "1" ? 1 : 0)
            : throw Line(root, attributes, i + 2, $"an image's name and {names.Count} numbers 1 or -1")).DistinctBy(row => row.File).ToDictionary(row => row.File, row => row.Label);
        var parts = Lines(root, partition).Select((line, i) => Words(line) is [var file, "0" or "1" or "2"] words && labels.TryGetValue(file, out var label)
            ? (File: new ImageFile($"{folder}/{file}", label), Part: words[1])
            : throw Line(root, partition, i, "the name of an image that has attributes, and 0, 1 or 2")).ToList();
        return Tested(new([.. parts.Where(p => p.Part == "0").Select(p => p.File)], [.. parts.Where(p => p.Part == "2").Select(p => p.File)], [$"not {names[column]}", names[column]]), root);

        string Nested(string inside, string name) => File.Exists(Path.Combine(root, inside, name)) ? $"{inside}/{name}" : name;
    }

    private static List<string> Words(string line) => [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static Listing Tested(Listing listing, string root) => listing.Train.Select(file => file.Label).Except(listing.Test.Select(file => file.Label)).FirstOrDefault(-1) is var missing && missing >= 0
        ? throw new BadInput($"The class '{listing.ClassNames[missing]}' of '{root}' has training images and no test images: nothing could be said about it; complete the test images.")
        : listing;

    private static List<string> Classes(string root, string part) => Directory.Exists(Path.Combine(root, part))
        ? [.. Directory.EnumerateDirectories(Path.Combine(root, part)).Select(folder => Path.GetFileName(folder)).Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal)]
        : throw new BadInput($"'{root}' has no folder '{part}': put one folder per class there.");

    // By name, whatever order the file system has them in.
    private static IEnumerable<string> Images(string root, string folder)
    {
        var path = Path.Combine(root, folder);
        List<string> names = Directory.Exists(path) ? [.. Directory.EnumerateFiles(path).Select(file => Path.GetFileName(file)).Where(IsImage).Order(StringComparer.Ordinal)] : [];
        return names.Count > 0 ? names.Select(name => $"{folder}/{name}") : throw new BadInput($"The class folder '{path}' has no PNG or JPEG image: put some there, or take the folder away.");
    }

    private static bool IsImage(string name) => !name.StartsWith('.') && Path.GetExtension(name).ToLowerInvariant() is ".png" or ".jpg" or ".jpeg";

    internal static List<string> Lines(string root, string name)
    {
        var path = Path.Combine(root, name);
        try
        {
            return File.ReadLines(path).Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0).ToList() is { Count: > 0 } lines
                ? lines
                : throw new BadInput($"'{path}' is empty; {FileFault.Advice}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"'{path}' cannot be read ({e.Message.TrimEnd('.')}); put a good copy in its place.", e);
        }
    }

    internal static BadInput Line(string root, string name, int index, string expected) =>
        new($"'{Path.Combine(root, name)}' has in line {(index + 1).ToString(CultureInfo.InvariantCulture)} something else than {expected}; put a good copy in its place.");
}
