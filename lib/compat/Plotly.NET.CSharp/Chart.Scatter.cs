using Plotly.NET.TraceObjects;

namespace Plotly.NET.CSharp;

public static partial class Chart
{
    /// <summary>Points joined by a line.</summary>
    public static GenericChart Line<XType, YType, TextType>(
        IEnumerable<XType> x,
        IEnumerable<YType> y,
        Optional<bool> ShowMarkers = default,
        Optional<string> Name = default,
        Optional<bool> ShowLegend = default,
        Optional<double> Opacity = default,
        Optional<IEnumerable<double>> MultiOpacity = default,
        Optional<TextType> Text = default,
        Optional<IEnumerable<TextType>> MultiText = default,
        Optional<StyleParam.TextPosition> TextPosition = default,
        Optional<IEnumerable<StyleParam.TextPosition>> MultiTextPosition = default,
        Optional<Color> MarkerColor = default,
        Optional<StyleParam.Colorscale> MarkerColorScale = default,
        Optional<Line> MarkerOutline = default,
        Optional<StyleParam.MarkerSymbol> MarkerSymbol = default,
        Optional<IEnumerable<StyleParam.MarkerSymbol>> MultiMarkerSymbol = default,
        Optional<Marker> Marker = default,
        Optional<Color> LineColor = default,
        Optional<StyleParam.Colorscale> LineColorScale = default,
        Optional<double> LineWidth = default,
        Optional<StyleParam.DrawingStyle> LineDash = default,
        Optional<Line> Line = default,
        Optional<string> StackGroup = default,
        Optional<StyleParam.Orientation> Orientation = default,
        Optional<StyleParam.GroupNorm> GroupNorm = default,
        Optional<StyleParam.Fill> Fill = default,
        Optional<Color> FillColor = default,
        Optional<bool> UseWebGL = default,
        Optional<bool> UseDefaults = default)
        where XType : IConvertible
        where YType : IConvertible
        where TextType : IConvertible =>
        Make(
            UseWebGL.Or(false) ? "scattergl" : "scatter",
            UseDefaults,
            trace => trace
                .Put("name", Name)
                .Put("showlegend", ShowLegend)
                .Put("opacity", Opacity)
                .Put("mode", Modes.Text(ShowMarkers.Or(false) ? "lines+markers" : "lines", TextPosition.IsSome || MultiTextPosition.IsSome))
                .Put("x", x).Put("y", y)
                .Put("text", Text)
                .Put("text", MultiText)
                .Put("textposition", TextPosition)
                .Put("textposition", MultiTextPosition)
                .Put("stackgroup", StackGroup)
                .Put("orientation", Orientation)
                .Put("groupnorm", GroupNorm)
                .Put("fill", Fill)
                .Put("fillcolor", FillColor)
                .Put("marker", Marker.Part()
                .Put("opacity", MultiOpacity).Put("color", MarkerColor).Put("colorscale", MarkerColorScale).Put("line", MarkerOutline).Put("symbol", MarkerSymbol).Put("symbol", MultiMarkerSymbol))
                .Put("line", Line.Part()
                .Put("color", LineColor).Put("colorscale", LineColorScale).Put("width", LineWidth).Put("dash", LineDash)));

    /// <summary>Points.</summary>
    public static GenericChart Point<XType, YType, TextType>(
        IEnumerable<XType> x,
        IEnumerable<YType> y,
        Optional<string> Name = default,
        Optional<bool> ShowLegend = default,
        Optional<double> Opacity = default,
        Optional<IEnumerable<double>> MultiOpacity = default,
        Optional<TextType> Text = default,
        Optional<IEnumerable<TextType>> MultiText = default,
        Optional<StyleParam.TextPosition> TextPosition = default,
        Optional<IEnumerable<StyleParam.TextPosition>> MultiTextPosition = default,
        Optional<Color> MarkerColor = default,
        Optional<StyleParam.Colorscale> MarkerColorScale = default,
        Optional<Line> MarkerOutline = default,
        Optional<StyleParam.MarkerSymbol> MarkerSymbol = default,
        Optional<IEnumerable<StyleParam.MarkerSymbol>> MultiMarkerSymbol = default,
        Optional<Marker> Marker = default,
        Optional<string> StackGroup = default,
        Optional<StyleParam.Orientation> Orientation = default,
        Optional<StyleParam.GroupNorm> GroupNorm = default,
        Optional<bool> UseWebGL = default,
        Optional<bool> UseDefaults = default)
        where XType : IConvertible
        where YType : IConvertible
        where TextType : IConvertible =>
        Make(
            UseWebGL.Or(false) ? "scattergl" : "scatter",
            UseDefaults,
            trace => trace
                .Put("name", Name)
                .Put("showlegend", ShowLegend)
                .Put("opacity", Opacity)
                .Put("mode", Modes.Text("markers", TextPosition.IsSome || MultiTextPosition.IsSome))
                .Put("x", x).Put("y", y)
                .Put("text", Text)
                .Put("text", MultiText)
                .Put("textposition", TextPosition)
                .Put("textposition", MultiTextPosition)
                .Put("stackgroup", StackGroup)
                .Put("orientation", Orientation)
                .Put("groupnorm", GroupNorm)
                .Put("marker", Marker.Part()
                .Put("opacity", MultiOpacity).Put("color", MarkerColor).Put("colorscale", MarkerColorScale).Put("line", MarkerOutline).Put("symbol", MarkerSymbol).Put("symbol", MultiMarkerSymbol))
                .Put("line", new Line()));

    /// <summary>Points, lines or both, as the mode says.</summary>
    public static GenericChart Scatter<XType, YType, TextType>(
        IEnumerable<XType> x,
        IEnumerable<YType> y,
        StyleParam.Mode mode,
        Optional<string> Name = default,
        Optional<bool> ShowLegend = default,
        Optional<double> Opacity = default,
        Optional<IEnumerable<double>> MultiOpacity = default,
        Optional<TextType> Text = default,
        Optional<IEnumerable<TextType>> MultiText = default,
        Optional<StyleParam.TextPosition> TextPosition = default,
        Optional<IEnumerable<StyleParam.TextPosition>> MultiTextPosition = default,
        Optional<Color> MarkerColor = default,
        Optional<StyleParam.Colorscale> MarkerColorScale = default,
        Optional<Line> MarkerOutline = default,
        Optional<StyleParam.MarkerSymbol> MarkerSymbol = default,
        Optional<IEnumerable<StyleParam.MarkerSymbol>> MultiMarkerSymbol = default,
        Optional<Marker> Marker = default,
        Optional<Color> LineColor = default,
        Optional<StyleParam.Colorscale> LineColorScale = default,
        Optional<double> LineWidth = default,
        Optional<StyleParam.DrawingStyle> LineDash = default,
        Optional<Line> Line = default,
        Optional<string> StackGroup = default,
        Optional<StyleParam.Orientation> Orientation = default,
        Optional<StyleParam.GroupNorm> GroupNorm = default,
        Optional<StyleParam.Fill> Fill = default,
        Optional<Color> FillColor = default,
        Optional<bool> UseWebGL = default,
        Optional<bool> UseDefaults = default)
        where XType : IConvertible
        where YType : IConvertible
        where TextType : IConvertible =>
        Make(
            UseWebGL.Or(false) ? "scattergl" : "scatter",
            UseDefaults,
            trace => trace
                .Put("name", Name)
                .Put("showlegend", ShowLegend)
                .Put("opacity", Opacity)
                .Put("mode", mode)
                .Put("x", x).Put("y", y)
                .Put("text", Text)
                .Put("text", MultiText)
                .Put("textposition", TextPosition)
                .Put("textposition", MultiTextPosition)
                .Put("stackgroup", StackGroup)
                .Put("orientation", Orientation)
                .Put("groupnorm", GroupNorm)
                .Put("fill", Fill)
                .Put("fillcolor", FillColor)
                .Put("marker", Marker.Part()
                .Put("opacity", MultiOpacity).Put("color", MarkerColor).Put("colorscale", MarkerColorScale).Put("line", MarkerOutline).Put("symbol", MarkerSymbol).Put("symbol", MultiMarkerSymbol))
                .Put("line", Line.Part()
                .Put("color", LineColor).Put("colorscale", LineColorScale).Put("width", LineWidth).Put("dash", LineDash)));
}
