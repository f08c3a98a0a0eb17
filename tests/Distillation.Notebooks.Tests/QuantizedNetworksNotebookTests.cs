using static Distillation.Notebooks.Tests.CommittedNotebook;

namespace Distillation.Notebooks.Tests;

public class QuantizedNetworksNotebookTests
{
    private static CommittedNotebook Committed { get; } = new("02-quantized-networks.ipynb");

    [NeedsFashionMnistFact]
    [Trait("Category", "Slow")]
    public async Task Every_cell_runs_at_smoke()
    {
        using var bench = new Bench();
        var path = Committed.CopyTo(bench);

        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);

        var outputs = OutputsOf(path);
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("16 experiments, 16 of them ended well", Said(outputs));
        // Float networks, labels and teachers: 2 each; the sweep: 16; other teachers and their pupils: 6; other shapes: 4; other options: 14.
        Assert.Equal(6 + 16 + 6 + 4 + 14, new ResultStore(Committed.ResultsIn(bench)).Runs().Count);
    }

    [Fact]
    public void The_committed_outputs_are_the_laptop_s_with_pictures()
    {
        var outputs = Committed.Outputs;
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget laptop", Said(outputs));
        Assert.Equal(9, outputs.Count(output => output["data"]?["image/png"] is not null));
        Assert.InRange(new FileInfo(Committed.Path).Length, 50_000, 3_000_000);
    }
}
