namespace Distillation;

/// <summary>Experiments whose teachers are experiments of the same kind: assistants between teacher and student, and generations of one network.</summary>
public static class Chains
{
    /// <summary>
    /// The experiment with assistants between its teacher and its student (Mirzadeh et al. 2020, TAKD): the first is taught by the teacher, every other one by the one before, the student by the last. All are
    /// trained as the experiment says, each once; only the student begins at <see cref="Experiment.Start"/>.
    /// </summary>
    /// <param name="experiment">An experiment with one teacher.</param>
    /// <param name="assistants">From the teacher's side to the student's.</param>
    /// <exception cref="BadInput">There is no teacher, or more than one.</exception>
    public static Experiment Through(this Experiment experiment, params IEnumerable<Network> assistants) => experiment.Teachers.Count == 1
        ? assistants.Aggregate(experiment, (so, assistant) => so with { Teacher = new Source.Trained(so with { Student = assistant, Start = null }) })
        : throw new BadInput($"Assistants stand between one teacher and a student, and this experiment has {experiment.Teachers.Count} teachers; give it one.");

    /// <summary>
    /// Generations of a network (Furlanello et al. 2018, BAN): the first learns from labels alone, every other one, from first weights of its own, as the experiment says with the one before as its teacher.
    /// The last is the experiment's own, under its seed.
    /// </summary>
    /// <param name="experiment">An experiment without a teacher whose method takes one.</param>
    /// <param name="generations">How many learn from a teacher; 1 or more.</param>
    /// <exception cref="BadInput">There is a teacher or a start already, or there are no generations.</exception>
    public static Experiment BornAgain(this Experiment experiment, int generations)
    {
        if (experiment.Teachers.Count > 0 || generations < 1)
        {
            throw new BadInput($"The first of all generations learns without a teacher, and there is 1 generation or more after it, not {experiment.Teachers.Count} teachers and {generations}; leave the teacher out.");
        }

        if (experiment.Start is not null)
        {
            throw new BadInput("Every generation begins with first weights of its own, and this experiment starts from those of another; leave the start or the generations out.");
        }

        // Of one seed they would begin with their teacher's first weights.
        return Enumerable.Range(1, generations).Aggregate(
            Of(0) with { Method = Methods.None }, (before, generation) => Of(generation) with { Teacher = new Source.Trained(before) });

        Experiment Of(int generation) => experiment with { Seed = experiment.Seed + (1000L * (generations - generation)) };
    }
}
