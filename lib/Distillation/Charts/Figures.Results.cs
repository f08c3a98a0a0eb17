using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plotly.NET;
using Chart = Plotly.NET.CSharp.Chart;

namespace Distillation;

public static partial class Figures
{
    /// <summary>Test accuracy over epochs: one line per method, the mean over seeds in a band of one standard deviation, and the teacher as a level.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="epochs">Rows of at least these runs.</param>
    /// <param name="title">Instead of the finding.</param>
    /// <exception cref="BadInput">There is no epoch of these runs.</exception>
    public static GenericChart Curves(IReadOnlyList<RunRow> runs, IEnumerable<EpochRow> epochs, string? title = null)
    {
        var labels = Labels(runs.Select(run => (run.Id, run)).ToList());
        var lines = epochs.Where(row => labels.ContainsKey(row.Id))
            .GroupBy(row => labels[row.Id])
            .OrderByDescending(method => method.Where(row => row.Epoch == method.Max(last => last.Epoch)).Average(row => row.TestAccuracy))
            .Select(method => method
                // A run has a row per loss term and epoch; its accuracy counts once.
                .GroupBy(row => row.Epoch).OrderBy(epoch => epoch.Key)
                .Select(epoch => (Epoch: (double)epoch.Key, Over: MeanStd.Of([.. epoch.DistinctBy(row => row.Id).Select(row => 100 * row.TestAccuracy)])))
                .ToList() is var points
                ? new Series(method.Key, [.. points.Select(p => p.Epoch)], [.. points.Select(p => p.Over.Mean)], points.All(p => p.Over.Std is null) ? null : [.. points.Select(p => p.Over.Std ?? 0)])
                : throw new InvalidOperationException())
            .ToList();
        if (lines.Count == 0)
        {
            throw new BadInput("There are no epochs of these runs to draw; run them first.");
        }

        var chart = Lines(title ?? Findings.Of(Named(runs.Summarize())), "epoch", "test accuracy, %", lines);
        return runs.Select(run => run.TeacherAccuracy).OfType<double>().Cast<double?>().FirstOrDefault() is { } teacher
            ? chart.WithLevel(string.Create(CultureInfo.InvariantCulture, $"teacher {100 * teacher:0.00}"), 100 * teacher)
            : chart;
    }

    /// <summary>Accuracy after the last epoch of every setting, with one standard deviation over its seeds.</summary>
    public static GenericChart Bars(IReadOnlyList<SummaryRow> rows, string? title = null)
    {
        var named = Named(rows);
        return Columns(title ?? (named.Count == 0 ? "Results" : Findings.Of(named)), "test accuracy, %", [.. named.Select(row => row.Name)], new Series("ours", [], [.. named.Select(row => 100 * row.Row.Last.Mean)], [.. named.Select(row => 100 * row.Row.Last.Std ?? double.NaN)]))
            .FromJustBelow([.. rows.SelectMany(row => Ends(row.Last))]);
    }

    /// <summary>Our numbers beside the published ones, each with its deviation where there is one; the hatched bars are ours.</summary>
    /// <param name="comparison">Rows without a result of ours are left out.</param>
    /// <param name="title">Instead of the finding.</param>
    public static GenericChart Bars(Comparison comparison, string? title = null)
    {
        var rows = comparison.Rows.Where(row => row is { Ours: not null, Paper.Value: not null }).ToList();
        var pairs = rows.Select(row => (row.Paper.Dataset, row.Paper.Teacher, row.Paper.Student)).Distinct().Count();
        string Label(ComparisonRow row) => Findings.Called(row.Paper.Method) + (row.Paper.Variant == "" ? "" : $", {row.Paper.Variant}") + (pairs > 1 ? $", {row.Paper.Student}" : "");
        // Two settings of ours for one published number stand apart by their place.
        var labels = rows.Select(Label).ToList();
        var distinct = labels.Select((label, i) => labels.Take(i).Count(before => before == label) is > 0 and var n ? $"{label} ({n + 1})" : label).ToList();
        return Columns(
                title ?? Findings.Of(comparison),
                "test accuracy, %",
                distinct,
                new Series("published", [], [.. rows.Select(row => (double)row.Paper.Value!)], [.. rows.Select(row => (double?)row.Paper.Spread ?? double.NaN)]),
                new Series("ours", [], [.. rows.Select(row => 100 * Alike(row).Mean)], [.. rows.Select(row => 100 * Alike(row).Std ?? double.NaN)]))
            .FromJustBelow([.. rows.SelectMany(row => Ends(Alike(row)).Append((double)row.Paper.Value!))]);
    }

    /// <summary>Published against measured: on the diagonal both agree.</summary>
    /// <param name="comparison">Rows without a result of ours are left out.</param>
    /// <param name="title">Instead of the finding.</param>
    /// <exception cref="BadInput">There is no row with both numbers.</exception>
    public static GenericChart Agreement(Comparison comparison, string? title = null)
    {
        var rows = comparison.Rows.Where(row => row is { Ours: not null, Paper.Value: not null }).ToList();
        Need(rows.Count > 0, title ?? comparison.Table.Title, "no row with a published and a measured number");
        var published = rows.Select(row => (double)row.Paper.Value!).ToList();
        var ours = rows.Select(row => 100 * Alike(row).Mean).ToList();
        var all = published.Concat(rows.SelectMany(row => Ends(Alike(row)))).ToList();
        var (low, high) = (all.Min() - 0.5, all.Max() + 0.5);
        var diagonal = Chart.Scatter<double, double, string>([low, high], [low, high], StyleParam.Mode.Lines, Name: "equal", UseDefaults: false)
            .WithTraces("line", Styling.Map(("color", "#777777"), ("width", 1.5), ("dash", "dash")))
            .WithTraces("hoverinfo", "skip");
        var groups = rows.Select((row, i) => (row, i)).GroupBy(pair => pair.row.Difference is null ? "other protocol" : "same protocol").OrderByDescending(group => group.Key);
        var points = groups.Select((group, g) => Chart.Point<double, double, string>(
                group.Select(pair => published[pair.i]).ToArray(),
                group.Select(pair => ours[pair.i]).ToArray(),
                Name: group.Key,
                MultiText: group.Select(pair => Styling.Escaped($"{Findings.Called(pair.row.Paper.Method)}, {pair.row.Paper.Student}")).ToArray(),
                UseDefaults: false)
            .WithTraces("marker", Styling.Map(("color", Styling.Colour(g)), ("symbol", Styling.Symbol(g)), ("size", 10)))
            .WithErrors([.. group.Select(pair => 100 * Alike(pair.row).Std ?? double.NaN)]));
        return Chart.Combine([diagonal, .. points]).Dressed(title ?? Findings.Of(comparison), "published test accuracy, %", "ours, %", height: 480)
            .WithLayout("xaxis", Styling.Axis("published test accuracy, %", ("range", new[] { low, high }), ("constrain", "domain")))
            .WithLayout("yaxis", Styling.Axis("ours, %", ("range", new[] { low, high }), ("scaleanchor", "x"), ("constrain", "domain")));
    }

    /// <summary>Differences paired by seed as points with their confidence intervals; what crosses zero cannot be told from the reference.</summary>
    /// <param name="pairs">As <see cref="Pairs.Against"/> gives them, all against one reference.</param>
    /// <param name="title">Instead of the finding.</param>
    /// <exception cref="BadInput">There is none.</exception>
    public static GenericChart Intervals(IReadOnlyList<PairedDifference> pairs, string? title = null)
    {
        Need(pairs.Count > 0, title ?? "differences", "no pair of runs with the same seed");
        var than = Findings.Called(pairs[0].Against.Method);
        // The largest at the top: categories run upwards.
        var named = Named(pairs).OrderBy(one => one.Pair.Difference.Mean).ToList();
        var groups = named.GroupBy(one => one.Pair.IncludesZero).OrderBy(group => group.Key);
        var points = groups.Select(group => Chart.Point<double, string, string>(
                group.Select(one => 100 * one.Pair.Difference.Mean).ToArray(), group.Select(one => one.Name).ToArray(), Name: group.Key ? "interval includes zero" : "interval excludes zero", UseDefaults: false)
            .WithTraces("marker", Styling.Map(("color", Styling.Colour(group.Key ? 7 : 0)), ("symbol", Styling.Symbol(group.Key ? 1 : 0)), ("size", 9)))
            .WithTraces("error_x", Styling.Map(("type", "data"), ("array", group.Select(one => 100 * (one.Pair.Half ?? double.NaN)).ToArray()), ("visible", true), ("thickness", 1.5), ("width", 4), ("color", Styling.Colour(group.Key ? 7 : 0)))));
        return Chart.Combine(points).Dressed(title ?? Findings.Of(pairs, than), $"points above {than} (test accuracy, last epoch)", "", height: Math.Max(Styling.Height, 150 + (24 * named.Count)))
            .WithLayout("xaxis", Styling.Axis($"points above {than} (test accuracy, last epoch)", ("zeroline", true), ("zerolinecolor", "#333333"), ("zerolinewidth", 1.5)))
            .WithLayout("yaxis", Styling.Axis("", ("type", "category"), ("categoryorder", "array"), ("categoryarray", named.Select(one => one.Name).ToArray())));
    }

    /// <summary>The spread of the last accuracies over seeds, one box per setting.</summary>
    public static GenericChart Boxes(IReadOnlyList<RunRow> runs, string? title = null)
    {
        var labels = Labels(runs.Select(run => (run.Id, run)).ToList());
        var good = runs.Where(run => run.Status == RunRow.Ok).GroupBy(run => labels[run.Id]).ToList();
        return Boxes(
            title ?? (good.Count == 0 ? "Results" : Findings.Of(Named(runs.Summarize()))),
            "test accuracy, %",
            [.. good.Select(group => (group.Key, (IReadOnlyList<double>)[.. group.Select(run => 100 * run.LastAccuracy)]))]);
    }

    /// <summary>Accuracy over two settings of a method, such as temperature and weight; runs of other methods are left out.</summary>
    /// <param name="rows">Results with the two settings as numbers.</param>
    /// <param name="x">A setting's name, along the columns.</param>
    /// <param name="y">Another's, along the rows.</param>
    /// <param name="title">Instead of the finding.</param>
    /// <exception cref="BadInput">No result has both settings.</exception>
    public static GenericChart HeatMap(IReadOnlyList<SummaryRow> rows, string x, string y, string? title = null)
    {
        var cells = (from row in rows
                     where Setting(row.Example, x) is not null && Setting(row.Example, y) is not null
                     select (X: Setting(row.Example, x)!.Value, Y: Setting(row.Example, y)!.Value, row.Last)).ToList();
        Need(cells.Count > 0, title ?? $"{x} and {y}", $"no result with the settings '{x}' and '{y}'");
        var best = cells.MaxBy(cell => cell.Last.Mean);
        var (columns, lines) = (cells.Select(cell => cell.X).Distinct().Order().ToList(), cells.Select(cell => cell.Y).Distinct().OrderDescending().ToList());
        return HeatMap(
            title ?? $"{x} {Number(best.X)} with {y} {Number(best.Y)} is best: {best.Last.Percent()} %",
            x,
            [.. columns.Select(Number)],
            y,
            [.. lines.Select(Number)],
            [.. lines.Select(line => (IReadOnlyList<double>)[.. columns.Select(column =>
                cells.Where(cell => cell.X == column && cell.Y == line).Select(cell => 100 * cell.Last.Mean).DefaultIfEmpty(double.NaN).First())])],
            "%",
            2);
    }

    /// <summary>The numbers to be compared: of the same epoch as the paper's.</summary>
    internal static MeanStd Alike(ComparisonRow row) => row.Paper.Epoch == ReportedEpoch.Best ? row.Ours!.Best : row.Ours!.Last;

    /// <summary>Results under names that tell them apart: the method's, with its settings where it was run with several, and what it was trained on or for how long where that differs.</summary>
    internal static IReadOnlyList<(string Name, SummaryRow Row)> Named(IReadOnlyList<SummaryRow> rows)
    {
        var labels = Labels([.. rows.Select((row, i) => ($"{i}", row.Example))]);
        return [.. rows.Select((row, i) => (labels[$"{i}"], row))];
    }

    internal static IReadOnlyList<(string Name, PairedDifference Pair)> Named(IReadOnlyList<PairedDifference> pairs) => [.. Named([.. pairs.Select(pair => pair.Example)]).Zip(pairs)];

    internal static IReadOnlyList<string> Named(IReadOnlyList<RunRow> runs)
    {
        var labels = Labels([.. runs.Select((run, i) => ($"{i}", run))]);
        return [.. runs.Select((_, i) => labels[$"{i}"])];
    }

    private static Dictionary<string, string> Labels(IReadOnlyList<(string Id, RunRow Run)> runs)
    {
        // Of a method that was run with several settings, those settings that differ.
        var settings = runs.GroupBy(run => run.Run.Method).ToDictionary(method => method.Key, method => method.SelectMany(run => Numbers(run.Run)).Distinct()
            .GroupBy(number => number.Key).Where(values => values.Count() > 1).Select(values => values.Key).ToHashSet());
        var parts = new (bool Differs, Func<RunRow, string> Text)[]
        {
            (Many(run => run.Student), run => run.Student),
            (Many(run => run.Dataset), run => run.Dataset),
            (Many(run => $"{run.TrainImages}"), run => $"{run.TrainImages} images"),
            // A phase in front gives a method epochs of its own, which set it apart from no other.
            (runs.GroupBy(run => run.Run.Method).Any(method => method.Select(run => run.Run.Epochs).Distinct().Count() > 1), run => $"{run.Epochs} epochs"),
            (Many(run => run.Compute), run => run.Compute),
            (Many(run => run.Budget), run => run.Budget),
        };
        return runs.DistinctBy(run => run.Id).ToDictionary(run => run.Id, run => string.Join(", ",
            parts.Where(part => part.Differs).Select(part => part.Text(run.Run)).Prepend(Settings(run.Run, settings[run.Run.Method].Contains))));

        bool Many(Func<RunRow, string> part) => runs.Select(run => part(run.Run)).Distinct().Count() > 1;
    }

    /// <summary>A run's method with its settings, or some of them.</summary>
    internal static string Settings(RunRow run, Func<string, bool>? which = null) =>
        string.Join(" ", Numbers(run).Where(number => which?.Invoke(number.Key) ?? true).Select(number => $"{number.Key} {number.Value}").Prepend(Findings.Called(run.Method)));

    private static double? Setting(RunRow run, string name) =>
        Numbers(run).TryGetValue(name, out var text) && double.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : null;

    // A method's text ends in its settings as a JSON object of schedules: a constant is its number, another schedule its name.
    private static Dictionary<string, string> Numbers(RunRow run)
    {
        try
        {
            return run.MethodText.IndexOf('{') is >= 0 and var start && JsonNode.Parse(run.MethodText[start..]) is JsonObject settings
                ? settings.ToDictionary(pair => pair.Key, pair => pair.Value is JsonObject schedule ? (schedule["Value"] ?? schedule["$type"])?.ToString() ?? "" : pair.Value?.ToString() ?? "")
                : [];
        }
        catch (JsonException)
        {
            // A row from elsewhere whose text is none of ours.
            return [];
        }
    }

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    // Where the bar of a deviation begins and ends, in percent.
    private static double[] Ends(MeanStd accuracy) => [100 * (accuracy.Mean - (accuracy.Std ?? 0)), 100 * (accuracy.Mean + (accuracy.Std ?? 0))];

    // Bars of 70 and 72 look alike from 0; where an axis starts elsewhere it says so.
    private static GenericChart FromJustBelow(this GenericChart chart, IReadOnlyList<double> values)
    {
        var start = Math.Max(0, (Math.Floor(values.Min() / 5) - 1) * 5);
        return start <= 20 ? chart : chart.WithLayout("yaxis", Styling.Axis($"test accuracy, % (from {Number(start)})", ("range", new[] { start, Math.Min(100, Math.Ceiling((values.Max() + 1.5) / 2) * 2) })));
    }
}
