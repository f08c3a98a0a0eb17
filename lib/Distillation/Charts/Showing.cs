using System.Runtime.CompilerServices;
using Plotly.NET;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>What this library's values look like, in a notebook or a page: by mime type, and only what is asked for is made.</summary>
public static class Showing
{
    // A chart is drawn once, however many forms of it are asked for; it goes with its chart.
    private static readonly ConditionalWeakTable<GenericChart, Drawing> drawn = new();
    private static readonly ConditionalWeakTable<ConfusionMatrix, GenericChart> charts = new();

    /// <summary>The forms there are, the richest first.</summary>
    public static IReadOnlyList<string> MimeTypes { get; } = ["text/html", "text/latex", "image/png", "text/plain"];

    /// <summary>Whether a value has forms here; none of them is made, and a query is not run.</summary>
    public static bool Knows(object? value) => value is GenericChart or Tensor or Picture or Activations or Weights or Formula or MeanStd or Network or Experiment or Method or Comparison
        or ConfusionMatrix or ResultTable or SummaryRow or RunRow or PairedDifference or Ranking
        or IEnumerable<SummaryRow> or IEnumerable<RunRow> or IEnumerable<PairedDifference> or IEnumerable<MethodCost>;

    /// <summary>All forms of a value; none for a value that is none of this library's. Pictures are base64.</summary>
    public static IReadOnlyList<(string MimeType, string Content)> Forms(object? value) =>
        [.. MimeTypes.Select(mime => (mime, Content: Form(value, mime)!)).Where(form => form.Content is not null)];

    /// <summary>One form of a value; null where it has none like it.</summary>
    public static string? Form(object? value, string mimeType) => mimeType switch
    {
        "text/html" => Html(value),
        "text/plain" => Plain(value),
        "text/latex" => value is Formula formula ? $"$$ {formula.Latex} $$" : null,
        "image/png" => value switch
        {
            Picture picture => Convert.ToBase64String(picture.ToPng()),
            Tensor tensor when ShowingTensors.IsPicture(tensor) => Convert.ToBase64String(ShowingTensors.Picture(tensor).ToPng()),
            _ => Chart(value) is { } chart && Drawn(chart).DataUri is { Length: > 0 } uri ? uri[(uri.IndexOf(',', StringComparison.Ordinal) + 1)..] : null,
        },
        _ => null,
    };

    /// <summary>The value as HTML that needs nothing from a network; null for a value that is none of this library's.</summary>
    public static string? Html(object? value) => value switch
    {
        GenericChart chart => Html(chart),
        Tensor tensor => ShowingTensors.Html(tensor),
        Picture picture => Image(picture, $"picture of {picture.Width} × {picture.Height}"),
        Activations activations => ShowingTensors.Html(activations),
        Weights weights => ShowingTensors.Html(weights),
        ConfusionMatrix matrix => Html(Chart(matrix)!),
        Formula formula => $"<div><b>{HtmlText.Escaped(formula.Name)}</b> $$ {HtmlText.Escaped(formula.Latex)} $$ <small>{HtmlText.Escaped(formula.Source)}</small></div>",
        MeanStd accuracy => HtmlText.Escaped(Plain(accuracy)!),
        _ => Table(value)?.ToHtml(),
    };

    /// <summary>The value as text; null for a value that is none of this library's.</summary>
    public static string? Plain(object? value) => value switch
    {
        GenericChart chart => $"chart: {ChartPage.Title(chart)}",
        Tensor tensor => ShowingTensors.Plain(tensor),
        Picture picture => $"picture of {picture.Width} × {picture.Height} pixels, {(picture.Channels == 1 ? "grey" : "in colour")}",
        Activations activations => ShowingTensors.Plain(activations),
        Weights weights => ShowingTensors.Plain(weights),
        ConfusionMatrix matrix => Table(matrix)!.ToString(),
        Formula formula => $"{formula.Name}: {formula.Latex} ({formula.Source})",
        MeanStd accuracy => $"{accuracy.Percent()} %",
        Network network => network.Describe(),
        Experiment experiment => experiment.ToString(),
        _ => Table(value)?.ToString(),
    };

    /// <summary>An image element that holds its picture, enlarged until it can be seen.</summary>
    internal static string Image(Picture picture, string words, int size = 224)
    {
        var large = picture.Enlarged(Math.Clamp(size / Math.Max(picture.Width, picture.Height), 1, 8));
        return $"<img alt=\"{HtmlText.Escaped(words)}\" width=\"{large.Width}\" height=\"{large.Height}\" src=\"{large.ToDataUri()}\">";
    }

    // The chart that shows a value, if one does: the same one every time.
    private static GenericChart? Chart(object? value) => value switch
    {
        GenericChart chart => chart,
        ConfusionMatrix matrix => charts.GetValue(matrix, static one => Figures.Confusion(one)),
        _ => null,
    };

    // A chart holds its picture, so that it is seen where scripts do not run.
    private static string Html(GenericChart chart) => Drawn(chart) switch
    {
        { DataUri.Length: > 0 } picture => ChartPage.Fragment(chart, picture.DataUri),
        { Errors: var why } => ChartPage.Fragment(chart, null, $"There is no picture of this chart: {string.Join("; ", why)}"),
    };

    // A browser that fails costs the picture and not the chart.
    private static Drawing Drawn(GenericChart chart) => drawn.GetValue(chart, static one =>
    {
        try
        {
            return Browser.Png(one)[0];
        }
        catch (BadInput e)
        {
            return new Drawing("", [e.Message]);
        }
    });

    private static ResultTable? Table(object? value) => value switch
    {
        ResultTable table => table,
        Network network => network.ToTable(),
        Experiment experiment => experiment.ToTable(),
        Method method => method.ToTable(),
        Comparison comparison => comparison.ToTable(),
        SummaryRow row => new[] { row }.ToTable(),
        RunRow run => new[] { run }.ToTable(),
        PairedDifference pair => new[] { pair }.ToTable(),
        Ranking ranking => ranking.ToTable(),
        IEnumerable<MethodCost> costs => costs.ToList().ToTable(),
        IEnumerable<PairedDifference> pairs => pairs.ToList().ToTable(),
        IEnumerable<SummaryRow> rows => rows.ToList().ToTable(),
        IEnumerable<RunRow> runs => runs.ToList().ToTable(),
        ConfusionMatrix matrix => new(
            "",
            [new("true class"), .. matrix.Classes.Select(name => new ResultColumn(name, true))],
            [.. matrix.Classes.Select((name, truth) => (Sequence<ResultCell>)[name, .. matrix.Classes.Select((_, answer) => new ResultCell($"{matrix[truth, answer]}", matrix[truth, answer]))])]),
        _ => null,
    };
}
