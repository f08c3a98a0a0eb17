using Plotly.NET.Writing;

namespace Plotly.NET;

/// <summary>The closed sets of words that plotly.js knows. Of a set without values here nothing can be passed: it stands in signatures only.</summary>
public static class StyleParam
{
    /// <summary>What is drawn at the points and between them.</summary>
    public sealed class Mode : IWord
    {
        private readonly string word;

        private Mode(string word) => this.word = word;

        object IWord.Word => word;

        public static Mode None { get; } = new("none");

        public static Mode Lines { get; } = new("lines");

        public static Mode Lines_Markers { get; } = new("lines+markers");

        public static Mode Lines_Text { get; } = new("lines+text");

        public static Mode Markers { get; } = new("markers");

        public static Mode Markers_Text { get; } = new("markers+text");

        public static Mode Text { get; } = new("text");
    }

    /// <summary>How a line is interrupted.</summary>
    public sealed class DrawingStyle : IWord
    {
        private readonly string word;

        private DrawingStyle(string word) => this.word = word;

        object IWord.Word => word;

        public static DrawingStyle Solid { get; } = new("solid");

        public static DrawingStyle Dash { get; } = new("dash");

        public static DrawingStyle Dot { get; } = new("dot");

        public static DrawingStyle DashDot { get; } = new("dashdot");
    }

    /// <summary>Which points stand beside a box.</summary>
    public sealed class BoxPoints : IWord
    {
        private readonly string word;

        private BoxPoints(string word) => this.word = word;

        object IWord.Word => word;

        public static BoxPoints All { get; } = new("all");

        public static BoxPoints Outliers { get; } = new("outliers");
    }

    /// <summary>Which way bars and boxes lie.</summary>
    public sealed class Orientation : IWord
    {
        private readonly string word;

        private Orientation(string word) => this.word = word;

        object IWord.Word => word;

        public static Orientation Horizontal { get; } = new("h");

        public static Orientation Vertical { get; } = new("v");
    }

    /// <summary>What an axis holds.</summary>
    public sealed class AxisType : IWord
    {
        private readonly string word;

        private AxisType(string word) => this.word = word;

        object IWord.Word => word;

        public static AxisType Linear { get; } = new("linear");

        public static AxisType Log { get; } = new("log");

        public static AxisType Date { get; } = new("date");

        public static AxisType Category { get; } = new("category");
    }

    /// <summary>Where an axis stands.</summary>
    public sealed class Side : IWord
    {
        private readonly string word;

        private Side(string word) => this.word = word;

        object IWord.Word => word;

        public static Side Top { get; } = new("top");

        public static Side Bottom { get; } = new("bottom");

        public static Side Left { get; } = new("left");

        public static Side Right { get; } = new("right");
    }

    /// <summary>One of several axes of a chart.</summary>
    public sealed class SubPlotId
    {
        private SubPlotId(string name) => Name = name;

        internal string Name { get; }

        /// <summary>The x axis of a number, from 1.</summary>
        public static SubPlotId NewXAxis(int item) => new(item == 1 ? "xaxis" : $"xaxis{item}");

        /// <summary>The y axis of a number, from 1.</summary>
        public static SubPlotId NewYAxis(int item) => new(item == 1 ? "yaxis" : $"yaxis{item}");
    }

    public abstract class TextPosition
    {
        internal TextPosition()
        {
        }
    }

    public abstract class Colorscale
    {
        internal Colorscale()
        {
        }
    }

    public abstract class MarkerSymbol
    {
        internal MarkerSymbol()
        {
        }
    }

    public abstract class GroupNorm
    {
        internal GroupNorm()
        {
        }
    }

    public abstract class Fill
    {
        internal Fill()
        {
        }
    }

    public abstract class SmoothAlg
    {
        internal SmoothAlg()
        {
        }
    }

    public abstract class BoxMean
    {
        internal BoxMean()
        {
        }
    }

    public abstract class QuartileMethod
    {
        internal QuartileMethod()
        {
        }
    }

    public abstract class HistFunc
    {
        internal HistFunc()
        {
        }
    }

    public abstract class HistNorm
    {
        internal HistNorm()
        {
        }
    }

    public abstract class PatternShape
    {
        internal PatternShape()
        {
        }
    }

    public abstract class ColorModel
    {
        internal ColorModel()
        {
        }
    }

    public abstract class ColorComponentBound
    {
        internal ColorComponentBound()
        {
        }
    }

    public abstract class LinearAxisId
    {
        internal LinearAxisId()
        {
        }
    }

    public abstract class LayoutGridRowOrder
    {
        internal LayoutGridRowOrder()
        {
        }
    }

    public abstract class LayoutGridPattern
    {
        internal LayoutGridPattern()
        {
        }
    }

    public abstract class LayoutGridXSide
    {
        internal LayoutGridXSide()
        {
        }
    }

    public abstract class LayoutGridYSide
    {
        internal LayoutGridYSide()
        {
        }
    }

    public abstract class Mirror
    {
        internal Mirror()
        {
        }
    }

    public abstract class CategoryOrder
    {
        internal CategoryOrder()
        {
        }
    }

    public abstract class Visible
    {
        internal Visible()
        {
        }
    }
}
