using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Distillation.Cli;

/// <summary>Runs a grid while somebody watches: a live line with pace and time left on a terminal, one line per epoch anywhere, a table at the end.</summary>
internal static class RunGrid
{
    /// <summary>Fetches the data that experiments need and that is not here, then runs them and shows their table. Returns the exit code.</summary>
    public static async Task<int> Show(IReadOnlyList<Experiment> experiments, Laboratory lab)
    {
        await Fetch(lab, experiments.SelectMany(Datasets));
        var rows = await Watched(lab, watched => experiments.Run(watched));
        Tables.Summary(rows);
        foreach (var stopped in rows.Where(row => row.Status != RunRow.Ok))
        {
            Terminal.Error.MarkupLineInterpolated($"[red]{stopped.Student} {stopped.Method} seed {stopped.Seed}: {stopped.Status}[/]");
        }

        return rows.All(row => row.Status == RunRow.Ok) ? 0 : 1;

        static IEnumerable<Dataset> Datasets(Experiment e) => e.Teacher is Source.Trained t ? [e.Dataset, t.Experiment.Dataset] : [e.Dataset];
    }

    /// <summary>Fetches data sets that are not here.</summary>
    public static async Task Fetch(Laboratory lab, IEnumerable<Dataset> datasets)
    {
        foreach (var dataset in datasets.DistinctBy(d => d.Name))
        {
            var told = 0L;
            await lab.Data.Ensure(dataset, new Progress<DownloadProgress>(Tell), lab.Stop);

            void Tell(DownloadProgress progress)
            {
                // A line every 16 MB is enough to see that it moves.
                if (progress.Bytes - told >= 16_000_000 || progress.Bytes < told)
                {
                    told = progress.Bytes;
                    Terminal.Error.MarkupLineInterpolated($"[grey]{progress.File} from {progress.Host}: {progress.Bytes / 1_000_000} of {progress.Total / 1_000_000} MB[/]");
                }
            }
        }
    }

    private static async Task<IReadOnlyList<RunRow>> Watched(Laboratory lab, Func<Laboratory, IReadOnlyList<RunRow>> run)
    {
        if (!Terminal.Error.Profile.Capabilities.Interactive)
        {
            return await Task.Run(() => run(lab with { Watcher = Lines() }));
        }

        var pace = new PaceColumn();
        return await Terminal.Error.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), pace)
            .StartAsync(async context =>
            {
                ProgressTask? bar = null;
                var lines = Lines();
                var watcher = lines with
                {
                    OnFold = experiments =>
                    {
                        bar?.StopTask();
                        lines.OnFold?.Invoke(experiments);
                        bar = context.AddTask(Markup.Escape(Title(experiments)), maxValue: 1);
                    },
                    OnProgress = progress =>
                    {
                        bar!.Value = (double)progress.Step / progress.Steps;
                        pace.Fold = progress;
                    },
                };
                var rows = await Task.Run(() => run(lab with { Watcher = watcher }));
                bar?.StopTask();
                return rows;
            });
    }

    private static GridWatcher Lines() => new(
        OnFold: experiments => Terminal.Error.MarkupLineInterpolated($"[bold]{Title(experiments)}[/]"),
        OnEpoch: (experiment, epoch) => Terminal.Error.MarkupLine(Invariant(
            $"  epoch {epoch.Epoch,3}/{experiment.Recipe.Epochs}  {Markup.Escape(experiment.Method.Name),-8} seed {experiment.Seed,-3} loss {epoch.Objective,8:0.0000}  train {100 * epoch.TrainAccuracy,6:0.00} %  test [bold]{100 * epoch.Test.Accuracy,6:0.00} %[/]  [grey]{epoch.ImagesPerSecond:0} images/s, {epoch.Seconds:0.0} s[/]")),
        OnRun: (experiment, row, found) =>
        {
            if (found)
            {
                Terminal.Error.MarkupLine(Invariant(
                    $"[grey]found {Markup.Escape(experiment.Student.Name)} {Markup.Escape(row.Method)} seed {row.Seed}: {100 * row.LastAccuracy:0.00} %, run on {row.Finished:yyyy-MM-dd} (--again runs it again)[/]"));
            }
        });

    private static string Title(IReadOnlyList<Experiment> experiments)
    {
        var (first, count) = (experiments[0], experiments.Count);
        var teacher = experiments.Select(e => e.Teacher?.Network.Name).FirstOrDefault(name => name is not null);
        return Invariant($"{first.Student.Name} on {first.Dataset.Images:N0} images of {first.Dataset.Name}")
            + (teacher is null ? "" : $", taught by {teacher}") + (count == 1 ? "" : $", {count} side by side");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Images per second and the time left, beside the bar.</summary>
    private sealed class PaceColumn : ProgressColumn
    {
        public FoldProgress? Fold { get; set; }

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            Fold is { } fold
                ? new Markup(Invariant($"[grey]epoch {fold.Epoch}/{fold.Epochs}  {fold.ImagesPerSecond:0} images/s  {fold.Left:m\\:ss} left[/]"))
                : new Markup("");
    }
}
