using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Distillation.Cli.Terminal;

/// <summary>A column: its title, and whether it holds numbers, which stand to the right.</summary>
internal sealed record SheetColumn(string Title, bool Numbers = false);

/// <summary>A table as a value: shown with borders on a terminal, in plain columns elsewhere, or as CSV or JSON.</summary>
internal sealed record Sheet(IReadOnlyList<SheetColumn> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Shows it.</summary>
    public void Show(Screen screen)
    {
        if (screen.OutIsTerminal)
        {
            screen.Out.Write(Bordered());
        }
        else
        {
            screen.Out.Profile.Out.Writer.Write(ToPlain());
        }
    }

    /// <summary>Columns two spaces apart, a line per row, nothing to the right of the last word.</summary>
    public string ToPlain()
    {
        var widths = Columns.Select((column, i) => Rows.Select(row => row[i].Length).Append(column.Title.Length).Max()).ToList();
        return Lines(Rows.Prepend([.. Columns.Select(column => column.Title)])
            .Select(row => string.Join("  ", row.Select((cell, i) => Columns[i].Numbers ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd()));
    }

    /// <summary>RFC 4180: a header, then a line per row.</summary>
    public string ToCsv() => Lines(Rows.Prepend([.. Columns.Select(column => column.Title)]).Select(row => string.Join(',', row.Select(Quoted))));

    /// <summary>An array of objects, numbers as numbers.</summary>
    public string ToJson() => new JsonArray(
        [.. Rows.Select(row => new JsonObject(Columns.Select((column, i) => KeyValuePair.Create(column.Title, Value(column, row[i])))))])
        .ToJsonString(new JsonSerializerOptions { WriteIndented = true });

    private Table Bordered()
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in Columns)
        {
            table.AddColumn(new TableColumn(new Text(column.Title, new Style(decoration: Decoration.Bold))) { Alignment = column.Numbers ? Justify.Right : Justify.Left });
        }

        foreach (var row in Rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        return table;
    }

    private static string Lines(IEnumerable<string> lines) => lines.Aggregate(new StringBuilder(), (text, line) => text.Append(line).Append('\n')).ToString();

    private static string Quoted(string cell) => cell.AsSpan().IndexOfAny("\",\n\r") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"")}\"";

    private static JsonNode? Value(SheetColumn column, string cell) =>
        !column.Numbers ? cell
        : cell == "" ? null
        : double.TryParse(cell, System.Globalization.CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
        : cell;
}
