namespace Distillation.Notebooks;

/// <summary>Values that belong into columns.</summary>
/// <param name="Columns">The names.</param>
/// <param name="Rows">As many values each.</param>
/// <param name="HasMore">Whether rows were left out.</param>
internal sealed record Table(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows, bool HasMore)
{
    /// <summary>The table of a sequence of records or rows, or of a dictionary; null for what is none.</summary>
    public static Table? Of(Shape shape) => shape switch
    {
        Shape.Sequence(var items, var more) when items.Count > 0 && items.All(Shape.HasColumns) => OfMembers(items, more),
        Shape.Sequence(var items, var more) when items.Count > 0 && items.All(item => item is System.Collections.IList) => OfRows(items, more),
        Shape.Pairs(var items, var more) when items.Count > 0 => new(["Key", "Value"], [.. items.Select(item => new[] { item.Key, item.Value })], more),
        _ => null,
    };

    /// <summary>Whether everything in a column is a number, which is set to the right.</summary>
    public bool IsNumeric(int column) => Rows.All(row => row[column] is null or sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal or Half or System.Numerics.BigInteger);

    private static Table OfMembers(IReadOnlyList<object?> items, bool more)
    {
        var rows = items.Select(item => Shape.Properties(item!)).ToList();
        var columns = rows.SelectMany(row => row.Select(member => member.Name)).Distinct().ToList();
        return new(columns, [.. rows.Select(row => columns.Select(column => row.FirstOrDefault(member => member.Name == column).Value).ToList())], more);
    }

    private static Table? OfRows(IReadOnlyList<object?> items, bool more)
    {
        var rows = items.Select(item => ((System.Collections.IList)item!).Cast<object?>().Take(Shape.Most).ToList()).ToList();
        return rows.All(row => row.Count == rows[0].Count) && rows[0].Count > 0
            ? new([.. Enumerable.Range(0, rows[0].Count).Select(i => $"[{i}]")], rows, more)
            : null;
    }
}
