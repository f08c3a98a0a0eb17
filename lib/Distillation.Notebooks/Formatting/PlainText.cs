namespace Distillation.Notebooks;

/// <summary>Plain .NET values as text.</summary>
internal static class PlainText
{
    private const int MostOnALine = 20;

    /// <summary>How many values inside of one another are shown.</summary>
    public const int Depth = 3;

    /// <summary>The text of a value: a table where it is a sequence of records, a line otherwise.</summary>
    public static string Of(object? value) => Table.Of(Shape.Of(value)) is { } table ? Drawn(table) : Line(value, Depth);

    /// <summary>The value on one line.</summary>
    public static string Short(object? value) => Line(value, 2).ReplaceLineEndings(" ");

    private static string Line(object? value, int depth) => depth == 0 ? "…" : Shape.Of(value) switch
    {
        Shape.Scalar(var text) => text,
        Shape.Sequence(var items, var more) => $"[{string.Join(", ", Some(items.Select(item => Inner(item, depth)), more || items.Count > MostOnALine))}]",
        Shape.Pairs(var items, var more) => $"{{ {string.Join(", ", Some(items.Select(item => $"{Inner(item.Key, depth)}: {Inner(item.Value, depth)}"), more || items.Count > MostOnALine))} }}",
        Shape.Members(var name, var items) => $"{name} {{ {string.Join(", ", items.Select(item => $"{item.Name} = {Inner(item.Value, depth)}"))} }}".TrimStart(),
        var other => throw new InvalidOperationException(other.ToString()),
    };

    private static string Inner(object? value, int depth) => Formatter.Own(value, "text/plain") ?? Line(value, depth - 1);

    private static IEnumerable<string> Some(IEnumerable<string> items, bool hasMore) => hasMore ? items.Take(MostOnALine).Append("…") : items;

    private static string Drawn(Table table)
    {
        var rows = table.Rows.Select(row => row.Select(Formatter.Short).ToList()).Prepend([.. table.Columns]).ToList();
        var widths = table.Columns.Select((_, column) => rows.Max(row => row[column].Length)).ToList();
        var right = table.Columns.Select((_, column) => table.IsNumeric(column)).ToList();
        var lines = rows.Select(row => string.Join("  ", row.Select((text, column) => right[column] ? text.PadLeft(widths[column]) : text.PadRight(widths[column]))).TrimEnd()).ToList();
        lines.Insert(1, string.Join("  ", widths.Select(width => new string('-', width))));
        return string.Join('\n', table.HasMore ? lines.Append("…") : lines);
    }
}
