using System.Text.Json.Nodes;

namespace Distillation.Notebooks;

/// <summary>Something that a cell gave back while it ran, in the order in which it came.</summary>
public abstract record Output
{
    private Output()
    {
    }

    /// <summary>Text on standard output or standard error.</summary>
    /// <param name="Name">stdout or stderr.</param>
    /// <param name="Content">What was written; not necessarily whole lines.</param>
    public sealed record Text(string Name, string Content) : Output;

    /// <summary>A value that was displayed on the way.</summary>
    /// <param name="Data">The value in its forms.</param>
    /// <param name="Id">What a later <see cref="Updated"/> calls it.</param>
    public sealed record Shown(MimeBundle Data, string Id) : Output;

    /// <summary>Another value in the place of one displayed before.</summary>
    public sealed record Updated(MimeBundle Data, string Id) : Output;

    /// <summary>The value of the cell: its trailing expression.</summary>
    public sealed record Returned(MimeBundle Data) : Output;

    /// <summary>Why the cell ended early.</summary>
    public sealed record Failed(CellFault Fault) : Output;
}

/// <summary>Why a cell did not end well.</summary>
/// <param name="Name">The exception's type, or CompilationError.</param>
/// <param name="Message">What it says, in a line or a few.</param>
/// <param name="Trace">The lines shown below it: where in the notebook's own cells.</param>
public sealed record CellFault(string Name, string Message, IReadOnlyList<string> Trace);

/// <summary>One value in several forms, the best first.</summary>
/// <param name="Forms">Mime type and text; binary forms in base64, JSON forms as JSON text.</param>
public sealed record MimeBundle(IReadOnlyList<(string Mime, string Text)> Forms)
{
    /// <summary>A value that has one form.</summary>
    public static MimeBundle Of(string mime, string text) => new([(mime, text)]);

    /// <summary>The text of a form, or null without it.</summary>
    public string? this[string mime] => Forms.FirstOrDefault(form => form.Mime == mime).Text;
}

/// <summary>Outputs as nbformat 4.5 stores them.</summary>
public static class OutputJson
{
    /// <summary>The array that a cell's <c>outputs</c> is. Adjacent text of one stream becomes one entry; updated values take the place of the first.</summary>
    /// <param name="outputs">What the cell gave, in order.</param>
    /// <param name="count">The cell's execution count.</param>
    public static JsonArray Array(IEnumerable<Output> outputs, int count) => [.. Settled(outputs).Select(output => Entry(output, count))];

    private static List<Output> Settled(IEnumerable<Output> outputs) => outputs.Aggregate(new List<Output>(), (sofar, output) =>
    {
        switch (output)
        {
            case Output.Updated(var data, var id):
                var place = sofar.FindIndex(earlier => earlier is Output.Shown shown && shown.Id == id);
                if (place >= 0)
                {
                    sofar[place] = new Output.Shown(data, id);
                }

                break;
            default:
                sofar.Add(output);
                break;
        }

        return sofar;
    });

    private static JsonNode Entry(Output output, int count) => output switch
    {
        Output.Text(var name, var text) => new JsonObject { ["name"] = name, ["output_type"] = "stream", ["text"] = Lines(text) },
        Output.Shown(var data, _) => new JsonObject { ["data"] = Data(data), ["metadata"] = new JsonObject(), ["output_type"] = "display_data" },
        Output.Returned(var data) => new JsonObject { ["data"] = Data(data), ["execution_count"] = count, ["metadata"] = new JsonObject(), ["output_type"] = "execute_result" },
        Output.Failed(var fault) => new JsonObject
        {
            ["ename"] = fault.Name,
            ["evalue"] = fault.Message,
            ["output_type"] = "error",
            ["traceback"] = new JsonArray([.. fault.Trace.Select(line => (JsonNode)line)]),
        },
        _ => throw new InvalidOperationException($"{output.GetType().Name} has no place in a file."),
    };

    // The same values again give the same bytes whatever order formatters came in: names are sorted, as nbformat sorts them.
    private static JsonObject Data(MimeBundle bundle) => new(bundle.Forms.OrderBy(form => form.Mime, StringComparer.Ordinal).Select(form => KeyValuePair.Create(form.Mime, Value(form.Mime, form.Text))));

    private static JsonNode? Value(string mime, string text) => mime switch
    {
        _ when mime.EndsWith("json", StringComparison.Ordinal) => JsonNode.Parse(text),
        _ when mime.StartsWith("text/", StringComparison.Ordinal) || mime is "image/svg+xml" or "application/javascript" => Lines(text),
        _ => text,
    };

    /// <summary>Text as nbformat likes it: an array of lines, each but the last with its line end.</summary>
    public static JsonArray Lines(string text)
    {
        var lines = text.Split('\n');
        return [.. lines.Select((line, i) => i < lines.Length - 1 ? line + "\n" : line).Where((line, i) => i < lines.Length - 1 || line.Length > 0).Select(line => (JsonNode)line)];
    }
}
