using static TorchSharp.torch;

namespace Distillation;

public static partial class Losses
{
    /// <summary>Σ_k τ² KL(p^T ‖ p^S_k): one answer of a teacher teaches every exit of the student (Xu et al. 2022, MSKD), per sample.</summary>
    /// <param name="exits">z^S_k, the last exit's among them: [B, C] each.</param>
    /// <param name="teacher">z^T: [B, C]; no gradient flows into it.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor MultiStage(IReadOnlyList<Tensor> exits, Tensor teacher, double temperature = 4) => Hierarchical(exits, [teacher], temperature);

    /// <summary>
    /// Σ_k τ² KL(p^T_k ‖ p^S_k): exit k of the teacher teaches exit k of the student (Xu et al. 2022, OtO), per sample. The last teaches the last; where the networks differ in their number of exits,
    /// those of the student without a partner learn from the teacher's last and those of the teacher without one teach nobody.
    /// </summary>
    /// <param name="exits">z^S_k, the last exit's last: [B, C] each.</param>
    /// <param name="teacher">z^T_k, the last exit's last: [B, C] each; no gradient flows into them.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor OneToOne(IReadOnlyList<Tensor> exits, IReadOnlyList<Tensor> teacher, double temperature = 4)
    {
        Guard.AtLeast(exits.Count, 1, nameof(exits));
        Guard.AtLeast(teacher.Count, 1, nameof(teacher));
        var last = Hinton(exits[^1], teacher[^1], temperature);
        return exits.Count == 1 ? last : Hierarchical([.. exits.SkipLast(1)], teacher, temperature) + last;
    }
}
