using Plotly.NET.Writing;

namespace Plotly.NET;

/// <summary>A colour.</summary>
public sealed class Color : IWord
{
    private readonly string word;

    private Color(string word) => this.word = word;

    object IWord.Word => word;

    /// <summary>As CSS writes it: a name, <c>rgb(…)</c>, <c>rgba(…)</c>.</summary>
    public static Color fromString(string c) => new(c);

    /// <summary>Such as <c>#0072B2</c>.</summary>
    public static Color fromHex(string s) => new(s.StartsWith('#') ? s : "#" + s);
}
