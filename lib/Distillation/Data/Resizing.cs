using static TorchSharp.torch;

namespace Distillation;

/// <summary>Images that lie in a file as bytes, in another size than they have there.</summary>
internal static class Resizing
{
    /// <summary>The images in a data set's size, one by one as a folder's images are resized; themselves where they have it.</summary>
    /// <param name="split">On the host, uint8 [N, C, H, W].</param>
    /// <param name="dataset">Whose size and fit.</param>
    /// <exception cref="BadInput">They are more than an array can hold.</exception>
    public static Split Resized(this Split split, Dataset dataset)
    {
        if (split.Images.shape is not [var count, var channels, var height, var width] || (height, width) == (dataset.Height, dataset.Width))
        {
            return split;
        }

        var (own, wanted) = ((int)(height * width), dataset.Height * dataset.Width);
        if (count * channels * wanted > Array.MaxLength)
        {
            throw new BadInput($"{count} images of {dataset.Name} with {dataset.Height}x{dataset.Width} pixels are more bytes than can be held at once; take fewer or smaller ones.");
        }

        var (from, to) = (split.Images.data<byte>().ToArray(), new byte[count * channels * wanted]);
        // Every channel is a grey image of its own.
        Parallel.For(0, (int)(count * channels), plane => new Bitmap((int)width, (int)height, 1, from[(plane * own)..((plane + 1) * own)])
            .Resized(dataset.Width, dataset.Height, dataset.Fit).Pixels.CopyTo(to, plane * wanted));
        return split with { Images = tensor(to, [count, channels, dataset.Height, dataset.Width]) };
    }
}
