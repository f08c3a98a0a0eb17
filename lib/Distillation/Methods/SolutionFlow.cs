namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// The flow of solution procedure (Yim et al. 2017), FSP, as RepDistiller runs it: for 30 epochs the student learns how the teacher's maps turn into one another, stem and stages; then from labels alone.
    /// Both must have equal channels.
    /// </summary>
    /// <param name="weight">Of the sum over pairs of maps; 1.</param>
    /// <param name="kd">Weight of the soft labels in the second phase; 0, or 1 for FSP + KD.</param>
    /// <param name="epochs">Of the first phase, for a second one of 240; 30.</param>
    public static Method Fsp(Schedule? weight = null, Schedule? kd = null, int epochs = 30)
    {
        var flow = weight ?? 1;
        return Guided(
            "fsp", "Yim et al.: A Gift from Knowledge Distillation, CVPR 2017", Knowledge.Relation, [new("epochs", epochs)], flow, kd ?? 0,
            (teacher, student) =>
            {
                var maps = StageTaps.Maps(student).Zip(StageTaps.Maps(teacher)).ToList();
                if (maps.FirstOrDefault(pair => pair.First.Shape.Channels != pair.Second.Shape.Channels) is ({ } own, { } guide))
                {
                    throw new BadInput($"FSP compares flows of equal channels, and the map '{own.Name}' of {student.Name} has {own.Shape.Channels} where {teacher.Name} has {guide.Shape.Channels}; choose networks of one width.");
                }

                return Guide.None with
                {
                    Front = Front("flow", "fsp", flow, step => maps.Zip(maps.Skip(1), (before, after) => Losses.SolutionFlow(
                            step.Student()[before.First.Name], step.Student()[after.First.Name], step.Teacher()[before.Second.Name], step.Teacher()[after.Second.Name]).mean())
                        .Aggregate((sum, pair) => sum + pair), epochs) with
                    {
                        Trains = student.Reaching(maps[^1].First.Name).Contains,
                    },
                };
            });
    }
}
