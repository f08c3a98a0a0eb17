using static TorchSharp.torch;

namespace Distillation;

/// <summary>Losses of logits that mend what a teacher says, or say what no teacher does.</summary>
public static partial class Losses
{
    /// <summary>
    /// τ² KL between (p_max, 1 − p_max) of the teacher and (p_y, 1 − p_y) of the student: the teacher's confidence in whatever it chose, for the true class (Sun et al. 2025, RLD, SCD).
    /// </summary>
    /// <param name="student">[B, C].</param>
    /// <param name="teacher">[B, C]; no gradient flows into it.</param>
    /// <param name="labels">y: [B] Int64.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor SampleConfidence(Tensor student, Tensor teacher, Tensor labels, double temperature = 1)
    {
        Guard.Logits(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        Guard.Labels(labels, student);
        Guard.Positive(temperature, nameof(temperature));
        var guide = teacher.detach();
        var (logS, logT) = (Binary(student / temperature, labels), Binary(guide / temperature, guide.argmax(1)));
        return (logT.exp() * (logT - logS)).sum(1) * (temperature * temperature);
    }

    /// <summary>
    /// τ² KL over the classes that the teacher holds less likely than the true one; what it holds as likely or more is left out (Sun et al. 2025, RLD, MCD). 0 where none is left.
    /// </summary>
    /// <param name="student">[B, C].</param>
    /// <param name="teacher">[B, C]; no gradient flows into it.</param>
    /// <param name="labels">y: [B] Int64.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor MaskedCorrelation(Tensor student, Tensor teacher, Tensor labels, double temperature = 4)
    {
        const double OutOfSight = -1e9;
        Guard.Logits(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        Guard.Labels(labels, student);
        var guide = teacher.detach();
        var hidden = guide.ge(guide.gather(1, labels.unsqueeze(1)));
        return Hinton(student.masked_fill(hidden, OutOfSight), guide.masked_fill(hidden, OutOfSight), temperature);
    }

    /// <summary>α · SCD + β · MCD, refined logit distillation (Sun et al. 2025, RLD).</summary>
    /// <param name="student">[B, C].</param>
    /// <param name="teacher">[B, C]; no gradient flows into it.</param>
    /// <param name="labels">y: [B] Int64.</param>
    /// <param name="alpha">Weight of <see cref="SampleConfidence"/>.</param>
    /// <param name="beta">Weight of <see cref="MaskedCorrelation"/>.</param>
    /// <param name="confidence">The temperature of the first part; 1, or that of the second.</param>
    /// <param name="temperature">The temperature of the second part.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor Refined(Tensor student, Tensor teacher, Tensor labels, double alpha = 1, double beta = 8, double confidence = 1, double temperature = 4) =>
        (SampleConfidence(student, teacher, labels, confidence) * alpha) + (MaskedCorrelation(student, teacher, labels, temperature) * beta);

    /// <summary>
    /// KL(q ‖ p_S) / C against a teacher made by hand: q = softmax(v / τ), v with <paramref name="correct"/> at the label and the rest spread evenly (Yuan et al. 2020, Tf-KD, equation 10). As in their
    /// code v is taken for logits, the student is at temperature 1, and the sum over classes is a mean.
    /// </summary>
    /// <param name="student">[B, C].</param>
    /// <param name="labels">y: [B] Int64.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <param name="correct">In (1/C, 1].</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor VirtualTeacher(Tensor student, Tensor labels, double temperature = 20, double correct = 0.99)
    {
        Guard.Logits(student, nameof(student));
        Guard.Labels(labels, student);
        Guard.Positive(temperature, nameof(temperature));
        var classes = student.shape[1];
        var rest = (1 - correct) / (classes - 1);
        var virtually = (Target(student, labels).to_type(student.dtype) * (correct - rest)) + rest;
        return KlDivergence(student, virtually * (1 / temperature)) / classes;
    }

    /// <summary>The mean over peers of KL(peer ‖ student) (Zhang et al. 2018, deep mutual learning, equation 8).</summary>
    /// <param name="student">[B, C].</param>
    /// <param name="peers">[P, B, C]; no gradient flows into them.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor Mutual(Tensor student, Tensor peers) =>
        Enumerable.Range(0, (int)peers.shape[0]).Select(peer => KlDivergence(student, peers.select(0, peer))).Aggregate((sum, one) => sum + one) / peers.shape[0];

    /// <summary>
    /// −t_y log s_y − γ τ² Σ_(c≠y) t̂_c log ŝ_c: the target by itself, the others normalised among themselves (Yang et al. 2023, NKD, equation 5).
    /// </summary>
    /// <param name="student">[B, C].</param>
    /// <param name="teacher">[B, C]; no gradient flows into it.</param>
    /// <param name="labels">y: [B] Int64.</param>
    /// <param name="temperature">τ of the second part.</param>
    /// <param name="gamma">γ.</param>
    /// <param name="all">Whether the target stays among "the others", as in older versions of the authors' code and in SDD's copy of it.</param>
    /// <returns>[B].</returns>
    public static Tensor Normalized(Tensor student, Tensor teacher, Tensor labels, double temperature = 1, double gamma = 1.5, bool all = false)
    {
        Guard.Logits(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        Guard.Positive(temperature, nameof(temperature));
        var guide = teacher.detach();
        var target = CrossEntropy(student, labels) * guide.softmax(1).gather(1, labels.unsqueeze(1)).squeeze(1);
        var far = all ? null : Target(student, labels).to_type(student.dtype) * Far;
        var (s, t) = far is null ? (student / temperature, guide / temperature) : ((student / temperature) - far, (guide / temperature) - far);
        return target + (SoftCrossEntropy(s, t.softmax(1)) * (gamma * temperature * temperature));
    }
}
