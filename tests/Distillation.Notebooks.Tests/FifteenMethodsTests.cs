using static Distillation.Notebooks.Tests.CommittedNotebook;

namespace Distillation.Notebooks.Tests;

public class FifteenMethodsTests
{
    private static CommittedNotebook Committed { get; } = new("07-fifteen-methods.ipynb");

    [NeedsFashionMnistFact]
    [Trait("Category", "Slow")]
    public async Task The_fifteen_run_at_smoke_and_give_the_same_file_twice()
    {
        using var bench = new Bench();
        var path = Committed.CopyTo(bench);

        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        var outputs = OutputsOf(path);
        var said = Said(outputs);
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("32 experiments, 32 of them ended well", said);
        Assert.Contains("no run broke off", said);
        Assert.Contains("Kendall's W", said);
        Assert.Contains("17 pairs", said);
        // The teacher, sixteen settings and two combined ones with two seeds each.
        Assert.Equal(1 + (2 * (16 + 2)), new ResultStore(Committed.ResultsIn(bench)).Runs().Count);

        var first = File.ReadAllBytes(path);
        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        Assert.Equal(first, File.ReadAllBytes(path));
    }

    [Fact]
    public void The_committed_table_is_the_laptop_s_with_pictures()
    {
        var outputs = Committed.Outputs;
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget laptop", Said(outputs));
        Assert.Equal(3, outputs.Count(output => output["data"]?["image/png"] is not null));
        Assert.InRange(new FileInfo(Committed.Path).Length, 100_000, 2_000_000);
    }
}
