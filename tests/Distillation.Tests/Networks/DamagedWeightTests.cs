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
            var damaged = format == "zip" && i % 2 == 0 ? Inside(bytes, random) : Damage.To(bytes, random);
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
            return (name, name == "data.pkl" ? Damage.To(copy.ToArray(), random) : copy.ToArray());
        })]);
    }
}
