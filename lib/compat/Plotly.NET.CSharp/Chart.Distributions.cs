using Plotly.NET.LayoutObjects;
using Plotly.NET.TraceObjects;

namespace Plotly.NET.CSharp;

public static partial class Chart
{
    /// <summary>A matrix as colours, its first row at the bottom unless the axis is reversed.</summary>
    public static GenericChart Heatmap<ZType, XType, YType, TextType>(
        IEnumerable<IEnumerable<ZType>> zData,
        Optional<string> Name = default,
        Optional<bool> ShowLegend = default,
        Optional<double> Opacity = default,
        Optional<IEnumerable<XType>> X = default,
        Optional<int> XGap = default,
        Optional<IEnumerable<YType>> Y = default,
        Optional<int> YGap = default,
        Optional<TextType> Text = default,
        Optional<IEnumerable<TextType>> MultiText = default,
        Optional<ColorBar> ColorBar = default,
        Optional<StyleParam.Colorscale> ColorScale = default,
        Optional<bool> ShowScale = default,
        Optional<bool> ReverseScale = default,
        Optional<StyleParam.SmoothAlg> ZSmooth = default,
        Optional<bool> Transpose = default,
        Optional<bool> UseWebGL = default,
        Optional<bool> ReverseYAxis = default,
        Optional<bool> UseDefaults = default)
        where ZType : IConvertible
        where XType : IConvertible
        where YType : IConvertible
        where TextType : IConvertible
    {
        var chart = Make(
            UseWebGL.Or(false) ? "heatmapgl" : "heatmap",
            UseDefaults,
            trace => trace
                .Put("name", Name)
                .Put("showlegend", ShowLegend)
                .Put("opacity", Opacity)
                .Put("x", X)
                .Put("y", Y)
                .Put("z", zData)
                .Put("xgap", XGap)
                .Put("ygap", YGap)
                .Put("text", Text)
                .Put("text", MultiText)
                .Put("colorbar", ColorBar)
                .Put("colorscale", ColorScale)
                .Put("showscale", ShowScale)
                .Put("reversescale", ReverseScale)
                .Put("zsmooth", ZSmooth)
                .Put("transpose", Transpose));
        if (ReverseYAxis.Or(false))
        {
            chart.Axis("yaxis").Put("autorange", "reversed");
        }

        return chart;
    }

    /// <summary>Quartiles of a sample.</summary>
    public static GenericChart BoxPlot<XType, YType, TextType>(
        Optional<IEnumerable<XType>> X = default,
        Optional<IEnumerable<YType>> Y = default,
        Optional<string> Name = default,
        Optional<bool> ShowLegend = default,
        Optional<TextType> Text = default,
        Optional<IEnumerable<TextType>> MultiText = default,
        Optional<Color> FillColor = default,
        Optional<Color> MarkerColor = default,
        Optional<Marker> Marker = default,
        Optional<double> Opacity = default,
        Optional<double> WhiskerWidth = default,
        Optional<StyleParam.BoxPoints> BoxPoints = default,
        Optional<StyleParam.BoxMean> BoxMean = default,
        Optional<double> Jitter = default,
        Optional<double> PointPos = default,
        Optional<StyleParam.Orientation> Orientation = default,
        Optional<Color> OutlineColor = default,
        Optional<double> OutlineWidth = default,
        Optional<Line> Outline = default,
        Optional<string> AlignmentGroup = default,
        Optional<string> OffsetGroup = default,
        Optional<bool> Notched = default,
        Optional<double> NotchWidth = default,
        Optional<StyleParam.QuartileMethod> QuartileMethod = default,
        Optional<bool> UseDefaults = default)
        where XType : IConvertible
        where YType : IConvertible
        where TextType : IConvertible =>
        Make(
            "box",
            UseDefaults,
            trace => trace
                .Put("name", Name)
                .Put("showlegend", ShowLegend)
                .Put("opacity", Opacity)
                .Put("x", X)
                .Put("y", Y)
                .Put("text", Text)
                .Put("text", MultiText)
                .Put("fillcolor", FillColor)
                .Put("whiskerwidth", WhiskerWidth)
                .Put("boxpoints", BoxPoints)
                .Put("boxmean", BoxMean)
                .Put("jitter", Jitter)
                .Put("pointpos", PointPos)
                .Put("orientation", Orientation)
                .Put("alignmentgroup", AlignmentGroup)
                .Put("offsetgroup", OffsetGroup)
                .Put("notched", Notched)
                .Put("notchwidth", NotchWidth)
                .Put("quartilemethod", QuartileMethod)
                .Put("marker", Marker.Part().Put("color", MarkerColor))
                .Put("line", Outline.Part().Put("color", OutlineColor).Put("width", OutlineWidth)));

    /// <summary>How often values occur.</summary>
    public static GenericChart Histogram<XType, YType, TextType>(
        Optional<IEnumerable<XType>> X = default,
        Optional<IEnumerable<YType>> Y = default,
        Optional<StyleParam.Orientation> Orientation = default,
        Optional<string> Name = default,
        Optional<bool> ShowLegend = default,
        Optional<double> Opacity = default,
        Optional<TextType> Text = default,
        Optional<IEnumerable<TextType>> MultiText = default,
        Optional<StyleParam.HistFunc> HistFunc = default,
        Optional<StyleParam.HistNorm> HistNorm = default,
        Optional<string> AlignmentGroup = default,
        Optional<string> OffsetGroup = default,
        Optional<int> NBinsX = default,
        Optional<int> NBinsY = default,
        Optional<string> BinGroup = default,
        Optional<Bins> XBins = default,
        Optional<Bins> YBins = default,
        Optional<Color> MarkerColor = default,
        Optional<Marker> Marker = default,
        Optional<Line> Line = default,
        Optional<Error> XError = default,
        Optional<Error> YError = default,
        Optional<Cumulative> Cumulative = default,
        Optional<Hoverlabel> HoverLabel = default,
        Optional<bool> UseDefaults = default)
        where XType : IConvertible
        where YType : IConvertible
        where TextType : IConvertible =>
        Make(
            "histogram",
            UseDefaults,
            trace => trace
                .Put("name", Name)
                .Put("showlegend", ShowLegend)
                .Put("opacity", Opacity)
                .Put("x", X)
                .Put("y", Y)
                .Put("text", Text)
                .Put("text", MultiText)
                .Put("orientation", Orientation)
                .Put("histfunc", HistFunc)
                .Put("histnorm", HistNorm)
                .Put("alignmentgroup", AlignmentGroup)
                .Put("offsetgroup", OffsetGroup)
                .Put("nbinsx", NBinsX)
                .Put("nbinsy", NBinsY)
                .Put("bingroup", BinGroup)
                .Put("xbins", XBins)
                .Put("ybins", YBins)
                .Put("error_x", XError)
                .Put("error_y", YError)
                .Put("cumulative", Cumulative)
                .Put("hoverlabel", HoverLabel)
                .Put("marker", Marker.Part().Put("color", MarkerColor).Put("line", Line).Put("pattern", default(Optional<Pattern>).Part())));

    /// <summary>A picture from rows of pixels of three or four numbers, or from a data address.</summary>
    public static GenericChart Image<IdType>(
        Optional<IEnumerable<IEnumerable<IEnumerable<int>>>> Z = default,
        Optional<string> Source = default,
        Optional<string> Name = default,
        Optional<bool> ShowLegend = default,
        Optional<double> Opacity = default,
        Optional<IEnumerable<IdType>> Ids = default,
        Optional<StyleParam.ColorModel> ColorModel = default,
        Optional<StyleParam.ColorComponentBound> ZMax = default,
        Optional<StyleParam.ColorComponentBound> ZMin = default,
        Optional<StyleParam.SmoothAlg> ZSmooth = default,
        Optional<bool> UseDefaults = default)
        where IdType : IConvertible =>
        Make(
            "image",
            UseDefaults,
            trace => trace
                .Put("name", Name)
                .Put("showlegend", ShowLegend)
                .Put("opacity", Opacity)
                .Put("z", Z)
                .Put("source", Source)
                .Put("ids", Ids)
                .Put("colormodel", ColorModel)
                .Put("zmax", ZMax)
                .Put("zmin", ZMin)
                .Put("zsmooth", ZSmooth));
}
