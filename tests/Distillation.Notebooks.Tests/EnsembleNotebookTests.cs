using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Tests;

public class EnsembleNotebookTests
{
    private static IReadOnlyList<JsonNode> Outputs(string path) =>
    [
        .. from cell in JsonNode.Parse(File.ReadAllBytes(path))!["cells"]!.AsArray()
           where (string)cell!["cell_type"]! == "code"
           from output in cell["outputs"]!.AsArray()
           select output,
    ];

    private static string Text(JsonNode? lines) => lines is JsonArray parts ? string.Concat(parts.Select(part => (string)part!)) : (string?)lines ?? "";

    private static string Said(IEnumerable<JsonNode> outputs) => string.Join('\n', outputs.SelectMany(output => new[] { output["text"], output["data"]?["text/plain"], output["data"]?["text/markdown"] }).Select(Text));

    private static string Committed(string name) => Path.Combine(Bench.Notebooks, "..", "..", "notebooks", name);

    // The notebooks find assemblies and results by paths from their own folder.
    private static string Copy(Bench bench, string name)
    {
        var (notebooks, built) = (Path.Combine(bench.Folder, "notebooks"), Path.Combine(bench.Folder, "artifacts", "bin", "Distillation.Cli"));
        Directory.CreateDirectory(notebooks);
        Directory.CreateDirectory(built);
        Directory.CreateSymbolicLink(Path.Combine(built, "release"), AppContext.BaseDirectory);
        var path = Path.Combine(notebooks, name);
        File.Copy(Committed(name), path);
        return path;
    }

    [NeedsFashionMnistTheory]
    [Trait("Category", "Slow")]
    [InlineData("03-feature-ensembles.ipynb", 12)]
    [InlineData("04-data-free.ipynb", 6)]
    public async Task The_notebook_runs_at_smoke_and_gives_the_same_file_twice(string name, int rows)
    {
        using var bench = new Bench();
        var path = Copy(bench, name);

        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        var outputs = Outputs(path);

        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget smoke", Said(outputs));
        var runs = new ResultStore(Path.Combine(bench.Folder, "data", "results", Path.GetFileNameWithoutExtension(name), "smoke")).Runs();
        Assert.Equal(rows, runs.Count);
        Assert.All(runs.Where(run => run.Method is "dafl" or "kd-noise"), run => Assert.Equal(0, run.TrainImages));

        // A second run reads what the first one kept; a third has nothing new to say.
        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        var second = File.ReadAllBytes(path);
        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        Assert.Equal(second, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("03-feature-ensembles.ipynb", 4)]
    [InlineData("04-data-free.ipynb", 4)]
    public void The_committed_notebook_is_the_laptop_s_with_pictures(string name, int pictures)
    {
        var outputs = Outputs(Committed(name));

        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget laptop", Said(outputs));
        Assert.True(outputs.Count(output => output["data"]?["image/png"] is not null) >= pictures, $"{outputs.Count(output => output["data"]?["image/png"] is not null)} pictures");
        Assert.InRange(new FileInfo(Committed(name)).Length, 100_000, 3_000_000);
    }
}
