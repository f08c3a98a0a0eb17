using System.Globalization;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>USPS in its published layout: lines of text.</summary>
public sealed class ZipCodesTests : IDisposable
{
    private static readonly Dataset dataset = new("usps", 10, 1, 2, 3, 4, 2, new([0.5], [0.25]));
    private static readonly DataCatalog catalog = TinyData.Catalog("usps", "zip-codes", ["zip.train", "zip.test"]);
    private readonly TinyData tiny = new();

    public void Dispose() => tiny.Dispose();

    [Fact]
    public void Ink_is_255_paper_is_0_and_rows_come_first()
    {
        With(Lines(4), Lines(2));
        using var scope = NewDisposeScope();

        var loaded = tiny.Folder.Load(dataset, CPU, catalog);

        Assert.Equal([4, 1, 2, 3], loaded.Train.Images.shape);
        Assert.Equal([0, 1, 2, 3], loaded.Train.Labels.data<long>().ToArray());
        // -1, -0.5, 0, 0.5, 1 and -0.004 in steps of 1/127.5 from -1.
        Assert.Equal(new byte[] { 0, 64, 128, 191, 255, 127 }, loaded.Test.Images[0].data<byte>().ToArray());
    }

    [Theory]
    [InlineData(16)]
    [InlineData(5)]
    public void The_digits_can_have_another_size(int side)
    {
        With(Lines(4), Lines(2));
        using var scope = NewDisposeScope();

        Assert.Equal([4, 1, side, side], tiny.Folder.Load(dataset.Sized(side, side), CPU, catalog).Train.Images.shape);
        Assert.Equal([2, 1, side, side], tiny.Folder.LoadTest(dataset.Sized(side, side), CPU, catalog).Images.shape);
    }

    [Fact]
    public void Packed_files_with_the_ends_of_lines_of_other_systems_are_the_same()
    {
        With(Lines(4), Lines(2));
        using var scope = NewDisposeScope();
        var expected = tiny.Folder.Load(dataset, CPU, catalog).Train.Images;
        File.Delete(tiny.PathOf("zip.train"));
        tiny.With("zip.train.gz", TinyData.Packed(Encoding.ASCII.GetBytes(Lines(4).ReplaceLineEndings(" \r\n"))));

        Assert.True(expected.equal(tiny.Folder.Load(dataset, CPU, catalog).Train.Images).all().ToBoolean());
    }

    public static TheoryData<string, string> Damaged { get; } = new()
    {
        { Lines(3), "holds 3 images where 4 are expected" },
        { Lines(5), "holds 5 images where 4 are expected" },
        { "", "holds 0 images where 4 are expected" },
        { Lines(4).Replace("3.0000", "10.0000"), "gives image 3 the label 10, but labels are 0 to 9" },
        { Lines(4).Replace("3.0000", "2.5000"), "gives image 3 a label that is no digit" },
        { Lines(4).Replace("3.0000", "nan"), "gives image 3 a label that is no digit" },
        { Lines(4).Replace("3.0000", "<html>"), "gives image 3 a label that is no digit" },
        { Lines(4).Replace("2.0000 -1.0", "2.0000 -1.1"), "has no pixel from -1 to 1 at place 0 of image 2, which needs 6" },
        { Lines(4).Replace("2.0000 -1.0", "2.0000 1:-1.0"), "has no pixel from -1 to 1 at place 0 of image 2, which needs 6" },
        { Lines(4)[..^8], "has no pixel from -1 to 1 at place 5 of image 3, which needs 6" },
        { Lines(4).Replace("2.0000 ", "2.0000 0 "), "has more than 6 pixels for image 2" },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void A_damaged_file_is_one_sentence(string text, string said)
    {
        With(text, Lines(2));

        var failure = Assert.Throws<BadInput>(() => tiny.Folder.Load(dataset, CPU, catalog));

        Assert.Contains(said, failure.Message);
        Assert.Contains("zip.train", failure.Message);
    }

    [Fact]
    public void A_file_of_any_length_is_not_read_to_its_end()
    {
        tiny.With("zip.train.gz", TinyData.Packed(new byte[1 << 24])).With("zip.test", Encoding.ASCII.GetBytes(Lines(2)));

        Assert.Contains("is too long", Assert.Throws<BadInput>(() => tiny.Folder.Load(dataset, CPU, catalog)).Message);
    }

    [NeedsData("usps")]
    public void Usps_has_its_published_numbers_of_digits()
    {
        using var scope = NewDisposeScope();
        var loaded = DataFolder.Resolve(null).Load(Datasets.Usps, CPU);

        Assert.Equal([1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644], bincount(loaded.Train.Labels).data<long>().ToArray());
        Assert.Equal([359, 264, 198, 166, 200, 160, 170, 147, 166, 177], bincount(loaded.Test.Labels).data<long>().ToArray());
        var pixels = loaded.Train.Images.to(ScalarType.Float32).div(255);
        Assert.Equal(Datasets.Usps.Normalization.Mean[0], pixels.mean().ToDouble(), 2e-3);
        Assert.Equal(Datasets.Usps.Normalization.Std[0], pixels.std().ToDouble(), 2e-3);
    }

    private void With(string train, string test) => tiny.With("zip.train", Encoding.ASCII.GetBytes(train)).With("zip.test", Encoding.ASCII.GetBytes(test));

    private static string Lines(int count) => string.Concat(Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i}.0000 -1.000 -0.500 0.000 0.500 1.000 -0.004\n")));
}
