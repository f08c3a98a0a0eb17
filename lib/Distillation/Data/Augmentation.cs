using System.Text.Json.Serialization;

namespace Distillation;

/// <summary>
/// How a batch of training images is varied: a value, part of a recipe's canonical text. What each case does to pixels is in
/// <see cref="Augmenting"/>. <c>new Augmentation.PadCrop(4).Then(new Augmentation.Flip())</c> is the usual one.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(None), "none")]
[JsonDerivedType(typeof(PadCrop), "pad-crop")]
[JsonDerivedType(typeof(Flip), "flip")]
[JsonDerivedType(typeof(Rotation), "rotation")]
[JsonDerivedType(typeof(Cutout), "cutout")]
[JsonDerivedType(typeof(RandAugment), "rand-augment")]
[JsonDerivedType(typeof(AutoAugment), "auto-augment")]
[JsonDerivedType(typeof(Then), "then")]
public abstract record Augmentation
{
    // Closed: the cases below are all there are.
    private Augmentation()
    {
    }

    /// <summary>For tables: <c>pad-crop 4, flip 0.5</c>.</summary>
    public sealed override string ToString() => this switch
    {
        PadCrop(var padding) => $"pad-crop {padding}",
        Flip(var probability) => $"flip {probability}",
        Rotation(var degrees) => $"rotation {degrees}",
        Cutout(var side) => $"cutout {side}",
        RandAugment(var operations) => $"rand-augment {operations}",
        AutoAugment => "auto-augment",
        Then(None, var second) => $"{second}",
        Then(var first, None) => $"{first}",
        Then(var first, var second) => $"{first}, {second}",
        _ => "none",
    };

    /// <summary>Images as they are.</summary>
    public sealed record None : Augmentation;

    /// <summary>Black pixels on every side, then a window of the original size at a random place.</summary>
    /// <param name="Padding">Pixels added on each side; the window moves by -Padding … Padding.</param>
    public sealed record PadCrop(int Padding) : Augmentation
    {
        /// <summary>Pixels added on each side.</summary>
        public int Padding { get; init; } = Padding >= 0 ? Padding : throw new BadInput($"The padding of a crop is 0 or more pixels, not {Padding}.");
    }

    /// <summary>Left and right exchanged.</summary>
    /// <param name="Probability">Of each image, 0 … 1.</param>
    public sealed record Flip(double Probability = 0.5) : Augmentation
    {
        /// <summary>Of each image.</summary>
        public double Probability { get; init; } =
            Probability is >= 0 and <= 1 ? Probability : throw new BadInput($"The probability of a flip is between 0 and 1, not {Probability}.");
    }

    /// <summary>Turned about its centre by an angle of its own, anywhere within ±<paramref name="Degrees"/>: nearest pixel, black outside, as torchvision's RandomRotation.</summary>
    /// <param name="Degrees">The largest angle, 0 … 180; 15 is usual for Tiny ImageNet.</param>
    public sealed record Rotation(double Degrees) : Augmentation
    {
        /// <summary>The largest angle.</summary>
        public double Degrees { get; init; } = Degrees is >= 0 and <= 180 ? Degrees : throw new BadInput($"A rotation is by at most 0 to 180 degrees, not {Degrees}.");
    }

    /// <summary>
    /// A square of zeros in the normalised image, which is a square of the mean colour (DeVries, Taylor 2017, arXiv:1708.04552). Its centre
    /// is any pixel, so that a part of it may lie outside. It comes last, because it acts on normalised images.
    /// </summary>
    /// <param name="Side">Pixels; as published, an odd side covers one pixel less.</param>
    public sealed record Cutout(int Side) : Augmentation
    {
        /// <summary>Pixels.</summary>
        public int Side { get; init; } = Side >= 1 ? Side : throw new BadInput($"The side of a cutout is 1 or more pixels, not {Side}.");
    }

    /// <summary>
    /// Operations of a list, each image its own, with magnitudes drawn from all of their range, then a rectangle of one colour: RandAugment (Cubuk et al. 2020) as FixMatch has it, and MLKD after it.
    /// For images of 1 or 3 channels.
    /// </summary>
    /// <param name="Operations">How many for each image.</param>
    public sealed record RandAugment(int Operations = 2) : Augmentation
    {
        /// <summary>How many for each image.</summary>
        public int Operations { get; init; } = Operations is >= 1 and <= 100 ? Operations : throw new BadInput($"RandAugment does 1 to 100 operations, not {Operations}.");
    }

    /// <summary>The policy that AutoAugment (Cubuk et al. 2019) found for CIFAR-10: 25 pairs of operations, one pair for each image. As torchvision has it. For images of 1 or 3 channels.</summary>
    public sealed record AutoAugment : Augmentation;

    /// <summary>One after the other.</summary>
    /// <param name="First">What comes first.</param>
    /// <param name="Second">What follows.</param>
    public sealed record Then(Augmentation First, Augmentation Second) : Augmentation;
}

/// <summary>Augmentations in common use.</summary>
public static class Augmentations
{
    /// <summary>None at all.</summary>
    public static Augmentation None { get; } = new Augmentation.None();

    /// <summary>Crop after padding by 4, then flip: what nearly all published CIFAR results use.</summary>
    public static Augmentation CropFlip { get; } = new Augmentation.PadCrop(4).Then(new Augmentation.Flip());

    /// <summary><paramref name="first"/>, followed by <paramref name="second"/>.</summary>
    public static Augmentation Then(this Augmentation first, Augmentation second) => new Augmentation.Then(first, second);
}
