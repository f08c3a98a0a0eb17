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

    // A file of one part of image data, every checksum right.
    private static byte[] Made(int width, int height, byte depth, byte colour, byte interlaced, byte[] content)
    {
        using var packed = new MemoryStream();
        using (var zip = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zip.Write(content);
        }

        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. Part("IHDR", [.. Large(width), .. Large(height), depth, colour, 0, 0, interlaced]), .. Part("IDAT", packed.ToArray()), .. Part("IEND", [])];

        static byte[] Large(int value) => [.. BitConverter.GetBytes(value).Reverse()];

        static byte[] Part(string type, byte[] data)
        {
            byte[] both = [.. System.Text.Encoding.ASCII.GetBytes(type), .. data];
            var sum = ~both.Aggregate(uint.MaxValue, (crc, value) => Enumerable.Range(0, 8).Aggregate(crc ^ value, (c, _) => (c & 1) == 1 ? 0xEDB88320 ^ (c >> 1) : c >> 1));
            return [.. Large(data.Length), .. both, .. Large((int)sum)];
        }
    }

    [Theory]
    [InlineData(134_217_728, 1, 16, 6, 0, "it claims 134217728x1 pixels")]
    [InlineData(67_108_864, 2, 16, 6, 0, "it claims 67108864x2 pixels")]
    [InlineData(16_777_216, 8, 16, 6, 0, "it claims 16777216x8 pixels, more than its 11 packed bytes can hold")]
    [InlineData(11_000, 12_000, 8, 2, 0, "it claims 11000x12000 pixels, more than its 11 packed bytes can hold")]
    [InlineData(11_000, 12_000, 1, 0, 1, "it claims 11000x12000 pixels, more than its 11 packed bytes can hold")]
    public void A_png_that_claims_more_than_it_holds_is_refused_before_memory_is_taken(int width, int height, byte depth, byte colour, byte interlaced, string why)
    {
        var file = Made(width, height, depth, colour, interlaced, [0, 1, 2]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<BadInput>(() => Bitmap.Decode(file, "cat/1.png")).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Equal($"The image 'cat/1.png' cannot be read ({why}): put a good copy in its place, or delete it.", error);
    }

    [Fact]
    public void A_png_as_small_as_its_pixels_allow_is_read()
    {
        var picture = Bitmap.Decode(Made(2000, 3000, 8, 0, 0, new byte[2001 * 3000]), "black");
        Assert.Equal((2000, 3000), (picture.Width, picture.Height));
        Assert.DoesNotContain(picture.Pixels, value => value != 0);
    }

    [Fact]
    public void A_sliver_is_not_scaled_to_cover_a_square()
    {
        var sliver = Made(1, 20_000, 8, 0, 0, new byte[40_000]);
        var dataset = Datasets.CelebA().Sized(224, 224);
        Assert.Equal(
            "The image 'cat/1.png' cannot be read (its 1x20000 pixels become more than 134217728 on the way to 224x224): put a good copy in its place, or delete it.",
            Assert.Throws<BadInput>(() => Bitmap.Decode(sliver, "cat/1.png", dataset)).Message);
        Assert.Equal(224 * 224 * 3, Bitmap.Decode(sliver, "cat/1.png", dataset with { Fit = Fit.Stretch }).Pixels.Length);
    }

    [JpegFact]
    public void A_jpeg_that_claims_more_than_it_holds_is_refused_before_memory_is_taken()
    {
        var file = File("jpeg colour");
        // Behind the mark of the frame: its length, the depth, then height and width.
        var frame = Enumerable.Range(2, file.Length - 9).First(at => file[at] == 0xFF && file[at + 1] is 0xC0 or 0xC2);
        (file[frame + 5], file[frame + 6], file[frame + 7], file[frame + 8]) = (0x2A, 0xF8, 0x2E, 0xE0);
        Assert.Equal(
            $"The image 'cat/1.JPEG' cannot be read (it claims 12000x11000 pixels, more than its {file.Length} bytes can hold): put a good copy in its place, or delete it.",
            Assert.Throws<BadInput>(() => Bitmap.Decode(file, "cat/1.JPEG")).Message);
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
