using System.Buffers.Binary;
using System.IO.Compression;

namespace Distillation;

/// <summary>A picture of eight bits per channel: grey or red, green, blue, row by row from the top.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Channels">1 for grey, 3 for colours.</param>
/// <param name="Pixels">Width · Height · Channels bytes.</param>
public sealed record Picture(int Width, int Height, int Channels, byte[] Pixels)
{
    /// <summary>The picture with every pixel as a square of pixels.</summary>
    public Picture Enlarged(int factor) => factor == 1 ? this : new(
        Width * factor,
        Height * factor,
        Channels,
        [.. from y in Enumerable.Range(0, Height * factor)
            from x in Enumerable.Range(0, Width * factor)
            from c in Enumerable.Range(0, Channels)
            select Pixels[(((y / factor * Width) + (x / factor)) * Channels) + c]]);

    /// <summary>As a PNG file (ISO/IEC 15948): 8 bits per sample, no interlace; the same picture gives the same bytes.</summary>
    public byte[] ToPng()
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        header[8] = 8;
        header[9] = (byte)(Channels == 1 ? 0 : 2);
        Chunk(file, "IHDR", header);
        Chunk(file, "IDAT", Compressed());
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>The PNG as an address that a page can show without another file.</summary>
    public string ToDataUri() => $"data:image/png;base64,{Convert.ToBase64String(ToPng())}";

    // Every row begins with the number of its filter: 0, the bytes as they are.
    private byte[] Compressed()
    {
        using var bytes = new MemoryStream();
        using (var zlib = new ZLibStream(bytes, CompressionLevel.Optimal))
        {
            for (var y = 0; y < Height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(Pixels, y * Width * Channels, Width * Channels);
            }
        }

        return bytes.ToArray();
    }

    private static void Chunk(Stream file, string type, byte[] data)
    {
        byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(type), .. data];
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        file.Write(number);
    }

    // CRC-32 with the polynomial of the PNG standard, annex D.
    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }
}
