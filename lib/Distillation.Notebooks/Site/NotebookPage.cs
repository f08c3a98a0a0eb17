using System.Globalization;
using System.Net;
using System.Text;

namespace Distillation.Notebooks.Site;

/// <summary>A notebook as a page: text, highlighted code and what it showed, beside a table of contents.</summary>
/// <param name="Address">Its file in the site.</param>
/// <param name="Title">Its first heading, or its file's name.</param>
/// <param name="Opening">Its first paragraph, as HTML without links.</param>
/// <param name="Body">All cells, as HTML.</param>
/// <param name="Headings">Of its text, in order.</param>
/// <param name="Charts">How many charts it shows.</param>
/// <param name="Taken">Files that come along: their place in the site, and where they lie.</param>
/// <param name="Complaints">Links that lead nowhere.</param>
internal sealed record NotebookPage(
    string Address, string Title, string Opening, string Body, IReadOnlyList<Heading> Headings, int Charts, IReadOnlyDictionary<string, string> Taken, IReadOnlyList<string> Complaints)
{
    /// <summary>The page of a notebook.</summary>
    /// <param name="notebook">The notebook.</param>
    /// <param name="address">The page's file.</param>
    /// <param name="links">Where the links of the notebook lead.</param>
    /// <exception cref="BadInput">A cell's text cannot be read.</exception>
    public static NotebookPage Of(StoredNotebook notebook, string address, Links links)
    {
        var prose = new Prose(links);
        var body = string.Concat(notebook.Cells.Select((cell, i) => Readable(() => Cell(cell, i + 1, prose), $"cell {i + 1} of {notebook.Path}")));
        var title = prose.Headings.FirstOrDefault(heading => heading.Level == 1)?.Text ?? Path.GetFileNameWithoutExtension(notebook.Path);
        return new(address, title, prose.Opening, body, prose.Headings, notebook.Cells.SelectMany(cell => cell.Outputs).Count(IsChart), prose.Taken, prose.Complaints);
    }

    /// <summary>The whole page.</summary>
    /// <param name="previous">The notebook before it.</param>
    /// <param name="next">The notebook after it.</param>
    public string Html(NotebookPage? previous, NotebookPage? next)
    {
        var heading = Headings.Any(one => one.Level == 1) ? "" : $"<h1>{WebUtility.HtmlEncode(Title)}</h1>\n";
        return new Frame($"{Title} · {Frame.SiteName}", Neighbour(previous), Neighbour(next)).Around(
            $"<div class=\"page\">\n{Contents()}<main id=\"content\" tabindex=\"-1\">\n{heading}{Body}</main>\n</div>\n{Beside(previous, next)}");
    }

    // The library's word for quotes in lists in quotes without end.
    private static string Readable(Func<string> cell, string place)
    {
        try
        {
            return cell();
        }
        catch (ArgumentException e)
        {
            throw new BadInput($"The text of {place} cannot be read as Markdown: {e.Message.TrimEnd('.')}. Write it with fewer levels.", e);
        }
    }

    private static Neighbour? Neighbour(NotebookPage? page) => page is null ? null : new(Links.Written(page.Address), page.Title);

    private static bool IsChart(Output output) => output is Output.Shown { Data: var shown } && Has(shown) || output is Output.Returned { Data: var returned } && Has(returned);

    private static bool Has(MimeBundle data) => data["text/html"]?.Contains("class=\"distillation-chart\"", StringComparison.Ordinal) == true;

    private static string Cell(StoredCell cell, int number, Prose prose) => cell.Cell.Kind switch
    {
        CellKind.Markdown => $"<div class=\"cell text\">\n{prose.Html(cell.Cell.Source, cell.Attachments)}</div>\n",
        CellKind.Raw => $"<div class=\"cell text\"><pre>{WebUtility.HtmlEncode(cell.Cell.Source)}</pre></div>\n",
        _ => Code(cell, number, prose),
    };

    private static string Code(StoredCell cell, int number, Prose prose)
    {
        var html = new StringBuilder($"<div class=\"cell code\" id=\"cell:{number}\"{(cell.Count is { } count ? $" data-count=\"{count.ToString(CultureInfo.InvariantCulture)}\"" : "")}>\n");
        if (cell.Cell.Source.Trim().Length > 0)
        {
            html.Append($"<pre class=\"source\"><code>{Highlighter.Html(cell.Cell.Source.TrimEnd('\n'), cell.Cell.Language)}</code></pre>\n");
        }

        foreach (var output in cell.Outputs)
        {
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"output scroll\">{OutputHtml.Of(output, prose)}</div>\n");
        }

        return html.Append("</div>\n").ToString();
    }

    // The title is on the page already.
    private string Contents()
    {
        var entries = Headings.Where((heading, i) => heading.Level <= 3 && !(heading.Level == 1 && Headings.Take(i).All(earlier => earlier.Level > 1))).ToList();
        return entries.Count == 0 ? "" : $"<nav class=\"contents\" aria-label=\"Contents\"><details><summary>Contents</summary>\n<ol>\n{string.Concat(entries.Select(Entry))}</ol>\n</details></nav>\n";
    }

    private static string Entry(Heading heading) => string.Create(CultureInfo.InvariantCulture, $"<li class=\"level-{heading.Level}\"><a href=\"#{Uri.EscapeDataString(heading.Id)}\">{heading.Html}</a></li>\n");

    private static string Beside(NotebookPage? previous, NotebookPage? next) => previous is null && next is null
        ? ""
        : $"<nav class=\"beside\" aria-label=\"Notebooks before and after\">{Way("previous", "Previous", Neighbour(previous))}{Way("next", "Next", Neighbour(next))}</nav>\n";

    private static string Way(string kind, string word, Neighbour? page) => page is null
        ? ""
        : $"<a class=\"{kind}\" rel=\"{(kind == "next" ? "next" : "prev")}\" href=\"{page.Address}\"><small>{word}</small> {WebUtility.HtmlEncode(page.Title)}</a>";
}
