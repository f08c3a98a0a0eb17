namespace Distillation.Tests;

public sealed class SummaryTests
{
    private static readonly Experiment Labels = new(Toy.Dataset, [], Toy.Network, Methods.None, Toy.Recipe, 1);
    private static readonly Experiment Kd = Labels with { Method = Methods.Hinton(), Teacher = new Source.FromFile(Toy.ResNet, "x", "ab") };

    private static RunRow Run(Experiment experiment, long seed, double last, double best = 1, string status = RunRow.Ok, string budget = "custom", string device = "cpu")
    {
        var seeded = experiment with { Seed = seed };
        return new()
        {
            Id = seeded.Id, Experiment = seeded.Text, Method = seeded.Method.Name, Seed = seed, LastAccuracy = last, BestAccuracy = best, Status = status, Budget = budget, Device = device,
        };
    }

    [Fact]
    public void Means_and_sample_deviations_are_those_of_hand()
    {
        var row = new[] { Run(Labels, 2, 0.80, 0.9), Run(Labels, 1, 0.70, 0.8), Run(Labels, 3, 0.84, 0.85) }.Summarize().Single();

        // 0.70, 0.80, 0.84: mean 0.78, squares 0.0064 + 0.0004 + 0.0036 = 0.0104, halved and rooted 0.0721110.
        Assert.Equal(0.78, row.Last.Mean, 12);
        Assert.Equal(0.07211102550927978, row.Last.Std!.Value, 12);
        Assert.Equal(0.85, row.Best.Mean, 12);
        Assert.Equal(0.05, row.Best.Std!.Value, 12);
        Assert.Equal([1L, 2L, 3L], row.Seeds);
        Assert.Null(row.OverLabels);
    }

    [Fact]
    public void The_difference_to_labels_alone_is_paired_by_seed()
    {
        var rows = new[]
        {
            Run(Labels, 1, 0.70), Run(Labels, 2, 0.80), Run(Labels, 3, 0.90),
            Run(Kd, 2, 0.83), Run(Kd, 1, 0.72), Run(Kd, 4, 0.1),
        }.Summarize();

        // Seeds 1 and 2 have a partner: 0.02 and 0.03. Their spread is far below that of either column.
        var over = rows.Single(row => row.Example.Method == "kd").OverLabels!.Value;
        Assert.Equal((0.025, 2), (Math.Round(over.Mean, 12), over.Count));
        Assert.Equal(0.0070710678118654745, over.Std!.Value, 12);
    }

    [Fact]
    public void Runs_that_did_not_end_well_are_left_out_of_means_and_pairs()
    {
        var rows = new[] { Run(Labels, 1, 0.7), Run(Labels, 2, 0.1, status: "stopped: …"), Run(Kd, 1, 0.8), Run(Kd, 2, 0.9) }.Summarize();

        Assert.Equal(new MeanStd(0.7, null, 1), rows[0].Last);
        Assert.Equal(1, rows[1].OverLabels!.Value.Count);
        Assert.Equal(0.1, rows[1].OverLabels!.Value.Mean, 12);
        Assert.Empty(new[] { Run(Labels, 1, 0.7, status: "stopped: …") }.Summarize());
    }

    [Fact]
    public void What_differs_in_more_than_the_seed_is_not_mixed()
    {
        RunRow[] runs =
        [
            Run(Labels, 1, 0.1), Run(Kd, 1, 0.2), Run(Kd with { Method = Methods.Hinton(2) }, 1, 0.3), Run(Labels with { Student = Toy.ResNet }, 1, 0.4),
            Run(Labels with { Recipe = Toy.Recipe with { Epochs = 3 } }, 1, 0.5), Run(Labels, 1, 0.6, budget: "laptop"), Run(Labels, 1, 0.7, device: "cuda:0"),
        ];

        var rows = runs.Summarize();

        Assert.Equal(runs.Select(run => run.LastAccuracy), rows.Select(row => row.Last.Mean));
        Assert.Equal([null, 0.1, 0.2, null, null, null, null], rows.Select(row => row.OverLabels is { } over ? Math.Round(over.Mean, 12) : (double?)null));
    }

    [Fact]
    public void A_run_that_lies_in_two_folders_counts_once()
    {
        RunRow[] runs = [Run(Labels, 1, 0.7), Run(Kd, 1, 0.8), Run(Labels, 2, 0.6), Run(Kd, 2, 0.9)];

        Assert.Equal(runs.Summarize(), runs.Concat(runs).Summarize());
    }

    [Fact]
    public void Percentages_are_written_with_two_decimals_and_a_deviation_where_there_is_one()
    {
        Assert.Equal("78.00 ± 7.21", MeanStd.Of([0.70, 0.80, 0.84]).Percent());
        Assert.Equal("70.00", MeanStd.Of([0.7]).Percent());
        Assert.Equal("+2.50 ± 0.71", MeanStd.Of([0.02, 0.03]).Percent(signed: true));
        Assert.Equal("-2.50 ± 0.71", MeanStd.Of([-0.02, -0.03]).Percent(signed: true));
        Assert.Equal("0.00", MeanStd.Of([-0.00001]).Percent(signed: true));
    }
}
