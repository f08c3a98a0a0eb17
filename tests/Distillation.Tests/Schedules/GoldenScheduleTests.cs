using System.Text.Json;

namespace Distillation.Tests;

/// <summary>Every schedule against the one of the same name in PyTorch, rate by rate.</summary>
public sealed class GoldenScheduleTests
{
    private static readonly IReadOnlyList<JsonElement> All = [.. Golden.Read("schedules.json").GetProperty("schedules").EnumerateArray()];

    public static TheoryData<string> Names => [.. All.Select(golden => golden.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_rate_of_every_step_is_PyTorchs(string name)
    {
        var (schedule, expected) = Named(name);
        Golden.Close(expected, [.. Enumerable.Range(0, expected.Length).Select(k => schedule.At((double)k / expected.Length))], relative: 1e-9, absolute: 1e-13, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void In_stairs_the_rate_of_every_batch_is_that_of_its_epoch_in_PyTorch(string name)
    {
        var (schedule, expected) = Named(name);
        var stairs = new Schedule.Stairs(schedule, expected.Length);
        foreach (var batches in new[] { 1, 3, 7, 391 })
        {
            var total = expected.Length * batches;
            Golden.Close(
                [.. expected.SelectMany(rate => Enumerable.Repeat(rate, batches))], [.. Enumerable.Range(0, total).Select(k => stairs.At((double)k / total))],
                relative: 1e-9, absolute: 1e-13, name);
        }
    }

    // The schedule as a user would write it for a run of as many steps as there are rates.
    private static (Schedule Schedule, double[] Rates) Named(string name)
    {
        var golden = All.Single(g => g.GetProperty("name").GetString() == name);
        var (lr, total) = (Number("lr"), Number("total"));
        Schedule schedule = golden.GetProperty("kind").GetString() switch
        {
            // PyTorch peaks at step rise · n - 1 and ends with step n - 1; what would follow is not taken.
            "one_cycle" => Schedule.OneCycle(
                lr, ((Number("pct_start") * total) - 1) / (total - 1), Number("div_factor"), Number("final_div_factor"), golden.GetProperty("anneal").GetString() == "linear")
                .Until((total - 1) / total, lr / Number("div_factor") / Number("final_div_factor")),
            "join" => Joined(golden, lr, total),
            _ => Part(golden, lr, total),
        };
        return (schedule, Golden.Numbers(golden.GetProperty("values")));

        double Number(string setting) => golden.GetProperty(setting).GetDouble();
    }

    // One part over a number of steps, whatever comes after it.
    private static Schedule Part(JsonElement part, double lr, double steps)
    {
        return part.GetProperty("kind").GetString() switch
        {
            "constant" => lr,
            "step" => Schedule.Step(lr, Number("factor"), Number("every") / steps),
            "multi_step" => new Schedule.MultiStep(lr, Number("factor"), [.. Golden.Numbers(part.GetProperty("milestones")).Select(m => m / steps)]),
            "cosine" => Over(new Schedule.Cosine(lr, Number("floor"))),
            "linear" => Over(new Schedule.Linear(lr * Number("start_factor"), lr * Number("end_factor"))),
            "polynomial" => Over(new Schedule.Polynomial(lr, Number("power"))),
            var other => throw new InvalidOperationException($"schedules.json has a schedule that this file cannot build: {other}"),
        };

        double Number(string name) => part.GetProperty(name).GetDouble();

        // A curve of PyTorch's ends after its own number of steps and then stays.
        Schedule Over(Schedule curve) => Number("over") >= steps ? curve : curve.Until(Number("over") / steps, curve.At(1));
    }

    private static Schedule Joined(JsonElement golden, double lr, double total)
    {
        double[] starts = [0, .. Golden.Numbers(golden.GetProperty("milestones")), total];
        var parts = golden.GetProperty("parts").EnumerateArray().Select((part, i) => Part(part, lr, starts[i + 1] - starts[i])).ToArray();
        // From the last join to the first: everything behind a point, over what is left of the run.
        return Enumerable.Range(0, parts.Length - 1).Reverse().Aggregate(parts[^1], (rest, i) => parts[i].Until((starts[i + 1] - starts[i]) / (total - starts[i]), rest));
    }
}
