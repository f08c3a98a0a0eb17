namespace Distillation;

/// <summary>Methods that somebody watches.</summary>
public static class Observing
{
    /// <summary>
    /// The same method, its id included, with somebody who is shown where student and players stand after every epoch: for images as a generator learns to make them. What is shown is only lent. Experiments whose
    /// rows are there are not run, and then nobody is shown anything.
    /// </summary>
    /// <param name="method">The method.</param>
    /// <param name="look">Given the name of the phase and where everybody stands; without history.</param>
    public static Method Observed(this Method method, Action<string, Milestone> look) => method with
    {
        Prepare = (teachers, student) =>
        {
            var prepared = method.Prepare(teachers, student);
            return prepared with { Phases = [.. prepared.Phases.Select(phase => phase with { AfterEpoch = (milestone, memory) => Shown(phase, milestone, memory, look) })] };
        },
    };

    private static Memory Shown(Phase phase, Milestone milestone, Memory memory, Action<string, Milestone> look)
    {
        look(phase.Name, milestone);
        return phase.AfterEpoch?.Invoke(milestone, memory) ?? memory;
    }
}
