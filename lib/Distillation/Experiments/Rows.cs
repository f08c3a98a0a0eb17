namespace Distillation;

/// <summary>
/// One run as a row of <c>runs</c>: every setting and what came out. Accuracies are shares, 0 … 1, on the test split; "best" is selected on the test split and named so.
/// </summary>
public sealed record RunRow
{
    /// <summary>The status of a run that reached its last epoch.</summary>
    public const string Ok = "ok";

    public string Id { get; init; } = "";

    /// <summary>UTC, when the run ended.</summary>
    public DateTime Finished { get; init; }

    public string Budget { get; init; } = "";

    public string Dataset { get; init; } = "";

    /// <summary>Training images of the data set that the run learned from; 0 where its batches were made of something else, as its <see cref="MethodText"/> says.</summary>
    public long TrainImages { get; init; }

    public string? Teacher { get; init; }

    /// <summary>The id of the run that trained the teacher, or the sha256 of its file.</summary>
    public string? TeacherId { get; init; }

    public string Student { get; init; } = "";

    public string Method { get; init; } = "";

    /// <summary>The method's name, version and all its settings.</summary>
    public string MethodText { get; init; } = "";

    public long Seed { get; init; }

    public int Epochs { get; init; }

    public int BatchSize { get; init; }

    /// <summary>The optimizer and its numbers, JSON.</summary>
    public string Optimizer { get; init; } = "";

    /// <summary>The learning rate over the run, JSON.</summary>
    public string RateSchedule { get; init; } = "";

    public string Augmentation { get; init; } = "";

    public string Compute { get; init; } = "";

    public bool ChannelsLast { get; init; }

    /// <summary>The largest norm of a gradient, where it was clipped.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Decay per step of the moving average, where one was kept.</summary>
    public double? Average { get; init; }

    /// <summary>What the labels meant, JSON.</summary>
    public string Task { get; init; } = "";

    /// <summary>The seed of the draw of training images, where not all were used.</summary>
    public long? SubsetSeed { get; init; }

    /// <summary><see cref="Ok"/>, or what went wrong.</summary>
    public string Status { get; init; } = "";

    /// <summary>Test accuracy after the last epoch; where the run was stopped, of the weights that were kept.</summary>
    public double LastAccuracy { get; init; }

    /// <summary>The highest test accuracy of any epoch: selected on the test split.</summary>
    public double BestAccuracy { get; init; }

    public int BestEpoch { get; init; }

    public double LastTestLoss { get; init; }

    /// <summary>The teacher's own test accuracy, where there is one.</summary>
    public double? TeacherAccuracy { get; init; }

    /// <summary>After the last epoch, of what is kept: the test accuracy of every exit and of their ensemble, JSON such as <c>{"exit-1":0.5,"exit-2":0.6,"ensemble":0.7}</c>; null for a network without exits.</summary>
    public string? ExitAccuracies { get; init; }

    public long Parameters { get; init; }

    public long MultiplyAdds { get; init; }

    /// <summary>Wall time of the fold this run was part of.</summary>
    public double Seconds { get; init; }

    /// <summary>Training images of this run per second, the others of its fold running beside it.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>How many runs shared the fold.</summary>
    public int SideBySide { get; init; }

    public string Device { get; init; } = "";

    public int Threads { get; init; }

    public string TorchSharp { get; init; } = "";

    public string Libtorch { get; init; } = "";

    public string Runtime { get; init; } = "";

    public string? GitRevision { get; init; }

    /// <summary>The experiment's canonical text.</summary>
    public string Experiment { get; init; } = "";
}

/// <summary>One epoch of a run and one of its loss terms as a row of <c>epochs</c>; a run with two terms has two rows per epoch.</summary>
public sealed record EpochRow
{
    public string Id { get; init; } = "";

    public long Seed { get; init; }

    public string Method { get; init; } = "";

    /// <summary>From 1.</summary>
    public int Epoch { get; init; }

    public string Term { get; init; } = "";

    /// <summary>The term's mean over the epoch's training samples, unweighted.</summary>
    public double TermMean { get; init; }

    /// <summary>The mean of the weighted sum of all terms.</summary>
    public double Objective { get; init; }

    public double LearningRate { get; init; }

    public double? TrainAccuracy { get; init; }

    public double TestAccuracy { get; init; }

    public double TestLoss { get; init; }

    public double Seconds { get; init; }

    public double ImagesPerSecond { get; init; }
}
