using static TorchSharp.torch;

namespace Distillation;

/// <summary>Logits aligned between the samples of a batch and between classes (Jin, Wang, Lin 2023, MLKD).</summary>
public static partial class Losses
{
    /// <summary>‖P_S P_Sᵀ − P_T P_Tᵀ‖² / B: which samples are answered alike (MLKD, equation 6).</summary>
    /// <param name="student">[B, C].</param>
    /// <param name="teacher">[B, C]; no gradient flows into it.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>A scalar.</returns>
    public static Tensor BatchLevel(Tensor student, Tensor teacher, double temperature = 4)
    {
        var (s, t) = Probabilities(student, teacher, temperature);
        return (s.matmul(s.t()) - t.matmul(t.t())).square().sum() / s.shape[0];
    }

    /// <summary>‖P_Sᵀ P_S − P_Tᵀ P_T‖² / C: which classes are said of the same samples (MLKD, equation 8).</summary>
    /// <param name="student">[B, C].</param>
    /// <param name="teacher">[B, C]; no gradient flows into it.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>A scalar.</returns>
    public static Tensor ClassLevel(Tensor student, Tensor teacher, double temperature = 4)
    {
        var (s, t) = Probabilities(student, teacher, temperature);
        return (s.t().matmul(s) - t.t().matmul(t)).square().sum() / s.shape[1];
    }

    /// <summary>
    /// The three levels over all temperatures, as the authors' code has them: a weak view's terms count with the share of samples (of classes) of which the teacher is at most as sure as of the median
    /// one; the strong view has terms of samples only, and its last two temperatures look at the weak view once more.
    /// </summary>
    /// <param name="student">Of the weak view, [B, C].</param>
    /// <param name="teacher">Of the weak view, [B, C]; no gradient flows into the teacher's.</param>
    /// <param name="strongStudent">Of the strong view, [B, C].</param>
    /// <param name="strongTeacher">Of the strong view, [B, C].</param>
    /// <param name="temperatures">τ₁, τ₂, …; the first three are those of the strong view.</param>
    /// <param name="standardized">Whether what is compared sample by sample is standardised first, as logit standardisation has it (Sun et al. 2024); the other two levels see the logits as they are.</param>
    /// <returns>A scalar.</returns>
    public static Tensor MultiLevel(Tensor student, Tensor teacher, Tensor strongStudent, Tensor strongTeacher, IReadOnlyList<double> temperatures, bool standardized = false)
    {
        var sure = teacher.detach().softmax(1);
        var (samples, classes) = (Unsure(sure.max(1).values), Unsure(sure.sum([0])));
        return temperatures.Select((temperature, i) =>
        {
            var weak = Sample(student, teacher, temperature);
            var strong = i < 3 ? Sample(strongStudent, strongTeacher, temperature) : weak;
            return ((weak + BatchLevel(student, teacher, temperature)) * samples) + (ClassLevel(student, teacher, temperature) * classes) + strong;
        }).Aggregate((sum, one) => sum + one);

        Tensor Sample(Tensor own, Tensor guide, double temperature) =>
            (standardized ? Hinton(Standardize(own), Standardize(guide), temperature) : Hinton(own, guide, temperature)).mean();

        // Between two middle values the median is their mean.
        static Tensor Unsure(Tensor values)
        {
            var (ordered, count) = (values.sort().Values, values.shape[0]);
            var median = (ordered[(count - 1) / 2] + ordered[count / 2]) / 2;
            return values.le(median).to_type(values.dtype).mean();
        }
    }
}
