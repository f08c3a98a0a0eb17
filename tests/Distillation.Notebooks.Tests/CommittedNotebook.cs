using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Tests;

/// <summary>A notebook of the project: what it was committed with, and copies of it that tests run.</summary>
internal sealed record CommittedNotebook(string Name)
{
    /// <summary>The file.</summary>
    public string Path { get; } = System.IO.Path.Combine(Bench.Notebooks, "..", "..", "notebooks", Name);

    /// <summary>What its cells showed when it was committed.</summary>
    public IReadOnlyList<JsonNode> Outputs => OutputsOf(Path);

    /// <summary>A copy in a folder of its own, with the assemblies where the notebook looks for them.</summary>
    public string CopyTo(Bench bench)
    {
        var (notebooks, built) = (System.IO.Path.Combine(bench.Folder, "notebooks"), System.IO.Path.Combine(bench.Folder, "artifacts", "bin", "Distillation.Cli"));
        Directory.CreateDirectory(notebooks);
        Directory.CreateDirectory(built);
        Directory.CreateSymbolicLink(System.IO.Path.Combine(built, "release"), AppContext.BaseDirectory);
        var copy = System.IO.Path.Combine(notebooks, Name);
        File.Copy(Path, copy);
        return copy;
    }

    /// <summary>Where a copy keeps the results of its smoke budget.</summary>
    public string ResultsIn(Bench bench) => System.IO.Path.Combine(bench.Folder, "data", "results", System.IO.Path.GetFileNameWithoutExtension(Name), "smoke");

    /// <summary>Every output of the code cells of a file.</summary>
    public static IReadOnlyList<JsonNode> OutputsOf(string path) =>
    [
        .. from cell in JsonNode.Parse(File.ReadAllBytes(path))!["cells"]!.AsArray()
           where (string)cell!["cell_type"]! == "code"
           from output in cell["outputs"]!.AsArray()
           select output,
    ];

    /// <summary>What a notebook keeps as one text or as its lines, as one text.</summary>
    public static string Text(JsonNode? lines) => lines is JsonArray parts ? string.Concat(parts.Select(part => (string)part!)) : (string?)lines ?? "";

    /// <summary>All that outputs say in words: streams, plain text and markdown.</summary>
    public static string Said(IEnumerable<JsonNode> outputs) => string.Join('\n', outputs.SelectMany(output => new[] { output["text"], output["data"]?["text/plain"], output["data"]?["text/markdown"] }).Select(Text));
}
