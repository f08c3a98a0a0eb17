using System.Globalization;
using Plotly.NET.Writing;

namespace Plotly.NET;

/// <summary>One data set of a chart and how it is drawn; its members are those that plotly.js knows for the trace's type.</summary>
public class Trace(string traceTypeName) : DynamicObj.DynamicObj
{
    /// <summary>What plotly.js calls this kind of trace.</summary>
    public string type { get; set; } = traceTypeName;

    /// <inheritdoc/>
    public override bool TrySetMember(System.Dynamic.SetMemberBinder binder, object value)
    {
        if (binder.Name != nameof(type))
        {
            return base.TrySetMember(binder, value);
        }

        type = (string)value;
        return true;
    }
}

/// <summary>What a chart has besides its data: title, axes, legend, size.</summary>
public class Layout : DynamicObj.DynamicObj;

/// <summary>How plotly.js behaves: responsiveness, buttons.</summary>
public class Config : DynamicObj.DynamicObj;

/// <summary>A chart: traces, a layout and a configuration.</summary>
public sealed class GenericChart
{
    internal GenericChart(IReadOnlyList<Trace> traces, Layout layout, Config config) => (Traces, Layout, Config) = (traces, layout, config);

    internal IReadOnlyList<Trace> Traces { get; }

    internal Layout Layout { get; }

    internal Config Config { get; }

    internal static GenericChart Of(Trace trace, bool useDefaults)
    {
        var (layout, config) = (new Layout(), new Config());
        if (useDefaults)
        {
            // The package's default theme, which it writes out in every chart, is left to plotly.js, whose own it is.
            (layout["width"], layout["height"], config["responsive"]) = (600, 600, true);
        }

        return new([trace], layout, config);
    }

    /// <summary>The chart's layout, not a copy of it.</summary>
    public static Layout getLayout(GenericChart gChart) => gChart.Layout;

    /// <summary>The same traces under another layout.</summary>
    public static GenericChart setLayout(Layout layout, GenericChart gChart) => new(gChart.Traces, layout, gChart.Config);

    /// <summary>All traces in one chart; of what two layouts both say, the later counts, but their annotations, shapes and images are all kept.</summary>
    public static GenericChart combine(IEnumerable<GenericChart> gCharts) => gCharts.Aggregate((first, second) =>
    {
        var (layout, config) = (new Layout(), new Config());
        DynamicObj.DynamicObj.Combine(layout, first.Layout);
        DynamicObj.DynamicObj.Combine(layout, second.Layout);
        DynamicObj.DynamicObj.Combine(config, first.Config);
        DynamicObj.DynamicObj.Combine(config, second.Config);
        foreach (var name in new[] { "annotations", "shapes", "images" })
        {
            if (first.Layout[name] is System.Collections.IEnumerable some && second.Layout[name] is System.Collections.IEnumerable more)
            {
                layout[name] = some.Cast<object>().Concat(more.Cast<object>()).ToArray();
            }
        }

        return new([.. first.Traces, .. second.Traces], layout, config);
    });

    /// <summary>How many traces there are.</summary>
    public static int countTrace(GenericChart gChart) => gChart.Traces.Count;

    /// <summary><c>{"data": […], "layout": {…}, "config": {…}}</c>.</summary>
    public static string toJson(GenericChart gChart) => Json.Of(new { data = gChart.Traces, layout = gChart.Layout, config = gChart.Config });

    /// <summary><c>{"data": […], "layout": {…}, "frames": []}</c>.</summary>
    public static string toFigureJson(GenericChart gChart) => Json.Of(new { data = gChart.Traces, layout = gChart.Layout, frames = Array.Empty<object>() });

    /// <summary>A div and the script that draws into it; the page around it must bring plotly.js.</summary>
    public static string toChartHTML(GenericChart gChart)
    {
        var id = Guid.NewGuid().ToString();
        var name = "renderPlotly_" + id.Replace("-", "", StringComparison.Ordinal);
        return string.Create(CultureInfo.InvariantCulture, $$"""
            <div><div id="{{id}}"><!-- Plotly chart will be drawn inside this DIV --></div><script type="text/javascript">
            var {{name}} = function() {
                var data = {{Json.Of(gChart.Traces)}};
                var layout = {{Json.Of(gChart.Layout)}};
                var config = {{Json.Of(gChart.Config)}};
                Plotly.newPlot('{{id}}', data, layout, config);
            };
            {{name}}();
            </script></div>
            """);
    }

    /// <summary>A page with the chart, which takes plotly.js from the network.</summary>
    public static string toEmbeddedHTML(GenericChart gChart) =>
        $"<!DOCTYPE html>\n<html><head><script src=\"https://cdn.plot.ly/plotly-2.28.0.min.js\" charset=\"utf-8\"></script></head><body>{toChartHTML(gChart)}</body></html>";
}
