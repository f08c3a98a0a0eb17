using System.Globalization;

namespace Distillation;

/// <summary>Folders of sounds in the layouts that publishers chose.</summary>
internal static class SoundLayouts
{
    /// <summary>The formats of the catalog that are folders of sounds.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["dcase", "spoken-digits"];

    /// <summary>What the names and lists of a folder say.</summary>
    public static Listing List(string home, CatalogEntry entry) => entry.Format == "dcase" ? Dcase(home) : SpokenDigits(home);

    /// <summary>How the sounds of a data set become its images, whose rows are bands and whose columns are moments.</summary>
    public static MelSettings Settings(CatalogEntry entry, Dataset dataset) => entry.Format == "dcase"
        ? new(22_050, 1024, 1024, 512, dataset.Height, dataset.Width, 20, 11_025)
        : new(8000, 256, 512, 128, dataset.Height, dataset.Width, 20, 4000);

    /// <summary>
    /// DCASE's scenes: <c>audio/*.wav</c>, and in <c>evaluation_setup</c> the lists <c>fold1_train</c> and <c>fold1_evaluate</c> or <c>fold1_test</c>, as <c>.csv</c> or <c>.txt</c>: a file's name
    /// below the folder, a tab, its scene; a first line of headings may be there. A test list without scenes takes them from <c>meta.csv</c>.
    /// </summary>
    /// <exception cref="BadInput">A list is missing or damaged, or a scene is in one of them only.</exception>
    public static Listing Dcase(string root)
    {
        var (train, test) = (Rows(root, Found(root, "fold1_train")), Rows(root, Found(root, "fold1_evaluate", "fold1_test")));
        var scenes = test.Any(row => row.Scene is null) ? Rows(root, "meta.csv").Where(row => row.Scene is not null).DistinctBy(row => row.File).ToDictionary(row => row.File, row => row.Scene!) : [];
        List<(string File, string Scene)> tested = [.. test.Select(row => (row.File, row.Scene ?? scenes.GetValueOrDefault(row.File)
            ?? throw new BadInput($"'{root}' lists '{row.File}' for testing and says its scene neither there nor in meta.csv; put good copies in their place.")))];
        List<(string File, string Scene)> trained = [.. train.Select(row => (row.File, row.Scene
            ?? throw new BadInput($"'{root}' lists '{row.File}' for training and does not say its scene; put a good copy of the list in its place.")))];
        List<string> classes = [.. trained.Select(row => row.Scene).Distinct().Order(StringComparer.Ordinal)];
        if (classes.Except(tested.Select(row => row.Scene)).FirstOrDefault() is { } untested)
        {
            throw new BadInput($"The class '{untested}' of '{root}' has training sounds and no test sounds: nothing could be said about it; complete the lists.");
        }

        return new(Labelled(trained), Labelled(tested), classes);

        List<ImageFile> Labelled(List<(string File, string Scene)> rows) => [.. rows.Select(row => classes.IndexOf(row.Scene) is var label && label >= 0
            ? new ImageFile(row.File, label)
            : throw new BadInput($"The class '{row.Scene}' of '{root}' has test sounds and no training sounds: nobody could learn it; complete the lists."))];
    }

    /// <summary>The Free Spoken Digit Dataset: <c>recordings/DIGIT_SPEAKER_N.wav</c>; of each digit and speaker the clips 0 to 4 are for testing, as its publisher has it.</summary>
    /// <exception cref="BadInput">A name is another, or a digit is missing.</exception>
    public static Listing SpokenDigits(string root)
    {
        var folder = Path.Combine(root, "recordings");
        var clips = Directory.EnumerateFiles(folder, "*.wav").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).Select(name =>
            Path.GetFileNameWithoutExtension(name).Split('_') is [[>= '0' and <= '9'] digit, { Length: > 0 }, var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
                ? (File: new ImageFile($"recordings/{name}", digit[0] - '0'), IsTest: n < 5)
                : throw new BadInput($"'{Path.Combine(folder, name)}' has another name than DIGIT_SPEAKER_NUMBER.wav: take it away.")).ToList();
        var (train, test) = (clips.Where(clip => !clip.IsTest).Select(clip => clip.File).ToList(), clips.Where(clip => clip.IsTest).Select(clip => clip.File).ToList());
        return Enumerable.Range(0, 10).FirstOrDefault(digit => train.All(clip => clip.Label != digit) || test.All(clip => clip.Label != digit), -1) is var missing && missing >= 0
            ? throw new BadInput($"'{folder}' has no clips for training or none for testing of the digit {missing}: complete the folder.")
            : new(train, test, [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")]);
    }

    private static string Found(string root, params string[] names) =>
        (from name in names from ending in new[] { ".csv", ".txt" } select $"evaluation_setup/{name}{ending}").FirstOrDefault(path => File.Exists(Path.Combine(root, path)))
        ?? throw new BadInput($"'{Path.Combine(root, "evaluation_setup")}' has no list {string.Join(" or ", names.Select(name => $"{name}.csv"))}: complete the folder.");

    private static List<(string File, string? Scene)> Rows(string root, string list)
    {
        return [.. ImageLayouts.Lines(root, list).Select(Row).Where(row => row.File.Length > 0)];

        (string File, string? Scene) Row(string line, int i) => line.Split('\t') switch
        {
            ["filename", ..] when i == 0 => ("", null),
            [{ Length: > 0 } file, { Length: > 0 } scene, ..] when Below(file) => (file, scene.Trim()),
            [{ Length: > 0 } file] when Below(file.Trim()) => (file.Trim(), null),
            _ => throw ImageLayouts.Line(root, list, i, "the name of a file below the folder, a tab and a scene"),
        };
    }

    private static bool Below(string file) => !file.Contains('\0') && !Path.IsPathRooted(file) && !file.Split('/', '\\').Contains("..");
}
