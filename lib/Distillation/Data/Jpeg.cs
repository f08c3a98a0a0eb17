using System.Runtime.InteropServices;

namespace Distillation;

/// <summary>JPEG through libjpeg-turbo's own interface (libturbojpeg), which is looked for when the first JPEG is met, not before.</summary>
public static class Jpeg
{
    private const int Rgb = 0, Grey = 6, AccurateTransform = 4096, GreySpace = 2, FirstFourColours = 3;
    private const long MostPixels = 1 << 27;

    // Huffman's codes take at least a bit for 64 pixels, 512 pixels a byte; the rest is for arithmetic codes and the headers.
    private const long MostOfByte = 4096;

    private static readonly string[] names = ["libturbojpeg.so.0", "libturbojpeg.0.dylib", "/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.0.dylib", "turbojpeg.dll", "libturbojpeg"];

    private static readonly Lazy<Library?> loaded = new(Load);

    private delegate nint Init();

    private delegate int Destroy(nint handle);

    private delegate int ReadHeader(nint handle, byte[] file, CULong length, out int width, out int height, out int sampling, out int colours);

    private delegate int Decompress(nint handle, byte[] file, CULong length, byte[] pixels, int width, int pitch, int height, int format, int flags);

    private delegate nint ErrorText(nint handle);

    private sealed record Library(Init Init, Destroy Destroy, ReadHeader Header, Decompress Decompress, ErrorText Error);

    /// <summary>Whether the library is on this machine.</summary>
    public static bool IsPossible => loaded.Value is not null;

    /// <summary>What to do where it is not.</summary>
    public static string Remedy => "install it with 'apt-get install libturbojpeg0' (Ubuntu: libturbojpeg; macOS: brew install jpeg-turbo) or run './kd setup'";

    /// <summary>Whether the bytes begin as a JPEG file does.</summary>
    internal static bool Begins(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <summary>The pixels: one channel for grey, three for colour.</summary>
    /// <exception cref="InvalidDataException">It is damaged; the message is a piece of a sentence that says how.</exception>
    /// <exception cref="BadInput">The library is not installed.</exception>
    internal static Bitmap Decode(byte[] file)
    {
        var library = loaded.Value ?? throw new BadInput($"JPEG images are read through libjpeg-turbo and there is none on this machine: {Remedy} and try again.");
        var handle = library.Init();
        try
        {
            var length = new CULong((nuint)file.Length);
            if (library.Header(handle, file, length, out var width, out var height, out _, out var colours) != 0 && (width <= 0 || height <= 0))
            {
                throw new InvalidDataException(Said(library, handle));
            }

            if (colours >= FirstFourColours)
            {
                throw new InvalidDataException("it holds the four colours of print, which are not read: convert it to RGB");
            }

            if ((long)width * height > MostPixels)
            {
                throw new InvalidDataException($"it claims {width}x{height} pixels");
            }

            if ((long)width * height > file.Length * MostOfByte)
            {
                throw new InvalidDataException($"it claims {width}x{height} pixels, more than its {file.Length} bytes can hold");
            }

            var channels = colours == GreySpace ? 1 : 3;
            var pixels = new byte[width * height * channels];
            return library.Decompress(handle, file, length, pixels, width, 0, height, channels == 1 ? Grey : Rgb, AccurateTransform) == 0 || IsHarmless(Said(library, handle))
                ? new(width, height, channels, pixels)
                : throw new InvalidDataException(Said(library, handle));
        }
        finally
        {
            _ = library.Destroy(handle);
        }
    }

    // What stands between two parts and belongs to none; many cameras leave some there.
    private static bool IsHarmless(string said) => said.Contains("extraneous bytes", StringComparison.Ordinal);

    private static string Said(Library library, nint handle) => Marshal.PtrToStringUTF8(library.Error(handle)) is { Length: > 0 } text
        ? text.Contains("remature end", StringComparison.Ordinal) ? "it ends too early" : $"libjpeg-turbo says: {text.TrimEnd('.')}"
        : "libjpeg-turbo cannot read it";

    private static Library? Load()
    {
        var handle = names.Select(name => NativeLibrary.TryLoad(name, out var found) ? found : 0).FirstOrDefault(found => found != 0);
        return handle == 0 ? null : new(
            Function<Init>("tjInitDecompress"), Function<Destroy>("tjDestroy"), Function<ReadHeader>("tjDecompressHeader3"), Function<Decompress>("tjDecompress2"), Function<ErrorText>("tjGetErrorStr2"));

        T Function<T>(string name)
            where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(handle, name));
    }
}
