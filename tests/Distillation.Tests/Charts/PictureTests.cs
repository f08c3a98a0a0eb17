using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class PictureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_png_decodes_to_the_pixels_it_was_made_from(int channels)
    {
        var picture = new Picture(5, 3, channels, [.. Enumerable.Range(0, 15 * channels).Select(i => (byte)(i * 37))]);
        var (width, height, colour, pixels) = Decode(picture.ToPng());

        Assert.Equal((5, 3, channels == 1 ? 0 : 2), (width, height, colour));
        Assert.Equal(picture.Pixels, pixels);
    }

    [Fact]
    public void The_same_picture_gives_the_same_bytes() =>
        Assert.Equal(new Picture(2, 1, 1, [1, 2]).ToPng(), new Picture(2, 1, 1, [1, 2]).ToPng());

    [Fact]
    public void Enlarged_pixels_are_squares()
    {
        var large = new Picture(2, 1, 1, [10, 20]).Enlarged(2);

        Assert.Equal((4, 2), (large.Width, large.Height));
        Assert.Equal([10, 10, 20, 20, 10, 10, 20, 20], large.Pixels);
    }

    [Fact]
    public void Channels_of_a_tensor_become_colours_of_a_pixel()
    {
        using var scope = NewDisposeScope();
        var picture = tensor(new byte[] { 1, 2, 3, 4, 5, 6 }).reshape(3, 1, 2).ToPicture();

        Assert.Equal([1, 3, 5, 2, 4, 6], picture.Pixels);
    }

    [Fact]
    public void Shares_keep_their_brightness_and_other_values_are_stretched()
    {
        using var scope = NewDisposeScope();

        Assert.Equal([51, 128], tensor(new[] { 0.2f, 0.5f }).reshape(1, 1, 2).ToPicture().Pixels);
        Assert.Equal([0, 128, 255], tensor(new[] { -2f, 0f, 2f }).reshape(1, 1, 3).ToPicture().Pixels);
        Assert.Equal([0, 0], tensor(new[] { 7f, 7f }).reshape(1, 1, 2).ToPicture().Pixels);
    }

    [Fact]
    public void A_contact_sheet_has_a_white_line_between_images()
    {
        using var scope = NewDisposeScope();
        var sheet = Pictures.ContactSheet(tensor(new byte[] { 1, 2, 3 }).reshape(3, 1, 1, 1), columns: 2);

        Assert.Equal((3, 3), (sheet.Width, sheet.Height));
        Assert.Equal([1, 255, 2, 255, 255, 255, 3, 255, 255], sheet.Pixels);
    }

    [Fact]
    public void Feature_maps_are_each_stretched_for_themselves()
    {
        using var scope = NewDisposeScope();
        var sheet = Pictures.ContactSheet(tensor(new[] { 0f, 1f, 0f, 100f }).reshape(2, 1, 1, 2).add(-0.5), columns: 2, each: true);

        Assert.Equal([0, 255, 255, 0, 255], sheet.Pixels);
    }

    [Fact]
    public void Other_shapes_are_refused_in_a_sentence()
    {
        using var scope = NewDisposeScope();

        Assert.Contains("not [2, 3, 4]", Assert.Throws<BadInput>(() => zeros(2, 3, 4).ToPicture()).Message);
        Assert.Contains("not [5, 4]", Assert.Throws<BadInput>(() => Pictures.ContactSheet(zeros(5, 4))).Message);
    }

    [Fact]
    public void A_class_and_what_it_was_taken_for_are_counted()
    {
        using var scope = NewDisposeScope();
        var matrix = ConfusionMatrix.Of(tensor(new[] { 1f, 0, 0, 1, 1, 0 }).reshape(3, 2), tensor(new[] { 0L, 1, 1 }), ["a", "b"]);

        Assert.Equal([1, 0, 1, 1], matrix.Counts);
        Assert.Equal(2.0 / 3, matrix.Accuracy, 12);
        Assert.Contains("The label 2", Assert.Throws<BadInput>(() => ConfusionMatrix.Of(zeros(1, 2), tensor(new[] { 2L }), ["a", "b"])).Message);
    }

    // As the standard says, so far as the encoder uses it: chunks with checked sums, no filter.
    private static (int Width, int Height, int Colour, byte[] Pixels) Decode(byte[] file)
    {
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], file[..8]);
        var chunks = new Dictionary<string, byte[]>();
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var body = file.AsSpan(at + 4, length + 4).ToArray();
            Assert.Equal(Crc(body), BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length)));
            chunks.Add(Encoding.ASCII.GetString(body[..4]), body[4..]);
            at += length + 12;
        }

        var header = chunks["IHDR"];
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)));
        var stride = width * (header[9] == 0 ? 1 : 3);
        using var plain = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(chunks["IDAT"]), CompressionMode.Decompress))
        {
            zlib.CopyTo(plain);
        }

        Assert.Empty(chunks["IEND"]);
        return (width, height, header[9], [.. plain.ToArray().Chunk(stride + 1).SelectMany(row => row[0] == 0 ? row[1..] : throw new InvalidDataException("a filter"))]);
    }

    // By the table, where the encoder goes bit by bit.
    private static uint Crc(byte[] bytes)
    {
        var table = Enumerable.Range(0, 256).Select(n => Enumerable.Range(0, 8).Aggregate((uint)n, (c, _) => (c & 1) == 1 ? 0xEDB88320 ^ (c >> 1) : c >> 1)).ToArray();
        return ~bytes.Aggregate(uint.MaxValue, (crc, value) => table[(crc ^ value) & 0xFF] ^ (crc >> 8));
    }
}
