namespace Distillation;

/// <summary>
/// What a step looked at that no tensor carries. Work that is recorded once and replayed repeats its launches, not what the program decided in between: draws would be the same ones again,
/// and a schedule would stand still.
/// </summary>
internal sealed class Glances
{
    private readonly List<Schedule> schedules = [];

    /// <summary>Whether it drew, or looked at how far the run is: such a step cannot be replayed.</summary>
    public bool Beyond { get; private set; }

    /// <summary>The schedules it asked; it can be replayed as long as their values stay.</summary>
    public IReadOnlyList<Schedule> Schedules => schedules;

    /// <summary>Notes a look at something that changes from step to step.</summary>
    public void Look() => Beyond = true;

    /// <summary>Notes a schedule.</summary>
    public void Ask(Schedule schedule) => schedules.Add(schedule);
}
