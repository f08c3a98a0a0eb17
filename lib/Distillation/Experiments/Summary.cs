using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MathNet.Numerics.Statistics;

namespace Distillation;

/// <summary>A mean over seeds with its sample standard deviation (divided by n - 1; null for one seed).</summary>
[TypeFormatterSource(typeof(ShowingSource))]
public readonly record struct MeanStd(double Mean, double? Std, int Count)
{
    /// <summary>Of the given values.</summary>
    public static MeanStd Of(IReadOnlyCollection<double> values) =>
        new(values.Mean(), values.Count > 1 ? values.StandardDeviation() : null, values.Count);

    /// <summary>As percent, such as <c>86.13 ± 0.24</c>; empty where the mean is no number.</summary>
    public string Percent(bool signed = false)
    {
        if (double.IsNaN(Mean))
        {
            return "";
        }

        var mean = (100 * Mean).ToString(signed ? "+0.00;-0.00;0.00" : "0.00", CultureInfo.InvariantCulture);
        return Std is { } std ? $"{mean} ± {(100 * std).ToString("0.00", CultureInfo.InvariantCulture)}" : mean;
    }
}

/// <summary>The runs that differ in their seed only.</summary>
/// <param name="Example">One of them.</param>
/// <param name="Seeds">Their seeds.</param>
/// <param name="Last">Test accuracy after the last epoch.</param>
/// <param name="Best">Test accuracy of each run's best epoch, selected on the test split.</param>
/// <param name="OverLabels">The paired difference of the last accuracies to the runs from labels alone with the same seeds; null without such runs.</param>
public sealed record SummaryRow(RunRow Example, Sequence<long> Seeds, MeanStd Last, MeanStd Best, MeanStd? OverLabels)
{
    /// <summary>Test accuracy of every exit and of their ensemble after the last epoch; empty for networks without exits.</summary>
    public Sequence<ExitAccuracy> Exits { get; init; } = [];
}

/// <summary>What one exit of a network reaches.</summary>
/// <param name="Exit">exit-1, …, or ensemble.</param>
/// <param name="Accuracy">Test accuracy after the last epoch, over seeds.</param>
public sealed record ExitAccuracy(string Exit, MeanStd Accuracy);

/// <summary>Tables over seeds.</summary>
public static class Summaries
{
    /// <summary>
    /// One row per setting, mean ± std over its seeds. Runs that did not end well are left out here and stay visible as runs of their own.
    /// </summary>
    public static IReadOnlyList<SummaryRow> Summarize(this IEnumerable<RunRow> runs)
    {
        var good = Good(runs);
        return
        [
            .. good.GroupBy(Setting).Select(group =>
            {
                var first = group.First();
                // Labels alone give the same numbers whichever teacher was beside them.
                var labels = first.Method == "none" ? [] : good.Where(run => run.Method == "none" && Ground(run) == Ground(first)).DistinctBy(run => run.Seed).ToList();
                var paired = group.Join(labels, run => run.Seed, none => none.Seed, (run, none) => run.LastAccuracy - none.LastAccuracy).ToList();
                return new SummaryRow(
                    first,
                    [.. group.Select(run => run.Seed).Order()],
                    MeanStd.Of([.. group.Select(run => run.LastAccuracy)]),
                    MeanStd.Of([.. group.Select(run => run.BestAccuracy)]),
                    paired.Count == 0 ? null : MeanStd.Of(paired))
                {
                    Exits = Exits([.. group]),
                };
            }),
        ];
    }

    /// <summary>The test accuracy of a run's exits and of their ensemble after its last epoch; empty for a network without exits.</summary>
    public static IReadOnlyDictionary<string, double> ByExit(this RunRow run)
    {
        try
        {
            return run.ExitAccuracies is { } text ? JsonSerializer.Deserialize<Dictionary<string, double>>(text) ?? [] : new Dictionary<string, double>();
        }
        catch (JsonException)
        {
            // A row from elsewhere whose text is none of ours.
            return new Dictionary<string, double>();
        }
    }

    private static Sequence<ExitAccuracy> Exits(IReadOnlyList<RunRow> runs) =>
        [.. runs.SelectMany(run => run.ByExit()).GroupBy(exit => exit.Key).Select(exit => new ExitAccuracy(exit.Key, MeanStd.Of([.. exit.Select(one => one.Value)])))];

    // Runs that ended well; one that lies in two folders counts once.
    internal static IReadOnlyList<RunRow> Good(IEnumerable<RunRow> runs) => [.. runs.Where(run => run.Status == RunRow.Ok).DistinctBy(run => (run.Id, run.Budget, run.Device))];

    // Everything but the seed.
    internal static string Setting(RunRow run) => Without(run, "seed");

    // What a method and its comparison share; labels alone need no teacher.
    internal static string Ground(RunRow run) => Without(run, "seed", "method", "teacher");

    private static string Without(RunRow run, params string[] parts)
    {
        try
        {
            if (JsonNode.Parse(run.Experiment, documentOptions: new() { AllowDuplicateProperties = false }) is JsonObject experiment)
            {
                // A start of the run's own seed differs between seeds as the run does.
                if (experiment["start"]?["trained"] is JsonObject start && (long?)start["seed"] == run.Seed)
                {
                    start.Remove("seed");
                }

                foreach (var part in parts)
                {
                    experiment.Remove(part);
                }

                return $"{run.Budget} {run.Device} {experiment.ToJsonString()}";
            }
        }
        catch (JsonException)
        {
            // Below.
        }

        // A row from elsewhere whose text is none of ours stands alone.
        return $"{run.Budget} {run.Device} {run.Experiment}";
    }
}
