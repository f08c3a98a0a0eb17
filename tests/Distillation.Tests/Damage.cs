using System.Buffers.Binary;

namespace Distillation.Tests;

/// <summary>What happens to files: valid bytes, damaged.</summary>
internal static class Damage
{
    /// <summary>A copy with one to three damages: cut, changed, taken out, doubled or put in.</summary>
    public static byte[] To(byte[] bytes, Random random) => Enumerable.Range(0, random.Next(1, 4)).Aggregate(bytes, (damaged, _) => Once(damaged, random));

    private static byte[] Once(byte[] bytes, Random random)
    {
        if (bytes.Length == 0)
        {
            return bytes;
        }

        var (at, length) = (random.Next(bytes.Length), random.Next(1, 9));
        var end = Math.Min(bytes.Length, at + length);
        var copy = bytes.ToArray();
        switch (random.Next(8))
        {
            case 0:
                return bytes[..at];
            case 1:
                copy[at] ^= (byte)(1 << random.Next(8));
                return copy;
            case 2:
                copy[at] = (byte)random.Next(256);
                return copy;
            case 3:
                // A number that no file holds.
                var number = new byte[8];
                long[] absurd = [long.MaxValue, long.MinValue, -1, 1L << 40, int.MaxValue, uint.MaxValue, 0];
                BinaryPrimitives.WriteInt64LittleEndian(number, absurd[random.Next(absurd.Length)]);
                number.AsSpan(0, end - at).CopyTo(copy.AsSpan(at));
                return copy;
            case 4:
                return [.. bytes[..at], .. bytes[end..]];
            case 5:
                return [.. bytes[..end], .. bytes[at..]];
            case 6:
                var noise = new byte[length];
                random.NextBytes(noise);
                return [.. bytes[..at], .. noise, .. bytes[at..]];
            default:
                // A digit for another: in a text header, a size.
                var digits = Enumerable.Range(0, bytes.Length).Where(i => char.IsAsciiDigit((char)bytes[i])).ToList();
                copy[digits.Count == 0 ? at : digits[random.Next(digits.Count)]] = (byte)('0' + random.Next(10));
                return copy;
        }
    }
}
