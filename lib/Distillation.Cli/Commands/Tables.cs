using System.Globalization;
using Spectre.Console;

namespace Distillation.Cli;

/// <summary>Results as tables on standard output.</summary>
internal static class Tables
{
    /// <summary>One line per setting: mean ± std over seeds.</summary>
    public static void Summary(IEnumerable<RunRow> runs)
    {
        var rows = runs.ToList();
        var table = Table("data set", "images", "student", "teacher", "method", "epochs", "seeds", "last epoch %", "best epoch %*", "over labels");
        foreach (var row in rows.Summarize())
        {
            var run = row.Example;
            table.AddRow(new[]
            {
                run.Dataset,
                Number(run.TrainImages),
                run.Student,
                run.Teacher is null ? "" : $"{run.Teacher} {Percent(run.TeacherAccuracy)}",
                run.Method,
                Number(run.Epochs),
                Number(row.Seeds.Count),
                row.Last.Percent(),
                row.Best.Percent(),
                row.OverLabels?.Percent(signed: true) ?? "",
            }.Select(Markup.Escape).ToArray());
        }

        Terminal.Out.Write(table);
        Terminal.Out.MarkupLine("[grey]Test accuracy, mean ± sample standard deviation over seeds. * best epoch: selected on the test split. over labels: paired by seed, last epoch.[/]");
    }

    /// <summary>One line per run.</summary>
    public static void Runs(IEnumerable<RunRow> runs)
    {
        var table = Table("run", "finished", "budget", "data set", "images", "student", "teacher", "method", "seed", "epochs", "last %", "best %", "images/s", "status");
        foreach (var run in runs)
        {
            table.AddRow(new[]
            {
                run.Id[..8],
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
            }.Select(Markup.Escape).ToArray());
        }

        Terminal.Out.Write(table);
    }

    private static Table Table(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in columns)
        {
            var cell = new TableColumn($"[bold]{Markup.Escape(column)}[/]").NoWrap();
            table.AddColumn(column.EndsWith('%') || column.EndsWith('*') || column is "images" or "epochs" or "seeds" or "seed" or "images/s" or "over labels" ? cell.RightAligned() : cell);
        }

        return table;
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Percent(double? share) => share is { } s ? (100 * s).ToString("0.00", CultureInfo.InvariantCulture) : "";
}
