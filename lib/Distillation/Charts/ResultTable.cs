using System.Globalization;
using System.Text;

namespace Distillation;

/// <summary>A column of a table for readers.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Number">Whether it holds numbers: set to the right, sorted by value.</param>
public sealed record ResultColumn(string Name, bool Number = false);

/// <summary>A cell of a table for readers.</summary>
/// <param name="Text">What is read.</param>
/// <param name="Value">What the column is sorted by; null for the text itself.</param>
/// <param name="Best">Whether it is the best of its column: set in bold.</param>
public sealed record ResultCell(string Text, double? Value = null, bool Best = false)
{
    /// <summary>A text is a cell.</summary>
    public static implicit operator ResultCell(string text) => new(text);
}

/// <summary>A table as a reader sees it, in a notebook or a page, where a click on a heading sorts it, or as text.</summary>
/// <param name="Title">Above it; empty for none.</param>
/// <param name="Columns">From the left.</param>
/// <param name="Rows">A cell per column.</param>
/// <param name="Note">Below it; empty for none.</param>
[TypeFormatterSource(typeof(ShowingSource))]
public sealed record ResultTable(string Title, Sequence<ResultColumn> Columns, Sequence<Sequence<ResultCell>> Rows, string Note = "")
{
    // Numbers by their value, others by their text; a second click turns the order round.
    private const string Sorter =
        "(function(h,c){if(c===undefined)return;var b=h.parentNode.tBodies[0],u=h.dataset.c==c&&h.dataset.u!=1?1:0;h.dataset.c=c;h.dataset.u=u;"
        + "var k=function(r){var d=r.cells[c].dataset.v;return d===undefined?r.cells[c].textContent:d===''?-Infinity:+d};"
        + "[].slice.call(b.rows).sort(function(p,q){var x=k(p),y=k(q),o=typeof x==='number'?x-y:String(x).localeCompare(y);return u?-o:o}).forEach(function(r){b.appendChild(r)})})"
        + "(this,event.target.cellIndex)";

    /// <summary>The table without columns that are empty in every row.</summary>
    public ResultTable Filled => Enumerable.Range(0, Columns.Count).Where(i => Rows.Any(row => row[i].Text.Length > 0)).ToList() is { Count: > 0 } filled
        ? this with { Columns = [.. filled.Select(i => Columns[i])], Rows = [.. Rows.Select(row => (Sequence<ResultCell>)[.. filled.Select(i => row[i])])] }
        : this;

    /// <summary>As HTML that needs no style sheet, script file or network.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder();
        // Twice: GitHub takes styles away, and Jupyter's own style is stronger than an attribute.
        var right = Columns.Select(column => column.Number ? " align=\"right\" nowrap style=\"white-space:nowrap\"" : " align=\"left\" style=\"text-align:left\"").ToList();
        html.Append("<div style=\"overflow-x:auto\"><table>");
        if (Title.Length > 0)
        {
            html.Append(CultureInfo.InvariantCulture, $"<caption align=\"top\"><b>{HtmlText.Escaped(Title)}</b></caption>");
        }

        html.Append(CultureInfo.InvariantCulture, $"\n<thead title=\"click to sort\" onclick=\"{HtmlText.Escaped(Sorter)}\"><tr>")
            .AppendJoin("", Columns.Select((column, i) => $"<th{right[i]}>{HtmlText.Escaped(column.Name)}</th>"))
            .Append("</tr></thead>\n<tbody>\n");
        foreach (var row in Rows)
        {
            html.Append("<tr>").AppendJoin("", row.Select((cell, i) => $"<td{right[i]}{Key(cell, Columns[i])}>{Words(cell)}</td>")).Append("</tr>\n");
        }

        html.Append("</tbody>\n</table></div>");
        return Note.Length > 0 ? html.Append(CultureInfo.InvariantCulture, $"\n<p><small>{HtmlText.Escaped(Note)}</small></p>").ToString() : html.ToString();
    }

    /// <summary>As text with aligned columns; the best of a column has a star.</summary>
    public override string ToString()
    {
        var lines = Rows.Select(row => row.Select(cell => cell.Best ? cell.Text + "*" : cell.Text).ToArray()).Prepend([.. Columns.Select(column => column.Name)]).ToList();
        var widths = Columns.Select((_, i) => lines.Max(line => line[i].Length)).ToList();
        var text = lines.Select(line => string.Join("  ", line.Select((cell, i) => Columns[i].Number ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
        return string.Join('\n', new[] { Title }.Where(part => part.Length > 0).Concat(text).Concat(new[] { Note }.Where(part => part.Length > 0)));
    }

    private static string Key(ResultCell cell, ResultColumn column) => column.Number
        ? $" data-v=\"{cell.Value?.ToString("R", CultureInfo.InvariantCulture)}\""
        : "";

    private static string Words(ResultCell cell) => cell.Best ? $"<b>{HtmlText.Escaped(cell.Text)}</b>" : HtmlText.Escaped(cell.Text);
}
