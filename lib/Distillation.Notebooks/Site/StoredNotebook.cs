using System.Text;
using System.Text.Json;

namespace Distillation.Notebooks.Site;

/// <summary>A notebook as it lies on the disk, with what its cells showed when they last ran.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Cells">All cells in order.</param>
internal sealed record StoredNotebook(string Path, IReadOnlyList<StoredCell> Cells)
{
    /// <summary>Reads a notebook; a .dib has no outputs.</summary>
    /// <exception cref="BadInput">It cannot be read, or is broken: what is wrong with it, and where.</exception>
    public static StoredNotebook Read(string path)
    {
        var cells = NotebookFile.Cells(path);
        if (!NotebookFile.IsIpynb(path))
        {
            return new(path, [.. cells.Select(cell => new StoredCell(cell, null, [], []))]);
        }

        var bytes = NotebookFile.Bytes(path);
        using var document = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? 3 : 0));
        return new(path, [.. document.RootElement.GetProperty("cells").EnumerateArray().Zip(cells).Select((pair, i) => Cell(pair.First, pair.Second, $"cell {i + 1} of {path}"))]);
    }

    private static StoredCell Cell(JsonElement json, NotebookCell cell, string place) => new(
        cell,
        json.TryGetProperty("execution_count", out var count) && count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out var number) ? number : null,
        cell.Kind == CellKind.Code && json.TryGetProperty("outputs", out var outputs) ? StoredOutputs.Read(outputs, place) : [],
        json.TryGetProperty("attachments", out var files) && files.ValueKind == JsonValueKind.Object
            ? files.EnumerateObject().ToDictionary(file => file.Name, file => StoredOutputs.Bundle(file.Value, $"the attachment {file.Name} of {place}"))
            : []);
}

/// <summary>A cell and what it showed.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Count">The number beside it; null when it was never run.</param>
/// <param name="Outputs">What it gave, in order.</param>
/// <param name="Attachments">Pictures that its text names with <c>attachment:</c>.</param>
internal sealed record StoredCell(NotebookCell Cell, int? Count, IReadOnlyList<Output> Outputs, Dictionary<string, MimeBundle> Attachments);
