using System.Globalization;
using System.Text;

namespace Distillation;

/// <summary>All published tables beside all results, as a page and as text.</summary>
public static class Coverages
{
    private const string Style =
        "body{font:16px/1.5 Helvetica,Arial,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}th,td{padding:.2rem .6rem}thead th{border-bottom:1px solid #888;cursor:pointer}:root{color-scheme:light dark}";

    /// <summary>Every published table beside the results, in the order of <see cref="Published.All"/>.</summary>
    public static IReadOnlyList<Coverage> Coverage(this IReadOnlyList<SummaryRow> results) => [.. Published.All.Select(table => Distillation.Coverage.Of(table, results))];

    /// <summary>How much of everything was measured, and how much cannot be, in two sentences.</summary>
    public static string Sentence(IReadOnlyList<Coverage> tables) => string.Create(
        CultureInfo.InvariantCulture,
        $"{tables.Sum(table => table.Measured):N0} of {tables.Sum(table => table.Published):N0} published numbers have a result here, at any budget; {tables.Sum(table => table.Comparable):N0} of them under the published protocol. {Without(tables.Sum(table => table.Without))}");

    private static string Without(int count) => count == 0 ? "All of them are experiments here." : string.Create(CultureInfo.InvariantCulture, $"{count:N0} have no experiment here, for reasons that stand with their tables.");

    /// <summary>One line per table: numbers published, measured, comparable, and without an experiment here.</summary>
    public static ResultTable ToTable(this IReadOnlyList<Coverage> tables) => new(
        "",
        [new("table"), new("what"), new("published", true), new("measured", true), new("share", true), new("same protocol", true), new("no experiment", true)],
        [
            .. tables.Select(table => (Sequence<ResultCell>)
            [
                table.Comparison.Table.Id, table.Comparison.Table.Title, Count(table.Published), Count(table.Measured),
                table.Published == 0 ? "" : new ResultCell(string.Create(CultureInfo.InvariantCulture, $"{100.0 * table.Measured / table.Published:0} %"), (double)table.Measured / table.Published), Count(table.Comparable), Count(table.Without),
            ]),
        ],
        "Measured: a result of ours at any budget stands beside the number. Same protocol: data, epochs, batch, recipe and the epoch that counts agree, so the difference says something.");

    /// <summary>A page that needs nothing from a network: coverage first, then every table.</summary>
    public static string ToHtml(this IReadOnlyList<Coverage> tables)
    {
        var page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>Published and measured</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{Style}</style>\n</head>\n<body>\n<h1>Published and measured</h1>\n<p>{HtmlText.Escaped(Sentence(tables))}</p>\n{tables.ToTable().ToHtml()}\n");
        foreach (var table in tables)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2 id=\"{table.Comparison.Table.Id}\">{HtmlText.Escaped(table.Comparison.Table.Title)}</h2>\n<p>{HtmlText.Escaped(Of(table))}</p>\n")
                .Append((table.Comparison.ToTable() with { Title = "" }).ToHtml()).Append('\n');
        }

        return page.Append("</body>\n</html>\n").ToString();
    }

    /// <summary>The same as Markdown.</summary>
    public static string ToMarkdown(this IReadOnlyList<Coverage> tables) => string.Join("\n", (string[])
    [
        "# Published and measured", "", Sentence(tables), "", "| table | what | published | measured | same protocol | no experiment |", "| --- | --- | ---: | ---: | ---: | ---: |",
        .. tables.Select(table => $"| {table.Comparison.Table.Id} | {table.Comparison.Table.Title.Replace("|", "\\|")} | {table.Published} | {table.Measured} | {table.Comparable} | {table.Without} |"), "",
        .. tables.Select(table => $"## {table.Comparison.Table.Id}\n\n{Of(table)}\n\n{table.Comparison.ToMarkdown()}"),
    ]);

    private static string Of(Coverage table) => string.Create(
        CultureInfo.InvariantCulture, $"{table.Measured} of {table.Published} numbers measured, {table.Comparable} under the same protocol.{Missing(table)} {table.Comparison.Table.Notes}");

    private static string Missing(Coverage table) =>
        table.Without == 0 ? "" : $" No experiment here: {string.Join("; ", table.Missing.Select(missing => string.Create(CultureInfo.InvariantCulture, $"{missing.Reason.TrimEnd('.')} ({missing.Count})")))}.";

    private static ResultCell Count(int number) => new(number.ToString(CultureInfo.InvariantCulture), number);
}
