namespace Distillation;

/// <summary>How an image of another size than the data set's becomes one of its size.</summary>
public enum Fit
{
    /// <summary>Scaled until both sides cover the size, then the middle cut out.</summary>
    Cover,

    /// <summary>Each side scaled by itself; what was not of the same proportions is squeezed.</summary>
    Stretch,
}

/// <summary>A decoded image on the host.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">1 for grey, 3 for red, green, blue.</param>
/// <param name="Pixels">Height · Width · Channels bytes, a pixel's channels side by side.</param>
internal sealed record Bitmap(int Width, int Height, int Channels, byte[] Pixels)
{
    // Of the fixed-point weights in Pillow's resampling, whose results these are to the bit.
    private const int Precision = 22;
    private const int MostPixels = 1 << 27;

    /// <summary>From the bytes of a PNG or JPEG file.</summary>
    /// <param name="file">All of them.</param>
    /// <param name="name">What the message calls it.</param>
    /// <exception cref="BadInput">It is neither, or damaged.</exception>
    public static Bitmap Decode(byte[] file, string name) => Refused(name, () => Decode(file));

    /// <summary>From the bytes of a PNG or JPEG file, with the size and the channels that a data set's images have.</summary>
    /// <param name="file">All of them.</param>
    /// <param name="name">What the message calls it.</param>
    /// <param name="dataset">Whose image it becomes.</param>
    /// <exception cref="BadInput">It is neither, or damaged, or cannot be scaled.</exception>
    public static Bitmap Decode(byte[] file, string name, Dataset dataset) =>
        Refused(name, () => Decode(file).As(dataset.Channels).Resized(dataset.Width, dataset.Height, dataset.Fit));

    private static Bitmap Decode(byte[] file) => Png.Begins(file) ? Png.Decode(file)
        : Jpeg.Begins(file) ? Jpeg.Decode(file)
        : throw new InvalidDataException(file.Length == 0 ? "it is empty" : "it is neither PNG nor JPEG");

    private static Bitmap Refused(string name, Func<Bitmap> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new BadInput($"The image '{name}' cannot be read ({(e is EndOfStreamException ? "it ends too early" : e.Message.TrimEnd('.'))}): put a good copy in its place, or delete it.", e);
        }
    }

    /// <summary>The same image with 1 or 3 channels: grey becomes three equal ones, colour its brightness (0.299 red, 0.587 green, 0.114 blue; Rec. 601).</summary>
    public Bitmap As(int channels) => (Channels, channels) switch
    {
        (1, 3) => this with { Channels = 3, Pixels = [.. Pixels.SelectMany(value => new[] { value, value, value })] },
        (3, 1) => this with { Channels = 1, Pixels = [.. Enumerable.Range(0, Width * Height).Select(i => Brightness(Pixels.AsSpan(3 * i, 3)))] },
        var (have, want) when have == want => this,
        _ => throw new ArgumentException($"An image has 1 or 3 channels, not {channels}.", nameof(channels)),
    };

    // In sixteenths of a bit, as Pillow has it.
    private static byte Brightness(ReadOnlySpan<byte> rgb) => (byte)(((rgb[0] * 19595) + (rgb[1] * 38470) + (rgb[2] * 7471) + 0x8000) >> 16);

    /// <summary>The image in another size, by bilinear interpolation that averages where it shrinks.</summary>
    /// <exception cref="InvalidDataException">It is so slim that it would become too large on the way; the message is a piece of a sentence.</exception>
    public Bitmap Resized(int width, int height, Fit fit)
    {
        if ((Width, Height) == (width, height))
        {
            return this;
        }

        var scale = Math.Max((double)width / Width, (double)height / Height);
        var (wide, high) = fit == Fit.Stretch ? (width, height) : (Math.Max(width, Math.Floor(Width * scale)), Math.Max(height, Math.Floor(Height * scale)));
        // The width changes first, the height of that then.
        return wide * Math.Max(Height, high) > MostPixels
            ? throw new InvalidDataException($"its {Width}x{Height} pixels become more than {MostPixels} on the way to {width}x{height}")
            : Scaled((int)wide, (int)high).Middle(width, height);
    }

    private Bitmap Scaled(int width, int height)
    {
        var across = width == Width ? this : this with { Width = width, Pixels = Along(Pixels, Height, Width * Channels, Channels, Width, width) };
        return height == across.Height ? across : across with { Height = height, Pixels = Along(across.Pixels, 1, 0, width * Channels, across.Height, height) };
    }

    private Bitmap Middle(int width, int height)
    {
        var (left, top) = ((int)Math.Round((Width - width) / 2.0), (int)Math.Round((Height - height) / 2.0));
        return (Width, Height) == (width, height) ? this : new(width, height, Channels, [.. Enumerable.Range(top, height).SelectMany(y => Pixels.AsSpan(((y * Width) + left) * Channels, width * Channels).ToArray())]);
    }

    // One axis: of every line, of every value beside each other on it, the weighted sums of what lies along the axis.
    private static byte[] Along(byte[] from, int lines, int line, int step, int count, int wanted)
    {
        var weights = Weights(count, wanted);
        var result = new byte[lines * wanted * step];
        for (var l = 0; l < lines; l++)
        {
            for (var place = 0; place < wanted; place++)
            {
                var (first, shares) = weights[place];
                for (var beside = 0; beside < step; beside++)
                {
                    var sum = 1L << (Precision - 1);
                    for (var k = 0; k < shares.Length; k++)
                    {
                        sum += (long)from[(l * line) + ((first + k) * step) + beside] * shares[k];
                    }

                    result[(l * wanted * step) + (place * step) + beside] = (byte)Math.Clamp(sum >> Precision, 0, 255);
                }
            }
        }

        return result;
    }

    // A triangle as wide as two pixels of the coarser of both grids.
    private static (int First, int[] Shares)[] Weights(int count, int wanted)
    {
        var scale = (double)count / wanted;
        var reach = Math.Max(scale, 1);
        var narrowing = 1 / reach;
        return [.. Enumerable.Range(0, wanted).Select(place =>
        {
            var centre = (place + 0.5) * scale;
            var (first, end) = (Math.Max(0, (int)(centre - reach + 0.5)), Math.Min(count, (int)(centre + reach + 0.5)));
            var heights = Enumerable.Range(first, end - first).Select(x => Math.Max(0, 1 - Math.Abs((x - centre + 0.5) * narrowing))).ToArray();
            var share = 1 / heights.Sum();
            return (first, heights.Select(height => (int)(0.5 + (height * share * (1 << Precision)))).ToArray());
        })];
    }

    /// <summary>Writes channel after channel, rows first.</summary>
    public void WritePlanes(Span<byte> target)
    {
        for (var channel = 0; channel < Channels; channel++)
        {
            var plane = target.Slice(channel * Width * Height, Width * Height);
            for (var i = 0; i < plane.Length; i++)
            {
                plane[i] = Pixels[(i * Channels) + channel];
            }
        }
    }
}
