using System.Text;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// CIFAR's binary layout: records of one label (CIFAR-10) or two (CIFAR-100: coarse, fine), then the red, the green and the blue plane, rows first.
/// </summary>
internal static class Cifar
{
    // A label is a byte; the names of a few hundred classes take a few kilobytes.
    private const int MostNames = 256;
    private const long LongestNames = 1 << 16;

    /// <summary>Reads <c>data_batch_1.bin</c> … <c>data_batch_5.bin</c> and <c>test_batch.bin</c>.</summary>
    public static Decoded Read10(string folder, Dataset dataset) => new(
        Records([.. Enumerable.Range(1, 5).Select(i => Path.Combine(folder, $"data_batch_{i}.bin"))], dataset, dataset.TrainCount, coarse: 0),
        Test10(folder, dataset),
        Names(Path.Combine(folder, "batches.meta.txt"), dataset.Classes));

    /// <summary>Reads <c>train.bin</c> and <c>test.bin</c>; the labels are the fine ones, and the coarse ones are kept beside them.</summary>
    public static Decoded Read100(string folder, Dataset dataset)
    {
        var coarse = Names(Path.Combine(folder, "coarse_label_names.txt"), null);
        return new(
            Records([Path.Combine(folder, "train.bin")], dataset, dataset.TrainCount, coarse.Count),
            Test100(folder, dataset),
            Names(Path.Combine(folder, "fine_label_names.txt"), dataset.Classes))
        {
            CoarseNames = coarse,
        };
    }

    /// <summary>Reads <c>test_batch.bin</c> alone.</summary>
    public static Split Test10(string folder, Dataset dataset) => Records([Path.Combine(folder, "test_batch.bin")], dataset, dataset.TestCount, coarse: 0);

    /// <summary>Reads <c>test.bin</c> alone; its records hold a coarse label too.</summary>
    public static Split Test100(string folder, Dataset dataset) =>
        Records([Path.Combine(folder, "test.bin")], dataset, dataset.TestCount, Names(Path.Combine(folder, "coarse_label_names.txt"), null).Count);

    private static Split Records(IReadOnlyList<string> paths, Dataset dataset, long count, int coarse)
    {
        var labels = coarse > 0 ? 2 : 1;
        var record = labels + dataset.Channels * dataset.Height * dataset.Width;
        var perFile = count / paths.Count;
        var parts = paths.Select(path => (Path: path, Bytes: Content(path, perFile * record))).ToList();
        var fine = Column(parts, labels - 1, record, dataset.Classes);
        var images = cat([.. parts.Select(part =>
            tensor(part.Bytes, [perFile, record]).narrow(1, labels, record - labels).reshape(perFile, dataset.Channels, dataset.Height, dataset.Width))]);
        return new(images, LabelBytes.OnHost(fine)) { Coarse = coarse > 0 ? LabelBytes.OnHost(Column(parts, 0, record, coarse)) : null };
    }

    private static byte[] Column(IReadOnlyList<(string Path, byte[] Bytes)> parts, int column, int record, int classes) =>
        [.. parts.SelectMany(part =>
        {
            var labels = Enumerable.Range(0, part.Bytes.Length / record).Select(i => part.Bytes[i * record + column]).ToArray();
            LabelBytes.Check(labels, classes, part.Path);
            return labels;
        })];

    private static byte[] Content(string path, long expected)
    {
        var content = FileContent.Read(path, expected);
        return content.Length == expected ? content : throw FileFault.Length(path, content.Length, expected);
    }

    private static IReadOnlyList<string> Names(string path, int? expected)
    {
        var text = FileContent.Read(path, LongestNames);
        var names = text.Length > LongestNames ? [] : Encoding.UTF8.GetString(text).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).ToArray();
        return names.Length is > 0 and <= MostNames && (expected is null || names.Length == expected)
            ? names
            : throw new BadInput($"'{path}' names {names.Length} classes where {expected?.ToString() ?? "some"} are expected; {FileFault.Advice}");
    }
}
