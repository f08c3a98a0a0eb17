using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Distillation.Notebooks;

/// <summary>What to run, and where its outputs go.</summary>
/// <param name="Path">The notebook: .ipynb or .dib.</param>
public sealed record RunRequest(string Path)
{
    /// <summary>Where the notebook with its outputs is written; null for the notebook itself (a .dib keeps none).</summary>
    public string? Output { get; init; }

    /// <summary>What KD_BUDGET says to the cells; null leaves it as it is.</summary>
    public Budget? Budget { get; init; }

    /// <summary>Only these code cells; null for all.</summary>
    public CellChoice? Only { get; init; }

    /// <summary>How long one cell may take.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>Executes a notebook from its first cell to its last without a browser, and writes the outputs into the file.</summary>
public static class Runner
{
    /// <summary>
    /// Runs the notebook. A cell that fails ends the run unless its tags say raises-exception; what each cell gave is in the file before the
    /// next one begins. Code cells are numbered from 1, as the counts beside them show after a run.
    /// </summary>
    /// <param name="request">What to run.</param>
    /// <param name="progress">Takes a line per cell.</param>
    /// <param name="stop">Interrupts the cell that runs, and with it the run.</param>
    /// <exception cref="BadInput">The notebook cannot be used, or a cell failed: which one, and why.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static async Task Run(RunRequest request, Action<string> progress, CancellationToken stop)
    {
        var original = NotebookFile.Bytes(request.Path);
        var notebook = NotebookFile.IsIpynb(request.Path) ? Ipynb.Parse(original, request.Path)
            : NotebookFile.IsDib(request.Path) ? Ipynb.Create(Dib.Parse(Encoding.UTF8.GetString(original)).Cells)
            : throw new BadInput($"{request.Path} is no notebook: its name must end in .ipynb or .dib.");
        var kept = Target(request) is { } target ? new KeptOutputs(notebook, target, target == System.IO.Path.GetFullPath(request.Path) ? original : null) : null;
        var chosen = Chosen(notebook, request);
        using var place = new NotebookPlace(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(request.Path))!, request.Budget);
        using var engine = new Engine(new EngineOptions(place.Folder));
        var failure = await Execute(engine, notebook, chosen, request, kept, progress, stop).ConfigureAwait(false);
        kept?.Write();
        if (kept is null)
        {
            progress("a .dib keeps no outputs; --output NAME.ipynb does");
        }
        else if (kept.WasChanged)
        {
            throw new BadInput($"{request.Path} was changed while it ran, so its outputs were not written over the change; run it again, or give another file with --output.");
        }

        stop.ThrowIfCancellationRequested();
        if (failure is not null)
        {
            throw new BadInput(failure);
        }
    }

    private static async Task<string?> Execute(
        Engine engine, Ipynb notebook, IReadOnlyList<(int Number, int Index)> chosen, RunRequest request, KeptOutputs? kept, Action<string> progress, CancellationToken stop)
    {
        foreach (var (number, index) in chosen)
        {
            var cell = notebook.Cells[index];
            var outputs = new OutputList();
            var clock = Stopwatch.StartNew();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(request.Timeout ?? System.Threading.Timeout.InfiniteTimeSpan);
            using var exit = new ProcessEnd(() => progress($"Cell {number} failed: it ended the whole program (Environment.Exit); the cells after it did not run."), stop);
            var end = await engine.Execute($"cell {number}", Engine.InCSharp(cell), outputs.Add, limit.Token).ConfigureAwait(false);
            kept?.Add(index, number, outputs.Close());
            var failed = end.Fault is not null && !(cell.MayFail && !end.Interrupted);
            progress(string.Create(CultureInfo.InvariantCulture, $"cell {number} of {chosen[^1].Number}: {clock.Elapsed.TotalSeconds:0.0} s{(failed ? end.Interrupted ? ", stopped" : ", failed" : "")}"));
            if (failed)
            {
                var why = end.Interrupted && !stop.IsCancellationRequested
                    ? string.Create(CultureInfo.InvariantCulture, $"it took longer than the {request.Timeout!.Value.TotalSeconds:0.###} s of --timeout and was stopped.")
                    : $"{end.Fault!.Name}: {string.Join(' ', end.Fault.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))}";
                return $"Cell {number} failed: {why}";
            }
        }

        return null;
    }

    private static IReadOnlyList<(int Number, int Index)> Chosen(Ipynb notebook, RunRequest request)
    {
        var code = notebook.Cells.Index().Where(cell => cell.Item.Kind == CellKind.Code).Select((cell, i) => (Number: i + 1, cell.Index)).ToList();
        return request.Only is not { } only ? code
            : only.Ranges.FirstOrDefault(range => range.Last > code.Count) is { Last: > 0 } beyond ? throw new BadInput($"{request.Path} has {code.Count} code cells, and --only-cells asks for number {beyond.Last}.")
            : [.. code.Where(cell => only.Has(cell.Number))];
    }

    private static string? Target(RunRequest request) => request.Output is { } output
        ? NotebookFile.IsIpynb(output) ? System.IO.Path.GetFullPath(output) : throw new BadInput($"--output {output} must end in .ipynb: no other kind of notebook keeps outputs.")
        : NotebookFile.IsIpynb(request.Path) ? System.IO.Path.GetFullPath(request.Path) : null;
}
