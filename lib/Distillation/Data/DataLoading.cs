using static TorchSharp.torch;

namespace Distillation;

/// <summary>From a data folder to tensors, and from the internet to a data folder.</summary>
public static class DataLoading
{
    /// <summary>
    /// Reads a data set onto a device. Every length, header and label is checked; hashes are checked when a file is downloaded.
    /// </summary>
    /// <returns>Tensors that the caller disposes. The training images keep the order of the publisher's files, also in a subset.</returns>
    /// <exception cref="BadInput">It is not there, or a file is damaged. The message says which and what to do.</exception>
    public static LoadedDataset Load(this DataFolder folder, Dataset dataset, Device device) => folder.Load(dataset, device, DataCatalog.BuiltIn);

    /// <summary>
    /// Makes sure that the data set is in the data folder (or installed by the system), downloading it if need be: the mirrors of the catalog in
    /// order, going on where an earlier download stopped, checked against its hash, and in place only when whole.
    /// </summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="dataset">Which one.</param>
    /// <param name="progress">Told a few times per second while bytes arrive.</param>
    /// <param name="stop">Stops the download; what has arrived is kept for the next time.</param>
    /// <exception cref="BadInput">No mirror could deliver it. The message says why and what to do without network.</exception>
    public static Task Ensure(this DataFolder folder, Dataset dataset, IProgress<DownloadProgress>? progress = null, CancellationToken stop = default) =>
        folder.Ensure(folder.EntryOf(dataset, DataCatalog.BuiltIn), progress, stop);

    /// <summary>
    /// How many training and test images are there. Folders of images are counted by their names, without opening an image; other files are read whole, which checks every length and label.
    /// </summary>
    /// <exception cref="BadInput">It is not there, or a file is damaged.</exception>
    public static (long Train, long Test) Count(this DataFolder folder, Dataset dataset)
    {
        var entry = folder.EntryOf(dataset, DataCatalog.BuiltIn);
        if (ImageFolder.Formats.Contains(entry.Format) && folder.Find(entry) is { } home)
        {
            return ImageFolder.Count(home, entry, dataset);
        }

        using var loaded = folder.Load(dataset, CPU);
        return (loaded.Train.Count, loaded.Test.Count);
    }

    /// <summary>Whether <see cref="Ensure(DataFolder, Dataset, IProgress{DownloadProgress}?, CancellationToken)"/> can fetch it; others are put into the data folder by hand.</summary>
    public static bool IsFetched(Dataset dataset) => DataCatalog.BuiltIn.Find(dataset) is { ByHand: null };

    /// <summary>The catalog's entry, or that of a folder of one's own.</summary>
    /// <exception cref="BadInput">There is neither.</exception>
    internal static CatalogEntry EntryOf(this DataFolder folder, Dataset dataset, DataCatalog catalog) =>
        catalog.Find(dataset) ?? OwnImages.EntryOf(folder, dataset.Name) ?? catalog[dataset];

    internal static LoadedDataset Load(this DataFolder folder, Dataset dataset, Device device, DataCatalog catalog)
    {
        var entry = folder.EntryOf(dataset, catalog);
        var home = folder.Find(entry) ?? throw new BadInput(Missing(folder, entry));
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        var decoded = entry.Format switch
        {
            "idx" => Idx.Read(home, dataset.AsStored, entry.ClassNames),
            "zip-codes" => ZipCodes.Read(home, dataset.AsStored, entry.ClassNames),
            "cifar-10" => Cifar.Read10(home, dataset.AsStored),
            "cifar-100" => Cifar.Read100(home, dataset.AsStored),
            _ when ImageFolder.Formats.Contains(entry.Format) => ImageFolder.Read(home, entry, dataset, device),
            _ => throw Unreadable(entry),
        };
        return new(dataset, decoded.ClassNames, OnDevice(Drawn(decoded.Train, dataset).Resized(dataset), device), OnDevice(decoded.Test.Resized(dataset), device))
        {
            CoarseNames = decoded.CoarseNames,
        };
    }

    internal static async Task Ensure(this DataFolder folder, CatalogEntry entry, IProgress<DownloadProgress>? progress, CancellationToken stop)
    {
        if (folder.Find(entry) is not null)
        {
            return;
        }

        if (entry.ByHand is not null)
        {
            throw new BadInput(Missing(folder, entry));
        }

        try
        {
            await Download.Fetch(entry, folder.Home(entry), progress, stop);
        }
        catch (BadInput e)
        {
            // A file that is there and wrong is why something had to be fetched at all.
            var wrong = folder.Faults(entry).Where(fault => !fault.EndsWith("is missing", StringComparison.Ordinal)).ToList();
            var here = wrong.Count == 0 ? "" : $"In '{folder.Home(entry)}' {string.Join(", ", wrong)}, and ";
            throw new BadInput($"{here}{e.Message}{ByHand(folder, entry)}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput(
                $"{entry.Title} cannot be written to '{folder.Home(entry)}' ({e.Message.TrimEnd('.')}): choose another data folder with --data or KD_DATA, or make room there.", e);
        }
    }

    internal static BadInput Unreadable(CatalogEntry entry) =>
        new($"The catalog gives {entry.Title} the format '{entry.Format}', which this program does not read: use idx, zip-codes, cifar-10, cifar-100, {string.Join(", ", ImageFolder.Formats)}.");

    internal static string Missing(DataFolder folder, CatalogEntry entry) =>
        $"{entry.Title} is not usable in '{folder.Home(entry)}' ({string.Join(", ", folder.Faults(entry))}){ByHand(folder, entry)}";

    private static string ByHand(DataFolder folder, CatalogEntry entry) => entry.ByHand is { } how ? $": {how}, so that '{System.IO.Path.Combine(folder.Home(entry), entry.Folders[0].Split('|')[0])}' exists." :
        $": with a network `./kd train --data-set {entry.Name}` fetches it; without one, put {string.Join(", ", entry.Downloads.Select(d => d.Name))}"
        + $" from {entry.Mirrors[0]} {(entry.Downloads.Any(d => d.IsArchive) ? $"unpacked into '{folder.Path}'" : $"into '{folder.Home(entry)}'")}"
        + (entry.DebianPackage is { } package ? $", or install Debian's {package}." : ".");

    internal static Split OnDevice(Split split, Device device) => split with
    {
        Images = Kept(split.Images, device),
        Labels = Kept(split.Labels, device),
        Coarse = split.Coarse is { } coarse ? Kept(coarse, device) : null,
    };

    private static Tensor Kept(Tensor onHost, Device device) => onHost.to(device).MoveToOuterDisposeScope();

    /// <summary>
    /// The tensors of a set that somebody else owns, reduced as the data set says, on the device that is computed on. Disposing the result frees nothing of the owner's.
    /// </summary>
    internal static LoadedDataset Lent(this LoadedDataset owned, Dataset dataset, Device device)
    {
        var train = dataset.Subset is null ? owned.Train.Alias() : Drawn(owned.Train, dataset);
        return new(dataset, owned.ClassNames, train.Sent(device), owned.Test.Alias().Sent(device)) { CoarseNames = owned.CoarseNames };
    }

    // Nothing is copied where the tensors lie there already.
    private static Split Sent(this Split split, Device device)
    {
        if (split.Labels.device is var here && here.type == device.type && (here.type == TorchSharp.DeviceType.CPU || here.index == device.index))
        {
            return split;
        }

        using (split)
        {
            return new(split.Images.to(device), split.Labels.to(device)) { Coarse = split.Coarse?.to(device) };
        }
    }

    private static Split Alias(this Split split) => new(split.Images.alias(), split.Labels.alias()) { Coarse = split.Coarse?.alias() };

    private static Split Drawn(Split train, Dataset dataset)
    {
        if (dataset.Subset is not { } subset)
        {
            return train;
        }

        // Places are no classes to keep in balance.
        var (spans, count) = (train.Labels.dim() > 1, train.Labels.shape[0]);
        using var labels = spans ? zeros(count, ScalarType.Int64) : train.Labels.cpu();
        using var chosen = tensor(subset.Choose(labels.data<long>().ToArray(), spans ? dataset with { Classes = 1 } : dataset));
        using var indices = chosen.to(train.Labels.device);
        return new(train.Images.index_select(0, indices), train.Labels.index_select(0, indices)) { Coarse = train.Coarse?.index_select(0, indices) };
    }

    /// <summary>The indices of the images that a subset keeps, ascending.</summary>
    /// <remarks>
    /// Each class is shuffled by sorting its images by a hash of the seed and their index: no generator of any library is involved, and the
    /// first n of a class stay chosen when n grows. What does not divide goes to the classes that a hash puts first.
    /// </remarks>
    internal static long[] Choose(this Subset subset, IReadOnlyList<long> labels, Dataset dataset)
    {
        var key = Key.Of(subset.Seed).Fold("subset");
        var (share, rest) = Math.DivRem(subset.Count, dataset.Classes);
        var oneMore = Enumerable.Range(0, dataset.Classes).OrderBy(c => key.Fold("rest").Fold(c).State).Take(rest).ToHashSet();
        var byClass = Enumerable.Range(0, labels.Count).ToLookup(i => labels[i]);
        var chosen = Enumerable.Range(0, dataset.Classes)
            .SelectMany(c => byClass[c].OrderBy(i => key.Fold(i).State).Take(share + (oneMore.Contains(c) ? 1 : 0)))
            .Order()
            .Select(i => (long)i)
            .ToArray();
        return chosen.Length == subset.Count
            ? chosen
            : throw new BadInput(
                $"{dataset.Name} has classes with fewer than {share + Math.Sign(rest)} training images, so a balanced subset of {subset.Count} cannot be taken: take fewer.");
    }
}

/// <summary>What a format's reader gives: tensors on the host.</summary>
internal sealed record Decoded(Split Train, Split Test, IReadOnlyList<string> ClassNames)
{
    public IReadOnlyList<string> CoarseNames { get; init; } = [];
}
