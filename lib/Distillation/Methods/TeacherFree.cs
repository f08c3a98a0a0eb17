namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Teacher-free distillation (Yuan et al. 2020), Tf-KD, in its form of a regularizer: a distribution made by hand, high at the label and even elsewhere, is the teacher. The paper's other form, a network
    /// that learns from itself, is <see cref="BornAgain"/>.
    /// </summary>
    /// <param name="weight">Of the made-up teacher; 10: 0.1 of the objective and the authors' factor of 100, which makes up for a mean over classes.</param>
    /// <param name="hard">Of the labels; 0.9.</param>
    /// <param name="temperature">τ; 20.</param>
    /// <param name="correct">What the made-up teacher gives to the label; 0.99.</param>
    /// <exception cref="BadInput">The last is no probability.</exception>
    public static Method TfKd(Schedule? weight = null, Schedule? hard = null, double temperature = 20, double correct = 0.99) => OfLogits(
        "tf-kd", "Yuan et al.: Revisiting Knowledge Distillation via Label Smoothing Regularization, CVPR 2020",
        [new("temperature", Temperature(temperature)), new("correct", correct is > 0 and <= 1 ? correct : throw new BadInput($"Tf-KD gives the label a probability above 0 and at most 1, not {correct}."))],
        weight ?? 10, hard ?? 0.9, step => Losses.VirtualTeacher(step.Student().Logits, step.Labels, temperature, correct).mean(), new Teacher.None(), Scheme.Self);
}
