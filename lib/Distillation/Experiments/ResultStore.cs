using System.Reflection;
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
    /// <exception cref="BadInput">A file has that name, or no folder can have it.</exception>
    public static ResultStore Resolve(string? option, string root) =>
        new(Folders.Named("results", "--results", NonEmpty(option) ?? NonEmpty(Environment.GetEnvironmentVariable("KD_RESULTS")) ?? Path.Combine(root, "data", "results")));

    private static string? NonEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    /// <summary>The store of one budget below this one.</summary>
    public ResultStore For(Budget budget) => new(Path.Combine(Folder, budget.Name));

    /// <summary>The file of a run's row.</summary>
    public string RunPath(string id) => Path.Combine(Folder, "runs", $"{id}.parquet");

    /// <summary>The file of a run's epochs.</summary>
    public string EpochsPath(string id) => Path.Combine(Folder, "epochs", $"{id}.parquet");

    /// <summary>The file of a run's last weights.</summary>
    public string WeightsPath(string id) => Path.Combine(Folder, "weights", $"{id}.safetensors");

    /// <summary>The file of images that were made of a teacher's record.</summary>
    internal string ImagesPath(string id) => Path.Combine(Folder, "weights", $"{id}.images.safetensors");

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

    /// <summary>The row of a run, or null when it has not been run or its epochs were taken away. A run that was stopped has a row too: it would stop at the same step again.</summary>
    /// <exception cref="BadInput">Its file or that of its epochs is damaged, or holds another run.</exception>
    public RunRow? Find(string id)
    {
        if (!File.Exists(RunPath(id)))
        {
            return null;
        }

        var row = Read<RunRow>(RunPath(id)) is [var only] && only.Id == id ? only
            : throw new BadInput($"The result file {RunPath(id)} does not hold the row of run {id}; move it away and run its experiment again.");
        if (!File.Exists(EpochsPath(id)))
        {
            return null;
        }

        // Read for its faults: whoever finds a run does not train it again, and would never have its epochs.
        _ = Read<EpochRow>(EpochsPath(id));
        return row;
    }

    /// <summary>Every run in this folder and the folders below it, in the order in which they ended.</summary>
    /// <param name="warn">Told about each file that cannot be read, which is then passed over; without it such a file ends the reading.</param>
    /// <exception cref="BadInput">A file is damaged and nobody wants to be told.</exception>
    public IReadOnlyList<RunRow> Runs(Action<string>? warn = null) => [.. ReadAll<RunRow>("runs", warn).OrderBy(run => run.Finished)];

    /// <summary>Every epoch row in this folder and the folders below it.</summary>
    /// <param name="warn">As for <see cref="Runs"/>.</param>
    /// <exception cref="BadInput">A file is damaged and nobody wants to be told.</exception>
    public IReadOnlyList<EpochRow> Epochs(Action<string>? warn = null) =>
        [.. ReadAll<EpochRow>("epochs", warn).OrderBy(row => row.Id, StringComparer.Ordinal).ThenBy(row => row.Epoch)];

    private IEnumerable<T> ReadAll<T>(string table, Action<string>? warn) where T : class, new() => Files(table).SelectMany(path =>
    {
        try
        {
            return Read<T>(path);
        }
        catch (BadInput e) when (warn is not null)
        {
            warn(e.Message);
            return [];
        }
    });

    private List<string> Files(string table)
    {
        try
        {
            return !Directory.Exists(Folder) ? []
                : [.. Directory.EnumerateFiles(Folder, "*.parquet", SearchOption.AllDirectories).Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == table).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"The results folder {Folder} cannot be looked through ({e.Message.TrimEnd('.')}); make it readable, or name another with --results.", e);
        }
    }

    // A damaged file may provoke anything in whoever decodes it; only what has nothing to do with the file is let through.
    private static IReadOnlyList<T> Read<T>(string path) where T : class, new()
    {
        try
        {
            var rows = ParquetSerializer.DeserializeAsync<T>(path).GetAwaiter().GetResult().Data;
            return rows.All(Texts<T>.AreThere) ? [.. rows] : throw new InvalidDataException("a text that every row has is missing");
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException))
        {
            throw new BadInput($"The result file {path} cannot be read ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}); move it away and run its experiment again.", e);
        }
    }

    // A column of texts may hold nulls whatever the property says.
    private static class Texts<T>
    {
        private static PropertyInfo[] Required { get; } =
        [
            .. typeof(T).GetProperties().Where(property => property.PropertyType == typeof(string) && new NullabilityInfoContext().Create(property).ReadState == NullabilityState.NotNull),
        ];

        public static bool AreThere(T row) => Required.All(property => property.GetValue(row) is not null);
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
