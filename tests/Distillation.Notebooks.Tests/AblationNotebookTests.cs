using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Tests;

public class AblationNotebookTests
{
    private const string Name = "08-your-own-ablation.ipynb";

    private static string Committed { get; } = Path.Combine(Bench.Notebooks, "..", "..", "notebooks", Name);

    private static IReadOnlyList<JsonNode> Outputs(string path) =>
    [
        .. from cell in JsonNode.Parse(File.ReadAllBytes(path))!["cells"]!.AsArray()
           where (string)cell!["cell_type"]! == "code"
           from output in cell["outputs"]!.AsArray()
           select output,
    ];

    private static string Text(JsonNode? lines) => lines is JsonArray parts ? string.Concat(parts.Select(part => (string)part!)) : (string?)lines ?? "";

    private static string Said(IEnumerable<JsonNode> outputs) => string.Join('\n', outputs.SelectMany(output => new[] { output["text"], output["data"]?["text/plain"], output["data"]?["text/markdown"] }).Select(Text));

    // The notebook finds assemblies and results by paths from its own folder.
    private static string Copy(Bench bench)
    {
        var (notebooks, built) = (Path.Combine(bench.Folder, "notebooks"), Path.Combine(bench.Folder, "artifacts", "bin", "Distillation.Cli"));
        Directory.CreateDirectory(notebooks);
        Directory.CreateDirectory(built);
        Directory.CreateSymbolicLink(Path.Combine(built, "release"), AppContext.BaseDirectory);
        var path = Path.Combine(notebooks, Name);
        File.Copy(Committed, path);
        return path;
    }

    [NeedsFashionMnistFact]
    public async Task The_ablation_runs_at_smoke_and_resumes_to_the_same_bits()
    {
        using var bench = new Bench();
        var path = Copy(bench);
        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        var outputs = Outputs(path);
        var said = Said(outputs);
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget smoke", said);
        Assert.Contains("6 experiments, 6 of them ended well", said);
        Assert.Contains("6 rows found, 0 runs trained", said);
        Assert.Contains("goes on at step", said);
        Assert.Contains("the same, bit for bit", said);
        Assert.Contains("6 of 6 experiments of the grid are found by their ids", said);
        Assert.Equal(3, outputs.Count(output => Text(output["data"]?["text/html"]).Contains("distillation-chart", StringComparison.Ordinal)));
        var results = Path.Combine(bench.Folder, "data", "results", "08-your-own-ablation", "smoke");
        Assert.Equal(6 + 1 + 8 + 1, new ResultStore(results).Runs().Count);
        Assert.All(["table", "comparison"], table => Assert.All(["csv", "md", "tex"], kind => Assert.NotEqual(0, new FileInfo(Path.Combine(results, $"{table}.{kind}")).Length)));
    }

    [NeedsFashionMnistFact]
    [Trait("Category", "Slow")]
    public async Task The_ablation_gives_the_same_file_twice()
    {
        using var bench = new Bench();
        var path = Copy(bench);
        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        var first = File.ReadAllBytes(path);
        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        Assert.Equal(first, File.ReadAllBytes(path));
    }

    [Fact]
    public void The_committed_ablation_carries_what_the_laptop_budget_gave_with_pictures()
    {
        var outputs = Outputs(Committed);
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget laptop", Said(outputs));
        Assert.Equal(4, outputs.Count(output => output["data"]?["image/png"] is not null));
        Assert.InRange(new FileInfo(Committed).Length, 100_000, 2_000_000);
    }
}
