using System.Globalization;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Commands;

/// <summary>Results as tables.</summary>
internal static class Tables
{
    /// <summary>What the columns of <see cref="Summary"/> mean.</summary>
    public const string Legend =
        "Test accuracy, mean ± sample standard deviation over seeds. Best epoch: selected on the test split. Over labels: last epoch, paired by seed.";

    /// <summary>One line per setting: mean ± std over seeds.</summary>
    public static Sheet Summary(IEnumerable<RunRow> runs) => new(
        [
            new("data set"), new("images", true), new("student"), new("teacher"), new("method"), new("epochs", true), new("seeds", true),
            new("last epoch %", true), new("best epoch %", true), new("over labels", true),
        ],
        [
            .. runs.Summarize().Select(row => (string[])
            [
                row.Example.Dataset,
                Number(row.Example.TrainImages),
                row.Example.Student,
                row.Example.Teacher is { } teacher ? $"{teacher} {Percent(row.Example.TeacherAccuracy)}".TrimEnd() : "",
                row.Example.Method,
                Number(row.Example.Epochs),
                Number(row.Seeds.Count),
                row.Last.Percent(),
                row.Best.Percent(),
                row.OverLabels?.Percent(signed: true) ?? "",
            ]),
        ]);

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

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Percent(double? share) => share is { } s ? (100 * s).ToString("0.00", CultureInfo.InvariantCulture) : "";
}
