using System.Net;

namespace Distillation.Notebooks;

/// <summary>Plain .NET values as HTML, without styles of their own: every page and GitHub know what a table looks like.</summary>
internal static class Html
{
    /// <summary>The markup of a value; null for what is better shown as text.</summary>
    public static string? Of(object? value) => Shape.Of(value) switch
    {
        Shape.Scalar => null,
        Shape.Members(var name, var items) => Render(new Table([name.Length > 0 ? name : "Property", "Value"], [.. items.Select(item => new[] { item.Name, item.Value })], false)),
        var shape => Table.Of(shape) is { } table ? Render(table) : null,
    };

    private static string Render(Table table)
    {
        // Twice: GitHub takes styles away, and Jupyter's own style is stronger than an attribute.
        var right = table.Columns.Select((_, column) => table.IsNumeric(column) ? " align=\"right\"" : " align=\"left\" style=\"text-align:left\"").ToList();
        var head = string.Concat(table.Columns.Select((name, column) => $"<th{right[column]}>{WebUtility.HtmlEncode(name)}</th>"));
        var rows = table.Rows.Select(row => $"<tr>{string.Concat(row.Select((item, column) => $"<td{right[column]}>{Cell(item)}</td>"))}</tr>\n");
        var rest = table.HasMore ? $"<tr><td colspan=\"{table.Columns.Count}\">… more</td></tr>\n" : "";
        return $"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{string.Concat(rows)}{rest}</tbody>\n</table>";
    }

    private static string Cell(object? value) => value is Cells.Markup { MimeType: "text/html", Content: var content }
        ? content
        : Formatter.Own(value, "text/html") ?? WebUtility.HtmlEncode(Formatter.Short(value));
}
