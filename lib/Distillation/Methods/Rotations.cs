using static TorchSharp.torch;

namespace Distillation;

/// <summary>A batch in four rotations as one batch of four times the size: the images as they are, then all of them turned by 90, 180 and 270 degrees.</summary>
public static class Rotations
{
    /// <summary>How many there are.</summary>
    public const int Count = 4;

    /// <summary>[4B, C, H, W]; square images.</summary>
    public static View View { get; } = new("rotations", (images, _) => Of(images)) { PlainFirst = true };

    /// <summary>Of values in the order of the view, those of the images as they are.</summary>
    public static Tensor Upright(Tensor values) => values.narrow(0, 0, values.shape[0] / Count);

    /// <summary>Those of the turned images, all of one rotation after all of another.</summary>
    public static Tensor Turned(Tensor values) => values.narrow(0, values.shape[0] / Count, values.shape[0] / Count * (Count - 1));

    // Joining keeps the layout of the first, in which convolutions are fast.
    private static Tensor Of(Tensor images) => cat([images, .. Enumerable.Range(1, Count - 1).Select(turns => images.rot90(turns, (2, 3)))], 0);
}
