using static Distillation.Notebooks.Tests.CommittedNotebook;

namespace Distillation.Notebooks.Tests;

public class MemoryReplayNotebookTests
{
    private static CommittedNotebook Committed { get; } = new("01-memory-replay.ipynb");

    [NeedsFashionMnistFact]
    [Trait("Category", "Slow")]
    public async Task It_runs_at_smoke_and_gives_the_same_file_twice()
    {
        using var bench = new Bench();
        var path = Committed.CopyTo(bench);

        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        var outputs = OutputsOf(path);
        var said = Said(outputs);
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("20 experiments, 20 of them ended well", said);
        Assert.Contains("MrKD", said);
        var rows = new ResultStore(Committed.ResultsIn(bench)).Runs();
        // Who counts what is corrected learns as who does not.
        Assert.Equal(rows.Single(row => row.Method == "mrkd" && row.Student == "resnet-8" && row.Seed == 1 && row.MethodText.Contains("\"copies\":{\"$type\":\"constant\",\"Value\":3}", StringComparison.Ordinal) && row.MethodText.Contains("\"temperature\":{\"$type\":\"constant\",\"Value\":3}", StringComparison.Ordinal)).LastAccuracy, rows.Single(row => row.Method == "mrkd-counted").LastAccuracy);

        var first = File.ReadAllBytes(path);
        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        Assert.Equal(first, File.ReadAllBytes(path));
    }

    [Fact]
    public void The_committed_outputs_are_the_laptop_s_with_pictures()
    {
        var outputs = Committed.Outputs;
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget laptop", Said(outputs));
        Assert.Contains("30 experiments, 30 of them ended well", Said(outputs));
        // Four methods with three seeds on spoken digits.
        Assert.Contains("12 experiments, 12 of them ended well", Said(outputs));
        Assert.Equal(12, outputs.Count(output => output["data"]?["image/png"] is not null));
        Assert.InRange(new FileInfo(Committed.Path).Length, 100_000, 5_000_000);
    }
}
