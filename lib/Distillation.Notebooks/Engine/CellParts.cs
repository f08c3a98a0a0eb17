using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Distillation.Notebooks;

/// <summary>A piece of a cell, in the order in which pieces take effect.</summary>
/// <param name="Line">The cell's line it stands on, from 1.</param>
internal abstract record CellPart(int Line)
{
    /// <summary>C#, with empty lines in the place of everything else, so that its lines are the cell's.</summary>
    public sealed record Code(string Text, int Line) : CellPart(Line);

    /// <summary>Text to show.</summary>
    public sealed record Prose(string Mime, string Text, int Line) : CellPart(Line);

    /// <summary><c>#!import file</c>.</summary>
    public sealed record Import(string Path, int Line) : CellPart(Line);

    /// <summary><c>#r "…"</c>.</summary>
    public sealed record Reference(string Name, int Line) : CellPart(Line);

    /// <summary><c>#i "nuget: …"</c>.</summary>
    public sealed record Feed(string Source, int Line) : CellPart(Line);

    /// <summary><c>#!time</c>.</summary>
    public sealed record Time(int Line) : CellPart(Line);
}

/// <summary>From the text of a cell to its parts.</summary>
internal static partial class CellParts
{
    /// <summary>How cells are read: as a script.</summary>
    public static CSharpParseOptions Script { get; } = CSharpParseOptions.Default.WithKind(SourceCodeKind.Script).WithLanguageVersion(LanguageVersion.Latest);

    /// <summary>The parts in order.</summary>
    /// <exception cref="CellStopped">A command is unknown or lacks its argument.</exception>
    public static IReadOnlyList<CellPart> Of(string cell)
    {
        var lines = cell.ReplaceLineEndings("\n").Split('\n');
        var parts = new List<CellPart>();
        for (var start = 0; start < lines.Length;)
        {
            start = ReadCode(lines, start, parts);
        }

        return parts;
    }

    /// <summary>The C# of a cell that is perhaps still being written: commands, and prose under them, are blanks, so that every letter keeps its place.</summary>
    public static string CodeOf(string cell)
    {
        var lines = cell.Split('\n');
        for (var start = 0; start < lines.Length;)
        {
            var code = lines.Select((line, i) => i < start ? "" : line).ToArray();
            var commands = Directives(code);
            var prose = commands.Where(i => IsProse(Command().Match(code[i].Trim()).Groups["name"].Value)).Select(i => (int?)i).FirstOrDefault();
            var next = prose is { } head ? ProseEnd(lines, head) : lines.Length;
            foreach (var i in commands.Where(i => i < next).Concat(prose is { } from ? Enumerable.Range(from, next - from) : []))
            {
                lines[i] = new string(' ', lines[i].Length);
            }

            start = next;
        }

        return string.Join('\n', lines);
    }

    private static bool IsProse(string name) => name is "#!markdown" or "#!md" or "#!html";

    private static int ProseEnd(string[] lines, int head) => Enumerable.Range(head + 1, lines.Length - head - 1).FirstOrDefault(next => Switch().IsMatch(lines[next]), lines.Length);

    // Reads C# up to something that is not; gives the line to go on at.
    private static int ReadCode(string[] lines, int start, List<CellPart> parts)
    {
        var code = lines.Select((line, i) => i < start ? "" : line).ToArray();
        foreach (var i in Directives(code))
        {
            var (line, words) = (i + 1, Command().Match(code[i].Trim()));
            var (name, argument) = (words.Groups["name"].Value, words.Groups["rest"].Value.Trim());
            code[i] = "";
            switch (name)
            {
                case "#r":
                    parts.Add(new CellPart.Reference(Quoted(argument, name, line), line));
                    break;
                case "#i":
                    parts.Add(new CellPart.Feed(Quoted(argument, name, line), line));
                    break;
                case "#!time":
                    parts.Add(new CellPart.Time(line));
                    break;
                case "#!csharp" or "#!c#" or "#!C#":
                    break;
                case "#!import":
                    AddCode(parts, code, i, start);
                    parts.Add(new CellPart.Import(argument.Length > 0 ? argument.Trim('"') : throw new CellStopped("CommandError", $"Line {line}: #!import needs the name of a file."), line));
                    return i + 1;
                case var prose when IsProse(prose):
                    AddCode(parts, code, i, start);
                    var end = ProseEnd(lines, i);
                    parts.Add(new CellPart.Prose(name == "#!html" ? "text/html" : "text/markdown", string.Join('\n', lines[(i + 1)..end]).Trim('\n'), line));
                    return end;
                default:
                    throw new CellStopped("CommandError", $"Line {line}: there is no command {name} here; there are #!csharp, #!markdown, #!html, #!import, #!time, #r and #i.");
            }
        }

        AddCode(parts, code, code.Length, start);
        return lines.Length;
    }

    private static void AddCode(List<CellPart> parts, string[] code, int end, int start)
    {
        if (code[..end].Any(line => !string.IsNullOrWhiteSpace(line)))
        {
            parts.Add(new CellPart.Code(string.Join('\n', code[..end]), start + 1));
        }
    }

    // The lines that are commands: not those inside of a string or of an #if that does not hold, which is why the compiler's own reader is asked.
    private static List<int> Directives(string[] code)
    {
        if (!code.Any(line => Command().IsMatch(line.Trim())))
        {
            return [];
        }

        var tree = CSharpSyntaxTree.ParseText(string.Join('\n', code), Script);
        return
        [
            .. tree.GetRoot().DescendantTrivia(descendIntoTrivia: false)
                .Where(trivia => trivia.IsDirective && trivia.GetStructure() is DirectiveTriviaSyntax { IsActive: true })
                .Select(trivia => tree.GetText().Lines.IndexOf(trivia.SpanStart)).Where(i => Command().IsMatch(code[i].Trim())).Distinct().Order(),
        ];
    }

    private static string Quoted(string argument, string name, int line) =>
        argument is ['"', .. var inside, '"'] && inside.Length > 0 ? inside.Trim() : throw new CellStopped("CommandError", $"Line {line}: {name} needs something in quotes, such as {name} \"nuget: CsvHelper, 33.0.1\".");

    [GeneratedRegex("""^(?<name>#!\s*[\w#-]*|#r(?=[\s"]|$)|#i(?=[\s"]|$))(?<rest>.*)$""")]
    private static partial Regex Command();

    [GeneratedRegex(@"^\s*#!(csharp|c#|C#|markdown|md|html)\s*$")]
    private static partial Regex Switch();
}
