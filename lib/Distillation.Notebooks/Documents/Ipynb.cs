using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Distillation.Notebooks;

/// <summary>
/// A Jupyter notebook (nbformat 4) together with the bytes it came from. Writing outputs back replaces the outputs and the counts that differ
/// and leaves every other byte as it was, so that a run shows in a diff as what it changed and nothing else.
/// </summary>
public sealed class Ipynb
{
    private readonly byte[] file;
    private readonly IReadOnlyList<ByteSpan> places;
    private readonly IReadOnlyList<(string Name, ByteSpan Value)> top;

    private Ipynb(byte[] file, IReadOnlyList<(string Name, ByteSpan Value)> top, IReadOnlyList<ByteSpan> places, IReadOnlyList<NotebookCell> cells) =>
        (this.file, this.top, this.places, Cells) = (file, top, places, cells);

    /// <summary>All cells in order.</summary>
    public IReadOnlyList<NotebookCell> Cells { get; }

    /// <summary>Reads a notebook.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">What to call it in a complaint.</param>
    /// <exception cref="BadInput">It is no notebook of this format.</exception>
    public static Ipynb Parse(byte[] bytes, string name)
    {
        try
        {
            var whole = new ByteSpan(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? 3 : 0, bytes.Length);
            // The whole text first: what follows reads pieces, and would not see a fault after the last of them.
            using var document = JsonDocument.Parse(bytes.AsMemory(whole.Start));
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("nbformat", out var format) || format.ValueKind != JsonValueKind.Number)
            {
                throw new BadInput($"{name} is JSON but no notebook: it has no 'nbformat'.");
            }

            if (format.GetRawText() != "4")
            {
                throw new BadInput($"{name} is a notebook of format {format.GetRawText()}; this reads format 4, which 'jupyter nbconvert --to notebook' writes.");
            }

            var top = JsonSpans.Members(bytes, whole);
            var places = JsonSpans.Elements(bytes, Find(top, "cells") ?? throw new BadInput($"{name} is a notebook without 'cells'."));
            var language = Text(root, "metadata", "polyglot_notebook", "kernelInfo", "defaultKernelName") ?? (Text(root, "metadata", "kernelspec", "language") is { } kernel && kernel != "C#" ? kernel.ToLowerInvariant() : "csharp");
            return new(bytes, top, places, [.. root.GetProperty("cells").EnumerateArray().Select((cell, i) => Cell(cell, language, i + 1, name))]);
        }
        catch (JsonException e)
        {
            throw new BadInput($"{name} is no notebook: line {e.LineNumber.GetValueOrDefault() + 1} is not valid JSON. Take it from version control, or open and save it in an editor for notebooks.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new BadInput($"{name} is no notebook: {e.Message.TrimEnd('.')}. Take it from version control, or open and save it in an editor for notebooks.", e);
        }
    }

    /// <summary>A new notebook with the metadata that .NET Interactive writes.</summary>
    public static Ipynb Create(IEnumerable<NotebookCell> cells)
    {
        var json = new JsonObject
        {
            ["cells"] = new JsonArray([.. cells.Select((cell, i) => NewCell(cell, i))]),
            ["metadata"] = Metadata(),
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
        return Parse(Encoding.UTF8.GetBytes(IndentedJson.Render(json) + "\n"), "the new notebook");
    }

    /// <summary>The file as it is.</summary>
    public byte[] ToBytes() => [.. file];

    /// <summary>The notebook with what some cells gave when they ran.</summary>
    /// <param name="runs">By the cell's place in <see cref="Cells"/>, from 0: the execution count and the <c>outputs</c> array.</param>
    public Ipynb With(IReadOnlyDictionary<int, (int Count, JsonArray Outputs)> runs)
    {
        var unit = Unit();
        var edits = runs.OrderBy(run => run.Key).SelectMany(run => Edits(places[run.Key], run.Value.Count, run.Value.Outputs, unit)).Concat(Upgrade(unit));
        return Parse(JsonSpans.Apply(file, edits), "the notebook after the run");
    }

    private IEnumerable<Edit> Edits(ByteSpan cell, int count, JsonArray outputs, string unit)
    {
        var members = JsonSpans.Members(file, cell);
        return new (string Name, JsonNode Value)[] { ("execution_count", JsonValue.Create(count)), ("outputs", outputs) }.SelectMany(change =>
            Find(members, change.Name) is not { } place ? [Insertion(members, change.Name, change.Value, unit)]
            : JsonNode.DeepEquals(JsonNode.Parse(place.Of(file)), change.Value) ? Array.Empty<Edit>()
            : [new Edit(place, IndentedJson.Render(change.Value, unit, depth: 3))]);
    }

    // Format 4.5 asks for an id in every cell; the kernel's name makes the file open with the right one. What is there is left alone.
    private IEnumerable<Edit> Upgrade(string unit)
    {
        var minor = Find(top, "nbformat_minor");
        var isOld = minor is not { } place || !(Encoding.UTF8.GetString(place.Of(file)) is var text && int.TryParse(text, out var n) && n >= 5);
        if (isOld)
        {
            yield return minor is { } old ? new(old, "5") : new(After(Find(top, "nbformat")!.Value), unit.Length > 0 ? $",\n{unit}\"nbformat_minor\": 5" : ",\"nbformat_minor\":5");
            foreach (var (i, cell) in places.Index())
            {
                var members = JsonSpans.Members(file, cell);
                if (Find(members, "id") is null)
                {
                    yield return Insertion(members, "id", JsonValue.Create(IdOf(Cells[i], i)), unit);
                }
            }
        }

        if (Find(top, "metadata") is { } metadata && JsonNode.Parse(metadata.Of(file)) is JsonObject present && !present.ContainsKey("kernelspec"))
        {
            foreach (var (key, value) in Metadata().Where(member => !present.ContainsKey(member.Key)))
            {
                present[key] = value?.DeepClone();
            }

            yield return new(metadata, IndentedJson.Render(present, unit, depth: 1));
        }
    }

    // After cell_type, which every cell has.
    private static Edit Insertion(IReadOnlyList<(string Name, ByteSpan Value)> members, string name, JsonNode value, string unit)
    {
        var (line, colon) = unit.Length > 0 ? ("\n" + string.Concat(Enumerable.Repeat(unit, 3)), ": ") : ("", ":");
        return new(After(Find(members, "cell_type")!.Value), $",{line}\"{name}\"{colon}{IndentedJson.Render(value, unit, depth: 3)}");
    }

    private static ByteSpan After(ByteSpan place) => new(place.End, place.End);

    private static ByteSpan? Find(IReadOnlyList<(string Name, ByteSpan Value)> members, string name) =>
        members.Where(member => member.Name == name).Select(member => (ByteSpan?)member.Value).LastOrDefault();

    // What stands before the first key: Jupyter indents by one space, others by two, some write one long line.
    private string Unit()
    {
        var start = file.AsSpan().IndexOf((byte)'{') + 1;
        var blanks = Encoding.UTF8.GetString(file.AsSpan(start..(start + file.AsSpan(start).IndexOf((byte)'"'))));
        return blanks.LastIndexOf('\n') is >= 0 and var line ? blanks[(line + 1)..] : "";
    }

    private static NotebookCell Cell(JsonElement cell, string language, int number, string name)
    {
        var kind = (cell.ValueKind == JsonValueKind.Object ? Text(cell, "cell_type") : null) switch
        {
            "code" => CellKind.Code,
            "markdown" => CellKind.Markdown,
            "raw" => CellKind.Raw,
            var other => throw new BadInput($"{name} is no notebook: entry {number} of its cells has the type '{other ?? "none"}' instead of code, markdown or raw."),
        };
        var source = cell.TryGetProperty("source", out var text) ? text : default;
        var words = source.ValueKind switch
        {
            JsonValueKind.String => source.GetString()!,
            JsonValueKind.Array when source.EnumerateArray().All(line => line.ValueKind == JsonValueKind.String) => string.Concat(source.EnumerateArray().Select(line => line.GetString())),
            _ => throw new BadInput($"{name} is no notebook: entry {number} of its cells has no 'source'."),
        };
        var tags = cell.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty("tags", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(tag => tag.ValueKind == JsonValueKind.String).Select(tag => tag.GetString()!).ToList()
            : [];
        return new(
            kind,
            kind != CellKind.Code ? "markdown" : Text(cell, "metadata", "polyglot_notebook", "kernelName") ?? Text(cell, "metadata", "dotnet_interactive", "language") ?? language,
            words.ReplaceLineEndings("\n"),
            tags);
    }

    private static string? Text(JsonElement from, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (from.ValueKind != JsonValueKind.Object || !from.TryGetProperty(name, out from))
            {
                return null;
            }
        }

        return from.ValueKind == JsonValueKind.String ? from.GetString() : null;
    }

    private static JsonObject NewCell(NotebookCell cell, int i) => cell.Kind switch
    {
        CellKind.Code => new()
        {
            ["cell_type"] = "code",
            ["execution_count"] = null,
            ["id"] = IdOf(cell, i),
            ["metadata"] = new JsonObject
            {
                ["dotnet_interactive"] = new JsonObject { ["language"] = cell.Language },
                ["polyglot_notebook"] = new JsonObject { ["kernelName"] = cell.Language },
                ["tags"] = new JsonArray([.. cell.Tags.Select(tag => (JsonNode)tag)]),
            },
            ["outputs"] = new JsonArray(),
            ["source"] = OutputJson.Lines(cell.Source),
        },
        _ => new()
        {
            ["cell_type"] = cell.Kind == CellKind.Raw ? "raw" : "markdown",
            ["id"] = IdOf(cell, i),
            ["metadata"] = new JsonObject(),
            ["source"] = OutputJson.Lines(cell.Source),
        },
    };

    private static JsonObject Metadata() => new()
    {
        ["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" },
        ["language_info"] = new JsonObject { ["name"] = "polyglot-notebook" },
        ["polyglot_notebook"] = new JsonObject
        {
            ["kernelInfo"] = new JsonObject
            {
                ["defaultKernelName"] = "csharp",
                ["items"] = new JsonArray(new JsonObject { ["aliases"] = new JsonArray(), ["name"] = "csharp" }),
            },
        },
    };

    // From the text and the place, not drawn: the same notebook made twice has the same bytes.
    private static string IdOf(NotebookCell cell, int i) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{i}\n{cell.Source}")))[..8];
}
