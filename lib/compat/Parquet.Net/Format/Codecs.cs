using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Parquet.Format;

/// <summary>Compression of one page: bytes in, bytes out.</summary>
internal static unsafe class Codecs
{
    private static readonly Lazy<nint> Zstd = new(() =>
        new[] { "libzstd.so.1", "libzstd.1.dylib", "libzstd.dll" }
            .Select(name => NativeLibrary.TryLoad(name, out var handle) ? handle : 0)
            .FirstOrDefault(h => h != 0));

    /// <summary>Says in one sentence why files cannot be written like this, before the first byte is.</summary>
    public static void RequireWritable(CompressionMethod method)
    {
        if (method is not (CompressionMethod.None or CompressionMethod.Gzip or CompressionMethod.Snappy))
            throw new ParquetException($"Files compressed with {method} cannot be written here; choose Snappy, Gzip or None.");
    }

    public static byte[] Compress(CompressionMethod method, byte[] plain, CompressionLevel level) => method switch
    {
        CompressionMethod.None => plain,
        CompressionMethod.Snappy => Snappy.Compress(plain),
        _ => Gzip(plain, level),
    };

    /// <summary>The plain bytes, exactly <paramref name="length"/> of them.</summary>
    public static ArraySegment<byte> Decompress(CompressionMethod method, ArraySegment<byte> packed, int length) => method switch
    {
        CompressionMethod.None => packed.Count == length ? packed : throw new InvalidDataException("a page has another length than its header says"),
        CompressionMethod.Snappy => Snappy.Decompress(packed, length),
        CompressionMethod.Gzip => Gunzip(packed, length),
        CompressionMethod.Zstd => Unzstd(packed, length),
        _ => throw new ParquetException($"it is compressed with {method}, which cannot be read; write it with Snappy, Gzip, Zstd or no compression"),
    };

    private static byte[] Gzip(byte[] plain, CompressionLevel level)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, level, leaveOpen: true))
            gzip.Write(plain);
        return output.ToArray();
    }

    private static byte[] Gunzip(ArraySegment<byte> packed, int length)
    {
        using var gzip = new GZipStream(new MemoryStream(packed.Array!, packed.Offset, packed.Count), CompressionMode.Decompress);
        var plain = new byte[length];
        gzip.ReadExactly(plain);
        return plain;
    }

    private static byte[] Unzstd(ArraySegment<byte> packed, int length)
    {
        if (Zstd.Value == 0)
            throw new ParquetException("it is compressed with Zstd, and this system has no libzstd; "
                + "install it (Debian: apt-get install libzstd1) or write the file with Snappy");
        var decompress = (delegate* unmanaged<byte*, nuint, byte*, nuint, nuint>)NativeLibrary.GetExport(Zstd.Value, "ZSTD_decompress");
        var plain = new byte[length];
        fixed (byte* to = plain, from = packed.AsSpan())
            // An error is a number far above any length, so one comparison finds both errors and short data.
            return decompress(to, (nuint)length, from, (nuint)packed.Count) == (nuint)length ? plain : throw new InvalidDataException("Zstd data is damaged");
    }
}
