namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Consistency within and across views (Zhang et al. 2024), CRLD: a weakly and a strongly augmented view of every image, whose answers are to be the teacher's of the same view where it is sure of the weak
    /// one, and its answers to the other view where it is sure of the strong one. Labels are learned on both views. Weights, thresholds and reductions are those of the authors' code, which has them for every
    /// pair of networks: a mean over all samples of the batch, those that are left out counting as 0.
    /// </summary>
    /// <param name="within">Weight of each view against the same view; 2.</param>
    /// <param name="across">Weight of each view against the other one; 0.5.</param>
    /// <param name="hard">Of the labels, on both views; 1.</param>
    /// <param name="temperature">τ of both; 4.</param>
    /// <param name="sureWeak">τ_w, how sure the teacher is of the weak view where views are compared with themselves; 0.9.</param>
    /// <param name="sureStrong">τ_s, how sure it is of the strong view where they are compared with one another; 0.2.</param>
    /// <exception cref="BadInput">The temperature or a threshold is out of range.</exception>
    public static Method Crld(Schedule? within = null, Schedule? across = null, Schedule? hard = null, double temperature = 4, double sureWeak = 0.9, double sureStrong = 0.2)
    {
        if (!(sureWeak is >= 0 and <= 1) || !(sureStrong is >= 0 and <= 1))
        {
            throw new BadInput($"CRLD's thresholds are probabilities from 0 to 1, not {sureWeak} and {sureStrong}; at 0 every sample counts.");
        }

        var (tau, same, other, labels) = (Temperature(temperature), within ?? 2, across ?? 0.5, hard ?? 1);
        return new Method(
            "crld", 1, "Zhang et al.: Cross-View Consistency Regularisation for Knowledge Distillation, ACM MM 2024", Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
            [new("within", same), new("across", other), new("hard", labels), new("temperature", tau), new("sureWeak", sureWeak), new("sureStrong", sureStrong)],
            (_, _) => new Prepared(["labels", "within", "across"], step =>
            {
                var (own, guide) = (step.Student().Logits, step.Teacher().Logits);
                var (strongOwn, strongGuide) = (step.Student(Strong).Logits, step.Teacher(Strong).Logits);
                return
                [
                    new Term("labels", step.TaskLoss() + step.TaskLoss(Strong), labels),
                    new Term("within", Losses.WithinViews(own, guide, strongOwn, strongGuide, tau, sureWeak).mean(), same),
                    new Term("across", Losses.AcrossViews(own, guide, strongOwn, strongGuide, tau, sureStrong).mean(), other),
                ];
            })
            { Views = [View.Plain, Strong] });
    }
}
