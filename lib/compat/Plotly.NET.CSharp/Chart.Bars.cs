using Plotly.NET.TraceObjects;

namespace Plotly.NET.CSharp;

public static partial class Chart
{
    /// <summary>Upright bars.</summary>
    public static GenericChart Column<ValuesType, KeysType, TextType>(
        IEnumerable<ValuesType> values,
        Optional<IEnumerable<KeysType>> Keys = default,
        Optional<string> Name = default,
        Optional<bool> ShowLegend = default,
        Optional<double> Opacity = default,
        Optional<IEnumerable<double>> MultiOpacity = default,
        Optional<TextType> Text = default,
        Optional<IEnumerable<TextType>> MultiText = default,
        Optional<Color> MarkerColor = default,
        Optional<StyleParam.Colorscale> MarkerColorScale = default,
        Optional<Line> MarkerOutline = default,
        Optional<StyleParam.PatternShape> MarkerPatternShape = default,
        Optional<IEnumerable<StyleParam.PatternShape>> MultiMarkerPatternShape = default,
        Optional<Pattern> MarkerPattern = default,
        Optional<Marker> Marker = default,
        Optional<StyleParam.TextPosition> TextPosition = default,
        Optional<IEnumerable<StyleParam.TextPosition>> MultiTextPosition = default,
        Optional<IEnumerable<ValuesType>> MultiWidth = default,
        Optional<bool> UseDefaults = default,
        Optional<ValuesType> Base = default,
        Optional<ValuesType> Width = default)
        where ValuesType : IConvertible
        where KeysType : IConvertible
        where TextType : IConvertible =>
        Make(
            "bar",
            UseDefaults,
            trace => trace
                .Put("name", Name)
                .Put("showlegend", ShowLegend)
                .Put("opacity", Opacity)
                .Put("y", values).Put("x", Keys)
                .Put("orientation", "v")
                .Put("text", Text)
                .Put("text", MultiText)
                .Put("textposition", TextPosition)
                .Put("textposition", MultiTextPosition)
                .Put("base", Base)
                .Put("width", Width)
                .Put("width", MultiWidth)
                .Put("marker", Marker.Part()
                .Put("opacity", MultiOpacity).Put("color", MarkerColor).Put("colorscale", MarkerColorScale).Put("line", MarkerOutline)
                    .Put("pattern", MarkerPattern.Part().Put("shape", MarkerPatternShape).Put("shape", MultiMarkerPatternShape))));

    /// <summary>Lying bars.</summary>
    public static GenericChart Bar<ValuesType, KeysType, TextType>(
        IEnumerable<ValuesType> values,
        Optional<IEnumerable<KeysType>> Keys = default,
        Optional<string> Name = default,
        Optional<bool> ShowLegend = default,
        Optional<double> Opacity = default,
        Optional<IEnumerable<double>> MultiOpacity = default,
        Optional<TextType> Text = default,
        Optional<IEnumerable<TextType>> MultiText = default,
        Optional<Color> MarkerColor = default,
        Optional<StyleParam.Colorscale> MarkerColorScale = default,
        Optional<Line> MarkerOutline = default,
        Optional<StyleParam.PatternShape> MarkerPatternShape = default,
        Optional<IEnumerable<StyleParam.PatternShape>> MultiMarkerPatternShape = default,
        Optional<Pattern> MarkerPattern = default,
        Optional<Marker> Marker = default,
        Optional<StyleParam.TextPosition> TextPosition = default,
        Optional<IEnumerable<StyleParam.TextPosition>> MultiTextPosition = default,
        Optional<IEnumerable<ValuesType>> MultiWidth = default,
        Optional<bool> UseDefaults = default,
        Optional<ValuesType> Base = default,
        Optional<ValuesType> Width = default)
        where ValuesType : IConvertible
        where KeysType : IConvertible
        where TextType : IConvertible =>
        Make(
            "bar",
            UseDefaults,
            trace => trace
                .Put("name", Name)
                .Put("showlegend", ShowLegend)
                .Put("opacity", Opacity)
                .Put("x", values).Put("y", Keys)
                .Put("orientation", "h")
                .Put("text", Text)
                .Put("text", MultiText)
                .Put("textposition", TextPosition)
                .Put("textposition", MultiTextPosition)
                .Put("base", Base)
                .Put("width", Width)
                .Put("width", MultiWidth)
                .Put("marker", Marker.Part()
                .Put("opacity", MultiOpacity).Put("color", MarkerColor).Put("colorscale", MarkerColorScale).Put("line", MarkerOutline)
                    .Put("pattern", MarkerPattern.Part().Put("shape", MarkerPatternShape).Put("shape", MultiMarkerPatternShape))));
}
