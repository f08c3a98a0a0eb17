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

    private static readonly IReadOnlyList<Budget> named = [.. All.Where(budget => budget != Custom)];

    /// <summary>The environment variable that says which budget there is: what <c>./kd notebook run --budget</c> sets for the cells.</summary>
    public const string Variable = "KD_BUDGET";

    /// <summary>The budget that <see cref="Variable"/> names; laptop without it. A notebook asks here, so that one file runs at every budget.</summary>
    /// <exception cref="BadInput">The variable names none of them.</exception>
    public static Budget Current => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } name ? Named(name, Variable) : Laptop;

    /// <summary>The budget of a name.</summary>
    /// <param name="name">smoke, laptop, night or paper.</param>
    /// <param name="where">What the name was given to, for the complaint.</param>
    /// <exception cref="BadInput">It is none of these.</exception>
    public static Budget Named(string name, string where) =>
        named.FirstOrDefault(budget => budget.Name == name) ?? throw new BadInput($"{where} is '{name}'{Nearest.Hint(name, named.Select(budget => budget.Name))}: it can be {string.Join(", ", named.Select(budget => budget.Name))}.");

    /// <summary>The experiment within this budget, its teacher and its start included, and the images that are made for it.</summary>
    public Experiment Fit(Experiment experiment) => experiment with
    {
        Method = Fit(experiment.Method, experiment.Teachers.FirstOrDefault()?.Network),
        Dataset = TrainImages is { } images && images < experiment.Dataset.TrainCount && (experiment.Dataset.Subset?.Count ?? int.MaxValue) > images
            ? experiment.Dataset.Take(images, experiment.Dataset.Subset?.Seed ?? 0)
            : experiment.Dataset,
        Recipe = Epochs is { } epochs && epochs < experiment.Recipe.Epochs ? experiment.Recipe with { Epochs = epochs } : experiment.Recipe,
        Teachers = [.. experiment.Teachers.Select(Fit)],
        Start = experiment.Start is null ? null : Fit(experiment.Start),
    };

    // Multiply-adds of forward passes that images may be made with, in seconds and in minutes; others take as long as they take.
    private double? Making => Name switch
    {
        "smoke" => 2e10,
        "laptop" => 1e12,
        _ => null,
    };

    private Method Fit(Method method, Network? teacher)
    {
        if (method.Feed is not Feed.Recorded { How: var how } || teacher is null || Making is not { } making)
        {
            return method;
        }

        var less = (how with { Count = Math.Min(how.Count, TrainImages ?? how.Count) }).Within(teacher, making);
        return less == how ? method : MethodCatalog.Named(method.Name, method.Settings.ToDictionary(setting => setting.Name, setting => setting.Name switch
        {
            "images" => less.Count,
            "iterations" => less.Iterations,
            _ => setting.Value.At(0),
        }));
    }

    private Source Fit(Source source) => source is Source.Trained trained ? new Source.Trained(Fit(trained.Experiment)) : source;
}
