using System.Text.Json;

namespace Distillation;

/// <summary>Where data sets come from: the content of <c>data/catalog.json</c>, which is built into the library.</summary>
/// <param name="DataSets">One entry per name.</param>
internal sealed record DataCatalog(IReadOnlyList<CatalogEntry> DataSets)
{
    // Before what reads with it: static members are made in this order.
    private static JsonSerializerOptions Strict { get; } = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>The catalog that the library was built with.</summary>
    public static DataCatalog BuiltIn { get; } = Read(typeof(DataCatalog).Assembly.GetManifestResourceStream("catalog.json")!);

    /// <summary>The entry of a data set.</summary>
    /// <exception cref="BadInput">It has none.</exception>
    public CatalogEntry this[Dataset dataset] => Find(dataset) ?? throw new BadInput(
            $"The catalog has no data set '{dataset.Name}' (it has {string.Join(", ", DataSets.Select(e => e.Name))}): build a LoadedDataset from tensors of your own.");

    /// <summary>The entry of a data set; null where it has none.</summary>
    public CatalogEntry? Find(Dataset dataset) =>
        DataSets.FirstOrDefault(entry => entry.Name == dataset.Name || (entry.Format == "celeba" && dataset.Name.StartsWith("celeba-", StringComparison.Ordinal)));

    /// <summary>Reads a catalog and holds everything in it to what a catalog may say.</summary>
    /// <exception cref="BadInput">It is no catalog, or names something outside of its folders.</exception>
    internal static DataCatalog Read(Stream json)
    {
        using (json)
        {
            try
            {
                var catalog = JsonSerializer.Deserialize<DataCatalog>(json, Strict);
                return catalog?.DataSets.SelectMany(entry => entry.Faults()).FirstOrDefault() is { } fault ? throw Refused(fault)
                    : catalog is null ? throw Refused("it is empty")
                    : catalog.DataSets.Select(entry => entry.Name).Distinct().Count() < catalog.DataSets.Count ? throw Refused("two data sets have one name")
                    : catalog;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
            {
                throw Refused(e is JsonException ? e.Message.ReplaceLineEndings(" ").TrimEnd('.') : "a field is missing", e);
            }
        }
    }

    private static BadInput Refused(string why, Exception? because = null) => new($"The catalog of data sets cannot be used ({why}); mend data/catalog.json and build again.", because);
}

/// <summary>One data set in the catalog.</summary>
/// <param name="Name">As in <see cref="Datasets"/>.</param>
/// <param name="Title">As its publisher writes it.</param>
/// <param name="Format"><c>idx</c>, <c>zip-codes</c>, <c>cifar-10</c>, <c>cifar-100</c>, <c>class-folders</c>, <c>tiny-imagenet</c>, <c>celeba</c>, <c>dcase</c> or <c>spoken-digits</c>.</param>
/// <param name="Folder">Below the data folder: where a download puts it.</param>
/// <param name="AlsoIn">Other folders where it may lie, absolute or below the data folder.</param>
/// <param name="Licence">Its licence.</param>
/// <param name="Citation">What to cite.</param>
/// <param name="Mirrors">Addresses ending in <c>/</c>; the name of a download follows. Tried in order.</param>
/// <param name="Downloads">What the mirrors serve.</param>
/// <param name="Files">What a folder must hold.</param>
internal sealed record CatalogEntry(
    string Name, string Title, string Format, string Folder, IReadOnlyList<string> AlsoIn, string Licence, string Citation,
    IReadOnlyList<string> Mirrors, IReadOnlyList<CatalogDownload> Downloads, IReadOnlyList<CatalogFile> Files)
{
    /// <summary>Names of the labels, where no file of the data set has them.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>The package in which Debian has it, if it does.</summary>
    public string? DebianPackage { get; init; }

    /// <summary>Folders that must be there; names with a bar between are two for one.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Of an archive, the files whose names end in this go into the first of <see cref="Folders"/>; null where <see cref="Files"/> are taken by name.</summary>
    public string? Ending { get; init; }

    /// <summary>Where one gets it who has to fetch it oneself, as the end of a sentence; null where downloads do it.</summary>
    public string? ByHand { get; init; }

    /// <summary>Whether it is a folder of one's own that no catalog knows.</summary>
    internal bool IsOwn { get; init; }

    /// <summary>The entry of a folder of one's own.</summary>
    internal static CatalogEntry Own(string name, string format, string folder) =>
        new(name, name, format, name, [], "one's own", "", [], [], []) { IsOwn = true, Folders = [folder], ByHand = "complete it" };

    /// <summary>Whether a folder of the data folder can have that name.</summary>
    internal static bool IsPlain(string? part) => part is not (null or "" or "." or "..") && part.AsSpan().IndexOfAny("/\\:\0") < 0 && part.Trim() == part;

    /// <summary>What this entry may not say, a piece of a sentence each. A name is one part of a path and a folder lies below the data folder, so that nothing is written anywhere else.</summary>
    internal IEnumerable<string> Faults()
    {
        if (new object?[] { Name, Title, Format, Folder, AlsoIn, Licence, Citation, Mirrors, Downloads, Files, ClassNames, Folders }.Contains(null))
        {
            yield return $"the data set '{Name}' lacks a field";
            yield break;
        }

        if (!Folder.Split('/', '\\').All(IsPlain))
        {
            yield return $"the folder '{Folder}' of '{Name}' does not lie below the data folder";
        }

        foreach (var name in Files.Select(file => file?.Name).Concat(Downloads.Select(download => download?.Name)).Concat(Folders).Where(name => !IsPlain(name)))
        {
            yield return $"'{name}' of '{Name}' is no name of a file";
        }

        if (AlsoIn.Concat(ClassNames).Any(text => text is null || text.Contains('\0')))
        {
            yield return $"a name of '{Name}' is none";
        }

        if ((Mirrors.Count == 0 && ByHand is null) || ((ByHand ?? Ending) is not null && Folders.Count == 0) || !Mirrors.All(mirror => Uri.TryCreate(mirror, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && mirror.EndsWith('/')))
        {
            yield return $"'{Name}' needs mirrors that are addresses of http or https and end with a slash, or folders that one fills by hand";
        }

        if (Files.Select(file => file.Name).Distinct().Count() < Files.Count
            || Files.Any(file => file.Bytes is < 0 || !IsHash(file.Sha256)) || Downloads.Any(download => download.Bytes is < 0 || !IsHash(download.Sha256)))
        {
            yield return $"the files of '{Name}' have one name, a negative length or a hash that is no sha256";
        }

        if (Downloads.FirstOrDefault(download => !download.IsArchive && (!download.Name.EndsWith(".gz", StringComparison.Ordinal) || Inside(download).Count() != 1)) is { } odd)
        {
            yield return $"'{odd.Name}' of '{Name}' is neither a .tar.gz nor the .gz of one of its files";
        }
    }

    private static bool IsHash(string? sha256) => sha256 is null || (sha256.Length == 64 && sha256.All(char.IsAsciiHexDigitLower));

    /// <summary>The files that a download holds: a <c>.tar.gz</c> all of them, a <c>.gz</c> the one of its name.</summary>
    public IEnumerable<CatalogFile> Inside(CatalogDownload download) =>
        download.IsArchive ? Files : Files.Where(file => file.Name == Path.ChangeExtension(download.Name, null));
}

/// <summary>What a mirror serves.</summary>
/// <param name="Name">The last part of its address: <c>*.tar.gz</c>, or <c>*.gz</c> holding one file.</param>
/// <param name="Bytes">Its length, where every mirror serves the same packing.</param>
/// <param name="Sha256">Its hash, likewise.</param>
internal sealed record CatalogDownload(string Name, long? Bytes = null, string? Sha256 = null)
{
    public bool IsArchive => Name.EndsWith(".tar.gz", StringComparison.Ordinal);
}

/// <summary>A file of a data set, unpacked.</summary>
/// <param name="Name">Without folder and without <c>.gz</c>.</param>
/// <param name="Bytes">Its length, where it is known.</param>
/// <param name="Sha256">Its hash, where it is known.</param>
internal sealed record CatalogFile(string Name, long? Bytes = null, string? Sha256 = null);
