using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>A temperature that is learned against the student (Li et al. 2023, CTKD).</summary>
public static partial class Losses
{
    /// <summary>start + range · sigmoid(θ): a temperature that no step can take out of its bounds (CTKD).</summary>
    /// <param name="raw">θ, of any shape.</param>
    /// <param name="start">The bound below, above 0.</param>
    /// <param name="range">How far the bound above lies from it.</param>
    /// <returns>The temperature, in θ's shape.</returns>
    public static Tensor LearnedTemperature(Tensor raw, double start = 1, double range = 20)
    {
        Guard.Positive(start, nameof(start));
        return (raw.sigmoid() * range) + start;
    }

    /// <summary>
    /// The same value with its gradient multiplied by −λ: what learns through it climbs where everybody else descends (the gradient reversal of Ganin and Lempitsky 2015). It is the value without
    /// history, minus λ times a difference that is 0 and has the slope of the value.
    /// </summary>
    /// <param name="value">Of any shape.</param>
    /// <param name="strength">λ; 0 stops the gradient, 1 turns it round.</param>
    /// <returns>The same numbers.</returns>
    public static Tensor Reversed(Tensor value, double strength) => value.detach() - ((value - value.detach()) * strength);

    /// <summary>τ² KL(p^T ‖ p^S) at a temperature that is a tensor, per sample; the gradient reaches the temperature through both softmaxes and through τ², and not the teacher's logits.</summary>
    /// <param name="student">z_S: [B, C].</param>
    /// <param name="teacher">z_T: [B, C]; no gradient flows into it.</param>
    /// <param name="temperature">τ above 0: one number, or one per sample in [B, 1].</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor Hinton(Tensor student, Tensor teacher, Tensor temperature)
    {
        Guard.Logits(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        if (temperature.numel() != 1 && !(temperature.dim() == 2 && temperature.shape[0] == student.shape[0] && temperature.shape[1] == 1))
        {
            throw new ArgumentException($"temperature must be one number, or one per sample as [{student.shape[0]}, 1], not [{string.Join(", ", temperature.shape)}].", nameof(temperature));
        }

        var tau = temperature.reshape(-1, 1);
        var (logStudent, logTeacher) = (F.log_softmax(student / tau, 1), F.log_softmax(teacher.detach() / tau, 1));
        return (logTeacher.exp() * (logTeacher - logStudent)).sum(1) * tau.square().squeeze(1);
    }
}
