using System.Buffers.Binary;

namespace Parquet.Format;

/// <summary>
/// The Snappy block format (google/snappy, format_description.txt): the length of the plain bytes, then literals and copies of what was already written.
/// A small codec of our own, so that files can be exchanged whatever is installed.
/// </summary>
internal static class Snappy
{
    private const int BlockSize = 1 << 16;
    private const int TableBits = 14;

    public static byte[] Compress(ReadOnlySpan<byte> plain)
    {
        using var output = new MemoryStream(plain.Length / 2 + 16);
        Thrift.WriteVarint(output, (ulong)plain.Length);
        var table = new ushort[1 << TableBits];
        for (; plain.Length > 0; plain = plain[Math.Min(BlockSize, plain.Length)..])
        {
            Array.Clear(table);
            CompressBlock(output, plain[..Math.Min(BlockSize, plain.Length)], table);
        }
        return output.ToArray();
    }

    // Greedy: the table remembers where each four bytes were last seen; the longer nothing is found, the larger the steps.
    private static void CompressBlock(Stream output, ReadOnlySpan<byte> block, ushort[] table)
    {
        int at = 0, pending = 0;
        while (at + 4 <= block.Length)
        {
            var four = BinaryPrimitives.ReadUInt32LittleEndian(block[at..]);
            ref var slot = ref table[(four * 0x1E35A7BD) >> (32 - TableBits)];
            int seen = slot;
            slot = (ushort)at;
            if (seen >= at || BinaryPrimitives.ReadUInt32LittleEndian(block[seen..]) != four)
            {
                at += 1 + ((at - pending) >> 5);
                continue;
            }
            var length = 4 + block[(at + 4)..].CommonPrefixLength(block[(seen + 4)..]);
            WriteLiteral(output, block[pending..at]);
            WriteCopy(output, at - seen, length);
            pending = at += length;
        }
        WriteLiteral(output, block[pending..]);
    }

    private static void WriteLiteral(Stream output, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        var n = bytes.Length - 1;
        output.WriteByte((byte)(n < 60 ? n << 2 : n < 256 ? 60 << 2 : 61 << 2));
        if (n >= 60)
            output.WriteByte((byte)n);
        if (n >= 256)
            output.WriteByte((byte)(n >> 8));
        output.Write(bytes);
    }

    private static void WriteCopy(Stream output, int offset, int length)
    {
        while (length > 0)
        {
            // A copy holds at most 64 bytes, and the short form at least 4: leave enough for the last one.
            var part = length > 64 ? Math.Min(64, length - 4) : length;
            var near = part is >= 4 and < 12 && offset < 2048;
            output.WriteByte((byte)(near ? 1 | part - 4 << 2 | offset >> 8 << 5 : 2 | part - 1 << 2));
            output.WriteByte((byte)offset);
            if (!near)
                output.WriteByte((byte)(offset >> 8));
            length -= part;
        }
    }

    public static byte[] Decompress(ReadOnlySpan<byte> packed, int length)
    {
        var from = 0;
        if (Thrift.ReadVarint(packed, ref from) != (ulong)length)
            throw new InvalidDataException("Snappy data has another length than its page says");
        var plain = new byte[length];
        var to = 0;
        while (from < packed.Length)
        {
            var tag = packed[from++];
            if ((tag & 3) == 0)
            {
                var extra = Math.Max(0, (tag >> 2) - 59);
                var count = checked((extra == 0 ? tag >> 2 : (int)LittleEndian(packed, ref from, extra)) + 1);
                packed.Slice(from, count).CopyTo(plain.AsSpan(to));
                from += count;
                to += count;
            }
            else
            {
                var (count, offset) = (tag & 3) switch
                {
                    1 => (4 + (tag >> 2 & 7), (tag >> 5 << 8) | packed[from++]),
                    2 => ((tag >> 2) + 1, (int)LittleEndian(packed, ref from, 2)),
                    _ => ((tag >> 2) + 1, checked((int)LittleEndian(packed, ref from, 4))),
                };
                if (offset == 0)
                    throw new InvalidDataException("a Snappy copy refers to itself");
                // Byte by byte, because a copy may overlap what it writes.
                for (var end = to + count; to < end; to++)
                    plain[to] = plain[to - offset];
            }
        }
        return to == length ? plain : throw new InvalidDataException("Snappy data ends early");
    }

    private static uint LittleEndian(ReadOnlySpan<byte> bytes, ref int at, int count)
    {
        uint value = 0;
        for (var i = 0; i < count; i++)
            value |= (uint)bytes[at++] << (8 * i);
        return value;
    }
}
