using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Jupyter;

/// <summary>A message of the protocol, coming or going.</summary>
/// <param name="Identities">The frames by which a router knows who it came from or goes to; one topic for what is published.</param>
/// <param name="Header">Who sent what when: msg_id, msg_type, session, username, date, version.</param>
/// <param name="Parent">The header of the message that this one answers; an empty object where it answers none.</param>
/// <param name="Metadata">Nothing here uses it.</param>
/// <param name="Content">What the type says it must have.</param>
internal sealed record Message(IReadOnlyList<byte[]> Identities, JsonElement Header, JsonElement Parent, JsonElement Metadata, JsonElement Content)
{
    /// <summary>The version of the protocol that is spoken here.</summary>
    public const string Version = "5.3";

    // No page shows this as HTML before it was read as JSON.
    private static readonly JsonSerializerOptions json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonElement nothing = JsonSerializer.SerializeToElement(new JsonObject());

    /// <summary>The type, such as execute_request.</summary>
    public string Type => Header.Text("msg_type");

    /// <summary>What the sender calls it.</summary>
    public string Id => Header.Text("msg_id");

    /// <summary>The type of the answer.</summary>
    public string ReplyType => Type.EndsWith("_request", StringComparison.Ordinal) ? $"{Type[..^"request".Length]}reply" : Type;

    /// <summary>A new message.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="content">Its content.</param>
    /// <param name="session">The sender.</param>
    /// <param name="parent">What it answers.</param>
    /// <param name="identities">Whom it goes to.</param>
    public static Message New(string type, JsonObject content, string session, Message? parent = null, params IReadOnlyList<byte[]> identities)
    {
        var header = new JsonObject
        {
            ["msg_id"] = Guid.NewGuid().ToString("N"),
            ["msg_type"] = type,
            ["session"] = session,
            ["username"] = "kernel",
            ["date"] = DateTime.UtcNow.ToString("o", CultureInfo.InvariantCulture),
            ["version"] = Version,
        };
        return new(identities, JsonSerializer.SerializeToElement(header), parent?.Header ?? nothing, nothing, JsonSerializer.SerializeToElement(content, json));
    }
}

/// <summary>A message lacks what its type must have, or has it in another form.</summary>
internal sealed class MalformedMessage(string sentence) : Exception(sentence);

/// <summary>Reading contents.</summary>
internal static class Contents
{
    /// <exception cref="MalformedMessage">There is no such text.</exception>
    public static string Text(this JsonElement content, string name) =>
        content.Find(name) is { ValueKind: JsonValueKind.String } value && Whole(value) is { } text ? text : throw new MalformedMessage($"The message has no text '{name}'.");

    /// <exception cref="MalformedMessage">It is there and something else than true or false.</exception>
    public static bool Flag(this JsonElement content, string name, bool otherwise) => content.Find(name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => otherwise,
        { ValueKind: JsonValueKind.True or JsonValueKind.False } value => value.GetBoolean(),
        _ => throw new MalformedMessage($"'{name}' of the message is neither true nor false."),
    };

    /// <summary>A whole number, or <paramref name="otherwise"/> without it.</summary>
    public static int Number(this JsonElement content, string name, int otherwise) =>
        content.Find(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : otherwise;

    /// <summary>A member of an object, or null.</summary>
    public static JsonElement? Find(this JsonElement content, string name) => content.ValueKind == JsonValueKind.Object && content.TryGetProperty(name, out var value) ? value : null;

    // Half of a surrogate pair is no text.
    private static string? Whole(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
