using System.Collections.Frozen;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Distillation.Notebooks.Site;

/// <summary>
/// HTML that somebody typed into a text cell: elements that fold, break lines or set words apart come through, without anything that runs or reaches out; whatever
/// else looks like markup is shown as it was typed. What a cell leaves open is closed at its end, and what it never opened is not closed: a cell cannot break its page.
/// </summary>
internal sealed partial class SafeMarkup
{
    private static readonly FrozenSet<string> elements = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "abbr", "b", "br", "caption", "cite", "code", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "hr", "i", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp",
        "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var", "wbr");

    private static readonly FrozenSet<string> empty = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "br", "hr", "wbr");

    private static readonly FrozenSet<string> attributes = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "align", "colspan", "lang", "nowrap", "open", "rowspan", "scope", "start", "title");

    private readonly Stack<string> open = new();

    /// <summary>A piece of the cell's markup, the pieces in their order.</summary>
    public string Filter(string html)
    {
        var safe = new StringBuilder();
        var from = 0;
        foreach (Match tag in Tag().Matches(html))
        {
            safe.Append(Words(html[from..tag.Index])).Append(Element(tag));
            from = tag.Index + tag.Length;
        }

        return safe.Append(Words(html[from..])).ToString();
    }

    /// <summary>The ends of everything that is still open.</summary>
    public string Close() => string.Concat(Enumerable.Range(0, open.Count).Select(_ => $"</{open.Pop()}>"));

    private string Element(Match tag)
    {
        var name = tag.Groups["name"].Value.ToLowerInvariant();
        if (tag.Groups["comment"].Success)
        {
            return "";
        }

        if (!elements.Contains(name))
        {
            return WebUtility.HtmlEncode(tag.Value);
        }

        if (tag.Groups["end"].Length > 0)
        {
            return open.Contains(name) ? string.Concat(open.TakeWhile(one => one != name).Append(name).ToList().Select(_ => $"</{open.Pop()}>")) : "";
        }

        if (!empty.Contains(name))
        {
            open.Push(name);
        }

        return $"<{name}{string.Concat(Attribute().Matches(tag.Groups["attributes"].Value).Where(one => attributes.Contains(one.Groups["name"].Value)).Select(Attributed))}>";
    }

    private static string Attributed(Match one) => one.Groups["value"].Success
        ? $" {one.Groups["name"].Value.ToLowerInvariant()}=\"{WebUtility.HtmlEncode(WebUtility.HtmlDecode(one.Groups["value"].Value.Trim('"', '\'')))}\""
        : $" {one.Groups["name"].Value.ToLowerInvariant()}";

    // References to characters are fine; what is left of brackets is not markup.
    private static string Words(string text) => text.Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    [GeneratedRegex("""(?<comment><!--.*?-->)|<(?<end>/?)(?<name>[A-Za-z][A-Za-z0-9-]*)(?<attributes>(?:\s+[A-Za-z_:][\w:.-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*)\s*/?>""", RegexOptions.Singleline)]
    private static partial Regex Tag();

    [GeneratedRegex("""(?<name>[A-Za-z_:][\w:.-]*)(?:\s*=\s*(?<value>"[^"]*"|'[^']*'|[^\s"'=<>`]+))?""", RegexOptions.Singleline)]
    private static partial Regex Attribute();
}
