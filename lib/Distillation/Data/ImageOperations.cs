using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>What an automatic augmentation does to an image; the words of AutoAugment (Cubuk et al. 2019, table 6).</summary>
public enum ImageOperation
{
    /// <summary>Nothing.</summary>
    Identity,

    /// <summary>Each row moved by so many pixels per pixel of its height from the upper edge.</summary>
    ShearX,

    /// <summary>Each column moved by so many pixels per pixel of its distance from the left edge.</summary>
    ShearY,

    /// <summary>Moved to the right by so many pixels.</summary>
    TranslateX,

    /// <summary>Moved down by so many pixels.</summary>
    TranslateY,

    /// <summary>Turned against the clock by so many degrees.</summary>
    Rotate,

    /// <summary>Between black (0) and the image (1), or beyond.</summary>
    Brightness,

    /// <summary>Between its grey picture (0) and the image (1), or beyond.</summary>
    Color,

    /// <summary>Between its mean grey (0) and the image (1), or beyond.</summary>
    Contrast,

    /// <summary>Between its blurred picture (0) and the image (1), or beyond; the border stays.</summary>
    Sharpness,

    /// <summary>Only so many of the upper bits of each value.</summary>
    Posterize,

    /// <summary>Values from a threshold on inverted.</summary>
    Solarize,

    /// <summary>Every channel stretched from 0 to 255.</summary>
    AutoContrast,

    /// <summary>Every channel's values spread evenly.</summary>
    Equalize,

    /// <summary>255 less every value.</summary>
    Invert,
}

/// <summary>Operations on whole batches on their device, each image with a magnitude of its own; within one grey level of torchvision's on tensors, nearest pixel, black outside.</summary>
public static class ImageOperations
{
    /// <summary>One operation.</summary>
    /// <param name="operation">Which.</param>
    /// <param name="images">[B, C, H, W] float32, whole numbers 0 … 255; 1 or 3 channels.</param>
    /// <param name="magnitude">[B] float32, what the operation's description counts in.</param>
    /// <returns>[B, C, H, W] float32, whole numbers 0 … 255.</returns>
    public static Tensor Apply(ImageOperation operation, Tensor images, Tensor magnitude)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (images.shape[2], images.shape[3]);
        var each = magnitude.reshape(-1, 1, 1, 1);
        var (zero, one) = (zeros_like(magnitude), ones_like(magnitude));
        var result = operation switch
        {
            ImageOperation.Identity => images.alias(),
            ImageOperation.ShearX => Moved(images, one, magnitude, magnitude * (height * 0.5), zero, one, zero),
            ImageOperation.ShearY => Moved(images, one, zero, zero, magnitude, one, magnitude * (width * 0.5)),
            ImageOperation.TranslateX => Moved(images, one, zero, -magnitude, zero, one, zero),
            ImageOperation.TranslateY => Moved(images, one, zero, zero, zero, one, -magnitude),
            ImageOperation.Rotate => Turned(images, magnitude * (Math.PI / 180)),
            ImageOperation.Brightness => Blended(images, zeros_like(images), each),
            ImageOperation.Color => images.shape[1] == 1 ? images.alias() : Blended(images, Grey(images), each),
            ImageOperation.Contrast => Blended(images, Grey(images).mean([1, 2, 3], keepdim: true), each),
            ImageOperation.Sharpness => height < 3 || width < 3 ? images.alias() : Blended(images, Blurred(images), each),
            ImageOperation.Posterize => (8 - each).floor().mul(Math.Log(2)).exp().round() is var size ? (images / size).floor() * size : images,
            ImageOperation.Solarize => (255 - images).where(images.ge(each), images),
            ImageOperation.AutoContrast => Stretched(images),
            ImageOperation.Equalize => Equalized(images),
            ImageOperation.Invert => 255 - images,
            _ => throw new ArgumentOutOfRangeException(nameof(operation)),
        };
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>A rectangle of one colour in each image.</summary>
    /// <param name="images">[B, C, H, W] float32.</param>
    /// <param name="top">[B] Int64: the first row.</param>
    /// <param name="bottom">[B] Int64: the last row, which may lie outside.</param>
    /// <param name="left">[B] Int64: the first column.</param>
    /// <param name="right">[B] Int64: the last column.</param>
    /// <param name="where">[B] bool: which images have one.</param>
    /// <param name="colour">One value per channel.</param>
    public static Tensor Covered(Tensor images, Tensor top, Tensor bottom, Tensor left, Tensor right, Tensor where, IReadOnlyList<double> colour)
    {
        using var scope = NewDisposeScope();
        var inside = Between(top, bottom, images.shape[2]).unsqueeze(2).logical_and(Between(left, right, images.shape[3]).unsqueeze(1)).logical_and(where.reshape(-1, 1, 1)).unsqueeze(1);
        var paint = cat([.. colour.Take((int)images.shape[1]).Select(value => full([1, 1, 1, 1], (float)value, ScalarType.Float32, images.device))], 1);
        return paint.where(inside, images).MoveToOuterDisposeScope();

        static Tensor Between(Tensor first, Tensor last, long length)
        {
            var places = arange(length, ScalarType.Int64, first.device).unsqueeze(0);
            return places.ge(first.unsqueeze(1)).logical_and(places.le(last.unsqueeze(1)));
        }
    }

    // Where each pixel comes from: (a x + b y + c, d x + e y + f), from the image's centre.
    private static Tensor Moved(Tensor images, params Tensor[] abcdef)
    {
        var (height, width) = (images.shape[2], images.shape[3]);
        var x = Axis(width, images.device).unsqueeze(0).expand(height, width);
        var y = Axis(height, images.device).unsqueeze(1).expand(height, width);
        var places = stack([x, y, ones_like(x)], 2).view(1, height * width, 3).expand(images.shape[0], -1, -1);
        var columns = new[] { stack(abcdef[..3], 1) / (0.5 * width), stack(abcdef[3..], 1) / (0.5 * height) };
        var grid = places.bmm(stack(columns, 2)).view(-1, height, width, 2);
        return F.grid_sample(images, grid, GridSampleMode.Nearest, GridSamplePaddingMode.Zeros, align_corners: false);

        static Tensor Axis(long length, Device device) => arange(length, ScalarType.Float32, device).add_(0.5 - (length * 0.5));
    }

    private static Tensor Turned(Tensor images, Tensor angle) =>
        (angle.cos(), angle.sin(), zeros_like(angle)) is var (cosine, sine, none) ? Moved(images, cosine, -sine, none, sine, cosine, none) : images;

    private static Tensor Blended(Tensor images, Tensor other, Tensor share) => ((images * share) + (other * (1 - share))).clamp_(0, 255).floor_();

    private static Tensor Grey(Tensor images) => images.shape[1] == 1
        ? images
        : ((images.narrow(1, 0, 1) * 0.2989) + (images.narrow(1, 1, 1) * 0.587) + (images.narrow(1, 2, 1) * 0.114)).floor_();

    // The mean of a pixel, counted five times, and its eight neighbours.
    private static Tensor Blurred(Tensor images)
    {
        var (height, width) = (images.shape[2], images.shape[3]);
        var sum = F.avg_pool2d(images, 3, stride: 1).mul_(9).add_(images.narrow(2, 1, height - 2).narrow(3, 1, width - 2), alpha: 4);
        var blurred = images.clone();
        blurred.narrow(2, 1, height - 2).narrow(3, 1, width - 2).copy_(sum.div_(13).round_());
        return blurred;
    }

    private static Tensor Stretched(Tensor images)
    {
        var (low, high) = (images.amin([2, 3], keepdim: true), images.amax([2, 3], keepdim: true));
        var flat = high.eq(low);
        var scale = (255 / (high - low).masked_fill(flat, 255)).masked_fill(flat, 1);
        return ((images - low.masked_fill(flat, 0)) * scale).clamp_(0, 255).floor_();
    }

    // Pillow's way: the brightest value does not count for how many pixels make a step.
    private static Tensor Equalized(Tensor images)
    {
        var (count, pixels) = (images.shape[0] * images.shape[1], images.shape[2] * images.shape[3]);
        var values = images.reshape(count, pixels).to_type(ScalarType.Int64);
        var histogram = zeros(count, 256, ScalarType.Int64, images.device).scatter_add_(1, values, ones_like(values));
        var step = (pixels - histogram.gather(1, values.amax([1], keepdim: true))).div(255, RoundingMode.floor);
        var some = step.clamp(min: 1);
        var table = (histogram.cumsum(1) - histogram + some.div(2, RoundingMode.floor)).div(some, RoundingMode.floor).clamp_(0, 255);
        return table.gather(1, values).where(step.gt(0), values).to_type(ScalarType.Float32).view(images.shape);
    }
}
