using static TorchSharp.torch;

namespace Distillation;

/// <summary>What the exits of a network learn from labels, from a teacher's exits and from one another.</summary>
public static partial class Losses
{
    /// <summary>Labels of classes seen from several sides: 4y + r for class y in rotation r of four (HSAKD, Yang et al. 2021, section 3.1).</summary>
    /// <param name="labels">y: [B] Int64.</param>
    /// <param name="views">How many sides there are.</param>
    /// <returns>[views · B] Int64 in 0 … views · C - 1, all of one side after all of another.</returns>
    public static Tensor JointLabels(Tensor labels, int views = 4) =>
        (labels.unsqueeze(0) * views + arange(views, ScalarType.Int64, labels.device).unsqueeze(1)).reshape(-1);

    /// <summary>Σ_k CE(4y + r, z_k): what HSAKD's auxiliary classifiers learn first (Yang et al. 2021, equation 2), per image of the view.</summary>
    /// <param name="exits">z_k: [4B, 4C] each, all of one rotation after all of another.</param>
    /// <param name="labels">y: [B] Int64.</param>
    /// <returns>[4B], at least 0.</returns>
    public static Tensor Joint(IReadOnlyList<Tensor> exits, Tensor labels)
    {
        Guard.AtLeast(exits.Count, 1, nameof(exits));
        var joint = JointLabels(labels, (int)(exits[0].shape[0] / labels.shape[0]));
        return exits.Select(exit => CrossEntropy(exit, joint)).Aggregate((sum, exit) => sum + exit);
    }

    /// <summary>
    /// Σ_k τ² KL(p^T_k ‖ p^S_k) over exits one to one (HSAKD, Yang et al. 2021, equation 4), per image. Exits of the student beyond the teacher's learn from the teacher's last; the teacher's beyond the
    /// student's teach nobody.
    /// </summary>
    /// <param name="student">z^S_k: [V, C] each.</param>
    /// <param name="teacher">z^T_k: [V, C] each; no gradient flows into them.</param>
    /// <param name="temperature">τ above 0; 3 in the paper.</param>
    /// <returns>[V], at least 0.</returns>
    public static Tensor Hierarchical(IReadOnlyList<Tensor> student, IReadOnlyList<Tensor> teacher, double temperature = 3)
    {
        Guard.AtLeast(student.Count, 1, nameof(student));
        Guard.AtLeast(teacher.Count, 1, nameof(teacher));
        return student.Select((exit, k) => Hinton(exit, teacher[Math.Min(k, teacher.Count - 1)], temperature)).Aggregate((sum, exit) => sum + exit);
    }

    /// <summary>
    /// Σ_k τ² KL(p_K ‖ p_k): the last exit teaches those before it ("Be your own teacher", Zhang et al. 2019, equation 2, with the factor τ²), per sample.
    /// </summary>
    /// <param name="exits">z_k, k below K: [B, C] each.</param>
    /// <param name="last">z_K: [B, C]; no gradient flows into it.</param>
    /// <param name="temperature">τ above 0; 3 in SCAN's code.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor SelfTaught(IReadOnlyList<Tensor> exits, Tensor last, double temperature = 3) => Hierarchical(exits, [last], temperature);

    /// <summary>
    /// Σ_k ‖F_k − F_K‖ over the whole batch, no square ("Be your own teacher", Zhang et al. 2019, equation 3, as SCAN's code has it).
    /// </summary>
    /// <param name="features">F_k, k below K: the exits' pooled vectors [B, n].</param>
    /// <param name="last">F_K: [B, n]; no gradient flows into it.</param>
    /// <returns>A scalar, at least 0.</returns>
    public static Tensor FeatureGap(IReadOnlyList<Tensor> features, Tensor last)
    {
        Guard.AtLeast(features.Count, 1, nameof(features));
        foreach (var feature in features)
        {
            Guard.SameShape(feature, nameof(features), last, nameof(last));
        }

        return features.Select(feature => (feature - last.detach()).norm()).Aggregate((sum, gap) => sum + gap);
    }
}
