using System.Text;

namespace Distillation;

/// <summary>
/// The regular files of a tar archive (POSIX.1-1988 ustar and what came before it), in order. Links, devices, folders and long names are passed over: no data set needs them. Nothing that a
/// header claims is allocated, which the framework's reader does for long names.
/// </summary>
internal static class Tar
{
    /// <summary>How many bytes a header takes, and what contents are filled up to a multiple of.</summary>
    public const int Block = 512;

    /// <summary>The next regular file, its content being the next bytes of the archive; null at the end.</summary>
    /// <exception cref="InvalidDataException">A header is damaged.</exception>
    /// <exception cref="EndOfStreamException">The archive ends within a header or a file.</exception>
    public static (string Name, long Length)? Next(Stream archive)
    {
        var header = new byte[Block];
        while (archive.ReadAtLeast(header, Block, throwOnEndOfStream: false) is var got && got > 0)
        {
            if (got < Block)
            {
                throw new EndOfStreamException();
            }

            if (!header.AsSpan().ContainsAnyExcept((byte)0))
            {
                return null;
            }

            var sum = header.Index().Sum(pair => pair.Index is >= 148 and < 156 ? ' ' : pair.Item);
            if (Octal(header.AsSpan(148, 8)) != sum)
            {
                throw new InvalidDataException("A header's sum is wrong.");
            }

            var length = Octal(header.AsSpan(124, 12));
            if (header[156] is (byte)'0' or 0)
            {
                return (Text(header.AsSpan(0, 100)), length);
            }

            Skip(archive, length + Padding(length));
        }

        return null;
    }

    /// <summary>How many bytes follow a file's content up to the next header.</summary>
    public static long Padding(long length) => (Block - (length % Block)) % Block;

    /// <summary>Reads past bytes.</summary>
    /// <exception cref="EndOfStreamException">There are not as many.</exception>
    public static void Skip(Stream archive, long count)
    {
        var buffer = new byte[1 << 14];
        for (; count > 0; count -= Math.Min(count, buffer.Length))
        {
            archive.ReadExactly(buffer, 0, (int)Math.Min(count, buffer.Length));
        }
    }

    private static string Text(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);

    // Digits between spaces and zeros: at most eleven, so that no number is too large.
    private static long Octal(ReadOnlySpan<byte> field)
    {
        var digits = Text(field).Trim(' ');
        return digits.Length is > 0 and < 12 && digits.All(digit => digit is >= '0' and <= '7') ? Convert.ToInt64(digits, 8) : throw new InvalidDataException("A header holds no number where one belongs.");
    }
}
