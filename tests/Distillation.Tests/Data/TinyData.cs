using System.IO.Compression;
using System.Security.Cryptography;

namespace Distillation.Tests.Data;

/// <summary>Data sets of a few bytes in a folder of their own, in the published layouts.</summary>
internal sealed class TinyData : IDisposable
{
    public TinyData() => Folder = new(Directory.CreateTempSubdirectory("kd-data-").FullName);

    public DataFolder Folder { get; }

    /// <summary>Six training and four test images, 1x4x3, three classes.</summary>
    public static Dataset Idx { get; } = new("tiny", 3, 1, 4, 3, 6, 4, new([0.5], [0.25]));

    /// <summary>Ten training and two test images, 3x2x2; CIFAR-10's five files hold two images each.</summary>
    public static Dataset Cifar10 { get; } = new("cifar10", 3, 3, 2, 2, 10, 2, new([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]));

    /// <summary>Four training and two test images, 3x2x2, three classes in two groups.</summary>
    public static Dataset Cifar100 { get; } = new("cifar100", 3, 3, 2, 2, 4, 2, new([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]));

    /// <summary>A catalog of the one entry, whose files have any length and any hash.</summary>
    public static DataCatalog Catalog(string name, string format, IReadOnlyList<string> files) => new(
        [new(name, "Tiny", format, "tiny", [], "none", "nobody", ["http://localhost/"], [new("tiny.tar.gz")], [.. files.Select(f => new CatalogFile(f))]) { ClassNames = ["a", "b", "c"] }]);

    public static DataCatalog IdxCatalog { get; } =
        Catalog("tiny", "idx", ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]);

    public static DataCatalog Cifar10Catalog { get; } =
        Catalog("cifar10", "cifar-10", [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin"), "test_batch.bin", "batches.meta.txt"]);

    public static DataCatalog Cifar100Catalog { get; } =
        Catalog("cifar100", "cifar-100", ["train.bin", "test.bin", "fine_label_names.txt", "coarse_label_names.txt"]);

    /// <summary>An idx file: magic, dimensions, and bytes that count up.</summary>
    public static byte[] IdxFile(int[] shape, Func<int, int> value) =>
    [
        0, 0, 8, (byte)shape.Length,
        .. shape.SelectMany(n => new byte[] { 0, 0, (byte)(n >> 8), (byte)n }),
        .. Enumerable.Range(0, shape.Aggregate(1, (product, n) => product * n)).Select(i => (byte)value(i)),
    ];

    public static byte[] Packed(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>The four good idx files; labels go 0, 1, 2, 0, …</summary>
    public TinyData WithIdx() => this
        .With("train-images-idx3-ubyte", IdxFile([6, 4, 3], i => i))
        .With("train-labels-idx1-ubyte", IdxFile([6], i => i % 3))
        .With("t10k-images-idx3-ubyte.gz", Packed(IdxFile([4, 4, 3], i => 255 - i)))
        .With("t10k-labels-idx1-ubyte.gz", Packed(IdxFile([4], i => 2 - (i % 3))));

    /// <summary>Records whose pixels count up from 10 times their number.</summary>
    public static byte[] Records(int count, int first, params Func<int, int>[] labels) =>
        [.. Enumerable.Range(first, count).SelectMany(n => labels.Select(l => (byte)l(n)).Concat(Enumerable.Range(0, 12).Select(p => (byte)((10 * n) + p))))];

    public TinyData With(string name, byte[] content)
    {
        File.WriteAllBytes(PathOf(name), content);
        return this;
    }

    public TinyData With(string name, string content) => With(name, System.Text.Encoding.UTF8.GetBytes(content));

    public string PathOf(string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(Folder.Path, "tiny")).FullName, name);

    public void Dispose() => Directory.Delete(Folder.Path, recursive: true);
}
