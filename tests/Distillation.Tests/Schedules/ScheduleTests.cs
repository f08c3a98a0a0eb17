using System.Text.Json;

namespace Distillation.Tests;

public sealed class ScheduleTests
{
    private static readonly Schedule[] Kinds =
    [
        new Schedule.Constant(0.1),
        new Schedule.MultiStep(0.05, 0.1, [0.625, 0.75, 0.875]),
        new Schedule.MultiStep(0.05, 0.1, []),
        new Schedule.Cosine(0.1, 0.001),
        new Schedule.Linear(0.1, 0.02),
        new Schedule.Polynomial(0.1, 0.9, 0.01),
        new Schedule.Join(0.5, 0.25, new Schedule.Cosine(0.1)),
        new Schedule.Stairs(new Schedule.Cosine(0.1), 30),
        Schedule.Step(0.1, 0.1, 0.3),
        Schedule.OneCycle(0.1),
        Schedule.OneCycle(0.1, linear: true),
        new Schedule.Cosine(0.1).AfterWarmUp(0.05),
        new Schedule.Linear(0, 1).Until(0.3, 1).Until(0.9, new Schedule.Stairs(Schedule.Step(1, 0.5, 0.1), 7)),
    ];

    public static TheoryData<int> All => [.. Enumerable.Range(0, Kinds.Length)];

    [Theory]
    [MemberData(nameof(All))]
    public void A_schedule_survives_JSON_as_an_equal_value(int index)
    {
        var text = JsonSerializer.Serialize(Kinds[index]);
        var back = JsonSerializer.Deserialize<Schedule>(text)!;
        Assert.Equal(Kinds[index], back);
        Assert.Equal(Kinds[index].GetHashCode(), back.GetHashCode());
        Assert.Equal(text, JsonSerializer.Serialize(back));
        Assert.Equal(Points().Select(Kinds[index].At), Points().Select(back.At));
        Assert.Single(Kinds, other => other == back);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Before_the_start_and_after_the_end_the_value_there_stays(int index)
    {
        var schedule = Kinds[index];
        Assert.All([-1e-9, -0.5, -1000, double.NegativeInfinity], t => Assert.Equal(schedule.At(0), schedule.At(t)));
        Assert.All([1 + 1e-9, 1.5, 1000, double.PositiveInfinity], t => Assert.Equal(schedule.At(1), schedule.At(t)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_value_is_a_number(int index) => Assert.All(Points(), t => Assert.True(double.IsFinite(Kinds[index].At(t)) && Kinds[index].At(t) >= 0));

    [Theory]
    [MemberData(nameof(All))]
    public void A_multiple_is_the_multiple_at_every_point(int index) =>
        Assert.All(Points(), t => Assert.Equal(3.5 * Kinds[index].At(t), Kinds[index].Times(3.5).At(t), 1e-12));

    [Fact]
    public void A_number_is_a_constant_schedule()
    {
        Schedule schedule = 0.25;
        Assert.Equal(new Schedule.Constant(0.25), schedule);
        Assert.All(Points(), t => Assert.Equal(0.25, schedule.At(t)));
    }

    [Fact]
    public void A_point_of_progress_belongs_to_what_follows_it()
    {
        var steps = new Schedule.MultiStep(1, 0.1, [0.5]);
        Assert.Equal([1, 0.1, 0.1], new[] { 0.4999, 0.5, 0.5001 }.Select(steps.At));
        var join = new Schedule.Constant(1).Until(0.5, 2);
        Assert.Equal([1, 2, 2], new[] { 0.4999, 0.5, 0.5001 }.Select(join.At));
    }

    [Fact]
    public void No_step_is_lost_to_rounding() =>
        // Many of the products every * i lie above the quotient that a run of n steps computes, as 3 * 0.1 lies above 3 / 10.
        Law.Holds(Law.Whole(1, 60), Law.Whole(1, 8), (steps, length) =>
        {
            var total = steps * length;
            var step = Schedule.Step(1, 0.5, (double)length / total);
            var joins = Enumerable.Range(1, steps - 1).Select(i => new Schedule.Constant(1).Until(i * (1.0 / steps), 2)).ToArray();
            return Enumerable.Range(0, total).All(k =>
                step.At((double)k / total) == Math.Pow(0.5, k / length)
                && joins.Select((join, i) => join.At((double)k / total) == (k < (i + 1) * length ? 1 : 2)).All(right => right)
                && new Schedule.Stairs(new Schedule.Linear(0, total), total).At((double)k / total) is var stair && Math.Abs(stair - k) < 1e-6);
        });

    [Fact]
    public void A_join_is_the_first_part_stretched_then_the_second()
    {
        Schedule first = new Schedule.Linear(1, 3), second = new Schedule.Cosine(5, 1);
        Law.Holds(Law.Number(0.05, 0.95), Law.Number(0, 0.999), (point, t) =>
            Near(first.Until(point, second).At(t * point), first.At(t)) && Near(first.Until(point, second).At(point + (t * (1 - point))), second.At(t)));
        Assert.Equal(second.At(0.3), first.Until(0, second).At(0.3), 12);
        Assert.Equal(first.At(0.3), first.Until(1, second).At(0.3), 12);
        Assert.Equal(second.At(1), first.Until(1, second).At(1), 12);
    }

    [Fact]
    public void A_warm_up_rises_along_a_line_to_where_the_schedule_begins()
    {
        var warm = new Schedule.Cosine(0.4, 0.1).AfterWarmUp(0.2, start: 0.04);
        Assert.Equal(0.04, warm.At(0), 12);
        Assert.Equal(0.22, warm.At(0.1), 12);
        Assert.Equal(0.4, warm.At(0.2), 12);
        Assert.Equal(0.25, warm.At(0.6), 12);
        Assert.Equal(0.1, warm.At(1), 12);
    }

    [Fact]
    public void Stairs_hold_a_value_over_each_of_their_parts()
    {
        var inner = new Schedule.Cosine(1);
        var stairs = new Schedule.Stairs(inner, 8);
        Law.Holds(Law.Whole(0, 7), Law.Number(0, 0.999), (part, within) => Near(stairs.At((part + within) / 8), inner.At(part / 8.0)));
        Assert.Equal(inner.At(1), stairs.At(1), 12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.5)]
    [InlineData(30)]
    [InlineData(double.NaN)]
    public void A_step_that_is_no_part_of_progress_is_refused(double every) =>
        Assert.Contains("30 of 90 epochs are 30.0 / 90", Assert.Throws<BadInput>(() => Schedule.Step(0.1, 0.1, every)).Message);

    private static IEnumerable<double> Points() => Enumerable.Range(0, 101).Select(i => i / 100.0);

    private static bool Near(double expected, double actual) => Math.Abs(expected - actual) <= 1e-9 * Math.Max(1, Math.Abs(expected));
}
