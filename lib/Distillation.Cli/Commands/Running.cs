using Distillation.Cli.Terminal;

namespace Distillation.Cli.Commands;

/// <summary>Runs experiments while somebody watches.</summary>
internal static class Running
{
    /// <summary>Fetches the data that is not here, runs what has no results yet, shows the table. Returns the exit code.</summary>
    public static async Task<int> Show(IReadOnlyList<Experiment> experiments, Laboratory lab, Screen screen)
    {
        await Fetch(experiments.Select(experiment => experiment.Dataset), lab, screen);
        var how = lab.Device.type != TorchSharp.DeviceType.CUDA ? $" with {lab.Surroundings.Threads} threads" : lab.Recorder is null ? ", operator by operator" : ", steps captured as CUDA graphs where that gives the same";
        screen.Note($"computing on {lab.Surroundings.Device}{how}");
        var rows = Watching.Grid(screen, watcher => experiments.Run(lab with { Watcher = watcher }));
        Tables.Summary(rows).Show(screen);
        screen.Note(Tables.Legend);
        return rows.All(row => row.Status == RunRow.Ok) ? CommandLine.Done : CommandLine.Broken;
    }

    /// <summary>Fetches data sets that are not here yet.</summary>
    public static async Task Fetch(IEnumerable<Dataset> datasets, Laboratory lab, Screen screen)
    {
        foreach (var dataset in datasets.DistinctBy(dataset => dataset.Name))
        {
            await Watching.Download(screen, progress => lab.Data.Ensure(dataset, progress, lab.Stop));
        }
    }
}
