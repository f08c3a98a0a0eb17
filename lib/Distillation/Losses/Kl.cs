using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

public static partial class Losses
{
    /// <summary>
    /// KL(p^T ‖ p^S) = Σ_c p^T_c (log p^T_c − log p^S_c) with p = softmax(z / τ), per sample, without the factor τ².
    /// </summary>
    /// <param name="student">z_S: [B, C].</param>
    /// <param name="teacher">z_T: [B, C]; no gradient flows into it.</param>
    /// <param name="temperature">τ above 0; larger is softer.</param>
    /// <returns>[B], at least 0; 0 when the logits of a row differ by a constant only.</returns>
    public static Tensor KlDivergence(Tensor student, Tensor teacher, double temperature = 1)
    {
        Guard.Logits(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        Guard.Positive(temperature, nameof(temperature));
        var logStudent = F.log_softmax(student / temperature, 1);
        var logTeacher = F.log_softmax(teacher.detach() / temperature, 1);
        return (logTeacher.exp() * (logTeacher - logStudent)).sum(1);
    }

    /// <summary>
    /// τ² KL(p^T ‖ p^S), the soft part of knowledge distillation (Hinton, Vinyals, Dean 2015, section 2), per sample. The factor keeps the size of its gradient
    /// the same when the temperature changes.
    /// </summary>
    /// <param name="student">z_S: [B, C].</param>
    /// <param name="teacher">z_T: [B, C]; no gradient flows into it.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor Hinton(Tensor student, Tensor teacher, double temperature = 4) =>
        KlDivergence(student, teacher, temperature) * (temperature * temperature);
}
