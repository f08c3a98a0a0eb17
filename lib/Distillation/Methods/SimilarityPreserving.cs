namespace Distillation;

public static partial class Methods
{
    /// <summary>Similarity-preserving distillation (Tung and Mori 2019), SP: similarities of the batch's samples by their last maps.</summary>
    /// <param name="weight">3000, as in RepDistiller.</param>
    /// <param name="kd">Weight of the soft labels; 0, or 1 for SP + KD.</param>
    public static Method Sp(Schedule? weight = null, Schedule? kd = null) => Guided(
        "sp", "Tung, Mori: Similarity-Preserving Knowledge Distillation, ICCV 2019", Knowledge.Relation, [], weight ?? 3000, kd ?? 0,
        (teacher, student) =>
        {
            var (own, guide) = StageTaps.Last(teacher, student);
            return new Guide(step => Losses.SimilarityPreserving(step.Student()[own.Name], step.Teacher()[guide.Name]));
        });
}
