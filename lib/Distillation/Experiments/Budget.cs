namespace Distillation;

/// <summary>
/// How much time there is: the same grid runs at any of them, and every row says which it was.
/// </summary>
/// <param name="Name">smoke, laptop, night, paper, or custom for what was typed by hand.</param>
/// <param name="TrainImages">At most this many training images; null keeps all.</param>
/// <param name="Epochs">At most this many epochs; null keeps the recipe's.</param>
public sealed record Budget(string Name, int? TrainImages, int? Epochs)
{
    /// <summary>Seconds, for tests: a small slice of real data.</summary>
    public static Budget Smoke { get; } = new("smoke", 1024, 2);

    /// <summary>Minutes on two cores.</summary>
    public static Budget Laptop { get; } = new("laptop", 10_000, 10);

    /// <summary>Hours on two cores, all images.</summary>
    public static Budget Night { get; } = new("night", null, 60);

    /// <summary>The published protocol.</summary>
    public static Budget Paper { get; } = new("paper", null, null);

    /// <summary>What a command line spells out itself.</summary>
    public static Budget Custom { get; } = new("custom", null, null);

    /// <summary>The budgets by name.</summary>
    public static IReadOnlyList<Budget> All { get; } = [Smoke, Laptop, Night, Paper, Custom];

    /// <summary>The experiment within this budget, its teacher included.</summary>
    public Experiment Fit(Experiment experiment) => experiment with
    {
        Dataset = TrainImages is { } images && images < experiment.Dataset.TrainCount && (experiment.Dataset.Subset?.Count ?? int.MaxValue) > images
            ? experiment.Dataset.Take(images, experiment.Dataset.Subset?.Seed ?? 0)
            : experiment.Dataset,
        Recipe = Epochs is { } epochs && epochs < experiment.Recipe.Epochs ? experiment.Recipe with { Epochs = epochs } : experiment.Recipe,
        Teachers = [.. experiment.Teachers.Select(source => source is Source.Trained teacher ? new Source.Trained(Fit(teacher.Experiment)) : source)],
    };
}
