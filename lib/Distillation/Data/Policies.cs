using static TorchSharp.torch;

namespace Distillation;

/// <summary>Which operations an automatic augmentation draws for which image.</summary>
internal static class Policies
{
    // What the operations' magnitudes are at a share u of their range in FixMatch's list, which MLKD uses; sizes are in pixels.
    private static readonly (ImageOperation Operation, double Low, double High)[] drawn =
    [
        (ImageOperation.AutoContrast, 0, 1), (ImageOperation.Brightness, 0.05, 0.95), (ImageOperation.Color, 0.05, 0.95), (ImageOperation.Contrast, 0.05, 0.95), (ImageOperation.Equalize, 0, 1),
        (ImageOperation.Identity, 0, 1), (ImageOperation.Posterize, 4, 8), (ImageOperation.Rotate, -30, 30), (ImageOperation.Sharpness, 0.05, 0.95), (ImageOperation.ShearX, -0.3, 0.3),
        (ImageOperation.ShearY, -0.3, 0.3), (ImageOperation.Solarize, 0, 256), (ImageOperation.TranslateX, -0.3, 0.3), (ImageOperation.TranslateY, -0.3, 0.3),
    ];

    // AutoAugment's policy for CIFAR-10 (Cubuk et al. 2019, table 7): two operations each with its probability and its magnitude in tenths of the range.
    private static readonly (ImageOperation Operation, double Probability, int Bin)[][] cifar =
    [
        [(ImageOperation.Invert, 0.1, 0), (ImageOperation.Contrast, 0.2, 6)], [(ImageOperation.Rotate, 0.7, 2), (ImageOperation.TranslateX, 0.3, 9)],
        [(ImageOperation.Sharpness, 0.8, 1), (ImageOperation.Sharpness, 0.9, 3)], [(ImageOperation.ShearY, 0.5, 8), (ImageOperation.TranslateY, 0.7, 9)],
        [(ImageOperation.AutoContrast, 0.5, 0), (ImageOperation.Equalize, 0.9, 0)], [(ImageOperation.ShearY, 0.2, 7), (ImageOperation.Posterize, 0.3, 7)],
        [(ImageOperation.Color, 0.4, 3), (ImageOperation.Brightness, 0.6, 7)], [(ImageOperation.Sharpness, 0.3, 9), (ImageOperation.Brightness, 0.7, 9)],
        [(ImageOperation.Equalize, 0.6, 0), (ImageOperation.Equalize, 0.5, 0)], [(ImageOperation.Contrast, 0.6, 7), (ImageOperation.Sharpness, 0.6, 5)],
        [(ImageOperation.Color, 0.7, 7), (ImageOperation.TranslateX, 0.5, 8)], [(ImageOperation.Equalize, 0.3, 0), (ImageOperation.AutoContrast, 0.4, 0)],
        [(ImageOperation.TranslateY, 0.4, 3), (ImageOperation.Sharpness, 0.2, 6)], [(ImageOperation.Brightness, 0.9, 6), (ImageOperation.Color, 0.2, 8)],
        [(ImageOperation.Solarize, 0.5, 2), (ImageOperation.Invert, 0.0, 0)], [(ImageOperation.Equalize, 0.2, 0), (ImageOperation.AutoContrast, 0.6, 0)],
        [(ImageOperation.Equalize, 0.2, 0), (ImageOperation.Equalize, 0.6, 0)], [(ImageOperation.Color, 0.9, 9), (ImageOperation.Equalize, 0.6, 0)],
        [(ImageOperation.AutoContrast, 0.8, 0), (ImageOperation.Solarize, 0.2, 8)], [(ImageOperation.Brightness, 0.1, 3), (ImageOperation.Color, 0.7, 0)],
        [(ImageOperation.Solarize, 0.4, 5), (ImageOperation.AutoContrast, 0.9, 0)], [(ImageOperation.TranslateY, 0.9, 9), (ImageOperation.TranslateY, 0.7, 9)],
        [(ImageOperation.AutoContrast, 0.9, 0), (ImageOperation.Solarize, 0.8, 3)], [(ImageOperation.Equalize, 0.8, 0), (ImageOperation.Invert, 0.1, 0)],
        [(ImageOperation.TranslateY, 0.7, 9), (ImageOperation.AutoContrast, 0.9, 0)],
    ];

    /// <summary>So many operations of FixMatch's list one after another, each image's own, then a rectangle of at most half the side in the colour of an average image.</summary>
    public static Tensor Random(Tensor images, int operations, Key key)
    {
        var x = images.to_type(ScalarType.Float32);
        for (var round = 0; round < operations; round++)
        {
            var choice = key.Fold("operation").Fold(round).Integers(0, drawn.Length, [x.shape[0]], x.device);
            var share = key.Fold("magnitude").Fold(round).Uniform([x.shape[0]], x.device);
            x = drawn.Select((one, i) => (one.Operation, Where: choice.eq(i), Magnitude: Magnitude(one, share, images.shape))).Aggregate(x, Chosen);
        }

        return Holed(x, key.Fold("hole")).to_type(ScalarType.Byte);
    }

    /// <summary>One of 25 pairs of operations for each image, each of the two with its probability.</summary>
    public static Tensor Cifar(Tensor images, Key key)
    {
        var x = images.to_type(ScalarType.Float32);
        var count = x.shape[0];
        var policy = key.Fold("policy").Integers(0, cifar.Length, [count], x.device);
        foreach (var turn in new[] { 0, 1 })
        {
            var chance = key.Fold("chance").Fold(turn).Uniform([count], x.device);
            var sign = key.Fold("sign").Fold(turn).Chance(0.5, [count], x.device).to_type(ScalarType.Float32).mul(2).sub(1);
            // Operations that several policies have are done once, each image with its policy's magnitude.
            x = cifar.Select((pair, i) => (pair[turn].Operation, pair[turn].Probability, pair[turn].Bin, Policy: i)).GroupBy(one => one.Operation).Select(group => (
                Operation: group.Key,
                Where: group.Select(one => policy.eq(one.Policy).logical_and(chance.le(one.Probability))).Aggregate((sum, one) => sum.logical_or(one)),
                Magnitude: group.Select(one => policy.eq(one.Policy).to_type(ScalarType.Float32) * Binned(one.Operation, one.Bin, sign, images.shape)).Aggregate((sum, one) => sum + one)))
                .Aggregate(x, Chosen);
        }

        return x.to_type(ScalarType.Byte);
    }

    private static Tensor Chosen(Tensor images, (ImageOperation Operation, Tensor Where, Tensor Magnitude) one) => one.Operation == ImageOperation.Identity
        ? images
        : ImageOperations.Apply(one.Operation, images, one.Magnitude).where(one.Where.reshape(-1, 1, 1, 1), images);

    private static Tensor Magnitude((ImageOperation Operation, double Low, double High) range, Tensor share, long[] shape) =>
        (share * (range.High - range.Low)).add_(range.Low) is var value && range.Operation switch { ImageOperation.TranslateX => shape[3], ImageOperation.TranslateY => shape[2], _ => 0 } is > 0 and var side
            ? value.mul_(side).round_()
            : range.Operation == ImageOperation.Posterize ? value.floor_() : value;

    // torchvision's ranges in ten steps from 0 to 9.
    private static Tensor Binned(ImageOperation operation, int bin, Tensor sign, long[] shape) => operation switch
    {
        ImageOperation.ShearX or ImageOperation.ShearY => sign * (0.3 * bin / 9),
        ImageOperation.TranslateX => sign * Math.Floor(150.0 / 331 * shape[3] * bin / 9),
        ImageOperation.TranslateY => sign * Math.Floor(150.0 / 331 * shape[2] * bin / 9),
        ImageOperation.Rotate => sign * (30.0 * bin / 9),
        ImageOperation.Brightness or ImageOperation.Color or ImageOperation.Contrast or ImageOperation.Sharpness => (sign * (0.9 * bin / 9)).add_(1),
        ImageOperation.Posterize => ones_like(sign) * (8 - Math.Round(bin / (9 / 4.0))),
        ImageOperation.Solarize => ones_like(sign) * (255 - (255.0 * bin / 9)),
        _ => zeros_like(sign),
    };

    private static Tensor Holed(Tensor images, Key key)
    {
        var (count, height, width) = (images.shape[0], images.shape[2], images.shape[3]);
        var size = key.Fold("size").Uniform([count], images.device).mul_(0.5 * width);
        var (top, bottom) = Ends("y", height);
        var (left, right) = Ends("x", width);
        return ImageOperations.Covered(images, top, bottom, left, right, size.gt(0), [125, 123, 114]);

        (Tensor First, Tensor Last) Ends(string axis, long length)
        {
            var first = key.Fold(axis).Uniform([count], images.device).mul_(length).sub_(size / 2).clamp_(min: 0).floor_();
            return (first.to_type(ScalarType.Int64), (first + size).floor_().to_type(ScalarType.Int64));
        }
    }
}
