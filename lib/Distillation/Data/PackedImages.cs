using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Parquet;
using Parquet.Serialization;

namespace Distillation;

/// <summary>An image as a row of a pack.</summary>
internal sealed record PackedImage
{
    /// <summary>Its path below the folder.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether it is for training.</summary>
    public bool Train { get; init; }

    /// <summary>0 … classes - 1.</summary>
    public int Label { get; init; }

    /// <summary>The file as it is, PNG or JPEG; of a sound the bytes of its spectrogram, low frequencies first.</summary>
    public byte[] Content { get; init; } = [];
}

/// <summary>
/// A folder of small files as one Parquet file beside it, so that a hundred thousand of them are opened once: a row per image with its encoded bytes, readable by any Parquet reader. Sounds are
/// packed as what is computed of them.
/// </summary>
internal static class PackedImages
{
    /// <summary>How many rows are read and written at a time.</summary>
    public const int Rows = 1000;
    private const string ClassNames = "classes", Counts = "images", Origin = "files";

    /// <summary>What a pack says about itself.</summary>
    public sealed record Label(IReadOnlyList<string> ClassNames, long Train, long Test, string Origin);

    /// <summary>Reads every file of a listing once and writes the pack, whole or not at all.</summary>
    /// <param name="path">The pack.</param>
    /// <param name="root">The folder.</param>
    /// <param name="listing">What it holds.</param>
    /// <param name="origin">What is compared to see whether the pack is still that of the folder.</param>
    /// <param name="contents">From a few names to what is packed of each.</param>
    /// <exception cref="BadInput">A file cannot be read, or the pack cannot be written.</exception>
    public static void Write(string path, string root, Listing listing, string origin, Func<IReadOnlyList<string>, IReadOnlyList<byte[]>> contents)
    {
        var rows = listing.Train.Select(file => (File: file, Train: true)).Concat(listing.Test.Select(file => (File: file, Train: false)))
            .Chunk(Rows).SelectMany(chunk => chunk.Zip(contents([.. chunk.Select(one => one.File.Name)]), (one, content) =>
                new PackedImage { Name = one.File.Name, Train = one.Train, Label = one.File.Label, Content = content }));
        var beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            var options = new ParquetOptions { CompressionMethod = CompressionMethod.None, RowGroupSize = Rows };
            ParquetSerializer.SerializeAsync(rows, beside, options, new Dictionary<string, string>
            {
                [ClassNames] = JsonSerializer.Serialize(listing.ClassNames),
                [Counts] = JsonSerializer.Serialize(new[] { listing.Train.Count, listing.Test.Count }),
                [Origin] = origin,
            }).GetAwaiter().GetResult();
            File.Move(beside, path, overwrite: true);
        }
        catch (AggregateException e) when (e.InnerException is BadInput fault)
        {
            throw fault;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"The images of '{root}' cannot be packed into '{path}' ({e.Message.TrimEnd('.')}): make room there, or make the folder writable.", e);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    /// <summary>Files as they are.</summary>
    /// <exception cref="BadInput">One cannot be read.</exception>
    public static IReadOnlyList<byte[]> Files(string root, IReadOnlyList<string> names) =>
        [.. names.AsParallel().AsOrdered().Select(name => FileContent.Read(Path.Combine(root, name), int.MaxValue - 64))];

    /// <summary>What files there are, how long each is and when it was written, in a few characters: another digest means that the pack is of other files.</summary>
    public static string Digest(string root, Listing listing) => Digest(root, listing, info => $"{info.Length} {info.LastWriteTimeUtc.Ticks}");

    /// <summary>What files of which class there are and how long each is, in a few characters: the same wherever the folder is copied to.</summary>
    public static string Content(string root, Listing listing) => Digest(root, listing, info => $"{info.Length}");

    private static string Digest(string root, Listing listing, Func<FileInfo, string> describe)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (file, part) in listing.Train.Select(file => (file, "train")).Concat(listing.Test.Select(file => (file, "test"))))
        {
            var found = new FileInfo(Path.Combine(root, file.Name)) is { Exists: true } info ? describe(info) : "missing";
            hash.AppendData(Encoding.UTF8.GetBytes($"{part} {file.Name} {file.Label} {found}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }

    /// <summary>What a pack says about itself; null where there is none.</summary>
    /// <exception cref="BadInput">It is damaged.</exception>
    public static Label? About(string path) => !File.Exists(path) ? null : Guarded(path, () =>
    {
        var found = ParquetSerializer.DeserializeAsync<Nameless>(path, rowGroupIndex: 0).GetAwaiter().GetResult().CustomMetadata;
        return JsonSerializer.Deserialize<long[]>(found[Counts]) is [var train, var test] && JsonSerializer.Deserialize<string[]>(found[ClassNames]) is { Length: > 0 } names && !names.Contains(null!) && found[Origin] is { } origin
            ? new Label(names, train, test, origin)
            : throw new InvalidDataException("it does not say what it holds");
    });

    /// <summary>The rows of a pack in their order, a few at a time.</summary>
    /// <param name="path">The pack.</param>
    /// <param name="about">What it says about itself.</param>
    /// <exception cref="BadInput">It is damaged.</exception>
    public static IEnumerable<IList<PackedImage>> Read(string path, Label about)
    {
        var (all, read) = (about.Train + about.Test, 0L);
        for (var group = 0; read < all; group++)
        {
            var (current, rows) = (group, (IList<PackedImage>)[]);
            rows = Guarded(path, () => ParquetSerializer.DeserializeAsync<PackedImage>(path, rowGroupIndex: current).GetAwaiter().GetResult().Data is var found && found.All(IsWhole)
                ? found
                : throw new InvalidDataException("an image has no name or no bytes"));
            read += rows.Count;
            yield return rows.Count > 0 && read <= all ? rows : throw Damaged(path, new InvalidDataException("it holds another number of images than it says"));
        }
    }

    // A column may hold nulls whatever the property says; Parquet.Net reads those of a required column as empty.
    private static bool IsWhole(PackedImage row) => row is { Name.Length: > 0, Content.Length: > 0 };

    // A damaged file may provoke anything in whoever decodes it; only what has nothing to do with the file is let through.
    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException or BadInput))
        {
            throw Damaged(path, e);
        }
    }

    private static BadInput Damaged(string path, Exception e) =>
        new($"The packed images '{path}' cannot be used ({Why(e)}): delete the file, and the folder is read again.", e);

    private static string Why(Exception e) => e switch
    {
        ParquetException or InvalidDataException or IOException or UnauthorizedAccessException => e.Message.ReplaceLineEndings(" ").TrimEnd('.'),
        JsonException or KeyNotFoundException => "it does not say what it holds",
        _ => "it is damaged",
    };

    // Of the first rows only a flag is read: what the file says about itself comes with it.
    private sealed record Nameless
    {
        public bool Train { get; init; }
    }
}
