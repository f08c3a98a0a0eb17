using System.Text.Json;

namespace Distillation.Notebooks.Site;

/// <summary>Outputs as nbformat 4 stores them, read back: the other direction of <see cref="OutputJson"/>.</summary>
internal static class StoredOutputs
{
    /// <summary>The outputs of a cell.</summary>
    /// <param name="outputs">The array that its <c>outputs</c> should be.</param>
    /// <param name="place">What to call the cell in a complaint.</param>
    /// <exception cref="BadInput">It is something else, or an entry of it is.</exception>
    public static IReadOnlyList<Output> Read(JsonElement outputs, string place) => outputs.ValueKind == JsonValueKind.Array
        ? [.. outputs.EnumerateArray().Select((output, i) => Entry(output, $"output {i + 1} of {place}"))]
        : throw Broken(place, "has no list of outputs");

    /// <summary>One value in its forms.</summary>
    /// <param name="data">An object of mime types.</param>
    /// <param name="place">What to call it in a complaint.</param>
    /// <exception cref="BadInput">It is something else.</exception>
    public static MimeBundle Bundle(JsonElement data, string place) => data.ValueKind == JsonValueKind.Object
        ? new([.. data.EnumerateObject().Select(form => (form.Name, form.Name.EndsWith("json", StringComparison.Ordinal) ? form.Value.GetRawText() : Text(form.Value, place)))])
        : throw Broken(place, "has no forms by mime type");

    private static Output Entry(JsonElement output, string place) => output.ValueKind != JsonValueKind.Object ? throw Broken(place, "is no object") : Words(output, "output_type") switch
    {
        "stream" => new Output.Text(Words(output, "name") ?? "stdout", Text(Member(output, "text", place), place)),
        "display_data" => new Output.Shown(Bundle(Member(output, "data", place), place), ""),
        "execute_result" => new Output.Returned(Bundle(Member(output, "data", place), place)),
        "error" => new Output.Failed(new(
            Words(output, "ename") ?? "Error",
            Words(output, "evalue") ?? "",
            output.TryGetProperty("traceback", out var trace) && trace.ValueKind == JsonValueKind.Array ? [.. trace.EnumerateArray().Select(line => Text(line, place))] : [])),
        var other => throw Broken(place, $"is of the type '{other ?? "none"}' instead of stream, display_data, execute_result or error"),
    };

    private static JsonElement Member(JsonElement from, string name, string place) => from.TryGetProperty(name, out var member) ? member : throw Broken(place, $"has no '{name}'");

    private static string? Words(JsonElement from, string name) => from.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    // Text is one string or the lines of it.
    private static string Text(JsonElement text, string place) => text.ValueKind switch
    {
        JsonValueKind.String => text.GetString()!,
        JsonValueKind.Array when text.EnumerateArray().All(line => line.ValueKind == JsonValueKind.String) => string.Concat(text.EnumerateArray().Select(line => line.GetString())),
        _ => throw Broken(place, "holds something that is no text"),
    };

    private static BadInput Broken(string place, string fault) => new($"This is no notebook: {place} {fault}. Take the file from version control, or run it again with './kd notebook run'.");
}
