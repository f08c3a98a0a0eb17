using System.Buffers.Binary;

namespace Distillation;

/// <summary>A sound of one channel.</summary>
/// <param name="Rate">Samples per second.</param>
/// <param name="Samples">From -1 to 1.</param>
public sealed record Sound(int Rate, float[] Samples)
{
    private const int Pcm = 1, Float = 3, Extensible = 0xFFFE;

    private sealed record Form(int Tag, int Channels, int Rate, int Bits);

    /// <summary>How long it is, in seconds.</summary>
    public double Seconds => (double)Samples.Length / Rate;

    /// <summary>Reads a wav file: PCM of 8, 16, 24 or 32 bits, or float of 32 or 64, of any rate; several channels become their mean.</summary>
    /// <exception cref="BadInput">It cannot be read, is no such file, or is damaged.</exception>
    public static Sound Read(string path) => Decode(FileContent.Read(path, int.MaxValue - 64), path);

    /// <summary>From the bytes of a wav file.</summary>
    /// <param name="file">All of them.</param>
    /// <param name="name">What the message calls it.</param>
    /// <exception cref="BadInput">It is no such file, or damaged.</exception>
    internal static Sound Decode(ReadOnlySpan<byte> file, string name)
    {
        try
        {
            return Decode(file);
        }
        catch (InvalidDataException e)
        {
            throw new BadInput($"The sound '{name}' cannot be read ({e.Message}): put a good copy in its place, or delete it.", e);
        }
    }

    private static Sound Decode(ReadOnlySpan<byte> file)
    {
        if (file.Length < 12 || !file.StartsWith("RIFF"u8) || !file[8..12].SequenceEqual("WAVE"u8))
        {
            throw new InvalidDataException(file.Length == 0 ? "it is empty" : "it is no wav file");
        }

        Form? form = null;
        for (var at = 12; file.Length - at >= 8;)
        {
            var id = file.Slice(at, 4);
            var body = file[(at + 8)..];
            var length = (long)BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            if (id.SequenceEqual("data"u8))
            {
                // Programs that write into a pipe do not know the length, and say so by the largest number.
                var known = length < uint.MaxValue - 64;
                return form is null ? throw new InvalidDataException("its samples come before their format")
                    : known && length > body.Length ? throw new InvalidDataException($"it ends too early: {body.Length} of {length} bytes of samples are there")
                    : Mixed(body[..(known ? (int)length : body.Length)], form);
            }

            if (length > body.Length)
            {
                throw new InvalidDataException("it ends too early");
            }

            form = id.SequenceEqual("fmt "u8) ? Head(body[..(int)length]) : form;
            // Parts of an odd length are followed by a byte that counts for nothing.
            at += 8 + (int)length + ((int)length & 1);
        }

        throw new InvalidDataException("it has no samples");
    }

    private static Form Head(ReadOnlySpan<byte> body)
    {
        if (body.Length < 16)
        {
            throw new InvalidDataException("its format takes too few bytes");
        }

        var tag = (int)BinaryPrimitives.ReadUInt16LittleEndian(body);
        if (tag == Extensible && body.Length >= 26)
        {
            tag = BinaryPrimitives.ReadUInt16LittleEndian(body[24..]);
        }

        var form = new Form(tag, BinaryPrimitives.ReadUInt16LittleEndian(body[2..]), BinaryPrimitives.ReadInt32LittleEndian(body[4..]), BinaryPrimitives.ReadUInt16LittleEndian(body[14..]));
        return (form.Tag, form.Bits) is not ((Pcm, 8 or 16 or 24 or 32) or (Float, 32 or 64))
            ? throw new InvalidDataException($"it holds samples of format {form.Tag} with {form.Bits} bits, which are not read: convert it to PCM")
            : form.Channels is < 1 or > 64 || form.Rate is < 1 or > 10_000_000
                ? throw new InvalidDataException($"it claims {form.Channels} channels at {form.Rate} samples a second")
                : form;
    }

    private static Sound Mixed(ReadOnlySpan<byte> data, Form form)
    {
        var size = form.Bits / 8;
        var samples = new float[data.Length / (size * form.Channels)];
        for (var i = 0; i < samples.Length; i++)
        {
            var sum = 0.0;
            for (var channel = 0; channel < form.Channels; channel++)
            {
                sum += Sample(data[(((i * form.Channels) + channel) * size)..], form);
            }

            samples[i] = (float)(sum / form.Channels);
        }

        return samples.Length == 0 ? throw new InvalidDataException("it has no samples")
            : samples.Any(sample => !float.IsFinite(sample)) ? throw new InvalidDataException("it has samples that are no numbers")
            : new(form.Rate, samples);
    }

    private static double Sample(ReadOnlySpan<byte> at, Form form) => (form.Tag, form.Bits) switch
    {
        (Float, 32) => BinaryPrimitives.ReadSingleLittleEndian(at),
        (Float, _) => BinaryPrimitives.ReadDoubleLittleEndian(at),
        (_, 8) => (at[0] - 128) / 128.0,
        (_, 16) => BinaryPrimitives.ReadInt16LittleEndian(at) / 32_768.0,
        (_, 24) => ((at[0] << 8) | (at[1] << 16) | (at[2] << 24)) / 2_147_483_648.0,
        _ => BinaryPrimitives.ReadInt32LittleEndian(at) / 2_147_483_648.0,
    };
}
