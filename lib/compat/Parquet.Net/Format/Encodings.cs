namespace Parquet.Format;

/// <summary>The layouts other than plain, as apache/parquet-format's Encodings.md describes them.</summary>
internal static class Encodings
{
    /// <summary>The <paramref name="count"/> values of a page body; <paramref name="dictionary"/> is what the chunk's dictionary page held.</summary>
    public static Array Decode(PageEncoding encoding, ReadOnlySpan<byte> bytes, int count, Physical type, Array? dictionary) => (encoding, type) switch
    {
        _ when count == 0 => Plain.Decode(type, [], 0),
        (PageEncoding.Plain, _) => Plain.Decode(type, bytes, count),
        (PageEncoding.PlainDictionary or PageEncoding.RleDictionary, _) => PickAny(
            dictionary ?? throw new InvalidDataException("a page refers to a dictionary that is not there"), Hybrid(bytes[1..], bytes[0], count)),
        (PageEncoding.Rle, Physical.Boolean) => Array.ConvertAll(Hybrid(bytes.Slice(4, BitConverter.ToInt32(bytes)), 1, count), bit => bit == 1),
        (PageEncoding.DeltaBinaryPacked, Physical.Int32) => Array.ConvertAll(Deltas(bytes, count, out _), n => unchecked((int)n)),
        (PageEncoding.DeltaBinaryPacked, Physical.Int64) => Deltas(bytes, count, out _),
        (PageEncoding.DeltaLengthByteArray, Physical.ByteArray) => LengthsFirst(bytes, count),
        (PageEncoding.DeltaByteArray, Physical.ByteArray) => PrefixesFirst(bytes, count),
        (PageEncoding.ByteStreamSplit, Physical.Int32 or Physical.Float) => Plain.Decode(type, Unsplit(bytes, count, 4), count),
        (PageEncoding.ByteStreamSplit, Physical.Int64 or Physical.Double) => Plain.Decode(type, Unsplit(bytes, count, 8), count),
        _ => throw new ParquetException($"its encoding {encoding} of {type} values cannot be read; write it with plain or dictionary pages"),
    };

    /// <summary>Runs of one repeated value mixed with runs of bit-packed values, each <paramref name="width"/> bits wide.</summary>
    public static int[] Hybrid(ReadOnlySpan<byte> bytes, int width, int count)
    {
        if (width > 32)
            throw new InvalidDataException($"a value of {width} bits");
        var values = new int[count];
        if (width == 0)
            return values;
        for (int filled = 0, at = 0; filled < count;)
        {
            var head = Thrift.ReadVarint(bytes, ref at);
            var packed = (head & 1) == 1;
            var run = (int)Math.Min(packed ? (head >> 1) * 8 : head >> 1, (ulong)(count - filled));
            if (packed)
                for (var i = 0; i < run; i++)
                    values[filled + i] = (int)Bits(bytes[at..], (long)i * width, width);
            else
                values.AsSpan(filled, run).Fill((int)Bits(bytes[at..], 0, (width + 7) / 8 * 8));
            at = checked(at + (packed ? (int)(head >> 1) * width : (width + 7) / 8));
            filled += run;
        }
        return values;
    }

    /// <summary>Null marks as runs: 1 where there is a value. The bytes that <see cref="Hybrid"/> reads back with a width of one bit.</summary>
    public static byte[] WriteLevels(bool[] present)
    {
        using var output = new MemoryStream();
        for (int start = 0, end; start < present.Length; start = end)
        {
            for (end = start + 1; end < present.Length && present[end] == present[start];)
                end++;
            Thrift.WriteVarint(output, (ulong)(end - start) << 1);
            output.WriteByte(present[start] ? (byte)1 : (byte)0);
        }
        return output.ToArray();
    }

    private static ulong Bits(ReadOnlySpan<byte> bytes, long from, int width)
    {
        ulong value = 0;
        for (var got = 0; got < width;)
        {
            var bit = from + got;
            var take = Math.Min(8 - (int)(bit & 7), width - got);
            value |= (ulong)((bytes[checked((int)(bit >> 3))] >> (int)(bit & 7)) & ((1 << take) - 1)) << got;
            got += take;
        }
        return value;
    }

    private static Array PickAny(Array dictionary, int[] indices) => dictionary switch
    {
        bool[] items => Pick(items, indices),
        int[] items => Pick(items, indices),
        long[] items => Pick(items, indices),
        float[] items => Pick(items, indices),
        double[] items => Pick(items, indices),
        _ => Pick((byte[][])dictionary, indices),
    };

    private static T[] Pick<T>(T[] items, int[] indices) => Array.ConvertAll(indices, i => items[i]);

    // Blocks of differences: the smallest of the block, then mini-blocks of what each adds to it, each with its own width.
    private static long[] Deltas(ReadOnlySpan<byte> bytes, int count, out int at)
    {
        at = 0;
        var (block, minis) = (Small(bytes, ref at), Small(bytes, ref at));
        if (Small(bytes, ref at) != count || minis == 0 || block == 0 || block % minis != 0)
            throw new InvalidDataException("a page of differences contradicts itself");
        var values = new long[count];
        var value = Thrift.ZigZag(Thrift.ReadVarint(bytes, ref at));
        if (count > 0)
            values[0] = value;
        for (var filled = 1; filled < count;)
        {
            var least = Thrift.ZigZag(Thrift.ReadVarint(bytes, ref at));
            var widths = bytes.Slice(at, minis);
            at += minis;
            for (var mini = 0; mini < minis && filled < count; mini++)
            {
                var width = widths[mini] <= 64 ? widths[mini] : throw new InvalidDataException($"a difference of {widths[mini]} bits");
                var here = Math.Min(block / minis, count - filled);
                for (var i = 0; i < here; i++)
                    values[filled++] = value = unchecked(value + least + (long)Bits(bytes[at..], (long)i * width, width));
                at = checked(at + (int)((long)(block / minis) * width / 8));
            }
        }
        return values;
    }

    private static int Small(ReadOnlySpan<byte> bytes, ref int at) => checked((int)Thrift.ReadVarint(bytes, ref at));

    private static byte[][] LengthsFirst(ReadOnlySpan<byte> bytes, int count)
    {
        var lengths = Deltas(bytes, count, out var at);
        var items = new byte[count][];
        for (var i = 0; i < count; at += (int)lengths[i], i++)
            items[i] = bytes.Slice(at, checked((int)lengths[i])).ToArray();
        return items;
    }

    private static byte[][] PrefixesFirst(ReadOnlySpan<byte> bytes, int count)
    {
        var prefixes = Deltas(bytes, count, out var at);
        var items = LengthsFirst(bytes[at..], count);
        for (var i = 0; i < count; i++)
            if (prefixes[i] != 0)
                items[i] = [.. items[i - 1].AsSpan(0, checked((int)prefixes[i])), .. items[i]];
        return items;
    }

    // The first bytes of all values, then the second bytes of all values, and so on.
    private static byte[] Unsplit(ReadOnlySpan<byte> bytes, int count, int width)
    {
        var plain = new byte[checked(count * width)];
        for (var i = 0; i < plain.Length; i++)
            plain[i] = bytes[i % width * count + i / width];
        return plain;
    }
}
