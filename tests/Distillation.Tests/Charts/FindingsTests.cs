namespace Distillation.Tests;

public sealed class FindingsTests
{
    [Fact]
    public void A_difference_larger_than_its_deviation_is_told_with_both() =>
        Assert.Equal("kd is 1.20 ± 0.30 points above labels", Findings.Difference("kd", new(0.012, 0.003, 3), "labels"));

    [Fact]
    public void A_loss_is_told_as_one() => Assert.Equal("at is 0.50 ± 0.10 points below labels", Findings.Difference("at", new(-0.005, 0.001, 3), "labels"));

    [Fact]
    public void A_difference_within_its_deviation_is_not_told_as_one() =>
        Assert.Equal("kd and labels differ by no more than their seeds do (+0.10 ± 0.30 points)", Findings.Difference("kd", new(0.001, 0.003, 3), "labels"));

    [Fact]
    public void One_seed_is_said() => Assert.Equal("kd is 1.20 points above labels (one seed)", Findings.Difference("kd", new(0.012, null, 1), "labels"));

    [Fact]
    public void The_best_is_named_with_its_lead_only_where_there_is_one()
    {
        Assert.Equal("b is best with 72.00 ± 0.10 %, 2.00 points above a", Findings.Best([("a", new(0.70, 0.001, 3)), ("b", new(0.72, 0.001, 3))]));
        Assert.Equal("b (70.10 ± 0.50 %) and a (70.00 ± 0.20 %) lead, too close to tell apart", Findings.Best([("a", new(0.70, 0.002, 3)), ("b", new(0.701, 0.005, 3))]));
        Assert.Equal("a reaches 70.00 %", Findings.Best([("a", new(0.70, null, 1))]));
    }

    [Fact]
    public void Without_a_comparable_row_no_difference_is_claimed()
    {
        Assert.Equal(
            "Ours beside the published numbers, whose protocol is another: no difference is taken",
            Findings.Of(Sample.Comparison with { Rows = [Sample.Comparison.Rows[1]] }));
        Assert.Equal("Nothing of this table was run here", Findings.Of(Sample.Comparison with { Rows = [Sample.Comparison.Rows[2]] }));
    }
}
