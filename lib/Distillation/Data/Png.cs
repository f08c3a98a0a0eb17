using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Distillation;

/// <summary>
/// Portable Network Graphics (ISO/IEC 15948): every colour type, depth and interlacing, held to its checksums. Transparency is left out, of 16 bits the upper eight are kept.
/// </summary>
internal static class Png
{
    private const long MostPixels = 1 << 27;
    private const int MostSide = 1 << 24;

    // Deflate makes at most 1032 bytes of one, and the beginning and the end of a stream make none.
    private const int MostOfByte = 1040, Ends = 16;

    private static readonly uint[] remainders = [.. Enumerable.Range(0, 256).Select(n => Enumerable.Range(0, 8).Aggregate((uint)n, (c, _) => (c & 1) == 1 ? 0xEDB88320 ^ (c >> 1) : c >> 1))];

    // Where Adam7's seven passes begin, and how far apart their pixels are.
    private static readonly Grid[] adam7 = [new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2), new(0, 1, 1, 2)];

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private sealed record Grid(int X, int Y, int Dx, int Dy);

    private sealed record Header(int Width, int Height, int Depth, int Colour, bool Interlaced)
    {
        public int Samples => Colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

        public int Channels => Colour is 0 or 4 ? 1 : 3;

        // With the byte that says the filter; at most 64 bits a pixel, so that no side is too long to count them.
        public int RowBytes(int width) => 1 + (((width * Samples * Depth) + 7) / 8);

        public bool IsKnown => (Colour, Depth) is (0, 1 or 2 or 4 or 8 or 16) or (3, 1 or 2 or 4 or 8) or (2 or 4 or 6, 8 or 16);
    }

    /// <summary>Whether the bytes begin as a PNG file does.</summary>
    public static bool Begins(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    /// <summary>The pixels: one channel for grey, three for colour and palette.</summary>
    /// <exception cref="InvalidDataException">It is damaged; the message is a piece of a sentence that says how.</exception>
    public static Bitmap Decode(ReadOnlySpan<byte> file)
    {
        using var packed = new MemoryStream();
        var (header, palette, at) = ((Header?)null, Array.Empty<byte>(), Signature.Length);
        for (var type = ""; type != "IEND";)
        {
            (type, var length) = Chunk(file, at);
            var data = file.Slice(at + 8, length);
            at += length + 12;
            if (type == "IHDR")
            {
                header = Head(data);
            }
            else if (type == "PLTE")
            {
                palette = data.ToArray();
            }
            else if (type == "IDAT")
            {
                packed.Write(data);
            }
        }

        packed.Position = 0;
        return header is null ? throw new InvalidDataException("it has no header") : Unpacked(header, palette, packed);
    }

    // Its name and its length, once its checksum has been found right.
    private static (string Type, int Length) Chunk(ReadOnlySpan<byte> file, int at)
    {
        var left = file.Length - at - 12;
        var length = left < 0 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
        if (left < 0 || length > left)
        {
            throw new InvalidDataException("it ends too early");
        }

        var checkedPart = file.Slice(at + 4, (int)length + 4);
        var sum = uint.MaxValue;
        foreach (var value in checkedPart)
        {
            sum = remainders[(sum ^ value) & 0xFF] ^ (sum >> 8);
        }

        var type = Encoding.ASCII.GetString(checkedPart[..4]);
        return ~sum == BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)length)..])
            ? (type, (int)length)
            : throw new InvalidDataException($"the checksum of its part {type} is wrong");
    }

    private static Header Head(ReadOnlySpan<byte> data)
    {
        if (data.Length != 13)
        {
            throw new InvalidDataException("its header has another length than a PNG's");
        }

        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));
        var header = new Header((int)width, (int)height, data[8], data[9], data[12] == 1);
        return width is 0 || height is 0 || width > MostSide || height > MostSide || (long)width * height > MostPixels ? throw new InvalidDataException($"it claims {width}x{height} pixels")
            : header.IsKnown && data[10] == 0 && data[11] == 0 && data[12] < 2 ? header
            : throw new InvalidDataException($"it has colour type {header.Colour} with {header.Depth} bits, which no PNG has");
    }

    private static Bitmap Unpacked(Header header, byte[] palette, Stream packed)
    {
        var passes = (header.Interlaced ? adam7 : [new(0, 0, 1, 1)])
            .Select(grid => (Grid: grid, Width: (header.Width - grid.X + grid.Dx - 1) / grid.Dx, Height: (header.Height - grid.Y + grid.Dy - 1) / grid.Dy))
            .Where(pass => pass.Width > 0 && pass.Height > 0).ToList();
        if (passes.Sum(pass => (long)header.RowBytes(pass.Width) * pass.Height) > (packed.Length + Ends) * MostOfByte)
        {
            throw new InvalidDataException($"it claims {header.Width}x{header.Height} pixels, more than its {packed.Length} packed bytes can hold");
        }

        using var content = new ZLibStream(packed, CompressionMode.Decompress);
        var pixels = new byte[header.Width * header.Height * header.Channels];
        foreach (var (grid, width, height) in passes)
        {
            Pass(content, header, palette, width, height, pixels, grid);
        }

        return new(header.Width, header.Height, header.Channels, pixels);
    }

    private static void Pass(Stream content, Header header, byte[] palette, int width, int height, byte[] pixels, Grid grid)
    {
        var bits = header.Samples * header.Depth;
        var (row, before) = (new byte[header.RowBytes(width)], new byte[header.RowBytes(width)]);
        for (var y = 0; y < height; y++, (row, before) = (before, row))
        {
            content.ReadExactly(row);
            Unfilter(row, before, Math.Max(1, bits / 8));
            for (var x = 0; x < width; x++)
            {
                var target = ((((grid.Y + (y * grid.Dy)) * header.Width) + grid.X + (x * grid.Dx)) * header.Channels);
                Pixel(row.AsSpan(1), x, header, palette, pixels.AsSpan(target, header.Channels));
            }
        }
    }

    private static void Pixel(ReadOnlySpan<byte> row, int x, Header header, byte[] palette, Span<byte> target)
    {
        if (header.Depth >= 8)
        {
            var size = header.Depth / 8;
            var sample = row[(x * header.Samples * size)..];
            if (header.Colour == 3)
            {
                FromPalette(palette, sample[0], target);
                return;
            }

            for (var channel = 0; channel < target.Length; channel++)
            {
                target[channel] = sample[channel * size];
            }

            return;
        }

        var most = (1 << header.Depth) - 1;
        var value = (row[x * header.Depth / 8] >> (8 - header.Depth - (x * header.Depth % 8))) & most;
        if (header.Colour == 3)
        {
            FromPalette(palette, value, target);
        }
        else
        {
            target[0] = (byte)(value * 255 / most);
        }
    }

    private static void FromPalette(byte[] palette, int index, Span<byte> target)
    {
        if ((index * 3) + 3 > palette.Length)
        {
            throw new InvalidDataException($"it uses colour {index} of a palette of {palette.Length / 3}");
        }

        palette.AsSpan(index * 3, 3).CopyTo(target);
    }

    // The five filters of section 9.2; the row's first byte says which.
    private static void Unfilter(byte[] row, byte[] before, int step)
    {
        for (var i = 1; i < row.Length; i++)
        {
            var (left, up, corner) = (i > step ? row[i - step] : 0, (int)before[i], i > step ? before[i - step] : 0);
            row[i] += (byte)(row[0] switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                4 => Nearest(left, up, corner),
                var other => throw new InvalidDataException($"a row has the filter {other}, which no PNG has"),
            });
        }

        before[0] = 0;
    }

    private static int Nearest(int left, int up, int corner)
    {
        var (a, b, c) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - (2 * corner)));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }
}
