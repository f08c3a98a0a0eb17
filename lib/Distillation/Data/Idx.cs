using System.Buffers.Binary;
using System.IO.Compression;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// The idx format of MNIST and its relatives: a big-endian magic number 0x000008DD (bytes, DD dimensions), the dimensions, the bytes.
/// </summary>
internal static class Idx
{
    /// <summary>Reads the four files of an MNIST-like data set, each as it is or as <c>.gz</c>.</summary>
    public static Decoded Read(string folder, Dataset dataset, IReadOnlyList<string> classNames) => new(
        ReadSplit(folder, "train", dataset, dataset.TrainCount), Test(folder, dataset), classNames);

    /// <summary>Reads the two files of the test images.</summary>
    public static Split Test(string folder, Dataset dataset) => ReadSplit(folder, "t10k", dataset, dataset.TestCount);

    private static Split ReadSplit(string folder, string part, Dataset dataset, long count)
    {
        var images = Bytes(DataFolder.Located(folder, $"{part}-images-idx3-ubyte"), [count, dataset.Height, dataset.Width]);
        var labelFile = DataFolder.Located(folder, $"{part}-labels-idx1-ubyte");
        var labels = Bytes(labelFile, [count]);
        LabelBytes.Check(labels, dataset.Classes, labelFile);
        return new(tensor(images, [count, dataset.Channels, dataset.Height, dataset.Width]), LabelBytes.OnHost(labels));
    }

    private static byte[] Bytes(string path, long[] shape)
    {
        var header = 4 + 4 * shape.Length;
        var expected = header + shape.Aggregate(1L, (product, n) => product * n);
        var content = FileContent.Read(path, expected);
        var magic = 0x0800 + shape.Length;
        if (content.Length < header || BinaryPrimitives.ReadInt32BigEndian(content) != magic)
        {
            throw new BadInput(
                $"'{path}' is not an idx file of {shape.Length} dimension(s): it begins with {Convert.ToHexString(content.AsSpan(0, Math.Min(4, content.Length)))}, not {magic:X8}; {FileFault.Advice}");
        }

        var found = Enumerable.Range(1, shape.Length).Select(i => (long)BinaryPrimitives.ReadUInt32BigEndian(content.AsSpan(4 * i))).ToArray();
        if (!found.SequenceEqual(shape))
        {
            throw new BadInput($"'{path}' holds {string.Join("x", found)} values where {string.Join("x", shape)} are expected: it belongs to another data set; {FileFault.Advice}");
        }

        return content.Length == expected ? content[header..] : throw FileFault.Length(path, content.Length, expected);
    }

}

/// <summary>The content of a file of a data set, which is never read beyond what it should hold: a damaged file may unpack to any size.</summary>
internal static class FileContent
{
    /// <summary>The bytes of a file, unpacked if it is a <c>.gz</c>; one more than <paramref name="expected"/> where there are more.</summary>
    /// <exception cref="BadInput">It cannot be read or unpacked.</exception>
    public static byte[] Read(string path, long expected)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var content = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : (Stream)file;
            // What a packed file claims is not asked: it unpacks into what is expected, and as far as it goes.
            var bytes = new byte[content == file ? Math.Min(file.Length, expected + 1) : expected + 1];
            var count = content.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return count == bytes.Length ? bytes : bytes[..count];
        }
        catch (InvalidDataException e)
        {
            throw new BadInput($"'{path}' cannot be unpacked, so it is truncated or damaged; {FileFault.Advice}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"'{path}' cannot be read ({e.Message.TrimEnd('.')}); make it readable, or put a good copy in its place.", e);
        }
    }
}

/// <summary>Labels as they come from files: one byte each.</summary>
internal static class LabelBytes
{
    /// <exception cref="BadInput">A label is not below <paramref name="classes"/>; the message names the image.</exception>
    public static void Check(ReadOnlySpan<byte> labels, int classes, string path)
    {
        var wrong = labels.IndexOfAnyExceptInRange((byte)0, (byte)Math.Min(classes - 1, byte.MaxValue));
        if (wrong >= 0)
        {
            throw new BadInput($"'{path}' gives image {wrong} the label {labels[wrong]}, but labels are 0 to {classes - 1}: the file is damaged or belongs to another data set; {FileFault.Advice}");
        }
    }

    /// <summary>int64 [N] on the host.</summary>
    public static Tensor OnHost(byte[] labels) => tensor(Array.ConvertAll(labels, label => (long)label));
}

/// <summary>How damaged files are spoken of.</summary>
internal static class FileFault
{
    public const string Advice = "delete it and let it be downloaded again, or put a good copy in its place.";

    public static BadInput Length(string path, long found, long expected) => new(
        found < expected
            ? $"'{path}' is truncated: it holds {found} of {expected} bytes; {Advice}"
            : $"'{path}' is too long: it holds more than the {expected} bytes that are expected; {Advice}");
}
