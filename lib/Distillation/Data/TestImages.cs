using static TorchSharp.torch;

namespace Distillation;

/// <summary>The test images alone, for judging weights where the training images are not needed and perhaps not here.</summary>
public static class TestImages
{
    /// <summary>Whether the data folder has them.</summary>
    public static bool HasTest(this DataFolder folder, Dataset dataset) => folder.Find(Tested(folder.EntryOf(dataset, DataCatalog.BuiltIn))) is not null;

    /// <summary>Reads the test images of a data set onto a device, with the checks of <see cref="DataLoading.Load(DataFolder, Dataset, Device)"/>.</summary>
    /// <returns>Tensors that the caller disposes.</returns>
    /// <exception cref="BadInput">They are not there, or a file is damaged. The message says which and what to do.</exception>
    public static Split LoadTest(this DataFolder folder, Dataset dataset, Device device) => folder.LoadTest(dataset, device, DataCatalog.BuiltIn);

    internal static Split LoadTest(this DataFolder folder, Dataset dataset, Device device, DataCatalog catalog)
    {
        var entry = folder.EntryOf(dataset, catalog);
        var home = folder.Find(Tested(entry)) ?? throw new BadInput(DataLoading.Missing(folder, entry));
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        return DataLoading.OnDevice(
            entry.Format switch
            {
                "idx" => Idx.Test(home, dataset.AsStored).Resized(dataset),
                "zip-codes" => ZipCodes.Test(home, dataset.AsStored).Resized(dataset),
                "cifar-10" => Cifar.Test10(home, dataset.AsStored).Resized(dataset),
                "cifar-100" => Cifar.Test100(home, dataset.AsStored).Resized(dataset),
                _ when ImageFolder.Formats.Contains(entry.Format) => ImageFolder.Test(home, entry, dataset, device),
                _ => throw DataLoading.Unreadable(entry),
            },
            device);
    }

    // What is left of a data set without its training files.
    private static CatalogEntry Tested(CatalogEntry entry) => entry with { Files = [.. entry.Files.Where(file => !IsTraining(file.Name))] };

    private static bool IsTraining(string name) => name.StartsWith("train", StringComparison.Ordinal) || name.StartsWith("data_batch", StringComparison.Ordinal) || name == "zip.train";
}
