using Plotly.NET.LayoutObjects;

namespace Plotly.NET.CSharp;

public static partial class Chart
{
    /// <summary>All charts in one pair of axes.</summary>
    public static GenericChart Combine(IEnumerable<GenericChart> gCharts) => GenericChart.combine(gCharts);

    /// <summary>Charts side by side, row by row, each with axes of its own.</summary>
    public static GenericChart Grid(
        IEnumerable<GenericChart> gCharts,
        int nRows,
        int nCols,
        Optional<IEnumerable<string>> SubPlotTitles = default,
        Optional<Font> SubPlotTitleFont = default,
        Optional<double> SubPlotTitleOffset = default,
        Optional<Tuple<StyleParam.LinearAxisId, StyleParam.LinearAxisId>[][]> SubPlots = default,
        Optional<StyleParam.LinearAxisId[]> XAxes = default,
        Optional<StyleParam.LinearAxisId[]> YAxes = default,
        Optional<StyleParam.LayoutGridRowOrder> RowOrder = default,
        Optional<StyleParam.LayoutGridPattern> Pattern = default,
        Optional<double> XGap = default,
        Optional<double> YGap = default,
        Optional<Domain> Domain = default,
        Optional<StyleParam.LayoutGridXSide> XSide = default,
        Optional<StyleParam.LayoutGridYSide> YSide = default)
    {
        var charts = gCharts.ToList();
        var layouts = charts.Select((chart, i) => Placed(chart, i + 1)).ToList();
        var all = GenericChart.combine(layouts);
        var (gapX, gapY) = (XGap.Or(0.2), YGap.Or(0.3));
        var titles = SubPlotTitles.IsSome ? SubPlotTitles.Value.Select((title, i) => Annotation(title, i / nCols, i % nCols)) : [];
        var grid = new Layout()
            .Put("rows", nRows).Put("columns", nCols)
            .Put("roworder", RowOrder.IsSome ? RowOrder.Value : "top to bottom")
            .Put("pattern", Pattern.IsSome ? Pattern.Value : "independent")
            .Put("subplots", SubPlots).Put("xaxes", XAxes).Put("yaxes", YAxes)
            .Put("xgap", XGap).Put("ygap", YGap).Put("domain", Domain).Put("xside", XSide).Put("yside", YSide);
        var own = all.Layout["annotations"] is System.Collections.IEnumerable some ? some.Cast<object>() : [];
        all.Layout.Put("annotations", own.Concat(titles).ToArray()).Put("grid", grid);
        return all;

        // Where plotly.js puts the cell, its upper edge and its middle.
        object Annotation(string title, int row, int column)
        {
            var (stepX, stepY) = (1 / (nCols - gapX), 1 / (nRows - gapY));
            return new Layout()
                .Put("x", (column * stepX) + (stepX * (1 - gapX) / 2)).Put("y", 1 - (row * stepY) + SubPlotTitleOffset.Or(0))
                .Put("showarrow", false).Put("text", title).Put("xanchor", "center").Put("xref", "paper").Put("yanchor", "bottom").Put("yref", "paper")
                .Put("font", SubPlotTitleFont);
        }
    }

    // The chart with its first axes under the given number.
    private static GenericChart Placed(GenericChart chart, int number)
    {
        var suffix = number == 1 ? "" : $"{number}";
        var layout = new Layout();
        foreach (var (name, value) in chart.Layout.Members)
        {
            layout[name is "xaxis" or "yaxis" ? name + suffix : name] = value;
        }

        foreach (var axis in new[] { "xaxis", "yaxis" })
        {
            layout[axis + suffix] ??= new Layout();
        }

        foreach (var trace in chart.Traces)
        {
            trace.Put("xaxis", "x" + suffix).Put("yaxis", "y" + suffix);
        }

        return new(chart.Traces, layout, chart.Config);
    }
}
