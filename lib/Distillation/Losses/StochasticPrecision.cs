using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

public static partial class Losses
{
    /// <summary>
    /// τ² (1 − ⟨p^T, p^S⟩ / (‖p^T‖ ‖p^S‖)) with p = softmax(z / τ): how far apart in direction two answers are (Boo et al. 2021, SPEQ). A student that is sure
    /// is pulled several times less hard by a teacher that is not than <see cref="KlDivergence"/> would pull it. The factor τ² is ours to choose: with it the weight means the same
    /// at every temperature.
    /// </summary>
    /// <param name="student">z_S: [B, C].</param>
    /// <param name="teacher">z_T: [B, C]; no gradient flows into it.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>[B], from 0 for equal answers to τ² for two that are sure of different classes.</returns>
    public static Tensor CosineDistance(Tensor student, Tensor teacher, double temperature = 2)
    {
        Guard.Logits(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        Guard.Positive(temperature, nameof(temperature));
        var (own, guide) = (F.softmax(student / temperature, 1), F.softmax(teacher.detach() / temperature, 1));
        // Probabilities of C classes have a norm of at least 1/√C.
        return (1 - ((own * guide).sum(1) / (own.square().sum(1) * guide.square().sum(1)).sqrt())) * (temperature * temperature);
    }
}
