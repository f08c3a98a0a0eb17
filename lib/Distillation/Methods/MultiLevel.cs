namespace Distillation;

public static partial class Methods
{
    // The second view of methods with a weak and a strong one: crops, flips and RandAugment, each image with draws of its own.
    private static View Strong { get; } = View.Augmented(Augmentations.CropFlip.Then(new Augmentation.RandAugment()));

    /// <summary>
    /// Multi-level logit distillation (Jin, Wang, Lin 2023), MLKD: samples, batch and classes, at five temperatures, of a weakly and a strongly augmented view. Its terms are those of the authors' code, which are
    /// not all those of the paper: see <see cref="Losses.MultiLevel"/>. Their recipe has a rate of 0.025 and up to 960 epochs.
    /// </summary>
    /// <param name="weight">Of all three levels; 0.9.</param>
    /// <param name="hard">Of the labels, on both views; 0.1.</param>
    /// <param name="standardized">
    /// Whether samples are compared with standardised logits, at temperatures 2, 3, 5, 2, 6, as in "MLKD + LSKD" (Sun et al. 2024), which takes a weight of 9.
    /// </param>
    public static Method Mlkd(Schedule? weight = null, Schedule? hard = null, bool standardized = false)
    {
        var (soft, labels) = (weight ?? (standardized ? 9 : 0.9), hard ?? 0.1);
        double[] temperatures = standardized ? [2, 3, 5, 2, 6] : [4, 3, 5, 2, 6];
        return new Method(
            "mlkd", 1, "Jin, Wang, Lin: Multi-Level Logit Distillation, CVPR 2023", Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
            [new("weight", soft), new("hard", labels), new("standardized", standardized ? 1 : 0)],
            (_, _) => new Prepared(["labels", "mlkd"], step =>
            [
                new Term("labels", step.TaskLoss() + step.TaskLoss(Strong), labels),
                new Term("mlkd", Losses.MultiLevel(
                    step.Student().Logits, step.Teacher().Logits, step.Student(Strong).Logits, step.Teacher(Strong).Logits, temperatures, standardized), soft),
            ])
            { Views = [View.Plain, Strong] });
    }
}
