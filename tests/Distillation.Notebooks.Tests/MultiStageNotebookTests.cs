using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Tests;

public class MultiStageNotebookTests
{
    private const string Name = "06-multi-stage.ipynb";

    private static string Committed { get; } = Path.Combine(Bench.Notebooks, "..", "..", "notebooks", Name);

    private static IReadOnlyList<JsonNode> Outputs(string path) =>
    [
        .. from cell in JsonNode.Parse(File.ReadAllBytes(path))!["cells"]!.AsArray()
           where (string)cell!["cell_type"]! == "code"
           from output in cell["outputs"]!.AsArray()
           select output,
    ];

    private static string Said(IEnumerable<JsonNode> outputs) =>
        string.Join('\n', outputs.Select(output => output["data"]?["text/plain"]).Select(lines => lines is JsonArray parts ? string.Concat(parts.Select(part => (string)part!)) : (string?)lines ?? ""));

    [NeedsFashionMnistFact]
    [Trait("Category", "Slow")]
    public async Task Every_cell_runs_at_smoke_and_gives_the_same_file_twice()
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
        Assert.Contains("12 experiments, 12 of them ended well", said);
        Assert.Contains("no run broke off", said);
        Assert.Contains("mskd-tiny-exits", said);
        // The teacher, six methods and one other setting with two seeds each.
        var runs = new ResultStore(Path.Combine(bench.Folder, "data", "results", "06-multi-stage", "smoke")).Runs();
        Assert.Equal(1 + (2 * (6 + 1)), runs.Count);
        // TSKD, MSKD, OtO and OtO*, the other setting, and the teacher tell what their exits reach.
        Assert.Equal(1 + (2 * (4 + 1)), runs.Count(run => run.ByExit().Count == 4));

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
        Assert.Equal(5, outputs.Count(output => output["data"]?["image/png"] is not null));
        Assert.InRange(new FileInfo(Committed).Length, 100_000, 3_000_000);
    }
}
