using System.Diagnostics;
using Plotly.NET.LayoutObjects;

namespace Plotly.NET.CSharp;

/// <summary>Styling as a chain.</summary>
public static class GenericChartExtensions
{
    /// <summary>The chart's layout.</summary>
    public static Layout GetLayout(this GenericChart gChart) => GenericChart.getLayout(gChart);

    /// <summary>The chart's traces.</summary>
    public static Trace[] GetTraces(this GenericChart gChart) => [.. gChart.Traces];

    /// <summary>Writes a page with the chart; <c>.html</c> is added to a path without it.</summary>
    public static void SaveHtml(this GenericChart gChart, string path, Optional<bool> OpenInBrowser = default)
    {
        var file = path.EndsWith(".html", StringComparison.OrdinalIgnoreCase) ? path : path + ".html";
        File.WriteAllText(file, GenericChart.toEmbeddedHTML(gChart));
        if (OpenInBrowser.Or(false))
        {
            using var browser = Process.Start(new ProcessStartInfo(file) { UseShellExecute = true });
        }
    }

    /// <summary>Opens the chart in the browser.</summary>
    public static void Show(this GenericChart gChart) => gChart.SaveHtml(Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.html"), OpenInBrowser: true);

    /// <summary>Width and height in pixels.</summary>
    public static GenericChart WithSize(this GenericChart gChart, Optional<int> Width = default, Optional<int> Height = default)
    {
        gChart.Layout.Put("width", Width).Put("height", Height);
        return gChart;
    }

    /// <summary>Styles an x axis, the first unless another is named.</summary>
    public static GenericChart WithXAxisStyle<MinType, MaxType, CategoryArrayType>(
        this GenericChart gChart,
        Optional<string> TitleText = default,
        Optional<Font> TitleFont = default,
        Optional<int> TitleStandoff = default,
        Optional<Title> Title = default,
        Optional<Color> Color = default,
        Optional<StyleParam.AxisType> AxisType = default,
        Optional<Tuple<MinType, MaxType>> MinMax = default,
        Optional<StyleParam.Mirror> Mirror = default,
        Optional<bool> ShowSpikes = default,
        Optional<Color> SpikeColor = default,
        Optional<int> SpikeThickness = default,
        Optional<bool> ShowLine = default,
        Optional<Color> LineColor = default,
        Optional<bool> ShowGrid = default,
        Optional<Color> GridColor = default,
        Optional<bool> ZeroLine = default,
        Optional<Color> ZeroLineColor = default,
        Optional<StyleParam.LinearAxisId> Anchor = default,
        Optional<StyleParam.Side> Side = default,
        Optional<StyleParam.LinearAxisId> Overlaying = default,
        Optional<Tuple<double, double>> Domain = default,
        Optional<double> Position = default,
        Optional<StyleParam.CategoryOrder> CategoryOrder = default,
        Optional<IEnumerable<CategoryArrayType>> CategoryArray = default,
        Optional<RangeSlider> RangeSlider = default,
        Optional<RangeSelector> RangeSelector = default,
        Optional<Color> BackgroundColor = default,
        Optional<bool> ShowBackground = default,
        Optional<StyleParam.SubPlotId> Id = default)
        where MinType : IConvertible
        where MaxType : IConvertible
        where CategoryArrayType : IConvertible
    {
        var axis = gChart.Axis(Id.IsSome ? Id.Value.Name : "xaxis");
        if (TitleText.IsSome || TitleFont.IsSome || TitleStandoff.IsSome || Title.IsSome)
        {
            axis.Put("title", (axis["title"] as Title).Or(Title).Put("text", TitleText).Put("font", TitleFont).Put("standoff", TitleStandoff));
        }

        axis
            .Put("color", Color)
            .Put("type", AxisType)
            .Put("mirror", Mirror)
            .Put("showspikes", ShowSpikes)
            .Put("spikecolor", SpikeColor)
            .Put("spikethickness", SpikeThickness)
            .Put("showline", ShowLine)
            .Put("linecolor", LineColor)
            .Put("showgrid", ShowGrid)
            .Put("gridcolor", GridColor)
            .Put("zeroline", ZeroLine)
            .Put("zerolinecolor", ZeroLineColor)
            .Put("anchor", Anchor)
            .Put("side", Side)
            .Put("overlaying", Overlaying)
            .Put("position", Position)
            .Put("categoryorder", CategoryOrder)
            .Put("categoryarray", CategoryArray)
            .Put("rangeslider", RangeSlider)
            .Put("rangeselector", RangeSelector)
            .Put("backgroundcolor", BackgroundColor)
            .Put("showbackground", ShowBackground);
        if (MinMax.IsSome)
        {
            axis.Put("range", new object[] { MinMax.Value.Item1, MinMax.Value.Item2 });
        }

        if (Domain.IsSome)
        {
            axis.Put("domain", new[] { Domain.Value.Item1, Domain.Value.Item2 });
        }

        return gChart;
    }

    /// <summary>Styles a y axis, the first unless another is named.</summary>
    public static GenericChart WithYAxisStyle<MinType, MaxType, CategoryArrayType>(
        this GenericChart gChart,
        Optional<string> TitleText = default,
        Optional<Font> TitleFont = default,
        Optional<int> TitleStandoff = default,
        Optional<Title> Title = default,
        Optional<Color> Color = default,
        Optional<StyleParam.AxisType> AxisType = default,
        Optional<Tuple<MinType, MaxType>> MinMax = default,
        Optional<StyleParam.Mirror> Mirror = default,
        Optional<bool> ShowSpikes = default,
        Optional<Color> SpikeColor = default,
        Optional<int> SpikeThickness = default,
        Optional<bool> ShowLine = default,
        Optional<Color> LineColor = default,
        Optional<bool> ShowGrid = default,
        Optional<Color> GridColor = default,
        Optional<bool> ZeroLine = default,
        Optional<Color> ZeroLineColor = default,
        Optional<StyleParam.LinearAxisId> Anchor = default,
        Optional<StyleParam.Side> Side = default,
        Optional<StyleParam.LinearAxisId> Overlaying = default,
        Optional<Tuple<double, double>> Domain = default,
        Optional<double> Position = default,
        Optional<StyleParam.CategoryOrder> CategoryOrder = default,
        Optional<IEnumerable<CategoryArrayType>> CategoryArray = default,
        Optional<RangeSlider> RangeSlider = default,
        Optional<RangeSelector> RangeSelector = default,
        Optional<Color> BackgroundColor = default,
        Optional<bool> ShowBackground = default,
        Optional<StyleParam.SubPlotId> Id = default)
        where MinType : IConvertible
        where MaxType : IConvertible
        where CategoryArrayType : IConvertible
    {
        var axis = gChart.Axis(Id.IsSome ? Id.Value.Name : "yaxis");
        if (TitleText.IsSome || TitleFont.IsSome || TitleStandoff.IsSome || Title.IsSome)
        {
            axis.Put("title", (axis["title"] as Title).Or(Title).Put("text", TitleText).Put("font", TitleFont).Put("standoff", TitleStandoff));
        }

        axis
            .Put("color", Color)
            .Put("type", AxisType)
            .Put("mirror", Mirror)
            .Put("showspikes", ShowSpikes)
            .Put("spikecolor", SpikeColor)
            .Put("spikethickness", SpikeThickness)
            .Put("showline", ShowLine)
            .Put("linecolor", LineColor)
            .Put("showgrid", ShowGrid)
            .Put("gridcolor", GridColor)
            .Put("zeroline", ZeroLine)
            .Put("zerolinecolor", ZeroLineColor)
            .Put("anchor", Anchor)
            .Put("side", Side)
            .Put("overlaying", Overlaying)
            .Put("position", Position)
            .Put("categoryorder", CategoryOrder)
            .Put("categoryarray", CategoryArray)
            .Put("rangeslider", RangeSlider)
            .Put("rangeselector", RangeSelector)
            .Put("backgroundcolor", BackgroundColor)
            .Put("showbackground", ShowBackground);
        if (MinMax.IsSome)
        {
            axis.Put("range", new object[] { MinMax.Value.Item1, MinMax.Value.Item2 });
        }

        if (Domain.IsSome)
        {
            axis.Put("domain", new[] { Domain.Value.Item1, Domain.Value.Item2 });
        }

        return gChart;
    }
}
