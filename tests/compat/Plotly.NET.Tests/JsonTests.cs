using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Plotly.NET.CSharp;
using Chart = Plotly.NET.CSharp.Chart;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace Plotly.Tests;

/// <summary>What charts become: the JSON that Plotly.NET's own tests expect of the same calls.</summary>
public sealed class JsonTests
{
    [Fact]
    public void A_line() => Becomes(
        """{"type":"scatter","name":"line","mode":"lines+markers","x":[1.0,2.5],"y":[2.0,1e-05],"marker":{},"line":{"color":"#0072B2","width":2.0,"dash":"dot"}}""",
        Chart.Line<double, double, string>([1, 2.5], [2, 1e-5], Name: "line", ShowMarkers: true, LineWidth: 2, LineDash: StyleParam.DrawingStyle.Dot, LineColor: Plotly.NET.Color.fromHex("0072B2"), UseDefaults: false));

    [Fact]
    public void Points() => Becomes(
        """{"type":"scatter","name":"points","mode":"markers","x":[1,2],"y":[2.0,1.5],"text":["a","b"],"marker":{},"line":{}}""",
        Chart.Point<int, double, string>([1, 2], [2, 1.5], Name: "points", MultiText: new[] { "a", "b" }, UseDefaults: false));

    [Fact]
    public void A_scatter_in_a_mode() => Becomes(
        """{"type":"scatter","showlegend":false,"opacity":0.5,"mode":"lines","x":[1],"y":[2],"marker":{},"line":{}}""",
        Chart.Scatter<int, int, string>([1], [2], StyleParam.Mode.Lines, ShowLegend: false, Opacity: 0.5, UseDefaults: false));

    [Fact]
    public void Columns() => Becomes(
        """{"type":"bar","name":"column","x":["Product A","Product B"],"y":[20,14],"orientation":"v","marker":{"pattern":{}}}""",
        Chart.Column<int, string, string>([20, 14], Keys: new[] { "Product A", "Product B" }, Name: "column", UseDefaults: false));

    [Fact]
    public void Lying_bars() => Becomes(
        """{"type":"bar","x":[20,14,23],"y":["Product A","Product B","Product C"],"orientation":"h","marker":{"pattern":{}}}""",
        Chart.Bar<int, string, string>([20, 14, 23], Keys: new[] { "Product A", "Product B", "Product C" }, UseDefaults: false));

    [Fact]
    public void A_heat_map() => Becomes(
        """{"type":"heatmap","name":"heatmap","x":["Tp0","Tp30"],"y":["p2","p1"],"z":[[1.0,1.5],[2.0,0.5]]}""",
        Chart.Heatmap<double, string, string, string>([[1.0, 1.5], [2.0, 0.5]], X: new[] { "Tp0", "Tp30" }, Y: new[] { "p2", "p1" }, Name: "heatmap", UseDefaults: false));

    [Fact]
    public void A_box_plot() => Becomes(
        """{"type":"box","name":"boxplot","x":["bin1","bin1"],"y":[2.0,1.5],"marker":{},"line":{},"boxpoints":"all","jitter":0.1}""",
        Chart.BoxPlot<string, double, string>(X: new[] { "bin1", "bin1" }, Y: new[] { 2.0, 1.5 }, Name: "boxplot", BoxPoints: StyleParam.BoxPoints.All, Jitter: 0.1, UseDefaults: false));

    [Fact]
    public void A_histogram() => Becomes(
        """{"type":"histogram","name":"histogram","x":[1.0,1.5],"marker":{"pattern":{}}}""",
        Chart.Histogram<double, double, string>(X: new[] { 1.0, 1.5 }, Name: "histogram", UseDefaults: false));

    [Fact]
    public void A_picture() => Becomes(
        """{"type":"image","z":[[[0,0,255],[255,255,0]]]}""",
        Chart.Image<string>(Z: new[] { new[] { new[] { 0, 0, 255 }, [255, 255, 0] } }, UseDefaults: false));

    [Fact]
    public void Charts_in_a_grid_have_axes_of_their_own()
    {
        var chart = Chart.Grid(
            Enumerable.Range(1, 4).Select(i => Chart.Point<int, int, string>([i], [i], UseDefaults: false).WithXAxisStyle<int, int, int>(TitleText: $"x{i}").WithYAxisStyle<int, int, int>(TitleText: $"y{i}")),
            2,
            2);
        var json = JsonNode.Parse(GenericChart.toJson(chart))!;

        Assert.Equal(["x", "x2", "x3", "x4"], json["data"]!.AsArray().Select(trace => (string)trace!["xaxis"]!));
        Same(
            """
            {"yaxis":{"title":{"text":"y1"}},"xaxis":{"title":{"text":"x1"}},"yaxis2":{"title":{"text":"y2"}},"xaxis2":{"title":{"text":"x2"}},
            "yaxis3":{"title":{"text":"y3"}},"xaxis3":{"title":{"text":"x3"}},"yaxis4":{"title":{"text":"y4"}},"xaxis4":{"title":{"text":"x4"}},
            "annotations":[],"grid":{"rows":2,"columns":2,"roworder":"top to bottom","pattern":"independent"}}
            """,
            json["layout"]!.ToJsonString());
    }

    [Fact]
    public void Titles_of_a_grid_stand_above_the_middle_of_their_cells()
    {
        var one = () => Chart.Point<int, int, string>([1], [1], UseDefaults: false);
        var chart = Chart.Grid([one(), one(), one(), one()], 2, 2, SubPlotTitles: new[] { "1", "2", "3", "4" });
        var titles = JsonNode.Parse(GenericChart.toJson(chart))!["layout"]!["annotations"]!.AsArray();

        Assert.Equal(["1", "2", "3", "4"], titles.Select(title => (string)title!["text"]!));
        Assert.Equal(0.22222222222222224, (double)titles[0]!["x"]!, 12);
        Assert.Equal(0.7777777777777778, (double)titles[1]!["x"]!, 12);
        Assert.Equal(1.0, (double)titles[1]!["y"]!, 12);
        Assert.Equal(0.4117647058823529, (double)titles[2]!["y"]!, 12);
    }

    [Fact]
    public void Combined_charts_keep_all_traces_and_what_each_layout_says()
    {
        var chart = Chart.Combine(
        [
            Chart.Line<int, int, string>([1], [2], UseDefaults: false).WithXAxisStyle<int, int, string>(TitleText: "epoch"),
            Chart.Point<int, int, string>([1], [3], UseDefaults: false).WithXAxisStyle<int, int, string>(MinMax: Tuple.Create(0, 4)).WithSize(Width: 300),
        ]);

        Assert.Equal(2, chart.GetTraces().Length);
        Same("""{"xaxis":{"title":{"text":"epoch"},"range":[0,4]},"width":300}""", JsonNode.Parse(GenericChart.toJson(chart))!["layout"]!.ToJsonString());
    }

    [Fact]
    public void What_is_assigned_to_a_layout_or_trace_by_name_stands_in_the_JSON()
    {
        var chart = Chart.Line<int, double, string>([1], [double.NaN], UseDefaults: false);
        ((dynamic)chart.GetLayout()).margin = new Dictionary<string, object> { ["l"] = 60 };
        ((dynamic)chart.GetTraces()[0]).error_y = new { array = new[] { 0.5 } };

        Same("""{"margin":{"l":60}}""", JsonNode.Parse(GenericChart.toJson(chart))!["layout"]!.ToJsonString());
        Same("""{"type":"scatter","mode":"lines","x":[1],"y":["NaN"],"marker":{},"line":{},"error_y":{"array":[0.5]}}""", JsonNode.Parse(GenericChart.toJson(chart))!["data"]![0]!.ToJsonString());
    }

    [Fact]
    public void A_page_and_its_part_draw_the_same_chart()
    {
        var chart = Chart.Line<int, int, string>([1], [2]);

        Assert.Contains("Plotly.newPlot(", GenericChart.toChartHTML(chart));
        Assert.Contains("Plotly.newPlot(", GenericChart.toEmbeddedHTML(chart));
    }

    /// <summary>The package lets it: whoever writes pages of our own escapes the JSON.</summary>
    [StandInTheory]
    [InlineData("</script><b>")]
    public void No_text_ends_the_script(string name)
    {
        var chart = Chart.Line<int, int, string>([1], [2], Name: name);

        Assert.DoesNotContain(name, GenericChart.toChartHTML(chart));
        Assert.DoesNotContain(name, GenericChart.toEmbeddedHTML(chart));
    }

    [Fact]
    public void A_saved_page_gets_its_ending()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}");
        try
        {
            Chart.Line<int, int, string>([1], [2]).SaveHtml(path);
            Assert.Contains("<html>", File.ReadAllText(path + ".html"));
        }
        finally
        {
            File.Delete(path + ".html");
        }
    }

    private static void Becomes(string trace, GenericChart chart) => Same($"{{\"data\":[{trace}],\"layout\":{{}},\"config\":{{}}}}", GenericChart.toJson(chart));

    private static void Same(string expected, string actual) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(Hex(actual))), $"expected {expected}\nbut got  {actual}");

    // One colour is written in two ways: Plotly.NET 5 keeps what it was made from, 6 writes its parts.
    private static string Hex(string json) => Regex.Replace(
        json, @"rgba\((\d+), (\d+), (\d+), 1\.0\)", parts => $"#{string.Concat(parts.Groups.Values.Skip(1).Select(part => int.Parse(part.Value, CultureInfo.InvariantCulture).ToString("X2", CultureInfo.InvariantCulture)))}");
}
