using System.Text.RegularExpressions;
using static Distillation.Notebooks.Tests.CommittedNotebook;

namespace Distillation.Notebooks.Tests;

public partial class MultiStageNotebookTests
{
    private static CommittedNotebook Committed { get; } = new("06-multi-stage.ipynb");

    [NeedsFashionMnistFact]
    [Trait("Category", "Slow")]
    public async Task Every_cell_runs_at_smoke_and_gives_the_same_file_twice()
    {
        using var bench = new Bench();
        var path = Committed.CopyTo(bench);

        await Runner.Run(new(path) { Budget = Budget.Smoke }, _ => { }, default);
        var outputs = OutputsOf(path);
        var said = Said(outputs);
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("12 experiments, 12 of them ended well", said);
        Assert.Contains("no run broke off", said);
        Assert.Contains("mskd-tiny-exits", said);
        // The teacher, six methods and one other setting with two seeds each.
        var runs = new ResultStore(Committed.ResultsIn(bench)).Runs();
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
        var outputs = Committed.Outputs;
        Assert.All(outputs, output => Assert.NotEqual("error", (string)output["output_type"]!));
        Assert.Contains("budget laptop", Said(outputs));
        Assert.Equal(5, outputs.Count(output => output["data"]?["image/png"] is not null));
        Assert.InRange(new FileInfo(Committed.Path).Length, 100_000, 3_000_000);
    }

    [Fact]
    public void What_is_computed_of_kept_weights_agrees_with_what_the_runs_were_judged_by()
    {
        var said = Said(Committed.Outputs);

        foreach (var method in new[] { "mskd", "oto" })
        {
            var judged = Judged().Matches(said).Single(row => row.Groups["method"].Value == method).Groups["numbers"].Value;
            var again = Voted().Matches(said).Single(row => row.Groups["method"].Value == method).Groups["numbers"].Value;
            Assert.Equal(Spaces().Replace(judged, " "), Spaces().Replace(again, " "));
        }
    }

    [Fact]
    public void Every_method_of_the_published_tables_has_a_row()
    {
        var said = Said(Committed.Outputs);

        Assert.All(
            Published.Mskd.Cifar100.Values.Concat(Published.Mskd.TinyImageNet.Values).Where(value => value.Value is not null),
            value => Assert.Matches($@"(?m)^{Regex.Escape(value.Method)}\*?\s.*\b{value.Value:0.00}\b", said));
    }

    // The last exit and the vote: at the end of the rows of every exit, and at the start of the rows of ways to vote.
    [GeneratedRegex(@"^resnet-8 +(?<method>\S+) +.*  +(?<numbers>\S+ ± \S+ +\S+ ± \S+)$", RegexOptions.Multiline)]
    private static partial Regex Judged();

    [GeneratedRegex(@"^(?<method>\S+) +(?<numbers>\S+ ± \S+ +\S+ ± \S+) +\S+ ± \S+ +\S+ ± \S+$", RegexOptions.Multiline)]
    private static partial Regex Voted();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
