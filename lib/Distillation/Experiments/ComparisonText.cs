using System.Globalization;
using System.Text;
using CsvHelper;

namespace Distillation;

/// <summary>A row of a comparison without structure, as CSV and Parquet have it. Accuracies in percent; empty where there is no number.</summary>
public sealed record ComparisonLine
{
    public string Table { get; init; } = "";

    public string Dataset { get; init; } = "";

    public string Teacher { get; init; } = "";

    public string Student { get; init; } = "";

    public string Method { get; init; } = "";

    public string Variant { get; init; } = "";

    public double? Paper { get; init; }

    public double? PaperStd { get; init; }

    /// <summary>The epoch of the paper's number: last, best or unknown.</summary>
    public string PaperEpoch { get; init; } = "";

    public string PaperTrust { get; init; } = "";

    public double? OursLast { get; init; }

    public double? OursLastStd { get; init; }

    public double? OursBest { get; init; }

    public double? OursBestStd { get; init; }

    public int Seeds { get; init; }

    public int? Epochs { get; init; }

    public long? TrainImages { get; init; }

    public string? Budget { get; init; }

    public string? Device { get; init; }

    /// <summary>Our method's name, version and settings.</summary>
    public string? MethodText { get; init; }

    /// <summary>Ours minus the paper's, in points.</summary>
    public double? Difference { get; init; }

    /// <summary>Why there is no difference.</summary>
    public string Reason { get; init; } = "";
}

/// <summary>Comparisons as text and as files.</summary>
public static class ComparisonText
{
    private static readonly (string Title, bool Number)[] columns =
        [("data set", false), ("teacher", false), ("student", false), ("method", false), ("paper", true), ("ours, last epoch", true), ("ours, best epoch", true), ("seeds", true), ("difference", true), ("why none", false)];

    /// <summary>One flat record per row.</summary>
    public static IReadOnlyList<ComparisonLine> Lines(this Comparison comparison) =>
    [
        .. comparison.Rows.Select(row => new ComparisonLine
        {
            Table = row.Paper.Table,
            Dataset = row.Paper.Dataset,
            Teacher = row.Paper.Teacher,
            Student = row.Paper.Student,
            Method = row.Paper.Method,
            Variant = row.Paper.Variant,
            Paper = (double?)row.Paper.Value,
            PaperStd = (double?)row.Paper.Spread,
            PaperEpoch = row.Paper.Epoch.ToString().ToLowerInvariant(),
            PaperTrust = row.Paper.Trust.ToString(),
            OursLast = Percent(row.Ours?.Last.Mean),
            OursLastStd = Percent(row.Ours?.Last.Std),
            OursBest = Percent(row.Ours?.Best.Mean),
            OursBestStd = Percent(row.Ours?.Best.Std),
            Seeds = row.Ours?.Seeds.Count ?? 0,
            Epochs = row.Ours?.Example.Epochs,
            TrainImages = row.Ours?.Example.TrainImages,
            Budget = row.Ours?.Example.Budget,
            Device = row.Ours?.Example.Device,
            MethodText = row.Ours?.Example.MethodText,
            Difference = row.Difference is { } points ? Math.Round(points, 6) : null,
            Reason = row.Reason,
        }),
    ];

    /// <summary>A heading, the table, and where its numbers come from; for READMEs and pull requests.</summary>
    public static string ToMarkdown(this Comparison comparison)
    {
        var table = comparison.Table;
        return Text(
        [
            $"**{Marked(table.Title)}**",
            "",
            Bar(columns.Select(column => column.Title)),
            Bar(columns.Select(column => column.Number ? "---:" : "---")),
            .. comparison.Cells().Select(row => Bar(row.Select(Marked))),
            "",
            $"Test accuracy in percent; ours is mean ± sample standard deviation over seeds, the best epoch is selected on the test split. Paper: {Marked(Origin(table))}.",
        ]);
    }

    /// <summary>RFC 4180 with every column of <see cref="ComparisonLine"/>.</summary>
    public static string ToCsv(this Comparison comparison)
    {
        using var text = new StringWriter { NewLine = "\n" };
        using (var csv = new CsvWriter(text, new CsvHelper.Configuration.CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n" }, leaveOpen: true))
        {
            csv.WriteRecords(comparison.Lines());
        }

        return text.ToString();
    }

    /// <summary>A <c>table</c> with rules of the package booktabs.</summary>
    public static string ToLatex(this Comparison comparison) => Text(
    [
        "% needs \\usepackage{booktabs}",
        "\\begin{table}",
        "  \\centering",
        $"  \\caption{{{Escaped(comparison.Table.Title)}. Paper: {Escaped(Origin(comparison.Table))}.}}",
        $"  \\begin{{tabular}}{{{string.Concat(columns.Select(column => column.Number ? 'r' : 'l'))}}}",
        "    \\toprule",
        $"    {string.Join(" & ", columns.Select(column => Escaped(column.Title)))} \\\\",
        "    \\midrule",
        .. comparison.Cells().Select(row => $"    {string.Join(" & ", row.Select(Escaped))} \\\\"),
        "    \\bottomrule",
        "  \\end{tabular}",
        "\\end{table}",
    ]);

    /// <summary>Keeps the comparison as a Parquet file, one row per <see cref="ComparisonLine"/>; <c>.parquet</c> is added where the path has no extension.</summary>
    /// <returns>The file's full path.</returns>
    /// <exception cref="BadInput">It cannot be written there, or there is no row to write. What was there before is untouched.</exception>
    public static string Persist(this Comparison comparison, string path)
    {
        var file = Path.GetFullPath(Path.HasExtension(path) ? path : $"{path}.parquet");
        if (comparison.Rows.Count == 0)
        {
            throw new BadInput($"The comparison with {comparison.Table.Id} has no row, so {file} is not written; run something that the table has a number for.");
        }

        try
        {
            ResultStore.Write(file, comparison.Lines());
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"The comparison with {comparison.Table.Id} cannot be written to {file} ({e.Message.TrimEnd('.')}); name another place or make that one writable.", e);
        }
    }

    // What people read: names as they are, numbers with two decimals, the paper's with its own.
    private static IEnumerable<IReadOnlyList<string>> Cells(this Comparison comparison) => comparison.Rows.Select(row => (string[])
    [
        row.Paper.Dataset,
        row.Paper.Teacher,
        row.Paper.Student,
        string.Join(", ", new[] { row.Paper.Method, row.Paper.Variant }.Where(part => part != "")),
        row.Paper.Value is { } value ? $"{Exact(value)}{(row.Paper.Spread is { } spread ? $" ± {Exact(spread)}" : "")}" : "",
        row.Ours?.Last.Percent() ?? "",
        row.Ours?.Best.Percent() ?? "",
        row.Ours is { } ours ? ours.Seeds.Count.ToString(CultureInfo.InvariantCulture) : "",
        row.Difference?.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture) ?? "",
        row.Reason,
    ]);

    private static string Origin(PublishedTable table) =>
        string.Join(", ", new[] { table.Source, table.Number, table.Link }.Where(part => !string.IsNullOrEmpty(part)));

    private static string Exact(decimal value) => value.ToString(CultureInfo.InvariantCulture);

    private static double? Percent(double? share) => share is { } s && double.IsFinite(s) ? Math.Round(100 * s, 6) : null;

    private static string Bar(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private static string Marked(string cell) => cell.Replace("|", "\\|").Replace("*", "\\*");

    private static string Escaped(string cell) => cell.Aggregate(new StringBuilder(), (text, c) => c switch
    {
        '\\' => text.Append("\\textbackslash{}"),
        '&' or '%' or '$' or '#' or '_' or '{' or '}' => text.Append('\\').Append(c),
        '~' => text.Append("\\textasciitilde{}"),
        '^' => text.Append("\\textasciicircum{}"),
        '±' => text.Append("$\\pm$"),
        _ => text.Append(c),
    }).ToString();

    private static string Text(IEnumerable<string> lines) => lines.Aggregate(new StringBuilder(), (text, line) => text.Append(line).Append('\n')).ToString();
}
