using System.Globalization;
using Plotly.NET;
using Plotly.NET.CSharp;
using static TorchSharp.torch;
using Chart = Plotly.NET.CSharp.Chart;

namespace Distillation;

public static partial class Figures
{
    private const int Bins = 40;

    // The width without the margins.
    private const double Inside = Styling.Width - 40;

    /// <summary>Images in a grid, each with a caption above it.</summary>
    /// <param name="title">What the chart shows, as a sentence.</param>
    /// <param name="images">[B, 1 or 3, H, W]; bytes, or floats as <see cref="Pictures.ToPicture"/> takes them.</param>
    /// <param name="captions">One per image; null for none.</param>
    /// <param name="columns">How many beside each other.</param>
    /// <exception cref="BadInput">It has another shape, or the captions are not as many.</exception>
    public static GenericChart Images(string title, Tensor images, IReadOnlyList<string>? captions = null, int columns = 8)
    {
        Need(images.shape is [> 0 and <= 64, 1 or 3, > 0, > 0], title, $"images of [{string.Join(", ", images.shape)}] instead of [1 … 64, 1 or 3, height, width]");
        Need(captions is null || captions.Count == images.shape[0], title, $"{captions?.Count} captions for {images.shape[0]} images");
        var count = (int)images.shape[0];
        var across = Math.Min(columns, count);
        var down = ((count - 1) / across) + 1;
        // Where the grid puts things: a step is a cell and the gap behind it.
        const double beside = 0.06;
        var cell = Inside * (1 - beside) / (across - beside);
        var (tall, between) = (cell * images.shape[2] / images.shape[3], captions is null ? 6.0 : 26.0);
        var below = between / (between + tall);
        var height = tall * (down - below) / (1 - below);
        var top = 36 + (21 * Styling.Lines(title, Styling.Width / 9).Count) + (captions is null ? 0 : 14);
        var factor = Math.Max(1, (int)Math.Ceiling(2 * cell / images.shape[3]));
        using var scope = NewDisposeScope();
        var charts = Enumerable.Range(0, count).Select(i => Chart.Image<string>(Source: images[i].ToPicture().Enlarged(factor).ToDataUri(), UseDefaults: false).WithTraces("hoverinfo", "skip")).ToList();
        var grid = Chart.Grid(
            charts, down, across, SubPlotTitles: captions is null ? default(Optional<IEnumerable<string>>) : captions.Select(Styling.Escaped).ToArray(), XGap: beside, YGap: below);
        var dressed = grid.Dressed(title, "", "", height: (int)(top + height + 14))
            .WithLayout("margin", Styling.Map(("l", 20), ("r", 20), ("t", top), ("b", 14)));
        return Enumerable.Range(1, count).Aggregate(dressed, (chart, i) => chart
            .WithLayout(i == 1 ? "xaxis" : $"xaxis{i}", Styling.Map(("visible", false), ("constrain", "domain")))
            .WithLayout(i == 1 ? "yaxis" : $"yaxis{i}", Styling.Map(("visible", false), ("autorange", "reversed"), ("scaleanchor", i == 1 ? "x" : $"x{i}"), ("constrain", "domain"), ("constraintoward", "top"))));
    }

    /// <summary>A confusion matrix in percent of each true class.</summary>
    public static GenericChart Confusion(ConfusionMatrix matrix, string? title = null) => HeatMap(
        title ?? string.Create(CultureInfo.InvariantCulture, $"{100 * matrix.Accuracy:0.00} % are right{(matrix.Worst is var (one, other, n) ? $"; {one} and {other} are mixed up most ({n} of {matrix.Images})" : "")}"),
        "answer",
        matrix.Classes,
        "true class",
        matrix.Classes,
        [.. matrix.Classes.Select((_, truth) => (IReadOnlyList<double>)[.. matrix.Classes.Select((_, answer) =>
            Enumerable.Range(0, matrix.Classes.Count).Sum(column => matrix[truth, column]) is > 0 and var all ? 100.0 * matrix[truth, answer] / all : 0)])],
        "%",
        matrix.Classes.Count > 10 ? 0 : 1);

    /// <summary>How often values occur.</summary>
    /// <param name="title">What the chart shows, as a sentence.</param>
    /// <param name="x">The values' name and unit.</param>
    /// <param name="values">Of any shape.</param>
    public static GenericChart Histogram(string title, string x, Tensor values)
    {
        var (centres, counts) = Counted(values);
        return Chart.Combine([Bar(centres, counts)]).Dressed(title, x, "how many").WithLayout("bargap", 0);
    }

    /// <summary>The values of a network's largest parameters, one histogram each.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="most">How many parameters at most.</param>
    /// <param name="title">Instead of a plain one.</param>
    public static GenericChart Histograms(Weights weights, int most = 9, string? title = null)
    {
        var places = weights.Table.Places.Where(place => place.Trained && place.Count > 1).OrderByDescending(place => place.Count).Take(most).OrderBy(place => place.Offset).ToList();
        Need(places.Count > 0, title ?? "weights", "no parameter with more than one value");
        var across = Math.Min(3, places.Count);
        var down = ((places.Count - 1) / across) + 1;
        using var scope = NewDisposeScope();
        var charts = places.Select(place => Counted(weights[place.Name]) is var (centres, counts) ? Bar(centres, counts) : throw new InvalidOperationException());
        var chart = Chart.Grid(charts, down, across, SubPlotTitles: places.Select(place => Styling.Escaped(Short(place.Name))).ToArray(), SubPlotTitleFont: Small(), XGap: 0.15, YGap: 0.4)
            .Dressed(title ?? $"The values of the {places.Count} largest of {weights.Table.Places.Count(place => place.Trained)} parameters", "", "", height: 80 + (150 * down))
            .WithLayout("showlegend", false)
            .WithLayout("bargap", 0);
        return Enumerable.Range(1, places.Count).Aggregate(chart, (all, i) => all
            .WithLayout(i == 1 ? "xaxis" : $"xaxis{i}", Styling.Axis("", ("nticks", 4), ("tickfont", Styling.Map(("size", 10)))))
            .WithLayout(i == 1 ? "yaxis" : $"yaxis{i}", Styling.Map(("visible", false))));

        // Names of parameters are long.
        static Font Small() => new Font().With("size", 11);

        static string Short(string name) => name.Length <= 24 ? name : "…" + name[^23..];
    }

    private static GenericChart Bar(double[] centres, double[] counts) =>
        Chart.Column<double, double, string>(counts, Keys: centres, UseDefaults: false)
            .WithTraces("marker", Styling.Map(("color", Styling.Colour(0))));

    private static (double[] Centres, double[] Counts) Counted(Tensor values)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var all = values.detach().cpu().to_type(ScalarType.Float32).contiguous().data<float>().ToArray().Where(float.IsFinite).ToArray();
        var (low, high) = all.Length == 0 ? (0f, 1f) : (all.Min(), all.Max());
        var width = high > low ? ((double)high - low) / Bins : 1;
        var counts = new double[Bins];
        foreach (var value in all)
        {
            counts[Math.Clamp((int)((value - low) / width), 0, Bins - 1)]++;
        }

        return ([.. Enumerable.Range(0, Bins).Select(i => Math.Round(low + ((i + 0.5) * width), 6))], counts);
    }
}
