using System.Text.Json;

namespace Distillation;

/// <summary>Where data sets come from: the content of <c>data/catalog.json</c>, which is built into the library.</summary>
/// <param name="DataSets">One entry per name.</param>
internal sealed record DataCatalog(IReadOnlyList<CatalogEntry> DataSets)
{
    /// <summary>The catalog that the library was built with.</summary>
    public static DataCatalog BuiltIn { get; } = Read(typeof(DataCatalog).Assembly.GetManifestResourceStream("catalog.json")!);

    /// <summary>The entry of a data set.</summary>
    /// <exception cref="BadInput">It has none.</exception>
    public CatalogEntry this[Dataset dataset] => DataSets.FirstOrDefault(entry => entry.Name == dataset.Name)
        ?? throw new BadInput(
            $"The catalog has no data set '{dataset.Name}' (it has {string.Join(", ", DataSets.Select(e => e.Name))}): build a LoadedDataset from tensors of your own.");

    internal static DataCatalog Read(Stream json)
    {
        using (json)
        {
            return JsonSerializer.Deserialize<DataCatalog>(json, JsonSerializerOptions.Web)!;
        }
    }
}

/// <summary>One data set in the catalog.</summary>
/// <param name="Name">As in <see cref="Datasets"/>.</param>
/// <param name="Title">As its publisher writes it.</param>
/// <param name="Format"><c>idx</c>, <c>cifar-10</c> or <c>cifar-100</c>.</param>
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
