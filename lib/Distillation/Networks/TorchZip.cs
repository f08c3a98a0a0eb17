using System.IO.Compression;
using System.Text;

namespace Distillation;

/// <summary>
/// What <c>torch.save</c> writes since PyTorch 1.6: a zip archive without compression in one folder, with the pickled object in <c>data.pkl</c> and each storage in <c>data/KEY</c>.
/// </summary>
internal static class TorchZip
{
    private const int Chunk = 1 << 16;

    /// <summary>Reads everything but the values.</summary>
    public static WeightFile Open(Stream stream, string path)
    {
        var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        var entries = archive.Entries.ToLookup(entry => entry.FullName);
        var main = archive.Entries.Where(entry => entry.FullName.Split('/') is [_, "data.pkl"]).ToList();
        if (main is not [var pickle])
        {
            throw new BadInput($"{path} is a zip archive but not one that torch.save wrote (it has {main.Count} files data.pkl in a folder); save the network's state_dict() with torch.save.");
        }

        var folder = pickle.FullName[..^"data.pkl".Length];
        if (entries.Contains(folder + "constants.pkl"))
        {
            throw new BadInput($"{path} is a TorchScript program; save the network's state_dict() instead: torch.save(model.state_dict(), 'weights.pth').");
        }

        if (entries[folder + "byteorder"].FirstOrDefault() is { } order && Encoding.UTF8.GetString(Whole(order, stream.Length, 16)) is not "little")
        {
            throw new BadInput($"{path} was written on a machine with the other byte order; load it in PyTorch and save its state_dict() again.");
        }

        var storages = new Dictionary<string, Storage>();
        var input = new ByteReader(new MemoryStream(Whole(pickle, stream.Length, stream.Length)));
        var root = Pickle.Load(input, path, id =>
        {
            var storage = TorchLegacy.Named(id, storages, path);
            var entry = entries[$"{folder}data/{storage.Key}"].FirstOrDefault();
            return entry is not null && IsHere(entry, stream.Length) && entry.Length == checked(storage.Count * storage.Type.Bytes)
                ? storage
                : throw new BadInput($"{path}: the storage '{storage.Key}' claims {storage.Count} values of {storage.Type.Name}, but the archive holds {(entry is null ? "nothing" : $"{entry.Length} bytes")} for it; fetch the file again or make it again.");
        });
        var (wrapper, tensors) = StateDict.Of(root, path);
        return new WeightFile(path, "a PyTorch file", wrapper, tensors, stream, (storage, from, count) =>
            Part(entries[$"{folder}data/{storage.Key}"].First(), from * storage.Type.Bytes, count * storage.Type.Bytes));
    }

    // torch.save compresses nothing, so that what an entry claims to hold must be in the file: no archive unfolds into more than it is.
    private static bool IsHere(ZipArchiveEntry entry, long archive) => entry.Length == entry.CompressedLength && entry.Length <= archive;

    private static byte[] Whole(ZipArchiveEntry entry, long archive, long most) =>
        IsHere(entry, archive) && entry.Length <= Math.Min(most, Array.MaxLength) ? Part(entry, 0, (int)entry.Length) : throw new InvalidDataException();

    // Reads all of the entry, because its checksum is of all of it, and keeps a part.
    private static byte[] Part(ZipArchiveEntry entry, long from, int count)
    {
        using var content = entry.Open();
        var (kept, chunk, sum, at) = (new byte[count], new byte[Math.Min(Chunk, entry.Length)], Crc32.Start, 0L);
        while (at < entry.Length)
        {
            var read = content.ReadAtLeast(chunk, (int)Math.Min(chunk.Length, entry.Length - at));
            sum = Crc32.Next(sum, chunk.AsSpan(0, read));
            var (first, last) = (Math.Max(at, from), Math.Min(at + read, from + count));
            if (first < last)
            {
                chunk.AsSpan((int)(first - at), (int)(last - first)).CopyTo(kept.AsSpan((int)(first - from)));
            }

            at += read;
        }

        // PyTorch can be told to write no checksums; it writes 0 then.
        return at == entry.Length && (entry.Crc32 == 0 || entry.Crc32 == Crc32.End(sum)) ? kept : throw new InvalidDataException();
    }
}

/// <summary>The checksum of zip archives (CRC-32 with the reversed polynomial 0xEDB88320).</summary>
internal static class Crc32
{
    private static readonly System.Collections.Immutable.ImmutableArray<uint> table =
        [.. Enumerable.Range(0, 256).Select(i => Enumerable.Range(0, 8).Aggregate((uint)i, (c, _) => (c & 1) == 0 ? c >> 1 : 0xEDB88320 ^ (c >> 1)))];

    /// <summary>Before any byte.</summary>
    public const uint Start = uint.MaxValue;

    /// <summary>Some bytes later.</summary>
    public static uint Next(uint sum, ReadOnlySpan<byte> bytes)
    {
        var steps = table.AsSpan();
        foreach (var b in bytes)
        {
            sum = steps[(int)((sum ^ b) & 0xFF)] ^ (sum >> 8);
        }

        return sum;
    }

    /// <summary>What a file states.</summary>
    public static uint End(uint sum) => ~sum;
}
