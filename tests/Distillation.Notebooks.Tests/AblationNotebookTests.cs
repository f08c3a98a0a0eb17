using static Distillation.Notebooks.Tests.CommittedNotebook;

namespace Distillation.Notebooks.Tests;

public class AblationNotebookTests
{
    private static CommittedNotebook Committed { get; } = new("08-your-own-ablation.ipynb");

    [NeedsFashionMnistFact]
    public async Task The_ablation_runs_at_smoke_and_resumes_to_the_same_bits()
    {
        using var bench = new Bench();
        var path = Committed.CopyTo(bench);
        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        var outputs = OutputsOf(path);
        var said = Said(outputs);
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget smoke", said);
        Assert.Contains("6 experiments, 6 of them ended well", said);
        Assert.Contains("6 rows found, 0 runs trained", said);
        Assert.Contains("goes on at step", said);
        Assert.Contains("the same, bit for bit", said);
        Assert.Contains("6 of 6 experiments of the grid are found by their ids", said);
        Assert.Equal(3, outputs.Count(output => Text(output["data"]?["text/html"]).Contains("distillation-chart", StringComparison.Ordinal)));
        var results = Committed.ResultsIn(bench);
        Assert.Equal(6 + 1 + 8 + 1, new ResultStore(results).Runs().Count);
        Assert.All(["table", "comparison"], table => Assert.All(["csv", "md", "tex"], kind => Assert.NotEqual(0, new FileInfo(Path.Combine(results, $"{table}.{kind}")).Length)));
    }

    [NeedsFashionMnistFact]
    [Trait("Category", "Slow")]
    public async Task The_ablation_gives_the_same_file_twice()
    {
        using var bench = new Bench();
        var path = Committed.CopyTo(bench);
        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        var first = File.ReadAllBytes(path);
        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        Assert.Equal(first, File.ReadAllBytes(path));
    }

    [Fact]
    public void The_committed_ablation_carries_what_the_laptop_budget_gave_with_pictures()
    {
        var outputs = Committed.Outputs;
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget laptop", Said(outputs));
        Assert.Equal(4, outputs.Count(output => output["data"]?["image/png"] is not null));
        Assert.InRange(new FileInfo(Committed.Path).Length, 100_000, 2_000_000);
    }
}
