namespace Distillation.Notebooks;

/// <summary>The file that a run's outputs go to, brought up to date after every cell: a run that is killed has lost what its last cell gave, and no more.</summary>
/// <param name="notebook">The notebook as it was read.</param>
/// <param name="target">The file.</param>
/// <param name="original">What the file holds when the run begins, where it is the notebook itself; null for another file.</param>
internal sealed class KeptOutputs(Ipynb notebook, string target, byte[]? original)
{
    private readonly bool isTheNotebook = original is not null;
    private List<(int Index, int Count, IReadOnlyList<Output> Outputs)> cells = [];
    private byte[]? last = original;

    /// <summary>
    /// Whether somebody else has written the notebook since. Nothing is written over that, while the run goes on: what its cells compute and keep
    /// elsewhere is not lost.
    /// </summary>
    public bool WasChanged { get; private set; }

    /// <summary>Takes what a cell gave, and writes. What it updates in outputs of earlier cells is updated there.</summary>
    /// <param name="index">The cell's place in the notebook, from 0.</param>
    /// <param name="count">The count beside it.</param>
    /// <param name="outputs">What it gave, in order.</param>
    /// <exception cref="BadInput">The file cannot be written.</exception>
    public void Add(int index, int count, IReadOnlyList<Output> outputs)
    {
        var updates = outputs.OfType<Output.Updated>().ToLookup(update => update.Id);
        cells = [.. cells.Select(cell => cell with { Outputs = [.. cell.Outputs.Select(Newest)] }), (index, count, outputs)];
        Write();

        Output Newest(Output output) => output is Output.Shown shown && updates[shown.Id].LastOrDefault() is { } last ? new Output.Shown(last.Data, last.Id) : output;
    }

    /// <summary>Writes the notebook with the outputs so far, unless the file holds these bytes already.</summary>
    /// <exception cref="BadInput">The file cannot be written.</exception>
    public void Write()
    {
        WasChanged = WasChanged || (isTheNotebook && !(File.Exists(target) && NotebookFile.Bytes(target).AsSpan().SequenceEqual(last)));
        var bytes = notebook.With(cells.ToDictionary(cell => cell.Index, cell => (cell.Count, OutputJson.Array(cell.Outputs, cell.Count)))).ToBytes();
        if (!WasChanged && !(last is not null && bytes.AsSpan().SequenceEqual(last)))
        {
            NotebookFile.Write(target, bytes);
            last = bytes;
        }
    }
}
