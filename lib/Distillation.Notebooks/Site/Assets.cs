using System.Text;

namespace Distillation.Notebooks.Site;

/// <summary>What all pages of a site share, once: style, script, plotly.js and KaTeX with its fonts.</summary>
internal static class Assets
{
    /// <summary>The style sheet's address.</summary>
    public const string Style = "assets/site.css";

    /// <summary>The script's address.</summary>
    public const string Script = "assets/site.js";

    /// <summary>KaTeX's folder.</summary>
    public const string Katex = "assets/katex";

    /// <summary>The address of plotly.js.</summary>
    public const string Plotly = "assets/plotly.min.js";

    /// <summary>The files.</summary>
    /// <param name="pages">The pages: what none of them refers to is left out.</param>
    /// <exception cref="BadInput">Something that they need has not been fetched.</exception>
    public static IEnumerable<(string Path, byte[] Content)> For(IReadOnlyCollection<string> pages) =>
    [
        (Style, Resource("site.css")),
        (Script, Resource("site.js")),
        .. pages.Any(page => page.Contains(Plotly, StringComparison.Ordinal)) ? new[] { (Plotly, Encoding.UTF8.GetBytes(PlotlyScript.Text)) } : [],
        .. pages.Any(page => page.Contains(Katex, StringComparison.Ordinal)) ? Site.Katex.Files().Select(file => ($"{Katex}/{file.Key}", file.Value)) : [],
    ];

    private static byte[] Resource(string name)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
