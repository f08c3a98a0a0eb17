using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>A laboratory in a folder of its own, with the toy data; remembers what it was asked to run.</summary>
internal sealed class Bench : IDisposable
{
    private readonly Dictionary<Dataset, LoadedDataset> owned = [];

    public Bench() => Lab = new Laboratory(
        new DataFolder(Path.Combine(Folder, "no data")), new ResultStore(Folder), Budget.Custom, CPU, new Surroundings("cpu", 1, "0.0", "0.0", ".NET", "abc"))
    {
        Loader = dataset =>
        {
            Loads++;
            // Whoever brings data owns it.
            return owned.TryGetValue(dataset, out var known) ? known : owned[dataset] = Toy.Load(dataset);
        },
        Watcher = new GridWatcher(
            OnFold: fold => Folds.Add([.. fold]),
            OnRun: (experiment, _, found) => (found ? Found : Trained).Add(experiment.Id)),
    };

    public string Folder { get; } = Directory.CreateTempSubdirectory("grid-").FullName;

    public Laboratory Lab { get; }

    public int Loads { get; private set; }

    public List<Experiment[]> Folds { get; } = [];

    public List<string> Trained { get; } = [];

    public List<string> Found { get; } = [];

    /// <summary>Every file below the folder, by its path from there.</summary>
    public string[] Files => [.. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, file)).Order(StringComparer.Ordinal)];

    /// <summary>What was remembered so far, forgotten.</summary>
    public void Forget()
    {
        Folds.Clear();
        Trained.Clear();
        Found.Clear();
    }

    public void Dispose()
    {
        foreach (var data in owned.Values)
        {
            data.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }
}
