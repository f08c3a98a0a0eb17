namespace Distillation;

/// <summary>What is known of how one published number was trained, which is not the same for every number of a table.</summary>
/// <param name="Epochs">Of all the method's phases; null where that is not known.</param>
/// <param name="Batch">Images per step; null where that is not known.</param>
/// <param name="Recipe">The recipe; null where <paramref name="Doubt"/> says why there is none.</param>
/// <param name="Doubt">Why no recipe can be compared; empty where one can.</param>
/// <param name="Experiment">The number as an experiment; null where there is none.</param>
internal sealed record KnownTraining(int? Epochs, int? Batch, Recipe? Recipe, string Doubt, Experiment? Experiment)
{
    /// <summary>
    /// Of a number's own experiment where its source says how it was trained: a method may have phases before the table's epochs or a rate of its own, a teacher another batch than its student. What an experiment
    /// only takes in place of something that is not known is not told here.
    /// </summary>
    public static KnownTraining Of(PublishedProtocol protocol, PublishedValue paper)
    {
        var experiment = Reproductions.Cell(protocol, paper).Experiment;
        return protocol.Recipe switch
        {
            // The authors' code is of students that learn from generated images, and of teachers. Of portraits not even that is known.
            "dafl" when experiment is not null && (paper.Method == "dafl" || paper.Variant == "teacher") => new(experiment.Epochs, experiment.Recipe.BatchSize, experiment.Recipe, "", experiment),
            "dafl" => new(null, null, null, NotKnown, experiment),
            null => new(Epochs(), protocol.Batch, null, protocol.Training.StartsWith("unknown", StringComparison.Ordinal) ? NotKnown : "the paper's recipe is none of this project's", experiment),
            _ => new(Epochs(), protocol.Batch, experiment?.Recipe ?? PublishedSettings.Recipe(protocol, paper, paper.Student), "", experiment),
        };

        int? Epochs() => protocol.Epochs is null ? null : experiment?.Epochs ?? protocol.Epochs;
    }

    private const string NotKnown = "the paper's recipe is not known";

    /// <summary>Rows and columns of the images, such as <c>32x32</c>; null where there is no experiment.</summary>
    public string? Size => Experiment is null ? null : $"{Experiment.Dataset.Height}x{Experiment.Dataset.Width}";

    /// <summary>Where a run's recipe is another one, in words; empty where it is not, or where nothing is known.</summary>
    public IEnumerable<string> Differing(RunRow ours) => Recipe is not { } recipe ? [] : new[]
    {
        (ours.Optimizer != Json(recipe.Optimizer), "optimizer"),
        (ours.RateSchedule != Json(recipe.Rate), "learning rate"),
        (ours.Augmentation != recipe.Augmentation.ToString(), "augmentation"),
        (ours.ClipNorm != recipe.ClipNorm, "clipped gradients"),
        (ours.Average != recipe.Average, "averaged weights"),
    }
    .Where(part => part.Item1).Select(part => part.Item2).Concat(OfGenerator(ours));

    /// <summary>What a run's images of a record were made otherwise with, in words; empty where they were not, or where the method is another one.</summary>
    public string Making(RunRow ours) => Experiment?.Method is { Feed: Feed.Recorded } method && method.Name == ours.Method
        ? string.Join(", ", method.Settings.Where(setting => RunSettings.Of(ours, setting.Name) is { } own && own != setting.Value)
            .Select(setting => $"{setting.Name} {RunSettings.Of(ours, setting.Name)!.At(0):0.####} and not {setting.Value.At(0):0.####}"))
        : "";

    // The generator and what it learns are as much of such a recipe as the student's optimizer. How many steps an epoch has is told apart.
    private IEnumerable<string> OfGenerator(RunRow ours) => Experiment?.Method is { Feed: Feed.Noise } method && method.Name == ours.Method
        ? method.Settings.Where(setting => setting.Name != RunSettings.Steps && RunSettings.Of(ours, setting.Name) is { } own && own != setting.Value).Select(setting => $"the method's '{setting.Name}'")
        : [];

    private static string Json<T>(T value) => System.Text.Json.JsonSerializer.Serialize(value);
}
