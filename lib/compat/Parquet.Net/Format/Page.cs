using System.IO.Compression;

namespace Parquet.Format;

/// <summary>How the values of a page are laid out; the numbers are the format's.</summary>
internal enum PageEncoding
{
    Plain = 0,
    PlainDictionary = 2,
    Rle = 3,
    BitPacked = 4,
    DeltaBinaryPacked = 5,
    DeltaLengthByteArray = 6,
    DeltaByteArray = 7,
    RleDictionary = 8,
    ByteStreamSplit = 9,
}

/// <summary>
/// The decoded values of one page: those that are there, in order, as the array that <see cref="Plain"/> gives, and which of the
/// <paramref name="Count"/> rows have one (null: all).
/// </summary>
internal sealed record Page(int Count, Array Values, bool[]? Present)
{
    private enum PageType { Data, Index, Dictionary, DataV2 }

    /// <summary>The data pages of a column chunk, decompressed and decoded one after the other.</summary>
    public static IEnumerable<Page> ReadAll(byte[] bytes, Chunk chunk, Leaf leaf)
    {
        Array? dictionary = null;
        var at = 0;
        for (long left = chunk.Values; left > 0;)
        {
            var header = Thrift.Read(bytes, ref at);
            var (type, raw, stored) = ((PageType)Need(header, 1), Need(header, 2), Need(header, 3));
            var body = new ArraySegment<byte>(bytes, at, stored);
            at += stored;
            if (type == PageType.Dictionary)
                dictionary = Plain.Decode(chunk.Type, Codecs.Decompress(chunk.Codec, body, raw), Need(Part(header, 7), 1));
            if (type is not (PageType.Data or PageType.DataV2))
                continue;
            var page = type == PageType.Data
                ? ReadV1(Part(header, 5), Codecs.Decompress(chunk.Codec, body, raw), chunk, leaf, dictionary, left)
                : ReadV2(Part(header, 8), body, raw, chunk, leaf, dictionary, left);
            left -= page.Count;
            yield return page;
        }
    }

    // Version 1: levels and values are compressed together; a level run says its own length.
    private static Page ReadV1(Struct header, ReadOnlySpan<byte> body, Chunk chunk, Leaf leaf, Array? dictionary, long left)
    {
        var count = CountOf(header, left);
        bool[]? present = null;
        if (leaf.Optional)
        {
            if ((PageEncoding)Need(header, 3) != PageEncoding.Rle)
                throw new ParquetException(
                    $"its null marks use the encoding {(PageEncoding)Need(header, 3)}, which cannot be read; write it with a newer program");
            var length = BitConverter.ToInt32(body);
            present = Levels(body.Slice(4, length), count);
            body = body[(4 + length)..];
        }
        return Decode((PageEncoding)Need(header, 2), body, count, present, chunk.Type, dictionary);
    }

    // Version 2: levels come first and are never compressed.
    private static Page ReadV2(Struct header, ArraySegment<byte> body, int raw, Chunk chunk, Leaf leaf, Array? dictionary, long left)
    {
        var count = CountOf(header, left);
        var (repetition, definition) = (Need(header, 6), Need(header, 5));
        var present = leaf.Optional ? Levels(body.Slice(repetition, definition), count) : null;
        var data = body[(repetition + definition)..];
        var packed = header.Bool(7) ?? true;
        var values = packed && data.Count > 0 ? Codecs.Decompress(chunk.Codec, data, raw - repetition - definition) : data;
        return Decode((PageEncoding)Need(header, 4), values, count, present, chunk.Type, dictionary);
    }

    private static Page Decode(PageEncoding encoding, ReadOnlySpan<byte> body, int count, bool[]? present, Physical type, Array? dictionary) =>
        new(count, Encodings.Decode(encoding, body, present is null ? count : present.Count(p => p), type, dictionary), present);

    // A flat column has one level: 1 where there is a value.
    private static bool[] Levels(ReadOnlySpan<byte> bytes, int count) => Array.ConvertAll(Encodings.Hybrid(bytes, 1, count), level => level == 1);

    private static int CountOf(Struct header, long left) =>
        Need(header, 1) is var count && count <= left ? count : throw new InvalidDataException("a page has more values than its column");

    private static Struct Part(Struct header, short id) => header.Child(id) ?? throw new InvalidDataException($"a page header lacks part {id}");

    private static int Need(Struct header, short id) =>
        header.Int(id) is { } n and >= 0 ? n : throw new InvalidDataException($"a page header lacks field {id}");

    /// <summary>A version 1 data page with plain values; its header comes first. Also says how long both would be without compression.</summary>
    public static (byte[] Bytes, int Uncompressed) Write(
        Array values, bool[]? present, int count, Leaf leaf, CompressionMethod codec, CompressionLevel level)
    {
        using var body = new MemoryStream();
        if (present is not null)
        {
            var levels = Encodings.WriteLevels(present);
            body.Write(BitConverter.GetBytes(levels.Length));
            body.Write(levels);
        }
        Plain.Encode(body, values, leaf);
        var raw = body.ToArray();
        var stored = Codecs.Compress(codec, raw, level);
        var header = Thrift.Write(new Struct
        {
            [1] = (int)PageType.Data, [2] = raw.Length, [3] = stored.Length,
            [5] = new Struct { [1] = count, [2] = (int)PageEncoding.Plain, [3] = (int)PageEncoding.Rle, [4] = (int)PageEncoding.Rle },
        });
        return ([.. header, .. stored], header.Length + raw.Length);
    }
}
