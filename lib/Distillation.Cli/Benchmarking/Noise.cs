using System.Buffers.Binary;
using static TorchSharp.torch;

namespace Distillation.Cli.Benchmarking;

/// <summary>
/// Images that mean nothing, the same on both sides of a comparison: how fast a network learns a batch does not depend on what its pixels show, and nothing must be downloaded.
/// </summary>
internal static class Noise
{
    /// <summary>Bytes of splitmix64 (Steele, Lea, Flood 2014) over seed + 1, seed + 2, …, eight at a time, low byte first; peer.py makes the same.</summary>
    public static byte[] Bytes(long count, long seed)
    {
        var bytes = new byte[(count + 7) / 8 * 8];
        for (var word = 0; word < bytes.Length / 8; word++)
        {
            var z = unchecked((ulong)(seed + word + 1) * 0x9E3779B97F4A7C15UL);
            z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
            z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8 * word), z ^ (z >> 31));
        }

        return bytes.Length == count ? bytes : bytes[..(int)count];
    }

    /// <summary>A data set of that kind, as many training images as the real one has, pixel after pixel as PIL keeps them; the test split is the first hundred at most.</summary>
    /// <param name="dataset">Shapes, classes and normalisation.</param>
    /// <param name="device">Where it lies.</param>
    public static LoadedDataset Like(Dataset dataset, Device device)
    {
        using var scope = NewDisposeScope();
        var (count, pixels) = (dataset.TrainCount, dataset.Height * dataset.Width * dataset.Channels);
        var images = tensor(Bytes(count * pixels, 0), [count, dataset.Height, dataset.Width, dataset.Channels]).permute(0, 3, 1, 2).contiguous().to(device);
        var labels = tensor(Array.ConvertAll(Bytes(count, 1), value => (long)(value % dataset.Classes)), [count]).to(device);
        return new(dataset, [], new(images.DetachFromDisposeScope(), labels.DetachFromDisposeScope()),
            new(images.narrow(0, 0, Math.Min(100, count)).DetachFromDisposeScope(), labels.narrow(0, 0, Math.Min(100, count)).DetachFromDisposeScope()));
    }
}
