using System.Buffers.Binary;

namespace Distillation;

/// <summary>Where data sets lie on this machine.</summary>
/// <param name="Path">An absolute path; it need not exist yet.</param>
public sealed record DataFolder(string Path)
{
    /// <summary>
    /// The folder that an option names, or else the environment variable <c>KD_DATA</c>, or else <c>data/cache</c> of the repository that
    /// the current directory (or the program) lies in, or else <c>data/cache</c> below the current directory.
    /// </summary>
    /// <exception cref="BadInput">A file has that name, or no folder can have it.</exception>
    public static DataFolder Resolve(string? option) => new(Folders.Named("data", "--data",
        NonEmpty(option)
        ?? NonEmpty(Environment.GetEnvironmentVariable("KD_DATA"))
        ?? System.IO.Path.Combine(Repository() ?? Environment.CurrentDirectory, "data", "cache")));

    private static string? NonEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static string? Repository() => new[] { Environment.CurrentDirectory, AppContext.BaseDirectory }
        .SelectMany(start => Upwards(new DirectoryInfo(start)))
        .FirstOrDefault(folder => File.Exists(System.IO.Path.Combine(folder, "data", "catalog.json")));

    private static IEnumerable<string> Upwards(DirectoryInfo start)
    {
        for (DirectoryInfo? folder = start; folder is not null; folder = folder.Parent)
        {
            yield return folder.FullName;
        }
    }

    /// <summary>Where a download of the data set goes.</summary>
    internal string Home(CatalogEntry entry) => System.IO.Path.Combine(Path, entry.Folder);

    /// <summary>The first folder that holds the whole data set, or null.</summary>
    internal string? Find(CatalogEntry entry) =>
        entry.AlsoIn.Prepend(entry.Folder)
            .Select(folder => System.IO.Path.Combine(Path, folder))
            .FirstOrDefault(folder => Lacking(folder, entry).Count == 0);

    /// <summary>What keeps the data set from being used where downloads go: missing and incomplete files. Empty when all is there.</summary>
    internal IReadOnlyList<string> Faults(CatalogEntry entry) =>
        Lacking(Home(entry), entry);

    // A pack stands for the folder that it was made of.
    private static IReadOnlyList<string> Lacking(string home, CatalogEntry entry) => entry.Folders.Count > 0 && Directory.Exists(home) && Directory.EnumerateFiles(home, "*.parquet").Any() ? [] :
    [
        .. entry.Files.Select(file => Fault(home, file)).OfType<string>(),
        .. entry.Folders.Where(folder => folder.Split('|').All(name => !Directory.Exists(System.IO.Path.Combine(home, name)))).Select(folder => $"{folder.Split('|')[0]} is missing"),
    ];

    /// <summary>The file itself or its <c>.gz</c>, whichever exists; the file itself if neither does.</summary>
    internal static string Located(string folder, string name)
    {
        var plain = System.IO.Path.Combine(folder, name);
        return File.Exists(plain) || !File.Exists(plain + ".gz") ? plain : plain + ".gz";
    }

    /// <summary>What keeps a file in a folder from being used, or null.</summary>
    internal static string? Fault(string folder, CatalogFile file)
    {
        var path = Located(folder, file.Name);
        if (!File.Exists(path))
        {
            return $"{file.Name} is missing";
        }

        long length;
        try
        {
            length = UnpackedLength(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{System.IO.Path.GetFileName(path)} cannot be read ({e.Message.TrimEnd('.')})";
        }

        return (file.Bytes, path == System.IO.Path.Combine(folder, file.Name)) switch
        {
            (null, _) => null,
            var (bytes, _) when bytes == length => null,
            (_, true) => $"{file.Name} holds {length} of {file.Bytes} bytes",
            _ => $"{file.Name}.gz is truncated or damaged",
        };
    }

    // A gzip file ends with the length of its content, so that a cut one is found without unpacking it.
    private static long UnpackedLength(string path)
    {
        using var file = File.OpenRead(path);
        if (!path.EndsWith(".gz", StringComparison.Ordinal) || file.Length < 18)
        {
            return file.Length;
        }

        Span<byte> last = stackalloc byte[4];
        file.Seek(-4, SeekOrigin.End);
        file.ReadExactly(last);
        return BinaryPrimitives.ReadUInt32LittleEndian(last);
    }
}
