using static Distillation.Notebooks.Tests.CommittedNotebook;

namespace Distillation.Notebooks.Tests;

public class EnsembleNotebookTests
{
    [NeedsFashionMnistTheory]
    [Trait("Category", "Slow")]
    [InlineData("03-feature-ensembles.ipynb", 12)]
    [InlineData("04-data-free.ipynb", 7)]
    public async Task The_notebook_runs_at_smoke_and_gives_the_same_file_twice(string name, int rows)
    {
        using var bench = new Bench();
        var path = new CommittedNotebook(name).CopyTo(bench);

        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        var outputs = OutputsOf(path);

        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget smoke", Said(outputs));
        var runs = new ResultStore(new CommittedNotebook(name).ResultsIn(bench)).Runs();
        Assert.Equal(rows, runs.Count);
        Assert.All(runs.Where(run => run.Method is "dafl" or "kd-noise" or "kd-meta"), run => Assert.Equal(0, run.TrainImages));

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
        var outputs = new CommittedNotebook(name).Outputs;

        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget laptop", Said(outputs));
        // The paper's other networks are queries that wait for a larger budget.
        Assert.Contains("not run at this budget", Said(outputs));
        Assert.True(outputs.Count(output => output["data"]?["image/png"] is not null) >= pictures, $"{outputs.Count(output => output["data"]?["image/png"] is not null)} pictures");
        Assert.InRange(new FileInfo(new CommittedNotebook(name).Path).Length, 100_000, 3_000_000);
    }
}
