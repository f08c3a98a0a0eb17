using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis.CSharp;

namespace Distillation.Notebooks.Jupyter;

/// <summary>Contents of messages.</summary>
internal static class Replies
{
    /// <summary>Done.</summary>
    public static JsonObject Ok() => new() { ["status"] = "ok" };

    /// <summary>What went wrong.</summary>
    public static JsonObject Error(CellFault fault) => new()
    {
        ["status"] = "error",
        ["ename"] = fault.Name,
        ["evalue"] = fault.Message,
        ["traceback"] = new JsonArray([.. fault.Trace.Select(line => (JsonNode)line)]),
    };

    /// <summary>What this kernel is.</summary>
    public static JsonObject KernelInfo()
    {
        var version = typeof(Replies).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "1.0";
        var language = LanguageVersion.Latest.MapSpecifiedToEffectiveVersion().ToDisplayString();
        return new()
        {
            ["status"] = "ok",
            ["protocol_version"] = Message.Version,
            ["implementation"] = "distillation-csharp",
            ["implementation_version"] = version,
            ["language_info"] = new JsonObject
            {
                ["name"] = "C#",
                ["version"] = language,
                ["mimetype"] = "text/x-csharp",
                ["file_extension"] = ".cs",
                ["pygments_lexer"] = "csharp",
                ["codemirror_mode"] = "text/x-csharp",
            },
            ["banner"] = $"C# {language} on .NET {Environment.Version}, by Roslyn's scripting; #r \"path\" references an assembly, the last expression of a cell is its value.",
            ["debugger"] = false,
            ["help_links"] = new JsonArray(),
        };
    }

    /// <summary>The forms of a value: JSON as JSON, everything else as text.</summary>
    public static JsonObject Data(MimeBundle bundle) => new(bundle.Forms.DistinctBy(form => form.Mime).Select(form => KeyValuePair.Create(form.Mime, Value(form.Mime, form.Text))));

    private static JsonNode? Value(string mime, string text)
    {
        try
        {
            return mime.EndsWith("json", StringComparison.Ordinal) ? JsonNode.Parse(text) : text;
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
