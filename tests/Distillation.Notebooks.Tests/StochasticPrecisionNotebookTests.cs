using static Distillation.Notebooks.Tests.CommittedNotebook;

namespace Distillation.Notebooks.Tests;

public class StochasticPrecisionNotebookTests
{
    private static CommittedNotebook Committed { get; } = new("05-stochastic-precision.ipynb");

    [NeedsFashionMnistFact]
    [Trait("Category", "Slow")]
    public async Task Every_cell_runs_at_smoke()
    {
        using var bench = new Bench();
        var path = Committed.CopyTo(bench);

        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);

        var outputs = OutputsOf(path);
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("16 quantized runs, 16 of them ended well", Said(outputs));
        // The float networks of three tasks, eight settings, eight changed constants, four transfers and three readers with two seeds each.
        Assert.Equal(3 + (2 * (8 + 8 + 4 + 3)), new ResultStore(Committed.ResultsIn(bench)).Runs().Count);
    }

    [Fact]
    public void The_committed_outputs_are_the_laptop_s_with_pictures()
    {
        var outputs = Committed.Outputs;
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget laptop", Said(outputs));
        Assert.Equal(4, outputs.Count(output => output["data"]?["image/png"] is not null));
        Assert.InRange(new FileInfo(Committed.Path).Length, 50_000, 2_000_000);
    }
}
