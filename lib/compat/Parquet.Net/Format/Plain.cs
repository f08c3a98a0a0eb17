using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Parquet.Format;

/// <summary>
/// The plain layout: little-endian numbers, bits from the low end, bytes behind their length. Decoded arrays are bool[], int[], long[], float[], double[]
/// or byte[][]; INT96 becomes a long[] of .NET ticks.
/// </summary>
internal static class Plain
{
    // The Julian day on which .NET's calendar starts, 0001-01-01.
    private const int JulianDayOfTickZero = 1_721_426;

    public static Array Decode(Physical type, ReadOnlySpan<byte> bytes, int count) => type switch
    {
        Physical.Boolean => Bits(bytes, count),
        Physical.Int32 => Numbers<int>(bytes, count),
        Physical.Int64 => Numbers<long>(bytes, count),
        Physical.Float => Numbers<float>(bytes, count),
        Physical.Double => Numbers<double>(bytes, count),
        Physical.Int96 => Ticks(bytes, count),
        Physical.ByteArray => ByteArrays(bytes, count),
        _ => throw new InvalidDataException($"values of the type {type} cannot be read"),
    };

    public static void Encode(Stream output, Array values, Leaf leaf)
    {
        switch (values)
        {
            case bool[] bits: output.Write(Pack(bits)); break;
            case int[] numbers: output.Write(MemoryMarshal.AsBytes<int>(numbers)); break;
            case long[] numbers: output.Write(MemoryMarshal.AsBytes<long>(numbers)); break;
            case float[] numbers: output.Write(MemoryMarshal.AsBytes<float>(numbers)); break;
            case double[] numbers: output.Write(MemoryMarshal.AsBytes<double>(numbers)); break;
            case DateTime[] moments when leaf.Kind == Kind.Int96: WriteInt96(output, moments); break;
            case DateTime[] moments:
                var unit = leaf.Kind == Kind.Millis ? TimeSpan.TicksPerMillisecond : TimeSpan.TicksPerMicrosecond;
                output.Write(MemoryMarshal.AsBytes<long>(Array.ConvertAll(moments, m => Math.DivRem(Utc(m).Ticks - DateTime.UnixEpoch.Ticks, unit) switch
                {
                    // Rounded down on both sides of 1970, so that order is kept.
                    (var whole, < 0) => whole - 1,
                    var (whole, _) => whole,
                })));
                break;
            case string[] texts: WriteByteArrays(output, texts.Select(Encoding.UTF8.GetBytes)); break;
            case byte[][] items: WriteByteArrays(output, items); break;
            default: throw new InvalidOperationException($"no column that is written here holds {values.GetType().GetElementType()}");
        }
    }

    private static T[] Numbers<T>(ReadOnlySpan<byte> bytes, int count)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes[..checked(count * Marshal.SizeOf<T>())]).ToArray();

    private static bool[] Bits(ReadOnlySpan<byte> bytes, int count)
    {
        var bits = new bool[count];
        for (var i = 0; i < count; i++)
            bits[i] = (bytes[i >> 3] >> (i & 7) & 1) == 1;
        return bits;
    }

    private static byte[] Pack(bool[] bits)
    {
        var bytes = new byte[(bits.Length + 7) / 8];
        for (var i = 0; i < bits.Length; i++)
            bytes[i >> 3] |= (byte)((bits[i] ? 1 : 0) << (i & 7));
        return bytes;
    }

    private static byte[][] ByteArrays(ReadOnlySpan<byte> bytes, int count)
    {
        var items = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            items[i] = bytes.Slice(4, length).ToArray();
            bytes = bytes[(4 + length)..];
        }
        return items;
    }

    // INT96: nanoseconds within the day (8 bytes), then the Julian day (4 bytes).
    private static long[] Ticks(ReadOnlySpan<byte> bytes, int count)
    {
        var ticks = new long[count];
        for (var i = 0; i < count; i++, bytes = bytes[12..])
        {
            var (nanoseconds, day) = (BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[8..12]));
            ticks[i] = checked((day - JulianDayOfTickZero) * TimeSpan.TicksPerDay + nanoseconds / 100);
        }
        return ticks;
    }

    private static void WriteInt96(Stream output, DateTime[] moments)
    {
        Span<byte> cell = stackalloc byte[12];
        foreach (var moment in moments)
        {
            var (days, ticks) = Math.DivRem(Utc(moment).Ticks, TimeSpan.TicksPerDay);
            BinaryPrimitives.WriteInt64LittleEndian(cell, ticks * 100);
            BinaryPrimitives.WriteInt32LittleEndian(cell[8..], (int)days + JulianDayOfTickZero);
            output.Write(cell);
        }
    }

    private static DateTime Utc(DateTime moment) => moment.Kind == DateTimeKind.Local ? moment.ToUniversalTime() : moment;

    private static void WriteByteArrays(Stream output, IEnumerable<byte[]> items)
    {
        Span<byte> length = stackalloc byte[4];
        foreach (var item in items)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, item.Length);
            output.Write(length);
            output.Write(item);
        }
    }
}
