using System.Globalization;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Commands;

/// <summary>Results as tables.</summary>
internal static class Tables
{
    /// <summary>What the columns of <see cref="Summary"/> mean.</summary>
    public const string Legend =
        "Test accuracy, mean ± sample standard deviation over seeds. Best epoch: selected on the test split. Over labels: last epoch, paired by seed.";

    private sealed record Column(string Title, bool Numbers, bool Always, Func<RunRow, string> Of);

    // What tells settings apart. A column that says the same in every line is left out, unless people look for it.
    private static readonly Column[] Settings =
    [
        new("budget", false, false, run => run.Budget),
        new("data set", false, true, run => run.Dataset),
        new("images", true, true, run => Number(run.TrainImages)),
        new("student", false, true, run => run.Student),
        new("teacher", false, true, run => run.Teacher is { } teacher ? $"{teacher} {Percent(run.TeacherAccuracy)}".TrimEnd() : ""),
        new("method", false, true, run => run.Method),
        new("epochs", true, true, run => Number(run.Epochs)),
        new("batch", true, false, run => Number(run.BatchSize)),
        new("computed in", false, false, run => run.Compute),
        new("optimizer", false, false, run => run.Optimizer),
        new("rate", false, false, run => run.RateSchedule),
        new("augmentation", false, false, run => run.Augmentation),
        new("clipped at", true, false, run => run.ClipNorm?.ToString(CultureInfo.InvariantCulture) ?? ""),
        new("average", true, false, run => run.Average?.ToString(CultureInfo.InvariantCulture) ?? ""),
        new("device", false, false, run => run.Device),
    ];

    /// <summary>One line per setting: mean ± std over seeds.</summary>
    public static Sheet Summary(IEnumerable<RunRow> runs)
    {
        var rows = runs.Summarize();
        var columns = Telling(rows);
        return new(
            [.. columns.Select(Title), new("seeds", true), new("last epoch %", true), new("best epoch %", true), new("over labels", true)],
            [
                .. rows.Select(row => (string[])
                [
                    .. columns.Select(column => column.Of(row.Example)),
                    Number(row.Seeds.Count),
                    row.Last.Percent(),
                    row.Best.Percent(),
                    row.OverLabels?.Percent(signed: true) ?? "",
                ]),
            ]);
    }

    /// <summary>The same for programs: mean and standard deviation as numbers of their own, in percent.</summary>
    public static Sheet Numbers(IEnumerable<RunRow> runs)
    {
        var rows = runs.Summarize();
        return new(
            [
                .. Settings.Select(Title), new("settings"), new("seeds", true), new("last", true), new("last std", true), new("best", true), new("best std", true),
                new("over labels", true), new("over labels std", true),
            ],
            [
                .. rows.Select(row => (string[])
                [
                    .. Settings.Select(column => column.Of(row.Example)),
                    row.Example.MethodText,
                    Number(row.Seeds.Count),
                    Percent(row.Last.Mean),
                    Percent(row.Last.Std),
                    Percent(row.Best.Mean),
                    Percent(row.Best.Std),
                    Percent(row.OverLabels?.Mean),
                    Percent(row.OverLabels?.Std),
                ]),
            ]);
    }

    /// <summary>One line per run.</summary>
    public static Sheet Runs(IEnumerable<RunRow> runs) => new(
        [
            new("run"), new("finished"), new("budget"), new("data set"), new("images", true), new("student"), new("teacher"), new("method"), new("seed", true),
            new("epochs", true), new("last %", true), new("best %", true), new("images/s", true), new("status"),
        ],
        [
            .. runs.Select(run => (string[])
            [
                run.Id,
                run.Finished.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                run.Budget,
                run.Dataset,
                Number(run.TrainImages),
                run.Student,
                run.Teacher ?? "",
                run.Method,
                Number(run.Seed),
                Number(run.Epochs),
                Percent(run.LastAccuracy),
                Percent(run.BestAccuracy),
                Number((long)run.ImagesPerSecond),
                run.Status,
            ]),
        ]);

    private static IReadOnlyList<Column> Telling(IReadOnlyList<SummaryRow> rows)
    {
        // Two settings of one method are told apart by their numbers.
        var several = rows.GroupBy(row => row.Example.Method).Any(method => method.Select(row => row.Example.MethodText).Distinct().Count() > 1);
        return
        [
            .. Settings.Select(column => several && column.Title == "method" ? column with { Of = run => run.MethodText } : column)
                .Where(column => column.Always || rows.Select(row => column.Of(row.Example)).Distinct().Count() > 1),
        ];
    }

    private static SheetColumn Title(Column column) => new(column.Title, column.Numbers);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Percent(double? share) => share is { } s ? (100 * s).ToString("0.00", CultureInfo.InvariantCulture) : "";
}
