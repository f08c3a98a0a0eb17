using System.Text.Json;

namespace Distillation.Tests.Data;

/// <summary>PNG and JPEG against Pillow's pixels, resizing against Pillow's bilinear filter, and a sentence about each kind of damage.</summary>
public sealed class PictureTests
{
    private static readonly JsonElement golden = Golden.Read("pictures.json");

    private static readonly Dictionary<string, JsonElement> cases = golden.GetProperty("cases").EnumerateArray().ToDictionary(one => one.GetProperty("name").GetString()!);

    public static TheoryData<string> Png => [.. cases.Keys.Where(name => name.StartsWith("png", StringComparison.Ordinal))];

    public static TheoryData<string> Jpeg => [.. cases.Keys.Where(name => name.StartsWith("jpeg", StringComparison.Ordinal))];

    /// <summary>The file of a case.</summary>
    internal static byte[] File(string name) => Bytes(cases[name], "file");

    private static byte[] Bytes(JsonElement one, string field) => one.GetProperty(field).GetBytesFromBase64();

    [Theory]
    [MemberData(nameof(Png))]
    public void A_png_has_Pillows_pixels_in_grey_and_in_colour(string name) => Agrees(name, most: 0);

    // Grey out of a colour JPEG is Pillow's sum of rounded colours.
    [JpegTheory]
    [MemberData(nameof(Jpeg))]
    public void A_jpeg_has_Pillows_pixels_in_grey_and_in_colour(string name) => Agrees(name, most: 1);

    private static void Agrees(string name, int most)
    {
        var one = cases[name];
        var picture = Bitmap.Decode(Bytes(one, "file"), name);
        Assert.Equal((one.GetProperty("width").GetInt32(), one.GetProperty("height").GetInt32(), one.GetProperty("channels").GetInt32()), (picture.Width, picture.Height, picture.Channels));
        Within(most, Bytes(one, "grey"), picture.As(1).Pixels);
        Within(most, Bytes(one, "colour"), picture.As(3).Pixels);
    }

    private static void Within(int most, byte[] expected, byte[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.InRange(expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max(), 0, most);
    }

    [Fact]
    public void Resizing_is_Pillows_bilinear_filter_to_the_bit()
    {
        var large = Bitmap.Decode(Bytes(golden, "large"), "large");
        Assert.All(golden.GetProperty("resized").EnumerateArray(), one =>
            Assert.Equal(Bytes(one, "colour"), large.Resized(one.GetProperty("width").GetInt32(), one.GetProperty("height").GetInt32(), Fit.Stretch).Pixels));
        Assert.All(golden.GetProperty("covered").EnumerateArray(), one =>
            Assert.Equal(Bytes(one, "colour"), large.Resized(one.GetProperty("side").GetInt32(), one.GetProperty("side").GetInt32(), Fit.Cover).Pixels));
        Assert.Same(large, large.Resized(37, 50, Fit.Cover));
    }

    [Fact]
    public void Planes_are_written_channel_after_channel()
    {
        var planes = new byte[12];
        new Bitmap(2, 2, 3, [.. Enumerable.Range(0, 12).Select(i => (byte)i)]).WritePlanes(planes);
        Assert.Equal([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11], planes);
    }

    [Theory]
    [InlineData("png colour", 40, "it ends too early")]
    [InlineData("png interlaced", 60, "it ends too early")]
    [InlineData("png grey", 4, "it is neither PNG nor JPEG")]
    [InlineData("png grey", 0, "it is empty")]
    public void A_truncated_png_is_refused_by_name(string name, int length, string why) => Assert.Equal(
        $"The image 'cat/1.png' cannot be read ({why}): put a good copy in its place, or delete it.",
        Assert.Throws<BadInput>(() => Bitmap.Decode(File(name)[..length], "cat/1.png")).Message);

    [Fact]
    public void A_changed_byte_of_a_png_is_found_by_its_checksum()
    {
        var file = File("png colour");
        file[60] ^= 1;
        Assert.Equal(
            "The image 'cat/1.png' cannot be read (the checksum of its part IDAT is wrong): put a good copy in its place, or delete it.",
            Assert.Throws<BadInput>(() => Bitmap.Decode(file, "cat/1.png")).Message);
    }

    [JpegTheory]
    [InlineData(100)]
    [InlineData(400)]
    [InlineData(2)]
    public void A_truncated_jpeg_is_refused_by_name(int missing)
    {
        var file = File("jpeg subsampled");
        var error = Assert.Throws<BadInput>(() => Bitmap.Decode(file[..^missing], "cat/1.JPEG")).Message;
        Assert.StartsWith("The image 'cat/1.JPEG' cannot be read (", error);
        Assert.EndsWith("): put a good copy in its place, or delete it.", error);
    }

    [JpegFact]
    public void Print_colours_and_other_formats_are_refused()
    {
        var refused = golden.GetProperty("refused");
        Assert.Contains("(it holds the four colours of print, which are not read: convert it to RGB)", Assert.Throws<BadInput>(() => Bitmap.Decode(Bytes(refused, "four colours"), "x")).Message);
        Assert.Contains("(it is neither PNG nor JPEG)", Assert.Throws<BadInput>(() => Bitmap.Decode(Bytes(refused, "no image"), "x")).Message);
    }

    [JpegFact]
    public void Whatever_is_damaged_in_a_file_is_decoded_or_refused_and_never_fails_otherwise()
    {
        var random = new Random(7);
        var refused = 0;
        foreach (var name in cases.Keys)
        {
            for (var i = 0; i < 60; i++)
            {
                try
                {
                    Assert.NotEmpty(Bitmap.Decode(Damage.To(File(name), random), name).As(3).Pixels);
                }
                catch (BadInput)
                {
                    refused++;
                }
            }
        }

        Assert.InRange(refused, cases.Count * 10, (cases.Count * 60) - 1);
    }
}

/// <summary>A test that decodes JPEG: skipped, saying why, where libjpeg-turbo is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class JpegFactAttribute : FactAttribute
{
    /// <summary>Asks for the library.</summary>
    public JpegFactAttribute() => Skip = Distillation.Jpeg.IsPossible ? null : Missing;

    internal static string Missing => $"libjpeg-turbo is not installed here: {Distillation.Jpeg.Remedy}.";
}

/// <summary>A theory that decodes JPEG: skipped, saying why, where libjpeg-turbo is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class JpegTheoryAttribute : TheoryAttribute
{
    /// <summary>Asks for the library.</summary>
    public JpegTheoryAttribute() => Skip = Distillation.Jpeg.IsPossible ? null : JpegFactAttribute.Missing;
}
