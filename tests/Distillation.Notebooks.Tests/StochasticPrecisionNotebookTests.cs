using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Tests;

public class StochasticPrecisionNotebookTests
{
    private const string Name = "05-stochastic-precision.ipynb";

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
    public async Task Every_cell_runs_at_smoke()
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
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("16 quantized runs, 16 of them ended well", Said(outputs));
        // The float networks of three tasks, eight settings, eight changed constants, four transfers and three readers with two seeds each.
        Assert.Equal(3 + (2 * (8 + 8 + 4 + 3)), new ResultStore(Path.Combine(bench.Folder, "data", "results", "05-stochastic-precision", "smoke")).Runs().Count);
    }

    [Fact]
    public void The_committed_outputs_are_the_laptop_s_with_pictures()
    {
        var outputs = Outputs(Committed);
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget laptop", Said(outputs));
        Assert.Equal(4, outputs.Count(output => output["data"]?["image/png"] is not null));
        Assert.InRange(new FileInfo(Committed).Length, 50_000, 2_000_000);
    }
}
