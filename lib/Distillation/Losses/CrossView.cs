using static TorchSharp.torch;

namespace Distillation;

/// <summary>Logits of a weakly and a strongly augmented view of the same images (Zhang et al. 2024, CRLD).</summary>
public static partial class Losses
{
    /// <summary>
    /// τ² KL of each view to the same view, the sum of both, where the teacher is sure of the weak one: 1[max p_T(weak) ≥ threshold] · (KD(weak, weak) + KD(strong, strong)) (CRLD's consistency within
    /// views). As in the authors' code the weak view decides about both, and what is left out is 0, so that a mean is one over all samples.
    /// </summary>
    /// <param name="student">Of the weak view, [B, C].</param>
    /// <param name="teacher">Of the weak view, [B, C]; no gradient flows into the teacher's.</param>
    /// <param name="strongStudent">Of the strong view, [B, C].</param>
    /// <param name="strongTeacher">Of the strong view, [B, C].</param>
    /// <param name="temperature">τ above 0; how sure the teacher is, is asked at 1.</param>
    /// <param name="threshold">0 … 1, the least confidence; 0 keeps every sample.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor WithinViews(Tensor student, Tensor teacher, Tensor strongStudent, Tensor strongTeacher, double temperature = 4, double threshold = 0.9) =>
        (Hinton(student, teacher, temperature) + Hinton(strongStudent, strongTeacher, temperature)) * Sure(teacher, threshold);

    /// <summary>
    /// τ² KL of each view to the other one, the sum of both, where the teacher is sure of the strong one: 1[max p_T(strong) ≥ threshold] · (KD(strong, weak) + KD(weak, strong)), the student's view before
    /// the teacher's (CRLD's consistency across views). As in the authors' code the strong view decides about both, and what is left out is 0.
    /// </summary>
    /// <param name="student">Of the weak view, [B, C].</param>
    /// <param name="teacher">Of the weak view, [B, C]; no gradient flows into the teacher's.</param>
    /// <param name="strongStudent">Of the strong view, [B, C].</param>
    /// <param name="strongTeacher">Of the strong view, [B, C].</param>
    /// <param name="temperature">τ above 0; how sure the teacher is, is asked at 1.</param>
    /// <param name="threshold">0 … 1, the least confidence; 0 keeps every sample.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor AcrossViews(Tensor student, Tensor teacher, Tensor strongStudent, Tensor strongTeacher, double temperature = 4, double threshold = 0.2) =>
        (Hinton(strongStudent, teacher, temperature) + Hinton(student, strongTeacher, temperature)) * Sure(strongTeacher, threshold);

    // 1 where the largest probability reaches the threshold, else 0: [B].
    private static Tensor Sure(Tensor logits, double threshold) => logits.detach().softmax(1).max(1).values.ge(threshold).to_type(logits.dtype);
}
