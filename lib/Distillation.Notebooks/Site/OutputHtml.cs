using System.Net;
using System.Text.RegularExpressions;

namespace Distillation.Notebooks.Site;

/// <summary>What a cell showed, as HTML: of every value the richest form that a page can show. HTML of the notebook's own outputs is taken as it is; everything else is escaped.</summary>
internal static partial class OutputHtml
{
    private static readonly string[] images = ["image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp"];

    /// <summary>An output.</summary>
    /// <param name="output">What the cell gave.</param>
    /// <param name="prose">The page's text, for outputs in Markdown.</param>
    public static string Of(Output output, Prose prose) => output switch
    {
        Output.Text(var name, var text) => $"<pre class=\"stream{(name == "stderr" ? " stderr" : "")}\">{Plain(text)}</pre>",
        Output.Shown(var data, _) => Value(data, prose),
        Output.Updated(var data, _) => Value(data, prose),
        Output.Returned(var data) => Value(data, prose),
        Output.Failed(var fault) => $"<pre class=\"failure\"><b>{Plain(fault.Name)}</b>: {Plain(string.Join('\n', fault.Trace.Prepend(fault.Message)))}</pre>",
        _ => throw new InvalidOperationException($"{output.GetType().Name} has no place in a page."),
    };

    private static string Value(MimeBundle data, Prose prose) =>
        data["text/html"] is { } html ? $"<div class=\"html\">{html}</div>"
        : data["text/markdown"] is { } markdown ? prose.Html(markdown, new Dictionary<string, MimeBundle>(), isOutput: true)
        : data.Forms.Where(form => images.Contains(form.Mime)).OrderBy(form => Array.IndexOf(images, form.Mime)).FirstOrDefault() is { Mime: { } mime, Text: var image } ? Image(mime, image, data["text/plain"] ?? "picture")
        : data["text/latex"] is { } latex ? $"<div class=\"math display\">{WebUtility.HtmlEncode(latex.Trim().Trim('$').Trim())}</div>"
        : (data["text/plain"] ?? data.Forms.Select(form => form.Text).FirstOrDefault()) is { } text ? $"<pre class=\"plain\">{Plain(text)}</pre>"
        : "";

    private static string Image(string mime, string data, string words)
    {
        var base64 = mime == "image/svg+xml" ? Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(data)) : data.ReplaceLineEndings("");
        return $"<img alt=\"{WebUtility.HtmlEncode(words.ReplaceLineEndings(" "))}\" src=\"data:{mime};base64,{WebUtility.HtmlEncode(base64)}\">";
    }

    // What colours a terminal means nothing here.
    private static string Plain(string text) => WebUtility.HtmlEncode(Escapes().Replace(text, ""));

    [GeneratedRegex("\u001b(?:\\[[0-9;?]*[ -/]*[@-~]|\\][^\u0007\u001b]*(?:\u0007|\u001b\\\\))")]
    private static partial Regex Escapes();
}
