using System.Text;

namespace Parquet.Format;

/// <summary>Where the values of one column in one row group lie in the file, and how they are compressed.</summary>
internal sealed record Chunk(string Name, Physical Type, CompressionMethod Codec, long Values, long Offset, long Length, long Uncompressed)
{
    public Struct ToThrift() => new()
    {
        [2] = Offset,
        [3] = new Struct
        {
            [1] = (int)Type, [2] = new object[] { (int)PageEncoding.Plain, (int)PageEncoding.Rle }, [3] = new object[] { Encoding.UTF8.GetBytes(Name) },
            [4] = (int)Codec, [5] = Values, [6] = Uncompressed, [7] = Length, [9] = Offset,
        },
    };

    /// <summary>Null for a column below the root.</summary>
    public static Chunk? FromThrift(Struct chunk)
    {
        var meta = chunk.Child(3) ?? throw new InvalidDataException("a column has no description (it may be encrypted)");
        var path = meta.List<byte[]>(3).ToArray();
        var (data, dictionary) = (Need(meta, 9), meta.Long(11) ?? 0);
        return path.Length != 1 ? null : new Chunk(
            Encoding.UTF8.GetString(path[0]), (Physical)Need(meta, 1), (CompressionMethod)Need(meta, 4), Need(meta, 5),
            dictionary > 0 ? Math.Min(data, dictionary) : data, Need(meta, 7), Need(meta, 6));
    }

    private static long Need(Struct meta, short id) => meta.Long(id) ?? throw new InvalidDataException($"a column's description lacks field {id}");
}

/// <summary>A run of rows stored together, column by column.</summary>
internal sealed record RowGroup(long Rows, IReadOnlyList<Chunk> Chunks)
{
    public Struct ToThrift() => new() { [1] = Chunks.Select(object (c) => c.ToThrift()).ToArray(), [2] = Chunks.Sum(c => c.Uncompressed), [3] = Rows };

    public static RowGroup FromThrift(Struct group) =>
        new(group.Long(3) ?? throw new InvalidDataException("a row group does not say how many rows it has"),
            [.. group.List<Struct>(1).Select(Chunk.FromThrift).OfType<Chunk>()]);
}

/// <summary>What the end of a file says about the rest of it.</summary>
internal sealed record Footer(IReadOnlyList<Leaf> Columns, IReadOnlyList<RowGroup> RowGroups, IReadOnlyDictionary<string, string> Metadata)
{
    private const string CreatedBy = "Parquet.Net stand-in version 6.1.0";

    public static ReadOnlySpan<byte> Magic => "PAR1"u8;

    public Struct ToThrift() => new()
    {
        [1] = 1,
        [2] = Columns.Select(object (c) => c.ToThrift()).Prepend(new Struct { [4] = "root", [5] = Columns.Count }).ToArray(),
        [3] = RowGroups.Sum(g => g.Rows),
        [4] = RowGroups.Select(object (g) => g.ToThrift()).ToArray(),
        [5] = Metadata.Count == 0 ? null : Metadata.Select(object (m) => new Struct { [1] = m.Key, [2] = m.Value }).ToArray(),
        [6] = CreatedBy,
    };

    public static Footer FromThrift(Struct file) => new(
        Leaf.FromThrift([.. file.List<Struct>(2)]),
        [.. file.List<Struct>(4).Select(RowGroup.FromThrift)],
        file.List<Struct>(5).GroupBy(m => m.Text(1) ?? "").ToDictionary(m => m.Key, m => m.Last().Text(2) ?? ""));

    /// <summary>Reads the end of a file. Lengths are checked before anything is read or allocated.</summary>
    public static async Task<Footer> ReadAsync(Stream source, CancellationToken cancel)
    {
        if (source.Length < 12)
            throw new ParquetException(source.Length == 0 ? "it is empty" : "it is too short to be a Parquet file");
        var tail = await ReadAtAsync(source, source.Length - 8, 8, cancel);
        var head = await ReadAtAsync(source, 0, 4, cancel);
        if (!head.AsSpan().SequenceEqual(Magic))
            throw new ParquetException(head.AsSpan().SequenceEqual("PARE"u8)
                ? "it is encrypted, which cannot be read"
                : "it is no Parquet file: the first four bytes are not PAR1");
        if (!tail.AsSpan(4).SequenceEqual(Magic))
            throw new ParquetException("it is cut off: the last four bytes are not PAR1; copy or write it again");
        var length = BitConverter.ToInt32(tail);
        if (length <= 0 || length > source.Length - 12)
            throw new ParquetException("it is damaged: the description at its end is longer than the file; copy or write it again");
        var bytes = await ReadAtAsync(source, source.Length - 8 - length, length, cancel);
        var at = 0;
        return FromThrift(Thrift.Read(bytes, ref at));
    }

    public static async Task<byte[]> ReadAtAsync(Stream source, long offset, long length, CancellationToken cancel)
    {
        if (offset < 0 || length < 0 || offset > source.Length - length)
            throw new InvalidDataException("a column lies outside the file");
        var bytes = new byte[length];
        source.Position = offset;
        await source.ReadExactlyAsync(bytes, cancel);
        return bytes;
    }
}
