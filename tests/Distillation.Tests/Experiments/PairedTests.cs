namespace Distillation.Tests;

public sealed class PairedTests
{
    private static readonly Experiment Labels = new(Toy.Dataset, [], Toy.Network, Methods.None, Toy.Recipe, 1);
    private static readonly Experiment Kd = Labels with { Method = Methods.Hinton(), Teacher = new Source.FromFile(Toy.ResNet, "x", "ab") };
    private static readonly Experiment At = Kd with { Method = Methods.At() };

    private static RunRow Run(Experiment experiment, long seed, double last, string status = RunRow.Ok)
    {
        var seeded = experiment with { Seed = seed };
        return new()
        {
            Id = seeded.Id, Experiment = seeded.Text, Method = seeded.Method.Name, MethodText = seeded.Method.Text, Seed = seed, LastAccuracy = last, Status = status,
            Teacher = seeded.Teacher is null ? null : "t", TeacherId = seeded.Teacher?.Id,
        };
    }

    [Fact]
    public void The_interval_is_that_of_Student_s_table()
    {
        var pair = new[]
        {
            Run(Kd, 1, 0.80), Run(Kd, 2, 0.70), Run(Kd, 3, 0.60), Run(At, 1, 0.81), Run(At, 2, 0.72), Run(At, 3, 0.63),
        }.Against(run => run.Method == "kd").Single();

        // Differences 0.01, 0.02, 0.03: deviation 0.01, and the table has 4.302653 for two degrees of freedom.
        Assert.Equal(0.02, pair.Difference.Mean, 12);
        Assert.Equal(4.302652729749464 * 0.01 / Math.Sqrt(3), pair.Half!.Value, 9);
        Assert.True(pair.IncludesZero);
        Assert.Equal(9.924843200918293 * 0.01 / Math.Sqrt(3), new[] { Run(Kd, 1, 0.80), Run(Kd, 2, 0.70), Run(Kd, 3, 0.60), Run(At, 1, 0.81), Run(At, 2, 0.72), Run(At, 3, 0.63) }.Against(run => run.Method == "kd", 0.99).Single().Half!.Value, 9);
    }

    [Fact]
    public void An_interval_on_one_side_of_zero_excludes_it_and_one_pair_never_does()
    {
        var sure = new[] { Run(Kd, 1, 0.80), Run(Kd, 2, 0.70), Run(Kd, 3, 0.60), Run(At, 1, 0.85), Run(At, 2, 0.7501), Run(At, 3, 0.65) }.Against(run => run.Method == "kd").Single();
        Assert.False(sure.IncludesZero);
        Assert.InRange(sure.Low!.Value, 0.049, 0.05);

        var one = new[] { Run(Kd, 1, 0.80), Run(At, 1, 0.95), Run(At, 2, 0.95) }.Against(run => run.Method == "kd").Single();
        Assert.Equal((1, null, true), (one.Difference.Count, one.Half, one.IncludesZero));
    }

    [Fact]
    public void Labels_without_a_teacher_stand_beside_any_and_other_teachers_stay_apart()
    {
        var other = At with { Teacher = new Source.FromFile(Toy.ResNet, "x", "cd") };
        RunRow[] runs = [Run(Labels, 1, 0.5), Run(Kd, 1, 0.6), Run(At, 1, 0.7), Run(other, 1, 0.8)];

        Assert.Equal([0.1, 0.2, 0.3], runs.Against(run => run.Method == "none").Select(pair => Math.Round(pair.Difference.Mean, 12)));
        Assert.Equal(["none", "at"], runs.Against(run => run.Method == "kd").Select(pair => pair.Example.Method));
    }

    [Fact]
    public void Runs_that_broke_off_have_no_partner()
    {
        Assert.Empty(new[] { Run(Kd, 1, 0.6), Run(At, 1, 0.7, "stopped: …") }.Against(run => run.Method == "kd"));
        Assert.Empty(new[] { Run(Kd, 1, 0.6, "stopped: …"), Run(At, 1, 0.7) }.Against(run => run.Method == "kd"));
    }

    [Fact]
    public void A_reference_of_two_settings_is_refused()
    {
        var warm = Kd with { Method = Methods.Hinton(temperature: 8) };
        var refusal = Assert.Throws<BadInput>(() => new[] { Run(Kd, 1, 0.6), Run(warm, 1, 0.7), Run(At, 1, 0.7) }.Against(run => run.Method == "kd"));
        Assert.Contains("must be one setting", refusal.Message);
        Assert.Throws<BadInput>(() => Array.Empty<RunRow>().Against(run => true, confidence: 1));
    }

    [Fact]
    public void Kendall_s_W_is_that_of_hand()
    {
        var ranking = new[]
        {
            Run(Labels, 1, 0.9), Run(Kd, 1, 0.8), Run(At, 1, 0.7),
            Run(Labels, 2, 0.9), Run(Kd, 2, 0.8), Run(At, 2, 0.7),
            Run(Labels, 3, 0.9), Run(Kd, 3, 0.7), Run(At, 3, 0.8), Run(At, 4, 1),
        }.Rank();

        // Sums of places 3, 7, 8 about 6: S = 14, W = 12 · 14 / (9 · 24).
        Assert.Equal([1L, 2L, 3L], ranking.Seeds);
        Assert.Equal(["none", "kd", "at"], ranking.Rows.Select(row => row.Example.Method));
        Assert.Equal([2d, 2d, 3d], ranking.Rows[1].Places);
        Assert.Equal(14 / 18d, ranking.Agreement!.Value, 12);
    }

    [Fact]
    public void Equal_accuracies_share_their_places()
    {
        var ranking = new[] { Run(Labels, 1, 0.9), Run(Kd, 1, 0.8), Run(At, 1, 0.8), Run(Labels, 2, 0.9), Run(Kd, 2, 0.8), Run(At, 2, 0.8) }.Rank();

        Assert.Equal([1, 2.5, 2.5], ranking.Rows.Select(row => row.Mean));
        // Seeds agree wholly, ties and all.
        Assert.Equal(1, ranking.Agreement!.Value, 12);
        Assert.Null(new[] { Run(Labels, 1, 0.9), Run(Kd, 1, 0.9), Run(Labels, 2, 0.9), Run(Kd, 2, 0.9) }.Rank().Agreement);
        Assert.Null(new[] { Run(Labels, 1, 0.9), Run(Kd, 1, 0.8) }.Rank().Agreement);
    }

    [Fact]
    public void Settings_without_a_common_seed_cannot_be_ranked() =>
        Assert.Contains("No seed", Assert.Throws<BadInput>(() => new[] { Run(Kd, 1, 0.6), Run(At, 2, 0.7) }.Rank()).Message);

    [Fact]
    public void Findings_tables_and_the_chart_say_when_an_interval_includes_zero()
    {
        var pairs = new[]
        {
            Run(Kd, 1, 0.80), Run(Kd, 2, 0.70), Run(Kd, 3, 0.60), Run(At, 1, 0.81), Run(At, 2, 0.72), Run(At, 3, 0.63), Run(Labels, 1, 0.5), Run(Labels, 2, 0.4), Run(Labels, 3, 0.301),
        }.Against(run => run.Method == "kd").ToList();

        Assert.Equal("at is 2.00 points above kd; the 95 % interval from -0.48 to +4.48 includes zero (3 seeds)", Findings.Interval("at", pairs.Single(pair => pair.Example.Method == "at"), "kd"));
        Assert.Equal("Of 2 rows 0 are above kd and 1 below with 95 % confidence; 1 cannot be told from it", Findings.Of(pairs, "kd"));
        var table = pairs.ToTable();
        Assert.Equal(["at", "labels"], table.Rows.Select(row => row[0].Text));
        Assert.Equal("yes", table.Rows[0][^1].Text);
        Assert.Equal("no", table.Rows[1][^1].Text);
        Assert.Equal("Of 2 rows 0 are above kd and 1 below with 95 % confidence; 1 cannot be told from it", ChartPage.Title(Figures.Intervals(pairs)).Replace("<br>", " "));
        Assert.Contains("Kendall's W", Showing.Plain(new[] { Run(Kd, 1, 0.6), Run(At, 1, 0.7), Run(Kd, 2, 0.6), Run(At, 2, 0.7) }.Rank()));
    }
}
