using System.Text.RegularExpressions;

namespace Distillation.Notebooks;

/// <summary>Polyglot's plain-text notebook: cells under lines such as <c>#!csharp</c>, no outputs.</summary>
/// <param name="Meta">The JSON under <c>#!meta</c>, or null without.</param>
/// <param name="Cells">The cells in order.</param>
public sealed partial record Dib(string? Meta, IReadOnlyList<NotebookCell> Cells)
{
    /// <summary>What <c>#!meta</c> says in a notebook of C#.</summary>
    public const string CSharpMeta = """{"kernelInfo":{"defaultKernelName":"csharp","items":[{"aliases":[],"name":"csharp"}]}}""";

    /// <summary>Reads a notebook. Text before the first heading is C#.</summary>
    public static Dib Parse(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var heads = lines.Index().Where(line => Heading().IsMatch(line.Item)).Select(line => line.Index).ToList();
        var blocks = heads.Select((head, i) => (Language: lines[head].Trim()[2..], Body: Body(lines, head + 1, i + 1 < heads.Count ? heads[i + 1] : lines.Length)));
        var first = Body(lines, 0, heads.Count > 0 ? heads[0] : lines.Length);
        var all = (first.Length > 0 ? blocks.Prepend((Language: "csharp", Body: first)) : blocks).ToList();
        return new(
            all.Where(block => block.Language == "meta").Select(block => block.Body).FirstOrDefault(),
            [.. all.Where(block => block.Language != "meta").Select(block => new NotebookCell(block.Language == "markdown" ? CellKind.Markdown : CellKind.Code, Full(block.Language), block.Body, []))]);
    }

    /// <summary>The file as Polyglot writes it.</summary>
    public string ToText() => string.Concat(
        (Meta is null ? [] : new[] { ("meta", Meta) }).Concat(Cells.Select(cell => (cell.Language, cell.Source))).Select(block => $"#!{block.Item1}\n\n{block.Item2}\n\n"));

    private static string Full(string language) => language switch { "c#" or "C#" or "cs" => "csharp", "md" => "markdown", "f#" or "F#" => "fsharp", _ => language };

    private static string Body(string[] lines, int from, int to) => string.Join('\n', lines[from..to]).Trim('\n', ' ');

    // Headings are the names of kernels; a magic command such as #!time belongs to the cell it stands in.
    [GeneratedRegex(@"^#!(meta|csharp|c#|C#|cs|markdown|md|fsharp|f#|F#|html|javascript|js|mermaid|pwsh|powershell|sql|kql|value|http|raw)\s*$")]
    private static partial Regex Heading();
}
