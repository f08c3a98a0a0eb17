using System.Buffers.Binary;
using System.IO.Compression;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>A thousand valid files of each format, damaged: each is read or refused with a sentence, and none makes the reader allocate much.</summary>
public sealed class DamagedWeightTests
{
    private const int Count = 1000;
    private const long MostBytes = 1 << 20;

    [Theory]
    [InlineData("zip", "zip-*.pth")]
    [InlineData("legacy", "legacy-*.pth")]
    [InlineData("safetensors", "*.safetensors")]
    public void A_damaged_file_is_read_or_refused_with_one_sentence(string format, string pattern)
    {
        var whole = Directory.GetFiles(Checkpoints.PathOf(""), pattern).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToList();
        var random = new Random(20_250_809);
        var (read, refused) = (0, new List<string>(Count));
        foreach (var i in Enumerable.Range(0, Count))
        {
            var bytes = whole[i % whole.Count];
            // Every other archive is damaged inside and closed again, so that no checksum finds it.
            var damaged = format == "zip" && i % 2 == 0 ? Inside(bytes, random) : Damaged(bytes, random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = WeightFile.Open(new MemoryStream(damaged), "f");
                Checkpoints.Network.Import(file, CPU).Weights.Dispose();
                read++;
            }
            catch (BadInput e)
            {
                refused.Add(e.Message);
            }
            catch (Exception e)
            {
                Assert.Fail($"{format} {i}: {e}");
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
        }

        Assert.All(refused, message => Assert.Matches(@"^f[ :].*[a-z0-9)']\.$", message.ReplaceLineEndings(" ")));
        // Both happen: a reader that refuses everything, or nothing, would show nothing here.
        Assert.Equal(Count, read + refused.Count);
        Assert.InRange(read, Count / 50, Count / 2);
        Assert.InRange(refused.Distinct().Count(), 10, Count);
    }

    private static byte[] Inside(byte[] archive, Random random)
    {
        using var zip = new ZipArchive(new MemoryStream(archive));
        return Forged.Zip([.. zip.Entries.Select(entry =>
        {
            using var content = entry.Open();
            using var copy = new MemoryStream();
            content.CopyTo(copy);
            var name = entry.FullName[(entry.FullName.IndexOf('/') + 1)..];
            return (name, name == "data.pkl" ? Damaged(copy.ToArray(), random) : copy.ToArray());
        })]);
    }

    private static byte[] Damaged(byte[] bytes, Random random) => Enumerable.Range(0, random.Next(1, 4)).Aggregate(bytes, (damaged, _) => Once(damaged, random));

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
