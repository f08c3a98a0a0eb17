namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Attention transfer (Zagoruyko and Komodakis 2017), AT: the attention maps of all stages. Default weight as in RepDistiller.
    /// </summary>
    /// <param name="weight">Weight of the sum over stages; 1000.</param>
    /// <param name="kd">Weight of the soft labels; 0, or 1 for AT + KD.</param>
    public static Method At(Schedule? weight = null, Schedule? kd = null) => Guided(
        "at", "Zagoruyko, Komodakis: Paying More Attention to Attention, ICLR 2017", Knowledge.Feature, [], weight ?? 1000, kd ?? 0,
        (teacher, student) =>
        {
            var stages = StageTaps.Stages(teacher, student);
            return new Guide(step => stages
                .Select(pair => Losses.AttentionTransfer(step.Student()[pair.Student.Name], step.Teacher()[pair.Teacher.Name]).mean())
                .Aggregate((sum, stage) => sum + stage));
        }) with
    { Family = Family.Attention };
}
