using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Distillation.Notebooks;

/// <summary>JSON as notebooks are written: one key or element to a line, characters beyond ASCII as they are. Nothing else writes indented text in the middle of a file.</summary>
internal static class IndentedJson
{
    /// <summary>The text of a node.</summary>
    /// <param name="node">The value; null is JSON's null.</param>
    /// <param name="unit">One step of indentation: a space in nbformat, none for a single line.</param>
    /// <param name="depth">How deep the node stands in its file.</param>
    public static string Render(JsonNode? node, string unit = " ", int depth = 0) => Append(new StringBuilder(), node, unit, depth).ToString();

    private static StringBuilder Append(StringBuilder text, JsonNode? node, string unit, int depth) => node switch
    {
        null => text.Append("null"),
        JsonArray array => Block(text, '[', ']', array, unit, depth, (to, item) => Append(to, item, unit, depth + 1)),
        JsonObject members => Block(text, '{', '}', members, unit, depth, (to, member) => Append(Quoted(to, member.Key).Append(unit.Length > 0 ? ": " : ":"), member.Value, unit, depth + 1)),
        JsonValue value when value.TryGetValue<string>(out var words) => Quoted(text, words),
        _ => text.Append(node.ToJsonString()),
    };

    private static StringBuilder Block<T>(StringBuilder text, char open, char close, ICollection<T> items, string unit, int depth, Action<StringBuilder, T> append)
    {
        text.Append(open);
        foreach (var (i, item) in items.Index())
        {
            Line(i > 0 ? text.Append(',') : text, unit, depth + 1);
            append(text, item);
        }

        return (items.Count > 0 ? Line(text, unit, depth) : text).Append(close);
    }

    private static StringBuilder Line(StringBuilder text, string unit, int depth) => unit.Length == 0 ? text : text.Append('\n').Insert(text.Length, unit, depth);

    private static StringBuilder Quoted(StringBuilder text, string words)
    {
        text.Append('"');
        foreach (var (i, letter) in words.Index())
        {
            _ = letter switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                _ when letter < ' ' || IsHalf(words, i) => text.Append("\\u").Append(((int)letter).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(letter),
            };
        }

        return text.Append('"');
    }

    // Half of a surrogate pair without the other half has no bytes in UTF-8.
    private static bool IsHalf(string words, int i) =>
        (char.IsHighSurrogate(words[i]) && !(i + 1 < words.Length && char.IsLowSurrogate(words[i + 1]))) ||
        (char.IsLowSurrogate(words[i]) && !(i > 0 && char.IsHighSurrogate(words[i - 1])));
}
