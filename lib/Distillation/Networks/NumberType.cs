using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Distillation;

/// <summary>One number of a file as float32: exact for float16 and bfloat16, rounded for wider types.</summary>
internal delegate float ReadNumber(ReadOnlySpan<byte> bytes);

/// <summary>How a number lies in a file, little-endian.</summary>
/// <param name="Name">PyTorch's name of the type, such as <c>bfloat16</c>.</param>
/// <param name="Safetensors">Its name in a safetensors header, such as <c>BF16</c>.</param>
/// <param name="Storage">PyTorch's class for a run of such numbers, such as <c>BFloat16Storage</c>; null where it has none.</param>
/// <param name="Bytes">Of one number.</param>
/// <param name="Read">From its bytes to float32.</param>
internal sealed record NumberType(string Name, string Safetensors, string? Storage, int Bytes, ReadNumber Read)
{
    /// <summary>float32, which is copied rather than converted.</summary>
    public static NumberType Float32 { get; } = new("float32", "F32", "FloatStorage", 4, BinaryPrimitives.ReadSingleLittleEndian);

    /// <summary>Every type that is read.</summary>
    public static IReadOnlyList<NumberType> All { get; } =
    [
        Float32,
        new("float64", "F64", "DoubleStorage", 8, bytes => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
        new("float16", "F16", "HalfStorage", 2, bytes => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes)),
        // bfloat16 is the upper half of a float32.
        new("bfloat16", "BF16", "BFloat16Storage", 2, bytes => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16)),
        new("int64", "I64", "LongStorage", 8, bytes => BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        new("int32", "I32", "IntStorage", 4, bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        new("int16", "I16", "ShortStorage", 2, bytes => BinaryPrimitives.ReadInt16LittleEndian(bytes)),
        new("int8", "I8", "CharStorage", 1, bytes => (sbyte)bytes[0]),
        new("uint8", "U8", "ByteStorage", 1, bytes => bytes[0]),
        new("bool", "BOOL", "BoolStorage", 1, bytes => bytes[0] == 0 ? 0 : 1),
        new("uint64", "U64", null, 8, bytes => BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
        new("uint32", "U32", null, 4, bytes => BinaryPrimitives.ReadUInt32LittleEndian(bytes)),
        new("uint16", "U16", null, 2, bytes => BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
    ];

    /// <summary>The type of a safetensors header's name, or null.</summary>
    public static NumberType? OfSafetensors(string name) => All.FirstOrDefault(type => type.Safetensors == name);

    /// <summary>The type of a PyTorch storage class, or null.</summary>
    public static NumberType? OfStorage(string name) => All.FirstOrDefault(type => type.Storage == name);

    /// <summary>Numbers that lie one after another, each at a place counted in numbers from the start of <paramref name="bytes"/>.</summary>
    public void Gather(ReadOnlySpan<byte> bytes, IEnumerable<long> places, Span<float> values)
    {
        var next = 0;
        foreach (var place in places)
        {
            values[next++] = Read(bytes.Slice((int)(place * Bytes), Bytes));
        }
    }

    /// <summary>Numbers that lie one after another.</summary>
    public void Convert(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        if (this == Float32 && BitConverter.IsLittleEndian)
        {
            MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);
            return;
        }

        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Read(bytes.Slice(i * Bytes, Bytes));
        }
    }
}
