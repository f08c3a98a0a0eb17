using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

public static partial class Losses
{
    /// <summary>
    /// ‖x / ‖x‖₂ − y / ‖y‖₂‖₁ with x the teacher's last map and y what a transformation makes of the student's (Park and Kwak 2020, FEED, equation 2), per sample.
    /// </summary>
    /// <param name="student">y: [B, C, H, W], already carried to the teacher's channels.</param>
    /// <param name="teacher">x: [B, C, H, W]; no gradient flows into it. The larger of the two is average-pooled to the smaller.</param>
    /// <param name="summed">Whether the absolute differences are summed, as the equation is printed, instead of averaged over C·H·W, as the code of the same authors' factor transfer does.</param>
    /// <returns>[B]: summed at most 2 √(C·H·W), averaged that divided by C·H·W.</returns>
    public static Tensor FeatureEnsemble(Tensor student, Tensor teacher, bool summed = false)
    {
        Guard.Map(student, nameof(student));
        Guard.Map(teacher, nameof(teacher));
        Guard.SameBatch(student, nameof(student), teacher, nameof(teacher));
        var (s, t) = SameSize(student, teacher.detach());
        Guard.SameShape(s, nameof(student), t, nameof(teacher));
        var apart = (F.normalize(Full(t).flatten(1)) - F.normalize(Full(s).flatten(1))).abs();
        return summed ? apart.sum(1) : apart.mean([1]);
    }
}
