using System.Net;

namespace Distillation.Notebooks.Site;

/// <summary>The page that a reader meets first: every notebook with its first paragraph.</summary>
internal static class IndexPage
{
    /// <summary>The whole page.</summary>
    /// <param name="pages">All notebooks in their order.</param>
    public static string Html(IReadOnlyList<NotebookPage> pages) => new Frame($"Notebooks · {Frame.SiteName}", Next: new(Links.Written(pages[0].Address), pages[0].Title)).Around(
        $"""
        <main id="content" class="index" tabindex="-1">
        <h1>Knowledge distillation, notebook by notebook</h1>
        <p>A small network learns not only from labels but from what a larger one says about every image. These pages are notebooks in C#: text, formulas, the code that was run, and what it showed.</p>
        <ol class="notebooks">
        {string.Concat(pages.Select(Entry))}</ol>
        </main>

        """.ReplaceLineEndings("\n"));

    private static string Entry(NotebookPage page) =>
        $"<li><h2><a href=\"{Links.Written(page.Address)}\">{WebUtility.HtmlEncode(page.Title)}</a></h2>\n{(page.Opening.Length > 0 ? $"<p>{page.Opening}</p>\n" : "")}<p class=\"facts\">{Facts(page)}</p></li>\n";

    private static string Facts(NotebookPage page) => string.Join(" · ", new[]
    {
        Count(page.Headings.Count(heading => heading.Level == 2), "section"),
        Count(page.Charts, "chart"),
    }.Where(fact => fact.Length > 0));

    private static string Count(int number, string what) => number switch { 0 => "", 1 => $"1 {what}", _ => $"{number} {what}s" };
}
