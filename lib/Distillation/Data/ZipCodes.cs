using System.Buffers.Text;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// The digits of USPS as the book of Hastie, Tibshirani and Friedman keeps them: one image on a line, its digit first, then its pixels, rows first, from -1 (paper) to 1 (ink).
/// </summary>
internal static class ZipCodes
{
    // A number and what stands between it and the next: "-0.813 ", "6.0000 ".
    private const int LongestNumber = 16;

    /// <summary>Reads <c>zip.train</c> and <c>zip.test</c>, each as it is or as <c>.gz</c>.</summary>
    public static Decoded Read(string folder, Dataset dataset, IReadOnlyList<string> classNames) =>
        new(ReadSplit(folder, "zip.train", dataset, dataset.TrainCount), Test(folder, dataset), classNames);

    /// <summary>Reads <c>zip.test</c> alone.</summary>
    public static Split Test(string folder, Dataset dataset) => ReadSplit(folder, "zip.test", dataset, dataset.TestCount);

    private static Split ReadSplit(string folder, string name, Dataset dataset, long count)
    {
        var path = DataFolder.Located(folder, name);
        var pixels = dataset.Channels * dataset.Height * dataset.Width;
        var longest = count * (pixels + 1) * LongestNumber;
        var text = FileContent.Read(path, longest);
        if (text.Length > longest)
        {
            throw FileFault.Length(path, text.Length, longest);
        }

        var (images, labels) = (new byte[count * pixels], new byte[count]);
        var read = 0;
        ReadOnlySpan<byte> whole = text;
        foreach (var line in whole.Split((byte)'\n'))
        {
            var numbers = whole[line].TrimEnd(" \r"u8);
            if (numbers.IsEmpty)
            {
                continue;
            }

            if (read < count)
            {
                labels[read] = Digit(ref numbers, read, path);
                Pixels(numbers, images.AsSpan(read * pixels, pixels), read, path);
            }

            read++;
        }

        if (read != count)
        {
            throw new BadInput($"'{path}' holds {read} images where {count} are expected; {FileFault.Advice}");
        }

        LabelBytes.Check(labels, dataset.Classes, path);
        return new(tensor(images, [count, dataset.Channels, dataset.Height, dataset.Width]), LabelBytes.OnHost(labels));
    }

    private static byte Digit(ref ReadOnlySpan<byte> numbers, int image, string path) =>
        Next(ref numbers) is { } digit && digit is >= 0 and <= byte.MaxValue && digit == Math.Floor(digit)
            ? (byte)digit
            : throw new BadInput($"'{path}' gives image {image} a label that is no digit: the file is damaged or of another layout; {FileFault.Advice}");

    private static void Pixels(ReadOnlySpan<byte> numbers, Span<byte> into, int image, string path)
    {
        for (var i = 0; i < into.Length; i++)
        {
            into[i] = Next(ref numbers) is >= -1 and <= 1 and var shade
                ? (byte)Math.Round((shade + 1) * 127.5, MidpointRounding.AwayFromZero)
                : throw new BadInput($"'{path}' has no pixel from -1 to 1 at place {i} of image {image}, which needs {into.Length}: the file is damaged or of another layout; {FileFault.Advice}");
        }

        if (!numbers.IsEmpty)
        {
            throw new BadInput($"'{path}' has more than {into.Length} pixels for image {image}: the file is damaged or of another layout; {FileFault.Advice}");
        }
    }

    // The number that a text begins with, which is taken off it; null where there is none.
    private static double? Next(ref ReadOnlySpan<byte> text)
    {
        text = text.TrimStart((byte)' ');
        if (!Utf8Parser.TryParse(text, out double number, out var length) || (length < text.Length && text[length] != ' '))
        {
            return null;
        }

        text = text[length..].TrimStart((byte)' ');
        return number;
    }
}
