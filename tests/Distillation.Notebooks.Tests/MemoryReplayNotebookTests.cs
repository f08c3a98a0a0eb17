using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Tests;

public class MemoryReplayNotebookTests
{
    private const string Name = "01-memory-replay.ipynb";

    private static string Committed { get; } = Path.Combine(Bench.Notebooks, "..", "..", "notebooks", Name);

    private static IReadOnlyList<JsonNode> Outputs(string path) =>
    [
        .. from cell in JsonNode.Parse(File.ReadAllBytes(path))!["cells"]!.AsArray()
           where (string)cell!["cell_type"]! == "code"
           from output in cell["outputs"]!.AsArray()
           select output,
    ];

    private static string Said(IEnumerable<JsonNode> outputs) => string.Join('\n', outputs
        .Select(output => output["data"]?["text/plain"] ?? output["data"]?["text/markdown"])
        .Select(lines => lines is JsonArray parts ? string.Concat(parts.Select(part => (string)part!)) : (string?)lines ?? ""));

    [NeedsFashionMnistFact]
    [Trait("Category", "Slow")]
    public async Task It_runs_at_smoke_and_gives_the_same_file_twice()
    {
        using var bench = new Bench();
        var (notebooks, built) = (Path.Combine(bench.Folder, "notebooks"), Path.Combine(bench.Folder, "artifacts", "bin", "Distillation.Cli"));
        Directory.CreateDirectory(notebooks);
        Directory.CreateDirectory(built);
        Directory.CreateSymbolicLink(Path.Combine(built, "release"), AppContext.BaseDirectory);
        var path = Path.Combine(notebooks, Name);
        File.Copy(Committed, path);

        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        var outputs = Outputs(path);
        var said = Said(outputs);
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("20 experiments, 20 of them ended well", said);
        Assert.Contains("MrKD", said);
        var rows = new ResultStore(Path.Combine(bench.Folder, "data", "results", "01-memory-replay", "smoke")).Runs();
        // Who counts what is corrected learns as who does not.
        Assert.Equal(rows.Single(row => row.Method == "mrkd" && row.Student == "resnet-8" && row.Seed == 1 && row.MethodText.Contains("\"copies\":{\"$type\":\"constant\",\"Value\":3}", StringComparison.Ordinal) && row.MethodText.Contains("\"temperature\":{\"$type\":\"constant\",\"Value\":3}", StringComparison.Ordinal)).LastAccuracy, rows.Single(row => row.Method == "mrkd-counted").LastAccuracy);

        var first = File.ReadAllBytes(path);
        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        Assert.Equal(first, File.ReadAllBytes(path));
    }

    [Fact]
    public void The_committed_outputs_are_the_laptop_s_with_pictures()
    {
        var outputs = Outputs(Committed);
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget laptop", Said(outputs));
        Assert.Contains("30 experiments, 30 of them ended well", Said(outputs));
        // Four methods with three seeds on spoken digits.
        Assert.Contains("12 experiments, 12 of them ended well", Said(outputs));
        Assert.Equal(12, outputs.Count(output => output["data"]?["image/png"] is not null));
        Assert.InRange(new FileInfo(Committed).Length, 100_000, 5_000_000);
    }
}
