namespace Distillation;

/// <summary>How much of a published table was measured here.</summary>
/// <param name="Comparison">The table beside everything that was measured.</param>
/// <param name="Published">Accuracies that the table prints.</param>
/// <param name="Measured">Of these, how many have a result of ours beside them, whatever its budget.</param>
/// <param name="Comparable">Of these, how many under the same protocol, so that a difference says something.</param>
public sealed record Coverage(Comparison Comparison, int Published, int Measured, int Comparable)
{
    /// <summary>Why some of the published accuracies have no experiment here (a method that is not here, a teacher that is not known, data that do not load), and of how many each is the reason, the most frequent first.</summary>
    public Sequence<(string Reason, int Count)> Missing { get; init; } = [];

    /// <summary>Published accuracies that have no experiment here.</summary>
    public int Without => Missing.Sum(missing => missing.Count);

    /// <summary>The coverage of a table by results.</summary>
    public static Coverage Of(PublishedTable table, IReadOnlyList<SummaryRow> results)
    {
        var comparison = results.CompareWith(table);
        var cells = comparison.Rows.Where(row => row.Paper.Value is not null).GroupBy(row => row.Paper).ToList();
        var without = Reproductions.Of(table).Cells.Where(cell => cell.Paper.Value is not null && cell.Experiment is null).Select(cell => cell.Reason);
        return new(comparison, cells.Count, cells.Count(cell => cell.Any(row => row.Ours is not null && row.Answers)), cells.Count(cell => cell.Any(row => row.Difference is not null)))
        {
            Missing = [.. without.CountBy(reason => reason).OrderByDescending(reason => reason.Value).Select(reason => (reason.Key, reason.Value))],
        };
    }
}
