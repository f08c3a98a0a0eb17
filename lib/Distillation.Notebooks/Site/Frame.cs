using System.Net;
using System.Text;

namespace Distillation.Notebooks.Site;

/// <summary>A page that a reader may go on to.</summary>
/// <param name="Address">Its file.</param>
/// <param name="Title">What it is called.</param>
internal sealed record Neighbour(string Address, string Title);

/// <summary>What every page of the site has around its content: head, the way home, the switch between light and dark, the scripts that its content needs.</summary>
/// <param name="Title">Of the window.</param>
/// <param name="Previous">The page before it.</param>
/// <param name="Next">The page after it.</param>
internal sealed record Frame(string Title, Neighbour? Previous = null, Neighbour? Next = null)
{
    /// <summary>What the site is called.</summary>
    public const string SiteName = "Distillation for .NET";

    /// <summary>Where the page with the list of all others lies.</summary>
    public const string Index = "index.html";

    // Before anything is painted: what the reader chose on another page or another day.
    private const string Chosen = "try { const scheme = localStorage.getItem('scheme'); if (scheme) document.documentElement.dataset.scheme = scheme; } catch { }";

    /// <summary>The whole page.</summary>
    /// <param name="content">What goes between header and footer.</param>
    public string Around(string content)
    {
        var (formulas, charts) = (content.Contains("class=\"math", StringComparison.Ordinal) || content.Contains("$$", StringComparison.Ordinal), content.Contains("distillation-chart", StringComparison.Ordinal));
        var page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append($"<title>{WebUtility.HtmlEncode(Title)}</title>\n<link rel=\"icon\" href=\"data:,\">\n")
            .Append(Relation("prev", Previous)).Append(Relation("next", Next))
            .Append(formulas ? $"<link rel=\"stylesheet\" href=\"{Assets.Katex}/katex.min.css\">\n" : "")
            .Append($"<link rel=\"stylesheet\" href=\"{Assets.Style}\">\n<script>{Chosen}</script>\n</head>\n<body>\n")
            .Append("<a class=\"skip\" href=\"#content\">Skip to the content</a>\n")
            .Append($"<header class=\"top\"><a class=\"home\" href=\"{Index}\">{SiteName}</a><button class=\"scheme\" type=\"button\" hidden>Dark</button></header>\n")
            .Append(content)
            .Append("<footer class=\"bottom\"><p>Made by <code>./kd notebook html</code> from the notebooks and the outputs that are stored in them.</p></footer>\n");
        if (formulas)
        {
            page.Append($"<script src=\"{Assets.Katex}/katex.min.js\"></script>\n<script src=\"{Assets.Katex}/contrib/auto-render.min.js\"></script>\n");
        }

        return page.Append($"<script src=\"{Assets.Script}\"></script>\n").Append(charts ? $"{ChartPage.Script(Assets.Plotly)}\n" : "").Append("</body>\n</html>\n").ToString();
    }

    private static string Relation(string kind, Neighbour? page) => page is null ? "" : $"<link rel=\"{kind}\" href=\"{page.Address}\">\n";
}
