using System.Globalization;

namespace Distillation;

/// <summary>Results, networks and experiments as tables for readers.</summary>
public static class ResultTables
{
    private const string Protocol = "Test accuracy in percent: mean ± standard deviation over seeds. The best epoch is selected on the test split.";

    /// <summary>Mean ± std of every setting, the best in bold, and the paired difference to labels alone.</summary>
    public static ResultTable ToTable(this IReadOnlyList<SummaryRow> rows)
    {
        var (last, best) = (Highest(rows.Select(row => row.Last.Mean)), Highest(rows.Select(row => row.Best.Mean)));
        return new ResultTable(
            "",
            [new("method"), new("student"), new("teacher"), new("data set"), new("seeds", true), new("last epoch", true), new("best epoch", true), new("over labels", true), new("budget")],
            [.. Figures.Named(rows).Select(named => (Sequence<ResultCell>)
            [
                named.Name, named.Row.Example.Student, named.Row.Example.Teacher ?? "", named.Row.Example.Dataset, Count(named.Row.Seeds.Count),
                Share(named.Row.Last, last), Share(named.Row.Best, best),
                named.Row.OverLabels is { } over ? new ResultCell(over.Percent(signed: true), over.Mean) : "", named.Row.Example.Budget,
            ])],
            Protocol).Filled;
    }

    /// <summary>Ours beside the published numbers: the best of each side in bold, a difference only where the protocols agree, else the reason.</summary>
    public static ResultTable ToTable(this Comparison comparison)
    {
        var published = Highest(comparison.Rows.Select(row => (double?)row.Paper.Value ?? double.NaN));
        var (last, best) = (Highest(comparison.Rows.Select(row => row.Ours?.Last.Mean ?? double.NaN)), Highest(comparison.Rows.Select(row => row.Ours?.Best.Mean ?? double.NaN)));
        return new ResultTable(
            comparison.Table.Title,
            [
                new("method"), new("teacher"), new("student"), new("data set"), new("published", true), new("ours, last epoch", true), new("ours, best epoch", true), new("seeds", true),
                new("difference", true), new("why none"),
            ],
            [.. comparison.Rows.Select(row => (Sequence<ResultCell>)
            [
                Findings.Called(row.Paper.Method) + (row.Paper.Variant == "" ? "" : $", {row.Paper.Variant}"), row.Paper.Teacher, row.Paper.Student, row.Paper.Dataset,
                row.Paper.Value is { } value ? new ResultCell(Exact(value) + (row.Paper.Spread is { } spread ? $" ± {Exact(spread)}" : ""), (double)value, (double)value == published) : "",
                row.Ours is { } a ? Share(a.Last, last) : "",
                row.Ours is { } b ? Share(b.Best, best) : "",
                row.Ours is { } c ? Count(c.Seeds.Count) : "",
                row.Difference is { } points ? new ResultCell(points.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture), points) : "",
                row.Reason,
            ])],
            $"{Protocol} Published: {string.Join(", ", new[] { comparison.Table.Source, comparison.Table.Number }.Where(part => !string.IsNullOrEmpty(part)))}.").Filled;
    }

    /// <summary>Differences paired by seed, the largest first; an interval that includes zero is marked by a word.</summary>
    public static ResultTable ToTable(this IReadOnlyList<PairedDifference> pairs) => new(
        "",
        [new("method"), new("against"), new("student"), new("pairs", true), new("difference", true), new("from", true), new("to", true), new("includes zero")],
        [.. Figures.Named(pairs).OrderByDescending(named => named.Pair.Difference.Mean).Select(named => (Sequence<ResultCell>)
        [
            named.Name, Findings.Called(named.Pair.Against.Method), named.Pair.Example.Student, Count(named.Pair.Difference.Count), Points(named.Pair.Difference.Mean), Points(named.Pair.Low), Points(named.Pair.High),
            named.Pair.IncludesZero ? "yes" : "no",
        ])],
        string.Create(CultureInfo.InvariantCulture, $"Points of test accuracy after the last epoch, method minus reference with the same seed: mean and {100 * pairs.Select(pair => pair.Confidence).DefaultIfEmpty(0.95).First():0.#} % interval of Student's t."));

    /// <summary>The place of every setting with every seed.</summary>
    public static ResultTable ToTable(this Ranking ranking) => new(
        "",
        [new("method"), new("mean place", true), .. ranking.Seeds.Select(seed => new ResultColumn($"seed {seed}", true))],
        [.. Figures.Named([.. ranking.Rows.Select(row => row.Example)]).Zip(ranking.Rows, (name, row) => (Sequence<ResultCell>)
        [
            name, Place(row.Mean), .. row.Places.Select(Place),
        ])],
        ranking.Agreement is { } w ? string.Create(CultureInfo.InvariantCulture, $"1 is the highest test accuracy after the last epoch. Kendall's W = {w:0.000}: 1 if all seeds ranked alike, {1.0 / ranking.Seeds.Count:0.000} to be expected of chance.") : "1 is the highest test accuracy after the last epoch.");

    /// <summary>What methods cost, the cheapest first, beside the cheapest.</summary>
    public static ResultTable ToTable(this IReadOnlyList<MethodCost> costs)
    {
        var least = costs.Select(cost => cost.StepSeconds).DefaultIfEmpty(1).Min();
        return new(
            "",
            [new("method"), new("ms per step", true), new("beside the cheapest", true), new("adapters", true), new("MiB held", true)],
            [.. costs.OrderBy(cost => cost.StepSeconds).Select(cost => (Sequence<ResultCell>)
            [
                Findings.Called(cost.Method.Name), Real(1000 * cost.StepSeconds, "0.0"), Real(cost.StepSeconds / least, "0.00"), Count(cost.Adapters), Real(cost.HeldBytes / 1048576.0, "0.00"),
            ])],
            "One step alone: batch, teacher, student, loss, update; the median over turns. Adapters: parameters that learn beside the student and are dropped. Held: adapters, what the optimizer keeps of them, and the method's memory.");
    }

    private static ResultCell Real(double value, string format) => new(value.ToString(format, CultureInfo.InvariantCulture), value);

    private static ResultCell Points(double? share) => share is { } value ? new ResultCell((100 * value).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture), value) : "";

    private static ResultCell Place(double place) => new(place.ToString("0.##", CultureInfo.InvariantCulture), place);

    /// <summary>Runs one by one, with what went wrong where something did.</summary>
    public static ResultTable ToTable(this IReadOnlyList<RunRow> runs)
    {
        var best = Highest(runs.Select(run => run.Status == RunRow.Ok ? run.LastAccuracy : double.NaN));
        return new(
            "",
            [new("run"), new("method"), new("student"), new("data set"), new("seed", true), new("epochs", true), new("last epoch", true), new("best epoch", true), new("images/s", true), new("status")],
            [.. runs.Select(run => (Sequence<ResultCell>)
            [
                run.Id[..Math.Min(8, run.Id.Length)], Figures.Settings(run), run.Student, run.Dataset, Count(run.Seed), Count(run.Epochs),
                Share(new(run.LastAccuracy, null, 1), run.Status == RunRow.Ok ? best : double.NaN), Share(new(run.BestAccuracy, null, 1), double.NaN),
                new(run.ImagesPerSecond.ToString("N0", CultureInfo.InvariantCulture), run.ImagesPerSecond), run.Status,
            ])],
            "Test accuracy in percent.");
    }

    /// <summary>Layer by layer: output for one image, parameters, multiply-adds.</summary>
    public static ResultTable ToTable(this Network network) => new(
        $"{network.Name} for images of {network.Input}",
        [new("layer"), new("kind"), new("output"), new("parameters", true), new("multiply-adds", true)],
        [
            .. network.Layers.Select(row => (Sequence<ResultCell>)[row.Name, row.Kind, row.Output.ToString(), Count(row.Parameters), Count(row.MultiplyAdds)]),
        ],
        string.Create(
            CultureInfo.InvariantCulture,
            $"{network.ParameterCount:N0} parameters, {network.MultiplyAdds:N0} multiply-adds.{(network.Taps.Count == 0 ? "" : $" Taps: {string.Join(", ", network.Taps.Select(tap => $"{tap.Name} {tap.Shape}"))}.")}"));

    /// <summary>What decides an experiment.</summary>
    public static ResultTable ToTable(this Experiment experiment) => new(
        $"Experiment {experiment.Id[..Math.Min(12, experiment.Id.Length)]}",
        [new("what"), new("value")],
        [
            ["data set", string.Create(CultureInfo.InvariantCulture, $"{experiment.Dataset.Name}, {experiment.Dataset.Images:N0} training images")],
            ["teacher", experiment.Teachers.Count == 0 ? "none" : string.Join(", ", experiment.Teachers.Select(teacher => teacher.Network.Name))],
            ["student", experiment.Student.Name],
            ["method", experiment.Method.ToString()],
            ["epochs", $"{experiment.Epochs}"],
            ["batch size", $"{experiment.Recipe.BatchSize}"],
            ["augmentation", experiment.Recipe.Augmentation.ToString()],
            ["seed", $"{experiment.Seed}"],
        ]);

    /// <summary>What a method is and where it stands in the survey.</summary>
    public static ResultTable ToTable(this Method method) => new(
        method.Name,
        [new("what"), new("value")],
        [
            ["published", method.Citation],
            ["knowledge", method.Knowledge.ToString()],
            ["scheme", method.Scheme.ToString()],
            ["family", method.Family.ToString()],
            .. method.Settings.Select(setting => (Sequence<ResultCell>)[setting.Name, setting.Value is Schedule.Constant number ? number.Value.ToString("0.####", CultureInfo.InvariantCulture) : setting.Value.ToString()]),
        ]);

    private static double Highest(IEnumerable<double> values) => values.Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Max();

    private static ResultCell Share(MeanStd accuracy, double best) => double.IsNaN(accuracy.Mean) ? "" : new ResultCell(accuracy.Percent(), accuracy.Mean, accuracy.Mean == best);

    private static ResultCell Count(long number) => new(number == 0 ? "" : number.ToString("N0", CultureInfo.InvariantCulture), number);

    private static string Exact(decimal value) => value.ToString(CultureInfo.InvariantCulture);
}
