namespace Distillation;

public static partial class Methods
{
    /// <summary>Relational knowledge distillation (Park et al. 2019), RKD: distances and angles between the batch's samples.</summary>
    /// <param name="weight">Weight of the two together; 1.</param>
    /// <param name="kd">Weight of the soft labels; 0, or 1 for RKD + KD.</param>
    /// <param name="distance">Weight of the distances; 25.</param>
    /// <param name="angle">Weight of the angles; 50.</param>
    public static Method Rkd(Schedule? weight = null, Schedule? kd = null, Schedule? distance = null, Schedule? angle = null)
    {
        var (far, wide) = (distance ?? 25, angle ?? 50);
        return Guided(
            "rkd", "Park et al.: Relational Knowledge Distillation, CVPR 2019", Knowledge.Relation, [new("distance", far), new("angle", wide)], weight ?? 1, kd ?? 0,
            (_, _) => new Guide(step =>
                (Losses.RelationalDistance(step.Student().Embedding, step.Teacher().Embedding) * step.Now(far))
                + (Losses.RelationalAngle(step.Student().Embedding, step.Teacher().Embedding) * step.Now(wide))));
    }
}
