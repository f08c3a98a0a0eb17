using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>How knowledge adjustment (Wen, Lai, Qian 2021, "Preparing Lessons") corrects a teacher where its first class is not the label.</summary>
public enum Adjustment
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Probability shift: the values of the teacher's first class and of the label trade places.</summary>
    Shift,

    /// <summary>The label's value is raised to the largest.</summary>
    Raise,

    /// <summary>A smoothed label in place of what the teacher says.</summary>
    Smooth,
}

/// <summary>What the historical copies of a network say, corrected, as a teacher (Wang, Zhang, Li 2021, MrKD).</summary>
public static partial class Losses
{
    /// <summary>
    /// Knowledge adjustment of logits: rows whose first class is the label stay as they are. Shifting trades two values of a row, so that a softmax of any temperature trades the same two probabilities.
    /// </summary>
    /// <param name="teacher">z: [B, C]; no gradient flows into it.</param>
    /// <param name="labels">y: [B] Int64.</param>
    /// <param name="adjustment">What happens to the other rows.</param>
    /// <param name="temperature">τ above 0, at which the smoothed label is to be what <see cref="Adjustment.Smooth"/> says; the others do not depend on it.</param>
    /// <param name="correct">What a smoothed label gives to the true class, in (1/C, 1); the other classes share the rest.</param>
    /// <returns>[B, C], without history.</returns>
    public static Tensor Adjusted(Tensor teacher, Tensor labels, Adjustment adjustment = Adjustment.Shift, double temperature = 1, double correct = 0.9)
    {
        Guard.Logits(teacher, nameof(teacher));
        Guard.Labels(labels, teacher);
        Guard.Positive(temperature, nameof(temperature));
        using var quiet = no_grad();
        var said = teacher.detach();
        if (adjustment == Adjustment.None)
        {
            return said;
        }

        var (first, own) = (said.argmax(1, keepdim: true), labels.unsqueeze(1));
        var largest = said.gather(1, first);
        return adjustment switch
        {
            // Where both are one class, its value takes its own place twice.
            Adjustment.Shift => said.scatter(1, first, said.gather(1, own)).scatter(1, own, largest),
            Adjustment.Raise => said.scatter(1, own, largest),
            Adjustment.Smooth => said.where(first.eq(own), Smoothed(said, labels, correct).log() * temperature),
            _ => throw new ArgumentOutOfRangeException(nameof(adjustment), adjustment, "there is no such adjustment."),
        };
    }

    /// <summary>
    /// The mean over copies of τ² KL(p(KA(z_i)) ‖ p(z)): MrKD without the ensemble, every copy a teacher of its own, per sample.
    /// </summary>
    /// <param name="student">z: [B, C].</param>
    /// <param name="copies">z_i: [B, C] each; no gradient flows into them.</param>
    /// <param name="labels">y: [B] Int64.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <param name="adjustment">What happens where a copy is wrong.</param>
    /// <param name="correct">As in <see cref="Adjusted"/>.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor Replayed(Tensor student, IReadOnlyList<Tensor> copies, Tensor labels, double temperature, Adjustment adjustment = Adjustment.Shift, double correct = 0.9)
    {
        Guard.AtLeast(copies.Count, 1, nameof(copies));
        return copies.Select(copy => Hinton(student, Adjusted(copy, labels, adjustment, temperature, correct), temperature)).Aggregate((sum, one) => sum + one) / copies.Count;
    }

    // [B, C]: the label's class has a probability, the others share the rest.
    private static Tensor Smoothed(Tensor like, Tensor labels, double correct) =>
        correct > 1.0 / like.shape[1] && correct < 1
            ? F.one_hot(labels, like.shape[1]).to_type(like.dtype) * (correct - ((1 - correct) / (like.shape[1] - 1))) + ((1 - correct) / (like.shape[1] - 1))
            : throw new ArgumentOutOfRangeException(nameof(correct), correct, $"correct must lie between 1/{like.shape[1]} and 1, so that the label is the first class.");
}
