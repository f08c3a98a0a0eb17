using System.IO.Enumeration;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Jupyter;

/// <summary>What was executed in this kernel; it is forgotten with it.</summary>
internal sealed class History
{
    private const int Session = 1;

    private readonly List<Entry> entries = [];

    /// <summary>Remembers a cell.</summary>
    /// <param name="count">Its number.</param>
    /// <param name="code">Its text.</param>
    /// <param name="result">Its value as text, or null.</param>
    public void Add(int count, string code, string? result) => entries.Add(new(count, code, result));

    /// <summary>The answer to a history_request: the last ones (tail), those of numbers (range), or those that match a pattern (search).</summary>
    public JsonObject Reply(JsonElement request)
    {
        var output = request.Flag("output", false);
        var last = request.Number("n", int.MaxValue);
        var chosen = request.Text("hist_access_type") switch
        {
            "tail" => entries.TakeLast(last),
            "range" when request.Number("session", 0) is 0 or Session =>
                entries.Where(entry => entry.Count >= request.Number("start", 0) && entry.Count < request.Number("stop", int.MaxValue)),
            "search" => Search(request.Find("pattern") is { ValueKind: JsonValueKind.String } pattern ? pattern.GetString()! : "*", request.Flag("unique", false)).TakeLast(last),
            _ => [],
        };
        return new()
        {
            ["status"] = "ok",
            ["history"] = new JsonArray([.. chosen.Select(entry => (JsonNode)new JsonArray(Session, entry.Count, output ? new JsonArray(entry.Code, entry.Result) : entry.Code))]),
        };
    }

    private IEnumerable<Entry> Search(string pattern, bool unique)
    {
        var matching = entries.Where(entry => FileSystemName.MatchesSimpleExpression(pattern, entry.Code, ignoreCase: false));
        return unique ? matching.Reverse().DistinctBy(entry => entry.Code).Reverse() : matching;
    }

    private sealed record Entry(int Count, string Code, string? Result);
}
