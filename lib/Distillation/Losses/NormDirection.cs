using static TorchSharp.torch;

namespace Distillation;

public static partial class Losses
{
    /// <summary>
    /// 1 − s · e / max(‖s‖, ‖t‖), with e the direction of the class' centre: the student's embedding is to point there and to be at least as long as the teacher's (Wang et al. 2023, ND, equation 8).
    /// </summary>
    /// <param name="student">s: [B, n].</param>
    /// <param name="teacher">t: [B, n]; no gradient flows into it, only its length counts.</param>
    /// <param name="centres">The teacher's mean embedding of each sample's class, [B, n].</param>
    /// <returns>[B], between 0 and 2.</returns>
    public static Tensor NormDirection(Tensor student, Tensor teacher, Tensor centres)
    {
        Guard.Vectors(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        Guard.SameShape(student, nameof(student), centres, nameof(centres));
        var along = (student * nn.functional.normalize(centres.detach(), dim: 1)).sum(1);
        return 1 - (along / maximum(Length(student), Length(teacher.detach())));

        static Tensor Length(Tensor vectors) => vectors.square().sum(1).clamp(min: 1e-24).sqrt();
    }
}
