using static TorchSharp.torch;

namespace Distillation;

/// <summary>Who watches a grid. All are optional and must be quick.</summary>
/// <param name="OnFold">Before a fold: its experiments, side by side.</param>
/// <param name="OnProgress">A few times a second.</param>
/// <param name="OnEpoch">After an epoch of one experiment.</param>
/// <param name="OnRun">After a run's row was written, or found (true).</param>
/// <param name="OnResumed">When a run goes on from a checkpoint, at the step given.</param>
/// <param name="OnWarning">What a person should know and need not do anything about.</param>
/// <param name="OnReplay">Where steps are recorded, once per run: null where they are replayed, else why they are not.</param>
/// <param name="OnMade">While images are made of a teacher's record, at the start and after every batch: how many there are, and how many there will be.</param>
public sealed record GridWatcher(
    Action<IReadOnlyList<Experiment>>? OnFold = null,
    Action<FoldProgress>? OnProgress = null,
    Action<Experiment, EpochReport>? OnEpoch = null,
    Action<Experiment, RunRow, bool>? OnRun = null,
    Action<Experiment, long>? OnResumed = null,
    Action<string>? OnWarning = null,
    Action<Experiment, string?>? OnReplay = null,
    Action<Experiment, long, long>? OnMade = null);

/// <summary>Where experiments are run: everything that is not part of an experiment.</summary>
/// <param name="Data">The data folder.</param>
/// <param name="Results">Where rows and weights go.</param>
/// <param name="Budget">How much time there is.</param>
/// <param name="Device">What is computed on.</param>
/// <param name="Surroundings">What every row says about this machine.</param>
public sealed record Laboratory(DataFolder Data, ResultStore Results, Budget Budget, Device Device, Surroundings Surroundings)
{
    /// <summary>Who watches.</summary>
    public GridWatcher Watcher { get; init; } = new();

    /// <summary>Ends the grid between two steps; what has ended is kept. Interrupting a notebook's cell does the same without it (<see cref="Stopping"/>).</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Experiments whose rows exist are not run again unless this is set.</summary>
    public bool Again { get; init; }

    /// <summary>Whether runs go on from their checkpoints; if not, they start afresh.</summary>
    public bool Resume { get; init; } = true;

    /// <summary>How much time may be lost at most when the program is killed; a checkpoint is also kept after every epoch.</summary>
    public TimeSpan KeepEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Records training steps, which are then replayed where that gives the same (<see cref="CudaGraphs"/>); null computes them operator by operator.</summary>
    public Recorder? Recorder { get; init; }

    /// <summary>
    /// Where a data set's tensors come from: <see cref="Data"/>, unless one brings a data set of one's own. It is asked for the whole set, whose training images are reduced here
    /// where an experiment asks for fewer; the tensors it gives stay their owner's, and are copied to <see cref="Device"/> where they lie elsewhere.
    /// </summary>
    public Func<Dataset, LoadedDataset>? Loader { get; init; }

    internal LoadedDataset Load(Dataset dataset) => Loader?.Invoke(dataset with { Subset = null }).Lent(dataset, Device) ?? Data.Load(dataset, Device);
}
