namespace Distillation;

/// <summary>Where a method's guidance comes from. A closed set of cases.</summary>
public abstract record Teacher
{
    private Teacher()
    {
    }

    /// <summary>From nobody: the labels alone, or rules without a network.</summary>
    public sealed record None : Teacher;

    /// <summary>From networks that were trained before and stay as they are; the experiment names them.</summary>
    /// <param name="Least">How many there must be.</param>
    /// <param name="Most">How many there may be.</param>
    public sealed record Frozen(int Least = 1, int Most = 1) : Teacher;

    /// <summary>From what the method remembers, such as snapshots of the student.</summary>
    public sealed record Remembered : Teacher;

    /// <summary>From the student itself under another <see cref="Pass"/>, view or exit.</summary>
    public sealed record Self : Teacher;

    /// <summary>From players that learn beside the student.</summary>
    public sealed record Peers : Teacher;

    /// <summary>How many frozen networks an experiment must name, and how many it may.</summary>
    public (int Least, int Most) Count => this is Frozen frozen ? (frozen.Least, frozen.Most) : (0, 0);
}

/// <summary>What the batches of a method's training are made of. A closed set of cases.</summary>
public abstract record Feed
{
    private Feed()
    {
    }

    /// <summary>The experiment's own training images with their labels.</summary>
    public sealed record Own : Feed
    {
        /// <inheritdoc/>
        public override string ToString() => "the training images";
    }

    /// <summary>The training images of another data set, of the same size, without labels.</summary>
    public sealed record Other(Dataset Dataset) : Feed
    {
        /// <inheritdoc/>
        public override string ToString() => Dataset.Subset is { } part ? $"{part.Count} images of {Dataset.Name} (draw {part.Seed})" : Dataset.Name;
    }

    /// <summary>Normal noise in place of images: vectors for a generator, or of the images' own shape; no training image is seen. An epoch has <paramref name="StepsPerEpoch"/> steps.</summary>
    /// <param name="Length">Of a vector, [B, Length]; null for [B, C, H, W].</param>
    /// <param name="StepsPerEpoch">Full batches of one epoch.</param>
    public sealed record Noise(int? Length, int StepsPerEpoch) : Feed
    {
        /// <inheritdoc/>
        public override string ToString() => $"noise ({(Length is { } length ? $"{length} numbers" : "images")}, {StepsPerEpoch} steps an epoch)";
    }

    /// <summary>Images that were made to fit a record of the teacher's activations over the training images, without labels; who learns from them sees no training image.</summary>
    /// <param name="How">How many there are, and how they are made.</param>
    public sealed record Recorded(RecordedImages How) : Feed
    {
        /// <inheritdoc/>
        public override string ToString() => $"{How.Count} images of activation records";
    }

    /// <summary>Whether something of the training images gets to the student: themselves, or what was recorded of them.</summary>
    public bool NeedsTraining => this is Own or Recorded;

    /// <summary>Whether there are labels to learn from and to judge the training accuracy by.</summary>
    public bool HasLabels => this is Own;
}
