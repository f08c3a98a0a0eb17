using System.Text.Json.Serialization;

namespace Distillation;

/// <summary>
/// What a data set of images is: a value without tensors, and a part of an experiment's canonical text. <see cref="DataLoading.Load(DataFolder, Dataset, TorchSharp.torch.Device)"/> turns it into tensors.
/// </summary>
/// <param name="Name">Its name in <see cref="Datasets"/> and in <c>data/catalog.json</c>, for example <c>cifar100</c>.</param>
/// <param name="Classes">Labels are 0 … Classes - 1.</param>
/// <param name="Channels">1 for grey, 3 for red, green, blue.</param>
/// <param name="Height">Rows of an image.</param>
/// <param name="Width">Columns of an image.</param>
/// <param name="TrainCount">Training images of the whole set, whatever <see cref="Subset"/> says.</param>
/// <param name="TestCount">Test images; never reduced.</param>
/// <param name="Normalization">Mean and standard deviation of each channel, of pixels scaled to 0 … 1.</param>
public sealed record Dataset(
    string Name, int Classes, int Channels, int Height, int Width, long TrainCount, long TestCount, Normalization Normalization)
{
    /// <summary>Only so many of the training images; null for all of them.</summary>
    public Subset? Subset { get; init; }

    /// <summary>What becomes of an image of another size, in data sets that are folders of images or <see cref="Sized"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Fit Fit { get; init; }

    /// <summary>Which files a folder of one's own holds, of which class and how long, as a digest; null for a published data set, whose name says it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Content { get; init; }

    /// <summary>The training images there are after <see cref="Subset"/>.</summary>
    [JsonIgnore]
    public long Images => Subset?.Count ?? TrainCount;

    /// <summary>The size of the images in the files, where <see cref="Sized"/> asks for another.</summary>
    internal (int Height, int Width)? Stored { get; init; }

    /// <summary>The data set as its files have it.</summary>
    internal Dataset AsStored => Stored is var (height, width) ? this with { Height = height, Width = width, Stored = null } : this;

    /// <summary>The same data set with images of another size, by bilinear interpolation; sounds and texts cannot be read so.</summary>
    /// <exception cref="BadInput">A side is below 1.</exception>
    public Dataset Sized(int height, int width, Fit fit = Fit.Cover) => height >= 1 && width >= 1
        ? this with { Height = height, Width = width, Fit = fit, Stored = Stored ?? (Height, Width) }
        : throw new BadInput($"Images of {height}x{width} pixels cannot be: give sides of at least 1.");

    /// <summary>
    /// The same data set with <paramref name="count"/> training images, equally many of every class as far as that divides. The draw for a
    /// larger count with the same seed contains the draw for a smaller one where both divide by the number of classes.
    /// </summary>
    /// <exception cref="BadInput">The count is below 1 or above <see cref="TrainCount"/>.</exception>
    public Dataset Take(int count, long seed = 0) =>
        count >= 1 && count <= TrainCount
            ? this with { Subset = new(count, seed) }
            : throw new BadInput($"{Name} has {TrainCount} training images, so {count} of them cannot be taken: ask for 1 to {TrainCount}.");
}

/// <summary>A balanced draw of training images; which ones depends on the seed alone, not on the device or the version of libtorch.</summary>
/// <param name="Count">Images in all.</param>
/// <param name="Seed">Of the key that the draw is made from.</param>
public sealed record Subset(int Count, long Seed = 0);

/// <summary>
/// Per channel c: normalised = (pixel / 255 - Mean[c]) / Std[c]. Two normalisations are equal when their numbers are.
/// </summary>
/// <param name="Mean">One number per channel, of pixels scaled to 0 … 1.</param>
/// <param name="Std">One positive number per channel, in the same unit.</param>
public sealed record Normalization(IReadOnlyList<double> Mean, IReadOnlyList<double> Std)
{
    // Below it, pixels between 0 and 1 would become numbers whose squares a network cannot add up.
    private const double LeastStd = 0.0001;

    /// <summary>Statistics of as many channels as there are means.</summary>
    public IReadOnlyList<double> Std { get; init; } = Mean.Count == Std.Count && Std.All(s => s >= LeastStd)
        ? Std
        : throw new BadInput(FormattableString.Invariant($"A normalisation needs one standard deviation of at least {LeastStd} per mean, not {Mean.Count} means with deviations {string.Join(", ", Std)}."));

    /// <summary>Values as they are, whatever their type: for inputs that are no images, such as texts.</summary>
    public static Normalization None { get; } = new([], []);

    /// <inheritdoc/>
    public bool Equals(Normalization? other) => other is not null && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode() => Mean.Concat(Std).Aggregate(17, HashCode.Combine);

    /// <summary>For example <c>mean 0.1307, std 0.3081</c>.</summary>
    public override string ToString() => Mean.Count == 0 ? "none" : $"mean {string.Join(" ", Mean)}, std {string.Join(" ", Std)}";
}
