namespace Plotly.NET
{
    /// <summary>A line: <c>color</c>, <c>width</c>, <c>dash</c>.</summary>
    public class Line : DynamicObj.DynamicObj;

    /// <summary>A font: <c>family</c>, <c>size</c>, <c>color</c>.</summary>
    public class Font : DynamicObj.DynamicObj;

    /// <summary>A title: <c>text</c>, <c>font</c>.</summary>
    public class Title : DynamicObj.DynamicObj;

    /// <summary>The scale beside a heat map.</summary>
    public class ColorBar : DynamicObj.DynamicObj;
}

namespace Plotly.NET.TraceObjects
{
    /// <summary>A marker: <c>color</c>, <c>size</c>, <c>symbol</c>, <c>line</c>.</summary>
    public class Marker : DynamicObj.DynamicObj;

    /// <summary>The hatching of a bar.</summary>
    public class Pattern : DynamicObj.DynamicObj;

    /// <summary>The bins of a histogram.</summary>
    public class Bins : DynamicObj.DynamicObj;

    /// <summary>Bars of uncertainty.</summary>
    public class Error : DynamicObj.DynamicObj;

    /// <summary>Whether a histogram adds up.</summary>
    public class Cumulative : DynamicObj.DynamicObj;
}

namespace Plotly.NET.LayoutObjects
{
    /// <summary>The part of the picture that something takes.</summary>
    public class Domain : DynamicObj.DynamicObj;

    /// <summary>What appears under the pointer.</summary>
    public class Hoverlabel : DynamicObj.DynamicObj;

    /// <summary>A slider below an axis.</summary>
    public class RangeSlider : DynamicObj.DynamicObj;

    /// <summary>Buttons that choose a range.</summary>
    public class RangeSelector : DynamicObj.DynamicObj;
}
