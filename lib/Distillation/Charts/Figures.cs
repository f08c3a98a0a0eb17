using Plotly.NET;
using Chart = Plotly.NET.CSharp.Chart;

namespace Distillation;

/// <summary>A line of a chart: one value per x, perhaps with its deviation.</summary>
/// <param name="Name">As in the legend.</param>
/// <param name="X">Ascending.</param>
/// <param name="Y">As many; NaN is a gap.</param>
/// <param name="Spread">As many, at least 0: the band around the line; null for none.</param>
public sealed record Series(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<double>? Spread = null);

/// <summary>Results as charts: pure functions from rows to a chart, which any Plotly.NET styling can be applied to.</summary>
public static partial class Figures
{
    /// <summary>Lines with bands.</summary>
    /// <param name="title">What the chart shows, as a sentence.</param>
    /// <param name="x">The x axis and its unit.</param>
    /// <param name="y">The y axis and its unit.</param>
    /// <param name="lines">Each with a colour of its own; at most eight are readable.</param>
    /// <exception cref="BadInput">There is no line, or its values do not go together.</exception>
    public static GenericChart Lines(string title, string x, string y, params IReadOnlyList<Series> lines)
    {
        Need(lines.Count > 0, title, "no line");
        foreach (var line in lines)
        {
            Need(line.X.Count == line.Y.Count && (line.Spread is null || line.Spread.Count == line.Y.Count), title, $"'{line.Name}' with {line.X.Count} places, {line.Y.Count} values and {line.Spread?.Count ?? line.Y.Count} deviations");
        }

        // Bands first, so that no band lies on a line.
        return Chart.Combine([.. lines.SelectMany((line, i) => line.Spread is null ? [] : Band(line, line.Spread, i)), .. lines.Select(Line)]).Dressed(title, x, y)
            .WithLayout("xaxis", Styling.Axis(x, Ticks([.. lines.SelectMany(line => line.X)])))
            .WithLayout("hovermode", "x unified");
    }

    // Of epochs and seeds there are no halves.
    private static (string, object)[] Ticks(IReadOnlyList<double> places) =>
        places.All(double.IsInteger) && places.Max() - places.Min() <= 12 ? [("tick0", places.Min()), ("dtick", 1)] : [];

    private static GenericChart Line(Series line, int i) =>
        Chart.Line<double, double, string>(
            line.X,
            line.Y,
            Name: Styling.Escaped(line.Name),
            ShowMarkers: line.X.Count <= 12,
            LineColor: Color.fromHex(Styling.Colour(i)),
            LineWidth: 2.5,
            UseDefaults: false)
        .WithTraces("marker", Styling.Map(("symbol", Styling.Symbol(i)), ("size", 8), ("color", Styling.Colour(i))))
        .WithTraces("line", Styling.Map(("color", Styling.Colour(i)), ("width", 2.5), ("dash", Styling.Dash(i))))
        .WithTraces("legendgroup", $"{i}");

    private static GenericChart[] Band(Series line, IReadOnlyList<double> spread, int i)
    {
        GenericChart Edge(double sign) => Chart.Line<double, double, string>(line.X, line.Y.Zip(spread, (y, s) => y + (sign * s)), ShowLegend: false, LineWidth: 0, UseDefaults: false)
            .WithTraces("hoverinfo", "skip")
            .WithTraces("legendgroup", $"{i}");
        return [Edge(-1), Edge(1).WithTraces("fill", "tonexty").WithTraces("fillcolor", Styling.Faded(Styling.Colour(i), 0.2))];
    }

    /// <summary>A level that a line is to be read against, such as the teacher's accuracy, with its name at the right end.</summary>
    public static GenericChart WithLevel(this GenericChart chart, string name, double value) => chart
        .WithLayout("shapes", new[] { Styling.Map(("type", "line"), ("xref", "paper"), ("x0", 0), ("x1", 1), ("y0", value), ("y1", value), ("line", Styling.Map(("color", "#777777"), ("width", 1.5), ("dash", "dash")))) })
        .WithLayout("annotations", new[] { Styling.Map(("xref", "paper"), ("x", 1), ("xanchor", "right"), ("y", value), ("yanchor", "bottom"), ("text", Styling.Escaped(name)), ("showarrow", false), ("font", Styling.Map(("color", "#555555")))) });

    /// <summary>Groups of upright bars, with bars of uncertainty where a series has a spread.</summary>
    /// <param name="title">What the chart shows, as a sentence.</param>
    /// <param name="y">The y axis and its unit.</param>
    /// <param name="labels">One per group, each once.</param>
    /// <param name="series">One bar per group; NaN for none, also as a deviation. X is not read.</param>
    /// <exception cref="BadInput">There is nothing to draw, or a series has another number of values than there are labels.</exception>
    public static GenericChart Columns(string title, string y, IReadOnlyList<string> labels, params IReadOnlyList<Series> series)
    {
        Need(labels.Count > 0 && series.Count > 0, title, "no bar");
        Need(labels.Distinct().Count() == labels.Count, title, $"the label '{labels.GroupBy(label => label).First(group => group.Count() > 1 || group.Key == labels[^1]).Key}' twice");
        foreach (var one in series)
        {
            Need(one.Y.Count == labels.Count, title, $"'{one.Name}' with {one.Y.Count} values for {labels.Count} labels");
        }

        var charts = series.Select((one, i) =>
            Chart.Column<double, string, string>(one.Y, Keys: labels.Select(Styling.Escaped).ToArray(), Name: Styling.Escaped(one.Name), UseDefaults: false)
                .WithTraces("marker", Styling.Map(("color", Styling.Colour(i)), ("pattern", Styling.Map(("shape", i % 2 == 1 ? "/" : ""), ("size", 6), ("solidity", 0.25), ("bgcolor", Styling.Colour(i)), ("fgcolor", "#ffffff")))))
                .WithErrors(one.Spread));
        // Neighbours that do not fit side by side are turned, and reach down to where the legend is otherwise: by half their length.
        var areTurned = labels.Zip(labels.Skip(1)).Any(pair => ((pair.First.Length + pair.Second.Length + 2) * 3.5) > (Styling.Width - 90.0) / labels.Count);
        return Chart.Combine(charts).Dressed(title, "", y)
            .WithLayout("legend", Styling.Legend(areTurned ? -Math.Max(0.3, 0.1 + (labels.Max(label => label.Length) * 0.016)) : -0.2))
            .WithLayout("barmode", "group")
            .WithLayout("showlegend", series.Count > 1)
            .WithLayout("bargap", 0.3)
            .WithLayout("xaxis", Styling.Axis("", ("type", "category"), ("showgrid", false)));
    }

    private static GenericChart WithErrors(this GenericChart chart, IReadOnlyList<double>? spread) => spread is null
        ? chart
        : chart.WithTraces("error_y", Styling.Map(("type", "data"), ("array", spread), ("visible", true), ("thickness", 1.5), ("width", 5), ("color", "#333333")));

    /// <summary>A matrix as colours with its numbers written into the cells.</summary>
    /// <param name="title">What the chart shows, as a sentence.</param>
    /// <param name="x">The columns' name.</param>
    /// <param name="columns">The columns' values.</param>
    /// <param name="y">The rows' name.</param>
    /// <param name="rows">The rows' values, from the top.</param>
    /// <param name="values">Row by row; NaN is an empty cell.</param>
    /// <param name="unit">Beside the colour scale.</param>
    /// <param name="digits">Decimals of the numbers in the cells.</param>
    /// <exception cref="BadInput">The sizes do not go together.</exception>
    public static GenericChart HeatMap(
        string title, string x, IReadOnlyList<string> columns, string y, IReadOnlyList<string> rows, IReadOnlyList<IReadOnlyList<double>> values, string unit = "", int digits = 1)
    {
        Need(rows.Count > 0 && columns.Count > 0 && values.Count == rows.Count && values.All(row => row.Count == columns.Count), title, $"{values.Count} rows for {rows.Count} × {columns.Count} cells");
        var chart = Chart.Heatmap<double, string, string, string>(values, X: columns.Select(Styling.Escaped).ToArray(), Y: rows.Select(Styling.Escaped).ToArray(), UseDefaults: false)
            .WithTraces("colorscale", Styling.Sequential)
            .WithTraces("colorbar", Styling.Map(("title", Styling.Map(("text", Styling.Escaped(unit)))), ("thickness", 14), ("outlinewidth", 0)))
            .WithTraces("hoverongaps", false)
            .WithTraces("xgap", 1)
            .WithTraces("ygap", 1);
        return (columns.Count <= 14 ? chart.WithTraces("texttemplate", $"%{{z:.{digits}f}}") : chart)
            .Dressed(title, x, y, height: Math.Clamp(170 + (34 * rows.Count), 300, 620))
            .WithLayout("xaxis", Styling.Axis(x, ("type", "category"), ("showgrid", false), ("ticks", "")))
            .WithLayout("yaxis", Styling.Axis(y, ("type", "category"), ("showgrid", false), ("ticks", ""), ("autorange", "reversed")));
    }

    /// <summary>Samples as boxes with every value beside its box.</summary>
    /// <param name="title">What the chart shows, as a sentence.</param>
    /// <param name="y">The y axis and its unit.</param>
    /// <param name="samples">Name and values.</param>
    /// <exception cref="BadInput">There is no sample, or one without a value.</exception>
    public static GenericChart Boxes(string title, string y, params IReadOnlyList<(string Name, IReadOnlyList<double> Values)> samples)
    {
        Need(samples.Count > 0 && samples.All(sample => sample.Values.Count > 0), title, "a sample without values");
        var charts = samples.Select((sample, i) =>
            Chart.BoxPlot<string, double, string>(
                Y: sample.Values.ToArray(), Name: Styling.Escaped(sample.Name), BoxPoints: StyleParam.BoxPoints.All, Jitter: 0.3, PointPos: 0, UseDefaults: false)
            .WithTraces("marker", Styling.Map(("color", Styling.Colour(i)), ("size", 6), ("opacity", 0.8)))
            .WithTraces("line", Styling.Map(("color", Styling.Colour(i)), ("width", 2)))
            .WithTraces("fillcolor", Styling.Faded(Styling.Colour(i), 0.2)));
        return Chart.Combine(charts).Dressed(title, "", y)
            .WithLayout("showlegend", false)
            .WithLayout("xaxis", Styling.Axis("", ("type", "category"), ("showgrid", false)));
    }

    private static void Need(bool holds, string title, string fault)
    {
        if (!holds)
        {
            throw new BadInput($"The chart '{title}' has {fault}; give it values that go together.");
        }
    }
}
