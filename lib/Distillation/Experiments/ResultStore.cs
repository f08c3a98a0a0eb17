using Parquet;
using Parquet.Serialization;

namespace Distillation;

/// <summary>
/// The results as files: <c>runs/ID.parquet</c>, <c>epochs/ID.parquet</c> and <c>weights/ID.safetensors</c>. One file per run and table, written whole beside its place and renamed,
/// merged on reading; so two processes never share a file and an interrupted run leaves nothing half-written.
/// </summary>
/// <param name="Folder">Where the three folders are.</param>
public sealed record ResultStore(string Folder)
{
    /// <summary>The setting if given, else the environment's KD_RESULTS, else <c>data/results</c> below <paramref name="root"/>.</summary>
    public static ResultStore Resolve(string? option, string root) =>
        new(option ?? (Environment.GetEnvironmentVariable("KD_RESULTS") is { Length: > 0 } set ? set : Path.Combine(root, "data", "results")));

    /// <summary>The store of one budget below this one.</summary>
    public ResultStore For(Budget budget) => new(Path.Combine(Folder, budget.Name));

    /// <summary>The file of a run's row.</summary>
    public string RunPath(string id) => Path.Combine(Folder, "runs", $"{id}.parquet");

    /// <summary>The file of a run's epochs.</summary>
    public string EpochsPath(string id) => Path.Combine(Folder, "epochs", $"{id}.parquet");

    /// <summary>The file of a run's last weights.</summary>
    public string WeightsPath(string id) => Path.Combine(Folder, "weights", $"{id}.safetensors");

    /// <summary>The checkpoints of runs that have not ended.</summary>
    public CheckpointStore Checkpoints => new(Path.Combine(Folder, "checkpoints"));

    /// <summary>Writes the weights, the epochs and, last, the row: a run is there when its row is.</summary>
    /// <exception cref="BadInput">The disk is full, or the folder cannot be written. What was there before is untouched.</exception>
    public void Write(RunRow run, IReadOnlyList<EpochRow> epochs, Weights weights)
    {
        try
        {
            weights.Save(WeightsPath(run.Id), new Dictionary<string, string> { ["experiment"] = run.Experiment });
            Write(EpochsPath(run.Id), epochs);
            Write(RunPath(run.Id), [run]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput(
                $"The results of run {run.Id} cannot be written to {Folder} ({e.Message.TrimEnd('.')}); free some space or make the folder writable and run the same command again: it goes on from the last checkpoint.", e);
        }
    }

    /// <summary>The row of a run, or null when it has not been run. A run that was stopped has a row too: it would stop at the same step again.</summary>
    public RunRow? Find(string id) => File.Exists(RunPath(id)) ? Read<RunRow>(RunPath(id)).Single() : null;

    /// <summary>Every run in this folder and the folders below it, in the order in which they ended.</summary>
    public IReadOnlyList<RunRow> Runs() => [.. ReadAll<RunRow>("runs").OrderBy(run => run.Finished)];

    /// <summary>Every epoch row in this folder and the folders below it.</summary>
    public IReadOnlyList<EpochRow> Epochs() => [.. ReadAll<EpochRow>("epochs").OrderBy(row => row.Id, StringComparer.Ordinal).ThenBy(row => row.Epoch)];

    private IEnumerable<T> ReadAll<T>(string table) where T : class, new() =>
        Directory.Exists(Folder)
            ? Directory.EnumerateFiles(Folder, "*.parquet", SearchOption.AllDirectories)
                .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == table)
                .Order(StringComparer.Ordinal)
                .SelectMany(Read<T>)
            : [];

    private static IList<T> Read<T>(string path) where T : class, new()
    {
        try
        {
            return ParquetSerializer.DeserializeAsync<T>(path).GetAwaiter().GetResult().Data;
        }
        catch (Exception e) when (e is ParquetException or IOException or InvalidDataException)
        {
            throw new BadInput($"The result file {path} cannot be read ({e.Message.TrimEnd('.')}); move it away and run its experiment again.", e);
        }
    }

    /// <summary>Rows as one file: written beside its place and renamed, the folder made where it is missing.</summary>
    internal static void Write<T>(string path, IReadOnlyList<T> rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            ParquetSerializer.SerializeAsync(rows, beside, new ParquetOptions { CompressionMethod = CompressionMethod.Snappy }).GetAwaiter().GetResult();
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }
}
