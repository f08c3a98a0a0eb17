using static TorchSharp.torch;

namespace Distillation;

/// <summary>Tensors as pictures.</summary>
public static class Pictures
{
    private const byte Gap = 255;

    /// <summary>Whether a tensor is taken for a picture, or for several: [H, W] is not; [1 or 3, H, W] and [B, 1 or 3, H, W] are, from 4 to 1024 pixels a side.</summary>
    public static bool IsPicture(this Tensor tensor) =>
        tensor.shape is [1 or 3, >= 4 and <= 1024, >= 4 and <= 1024] or [> 0, 1 or 3, >= 4 and <= 1024, >= 4 and <= 1024]
        && tensor.dtype is ScalarType.Byte or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float64;

    /// <summary>One image.</summary>
    /// <param name="image">[C, H, W] with 1 or 3 channels, or [H, W]. Bytes are taken as they are; floats from 0 to 1 too; other floats (normalised images) from their smallest to their largest value.</param>
    /// <exception cref="BadInput">It has another shape.</exception>
    public static Picture ToPicture(this Tensor image)
    {
        var shape = image.shape;
        var (channels, height, width) = shape switch
        {
            [1 or 3, > 0, > 0] => ((int)shape[0], (int)shape[1], (int)shape[2]),
            [> 0, > 0] => (1, (int)shape[0], (int)shape[1]),
            _ => throw new BadInput($"A picture is a tensor of [1 or 3, height, width] or [height, width], not [{string.Join(", ", shape)}]; take one image of a batch, or Pictures.ContactSheet."),
        };
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return new(width, height, channels, Bytes(Rows(image.reshape(channels, height, width))));
    }

    /// <summary>Images side by side with a white line between them.</summary>
    /// <param name="images">[B, C, H, W] with 1 or 3 channels.</param>
    /// <param name="columns">How many beside each other; as many as make the sheet about square without it.</param>
    /// <param name="most">Further images are left out.</param>
    /// <param name="each">Whether each image is stretched from its own smallest to its own largest value (for feature maps), or all alike.</param>
    /// <exception cref="BadInput">It has another shape.</exception>
    public static Picture ContactSheet(Tensor images, int? columns = null, int most = 64, bool each = false)
    {
        if (images.shape is not [> 0, 1 or 3, > 0, > 0])
        {
            throw new BadInput($"A contact sheet shows a tensor of [images, 1 or 3, height, width], not [{string.Join(", ", images.shape)}].");
        }

        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var count = (int)Math.Min(images.shape[0], most);
        var (channels, height, width) = ((int)images.shape[1], (int)images.shape[2], (int)images.shape[3]);
        var across = Math.Min(columns ?? (int)Math.Ceiling(Math.Sqrt(count * 1.6)), count);
        var down = ((count - 1) / across) + 1;
        var shown = images.narrow(0, 0, count);
        byte[][] tiles = each
            ? [.. Enumerable.Range(0, count).Select(i => Bytes(Rows(shown[i])))]
            : [.. Bytes(Rows(shown)).Chunk(channels * height * width)];
        var sheet = new Picture((across * (width + 1)) - 1, (down * (height + 1)) - 1, channels, new byte[((across * (width + 1)) - 1) * ((down * (height + 1)) - 1) * channels]);
        Array.Fill(sheet.Pixels, Gap);
        for (var i = 0; i < count; i++)
        {
            for (var y = 0; y < height; y++)
            {
                var to = ((((i / across * (height + 1)) + y) * sheet.Width) + (i % across * (width + 1))) * channels;
                tiles[i].AsSpan(y * width * channels, width * channels).CopyTo(sheet.Pixels.AsSpan(to));
            }
        }

        return sheet;
    }

    // Channels last, as files have them.
    private static Tensor Rows(Tensor images) => images.dim() == 4 ? images.permute(0, 2, 3, 1) : images.permute(1, 2, 0);

    private static byte[] Bytes(Tensor rows)
    {
        var plain = rows.detach().cpu();
        if (plain.dtype != ScalarType.Byte)
        {
            var values = plain.to_type(ScalarType.Float32);
            var (low, high) = (values.min().item<float>(), values.max().item<float>());
            // What a network saw is centred around 0; a probability or a pixel between 0 and 1 keeps its brightness.
            var (from, span) = low >= 0 && high <= 1 ? (0f, 1f) : (low, high > low ? high - low : 1f);
            plain = ((values - from) * (255f / span)).round().clamp(0, 255).to_type(ScalarType.Byte);
        }

        return plain.contiguous().data<byte>().ToArray();
    }
}
