using System.Buffers.Binary;
using System.Text;

namespace Parquet.Format;

/// <summary>
/// A Thrift structure as a value: field number to content. All metadata of a Parquet file is made of these, in Thrift's compact protocol.
/// Contents are bool, sbyte, short, int, long, double, byte[], object[] (a list) or another <see cref="Struct"/>; the C# type chooses the wire type.
/// </summary>
internal sealed class Struct
{
    private readonly SortedDictionary<short, object> fields = [];

    public object? this[short id]
    {
        get => fields.GetValueOrDefault(id);
        init
        {
            if (value is string text)
                fields[id] = Encoding.UTF8.GetBytes(text);
            else if (value is not null)
                fields[id] = value;
        }
    }

    public IEnumerable<KeyValuePair<short, object>> Fields => fields;

    public bool? Bool(short id) => (bool?)this[id];

    public long? Long(short id) => this[id] switch { long x => x, int x => x, short x => x, sbyte x => x, null => null, var x => throw Wrong(id, x) };

    public int? Int(short id) => checked((int?)Long(id));

    public string? Text(short id) => this[id] switch { byte[] bytes => Encoding.UTF8.GetString(bytes), null => null, var x => throw Wrong(id, x) };

    public Struct? Child(short id) => this[id] switch { Struct child => child, null => null, var x => throw Wrong(id, x) };

    public IEnumerable<T> List<T>(short id) => this[id] switch { object[] items => items.Cast<T>(), null => [], var x => throw Wrong(id, x) };

    internal void Set(short id, object value) => fields[id] = value;

    private static InvalidDataException Wrong(short id, object found) => new($"field {id} has the wrong type, {found.GetType().Name}");
}

/// <summary>Thrift's compact protocol, both ways.</summary>
internal static class Thrift
{
    // Deep enough for every Parquet structure; without a bound a damaged file could exhaust the stack.
    private const int MaxDepth = 32;

    private enum Wire : byte { Stop, True, False, Byte, I16, I32, I64, Double, Binary, List, Set, Map, Struct }

    /// <summary>Reads one structure that starts at <paramref name="at"/> and moves it behind the structure.</summary>
    public static Struct Read(ReadOnlySpan<byte> bytes, ref int at) => ReadStruct(bytes, ref at, MaxDepth);

    public static byte[] Write(Struct value)
    {
        using var output = new MemoryStream();
        WriteStruct(output, value);
        return output.ToArray();
    }

    private static Struct ReadStruct(ReadOnlySpan<byte> bytes, ref int at, int depth)
    {
        if (depth == 0)
            throw new InvalidDataException("structures are nested too deeply");
        var result = new Struct();
        short id = 0;
        while (true)
        {
            var head = bytes[at++];
            var wire = (Wire)(head & 15);
            if (wire == Wire.Stop)
                return result;
            id = head >> 4 == 0 ? checked((short)ReadZigZag(bytes, ref at)) : (short)(id + (head >> 4));
            result.Set(id, wire is Wire.True or Wire.False ? wire == Wire.True : ReadValue(bytes, ref at, wire, depth - 1));
        }
    }

    private static object ReadValue(ReadOnlySpan<byte> bytes, ref int at, Wire wire, int depth) => wire switch
    {
        Wire.True or Wire.False => bytes[at++] == 1,
        Wire.Byte => (sbyte)bytes[at++],
        Wire.I16 => checked((short)ReadZigZag(bytes, ref at)),
        Wire.I32 => checked((int)ReadZigZag(bytes, ref at)),
        Wire.I64 => ReadZigZag(bytes, ref at),
        Wire.Double => BinaryPrimitives.ReadDoubleLittleEndian(Take(bytes, ref at, 8)),
        Wire.Binary => Take(bytes, ref at, ReadLength(bytes, ref at)).ToArray(),
        Wire.List or Wire.Set => ReadList(bytes, ref at, depth),
        Wire.Map => ReadMap(bytes, ref at, depth),
        Wire.Struct => ReadStruct(bytes, ref at, depth),
        _ => throw new InvalidDataException($"no Thrift type has the number {(byte)wire}"),
    };

    private static object[] ReadList(ReadOnlySpan<byte> bytes, ref int at, int depth)
    {
        var head = bytes[at++];
        var count = head >> 4 == 15 ? ReadLength(bytes, ref at) : head >> 4;
        // Every element takes a byte or more, so a longer list is damage, found before memory is asked for.
        var items = new object[count <= bytes.Length - at ? count : throw new InvalidDataException("a list is longer than the file")];
        for (var i = 0; i < count; i++)
            items[i] = ReadValue(bytes, ref at, (Wire)(head & 15), depth);
        return items;
    }

    // No field that is used here is a map: one is read only to get past it.
    private static object[] ReadMap(ReadOnlySpan<byte> bytes, ref int at, int depth)
    {
        var count = ReadLength(bytes, ref at);
        var head = count == 0 ? (byte)0 : bytes[at++];
        for (var i = 0; i < count; i++)
        {
            ReadValue(bytes, ref at, (Wire)(head >> 4), depth);
            ReadValue(bytes, ref at, (Wire)(head & 15), depth);
        }
        return [];
    }

    private static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes, ref int at, int count)
    {
        var taken = bytes.Slice(at, count);
        at += count;
        return taken;
    }

    private static int ReadLength(ReadOnlySpan<byte> bytes, ref int at) => checked((int)ReadVarint(bytes, ref at));

    private static long ReadZigZag(ReadOnlySpan<byte> bytes, ref int at) => ZigZag(ReadVarint(bytes, ref at));

    public static long ZigZag(ulong n) => (long)(n >> 1) ^ -(long)(n & 1);

    public static ulong ReadVarint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong result = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = bytes[at++];
            result |= (ulong)(next & 127) << shift;
            if (next < 128)
                return result;
        }
        throw new InvalidDataException("a number has more than 64 bits");
    }

    public static void WriteVarint(Stream output, ulong n)
    {
        for (; n >= 128; n >>= 7)
            output.WriteByte((byte)(n | 128));
        output.WriteByte((byte)n);
    }

    private static void WriteStruct(Stream output, Struct value)
    {
        short last = 0;
        foreach (var (id, content) in value.Fields)
        {
            var wire = content is false ? Wire.False : WireOf(content);
            var step = id - last;
            output.WriteByte((byte)((step is > 0 and < 16 ? step << 4 : 0) | (byte)wire));
            if (step is <= 0 or >= 16)
                WriteZigZag(output, id);
            if (content is not bool)
                WriteValue(output, content);
            last = id;
        }
        output.WriteByte((byte)Wire.Stop);
    }

    private static void WriteValue(Stream output, object content)
    {
        switch (content)
        {
            case int x: WriteZigZag(output, x); break;
            case long x: WriteZigZag(output, x); break;
            case Struct x: WriteStruct(output, x); break;
            case byte[] x:
                WriteVarint(output, (ulong)x.Length);
                output.Write(x);
                break;
            case object[] items:
                var kind = items.Length == 0 ? Wire.Struct : WireOf(items[0]);
                output.WriteByte((byte)((items.Length < 15 ? items.Length << 4 : 15 << 4) | (byte)kind));
                if (items.Length >= 15)
                    WriteVarint(output, (ulong)items.Length);
                foreach (var item in items)
                    WriteValue(output, item);
                break;
            default: throw new InvalidOperationException($"no Parquet field that is written here is a {content.GetType().Name}");
        }
    }

    private static void WriteZigZag(Stream output, long n) => WriteVarint(output, (ulong)((n << 1) ^ (n >> 63)));

    private static Wire WireOf(object content) => content switch
    {
        bool => Wire.True,
        int => Wire.I32,
        long => Wire.I64,
        byte[] => Wire.Binary,
        object[] => Wire.List,
        _ => Wire.Struct,
    };
}
