using System.Dynamic;
using System.Globalization;
using Plotly.NET;
using Plotly.NET.CSharp;

namespace Distillation;

/// <summary>How all charts of this project look: colours that every reader can tell apart, type that is readable at 600 pixels, a title that says what was found.</summary>
public static class Styling
{
    /// <summary>The width that charts are drawn for, in pixels.</summary>
    public const int Width = 600;

    /// <summary>The height of an ordinary chart, in pixels.</summary>
    public const int Height = 400;

    /// <summary>Eight colours that can be told apart without colour vision (Okabe and Ito 2008), those that are strong enough for lines on white and on black first.</summary>
    public static IReadOnlyList<string> Colours { get; } = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#7F7F7F"];

    /// <summary>From dark blue over green to yellow; grows in lightness, so that it also reads in grey (viridis, after van der Walt and Smith).</summary>
    internal static readonly object[] Sequential = [new object[] { 0.0, "#440154" }, new object[] { 0.25, "#3b528b" }, new object[] { 0.5, "#21918c" }, new object[] { 0.75, "#5ec962" }, new object[] { 1.0, "#fde725" }];

    // plotly.js hangs a title by the middle of its lines, not by the first; in pixels.
    private const double HalfALine = 10.4;

    private static readonly string[] dashes = ["solid", "dash", "dot", "dashdot"];

    private static readonly string[] symbols = ["circle", "square", "diamond", "triangle-up", "x", "cross", "star", "hexagon"];

    /// <summary>The colour of a series.</summary>
    public static string Colour(int series) => Colours[series % Colours.Count];

    /// <summary>The mark of a series, so that a series is never told by its colour alone.</summary>
    internal static string Symbol(int series) => symbols[series % symbols.Length];

    /// <summary>The dash of a series: solid until the colours have all been used.</summary>
    internal static string Dash(int series) => dashes[series / Colours.Count % dashes.Length];

    /// <summary>A colour with an opacity from 0 to 1.</summary>
    internal static string Faded(string colour, double opacity) => string.Create(
        CultureInfo.InvariantCulture,
        $"rgba({Convert.ToInt32(colour[1..3], 16)},{Convert.ToInt32(colour[3..5], 16)},{Convert.ToInt32(colour[5..7], 16)},{opacity})");

    /// <summary>A member of plotly.js by its own name; for what the typed functions have no argument for.</summary>
    public static T With<T>(this T target, string name, object value)
        where T : DynamicObject
    {
        target.TrySetMember(new Named(name), value);
        return target;
    }

    /// <summary>The chart with a member of every trace.</summary>
    public static GenericChart WithTraces(this GenericChart chart, string name, object value)
    {
        foreach (var trace in chart.GetTraces())
        {
            trace.With(name, value);
        }

        return chart;
    }

    /// <summary>The chart with a member of its layout.</summary>
    public static GenericChart WithLayout(this GenericChart chart, string name, object value)
    {
        chart.GetLayout().With(name, value);
        return chart;
    }

    /// <summary>The common look: the finding as the title, names and units at the axes, the legend below.</summary>
    /// <param name="chart">The chart, which is changed and returned.</param>
    /// <param name="title">A sentence; broken into lines that fit.</param>
    /// <param name="x">What the x axis shows, with its unit; empty for nothing.</param>
    /// <param name="y">What the y axis shows, with its unit; empty for nothing.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels, title and legend included.</param>
    public static GenericChart Dressed(this GenericChart chart, string title, string x, string y, int width = Width, int height = Height)
    {
        var lines = Lines(title, width / 9);
        return chart
            .WithLayout("title", Map(("text", string.Join("<br>", lines.Select(Escaped))), ("x", 0.02), ("xanchor", "left"), ("y", 1.0 - ((10.0 + (HalfALine * (lines.Count - 1))) / height)), ("yanchor", "top"), ("font", Map(("size", 16)))))
            .WithLayout("font", Map(("family", "Helvetica, Arial, sans-serif"), ("size", 13), ("color", "#222222")))
            .WithLayout("margin", Map(("l", 64), ("r", 20), ("t", 28 + (21 * lines.Count)), ("b", 52)))
            .WithLayout("paper_bgcolor", "#ffffff")
            .WithLayout("plot_bgcolor", "#ffffff")
            .WithLayout("width", width)
            .WithLayout("height", height)
            .WithLayout("legend", Legend(-0.2))
            .WithLayout("xaxis", Axis(x))
            .WithLayout("yaxis", Axis(y));
    }

    /// <summary>A legend below the chart.</summary>
    /// <param name="y">Its upper edge, in heights of the plot above the x axis.</param>
    internal static Dictionary<string, object> Legend(double y) => Map(("orientation", "h"), ("x", 0), ("xanchor", "left"), ("y", y), ("yanchor", "top"));

    /// <summary>An axis with thin lines; further members as given.</summary>
    internal static Dictionary<string, object> Axis(string title, params (string Name, object Value)[] more)
    {
        var axis = Map(("title", Map(("text", Escaped(title)), ("standoff", 8))), ("automargin", true), ("gridcolor", "#e4e4e4"), ("zeroline", false), ("linecolor", "#888888"), ("ticks", "outside"), ("tickcolor", "#888888"));
        foreach (var (name, value) in more)
        {
            axis[name] = value;
        }

        return axis;
    }

    /// <summary>An object of plotly.js.</summary>
    internal static Dictionary<string, object> Map(params (string Name, object Value)[] members) => members.ToDictionary(member => member.Name, member => member.Value);

    /// <summary>Text that plotly.js would otherwise take for its few tags.</summary>
    internal static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>Words in lines of at most a number of characters.</summary>
    internal static IReadOnlyList<string> Lines(string text, int characters) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Aggregate(new List<string>(), (lines, word) =>
        {
            if (lines.Count > 0 && lines[^1].Length + 1 + word.Length <= characters)
            {
                lines[^1] += " " + word;
            }
            else
            {
                lines.Add(word);
            }

            return lines;
        });

    private sealed class Named(string name) : SetMemberBinder(name, ignoreCase: false)
    {
        public override DynamicMetaObject FallbackSetMember(DynamicMetaObject target, DynamicMetaObject value, DynamicMetaObject? errorSuggestion) =>
            errorSuggestion ?? target;
    }
}
