using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>What came after Hinton's loss on the logits.</summary>
public static partial class Losses
{
    // What makes a logit vanish from a softmax, as in the authors' code.
    private const double Far = 1000;

    /// <summary>
    /// The target class' part of decoupled distillation (Zhao et al. 2022, DKD, equation 4): KL between (p_y, 1 − p_y) of teacher and student, without τ².
    /// </summary>
    /// <param name="student">[B, C].</param>
    /// <param name="teacher">[B, C]; no gradient flows into it.</param>
    /// <param name="labels">y: [B] Int64.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor TargetClass(Tensor student, Tensor teacher, Tensor labels, double temperature = 4)
    {
        Guard.Logits(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        Guard.Labels(labels, student);
        Guard.Positive(temperature, nameof(temperature));
        var (logS, logT) = (Binary(student / temperature, labels), Binary(teacher.detach() / temperature, labels));
        return (logT.exp() * (logT - logS)).sum(1);
    }

    /// <summary>
    /// The other classes' part of decoupled distillation (Zhao et al. 2022, DKD, equation 5): KL between the softmaxes over all classes but the label's, without τ².
    /// </summary>
    /// <param name="student">[B, C].</param>
    /// <param name="teacher">[B, C]; no gradient flows into it.</param>
    /// <param name="labels">y: [B] Int64.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor OtherClasses(Tensor student, Tensor teacher, Tensor labels, double temperature = 4)
    {
        Guard.Logits(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        Guard.Labels(labels, student);
        Guard.Positive(temperature, nameof(temperature));
        var far = Target(student, labels).to_type(student.dtype) * Far;
        return KlDivergence((student / temperature) - far, (teacher / temperature) - far);
    }

    /// <summary>τ² (α · TCKD + β · NCKD), decoupled distillation (Zhao et al. 2022, DKD, equation 7).</summary>
    /// <param name="student">[B, C].</param>
    /// <param name="teacher">[B, C]; no gradient flows into it.</param>
    /// <param name="labels">y: [B] Int64.</param>
    /// <param name="alpha">Weight of <see cref="TargetClass"/>.</param>
    /// <param name="beta">Weight of <see cref="OtherClasses"/>.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor Decoupled(Tensor student, Tensor teacher, Tensor labels, double alpha = 1, double beta = 8, double temperature = 4) =>
        ((TargetClass(student, teacher, labels, temperature) * alpha) + (OtherClasses(student, teacher, labels, temperature) * beta)) * (temperature * temperature);

    /// <summary>
    /// 1 − Pearson's correlation of the classes' probabilities, sample by sample (Huang et al. 2022, DIST, equation 8), without τ².
    /// </summary>
    /// <param name="student">[B, C].</param>
    /// <param name="teacher">[B, C]; no gradient flows into it.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>[B], between 0 and 2.</returns>
    public static Tensor InterClass(Tensor student, Tensor teacher, double temperature = 4)
    {
        var (s, t) = Probabilities(student, teacher, temperature);
        return 1 - Correlation(s, t);
    }

    /// <summary>1 − Pearson's correlation of the samples' probabilities, class by class, its mean over classes (Huang et al. 2022, DIST, equation 9), without τ².</summary>
    /// <param name="student">[B, C], B at least 2.</param>
    /// <param name="teacher">[B, C]; no gradient flows into it.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>A scalar between 0 and 2.</returns>
    public static Tensor IntraClass(Tensor student, Tensor teacher, double temperature = 4)
    {
        var (s, t) = Probabilities(student, teacher, temperature);
        return 1 - Correlation(s.t(), t.t()).mean();
    }

    /// <summary>
    /// Logits with mean 0 and standard deviation 1 per sample (Sun et al. 2024, logit standardisation, equation 12), for any loss of logits.
    /// </summary>
    /// <param name="logits">[B, C].</param>
    /// <returns>[B, C].</returns>
    public static Tensor Standardize(Tensor logits)
    {
        Guard.Logits(logits, nameof(logits));
        var centred = logits - logits.mean([1], keepdim: true);
        return centred / ((centred.square().sum(1, keepdim: true) / (logits.shape[1] - 1)).sqrt() + 1e-7);
    }

    /// <summary>
    /// KL(q ‖ p_S) with the temperature on the teacher only, q = p_T^γ / Σ p_T^γ with γ = 1/τ (Zheng and Yang 2024, TTM, equation 9), weighted by Σ_c p_T^γ for WTTM.
    /// </summary>
    /// <param name="student">[B, C].</param>
    /// <param name="teacher">[B, C]; no gradient flows into it.</param>
    /// <param name="temperature">τ above 0.</param>
    /// <param name="weighted">Whether each sample is weighted by how unsure the teacher is.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor TransformedTeacher(Tensor student, Tensor teacher, double temperature = 4, bool weighted = false)
    {
        Guard.Logits(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        Guard.Positive(temperature, nameof(temperature));
        // Powers of a softmax are the softmax of scaled logits.
        var logQ = F.log_softmax(teacher.detach() / temperature, 1);
        var divergence = (logQ.exp() * (logQ - F.log_softmax(student, 1))).sum(1);
        return weighted ? divergence * (F.log_softmax(teacher.detach(), 1) / temperature).exp().sum(1) : divergence;
    }

    // log p_c and log(1 - p_c) of one class per sample, [B, 2], the second as a sum over the other classes: 1 - p loses its digits where p is near 1.
    private static Tensor Binary(Tensor logits, Tensor classes)
    {
        var all = logits.logsumexp(1);
        var own = logits.gather(1, classes.unsqueeze(1)).squeeze(1);
        var others = logits.masked_fill(Target(logits, classes), double.NegativeInfinity).logsumexp(1);
        return stack([own - all, others - all], 1);
    }

    // True at each sample's label, [B, C].
    private static Tensor Target(Tensor logits, Tensor labels) => arange(logits.shape[1], dtype: ScalarType.Int64, device: logits.device).eq(labels.unsqueeze(1));

    private static (Tensor Student, Tensor Teacher) Probabilities(Tensor student, Tensor teacher, double temperature)
    {
        Guard.Logits(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        Guard.Positive(temperature, nameof(temperature));
        return ((student / temperature).softmax(1), (teacher.detach() / temperature).softmax(1));
    }

    // Of each row of two tables; the floor keeps constant rows from dividing by 0.
    private static Tensor Correlation(Tensor a, Tensor b)
    {
        var (x, y) = (a - a.mean([1], keepdim: true), b - b.mean([1], keepdim: true));
        return (x * y).sum(1) / ((x.square().sum(1) * y.square().sum(1)).clamp(min: 1e-16).sqrt() + 1e-8);
    }
}
