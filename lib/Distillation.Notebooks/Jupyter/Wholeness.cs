using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Distillation.Notebooks.Jupyter;

/// <summary>Whether a text can be executed as it stands, or whoever types it is still at it.</summary>
internal static class Wholeness
{
    private const string Indent = "    ";

    /// <summary>The answer to an is_complete_request.</summary>
    /// <param name="code">The text as it was typed.</param>
    /// <param name="tree">The same as a script's tree, commands left out.</param>
    public static JsonObject Reply(string code, SyntaxTree tree) => SyntaxFactory.IsCompleteSubmission(tree) switch
    {
        false => new() { ["status"] = "incomplete", ["indent"] = NextIndent(code) },
        true when tree.GetDiagnostics().Any(one => one.Severity == DiagnosticSeverity.Error) => new() { ["status"] = "invalid" },
        true => new() { ["status"] = "complete" },
    };

    // That of the last line, and a step more behind an opening brace.
    private static string NextIndent(string code)
    {
        var line = code.TrimEnd('\n', '\r').Split('\n')[^1];
        return line[..^line.TrimStart().Length] + (line.TrimEnd() is [.., '{' or '(' or '['] ? Indent : "");
    }
}
