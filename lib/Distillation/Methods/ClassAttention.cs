namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Class attention transfer (Guo et al. 2023), CAT-KD: the maps of where each class is seen, which the classifier makes of the last map pixel by pixel; their mean are the logits.
    /// </summary>
    /// <param name="weight">12, as for wide ResNets; the authors take 0.7 to 600 by pair.</param>
    /// <param name="kd">Weight of the soft labels; 0.</param>
    /// <param name="resolution">Cells a side that the maps are averaged to; 2, or 4 for ShuffleNets.</param>
    /// <param name="normalize">Whether every map is scaled to norm 1, as for students of another family.</param>
    /// <exception cref="BadInput">The resolution is below 1.</exception>
    public static Method CatKd(Schedule? weight = null, Schedule? kd = null, int resolution = 2, bool normalize = false) => Guided(
        "cat-kd", "Guo et al.: Class Attention Transfer Based Knowledge Distillation, CVPR 2023", Knowledge.Feature,
        [new("resolution", resolution >= 1 ? resolution : throw new BadInput($"Class maps are averaged to 1 or more cells a side, not {resolution}.")), new("normalize", normalize ? 1 : 0)], weight ?? 12, kd ?? 0,
        (teacher, student) =>
        {
            StageTaps.Pooled(teacher);
            StageTaps.Pooled(student);
            var (own, guide) = (student.Classifier, teacher.Classifier);
            return new Guide(step => Losses.ClassMaps(
                Losses.ActivationMaps(step.Student().Pooled!, step.Weights[$"{own}.weight"], step.Weights[$"{own}.bias"]),
                Losses.ActivationMaps(step.Teacher().Pooled!, step.Frozen()[$"{guide}.weight"], step.Frozen()[$"{guide}.bias"]), resolution, normalize).mean());
        }) with
    { Family = Family.Attention };
}
