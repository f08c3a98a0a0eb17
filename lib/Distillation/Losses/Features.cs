using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>What a student's maps are held to, sample by sample.</summary>
public static partial class Losses
{
    /// <summary>Mean squared difference of two maps or vectors (Romero et al. 2015, FitNets, equation 3, as a mean instead of half a sum).</summary>
    /// <param name="student">Of any shape [B, …], already carried to the teacher's shape by a regressor.</param>
    /// <param name="teacher">The same shape; no gradient flows into it.</param>
    /// <returns>[B]: the mean over all values of a sample.</returns>
    public static Tensor Hint(Tensor student, Tensor teacher)
    {
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        return PerSample((Full(student) - Full(teacher.detach())).square());
    }

    /// <summary>
    /// The mean squared difference of attention maps (Zagoruyko and Komodakis 2017, equation 2, as RepDistiller takes it: mean over pixels instead of a norm). The larger map is average-pooled to
    /// the smaller.
    /// </summary>
    /// <param name="student">[B, C_S, H_S, W_S].</param>
    /// <param name="teacher">[B, C_T, H_T, W_T]; no gradient flows into it.</param>
    /// <returns>[B]: the mean over pixels; 0 when both attend to the same pixels.</returns>
    public static Tensor AttentionTransfer(Tensor student, Tensor teacher)
    {
        Guard.Map(student, nameof(student));
        Guard.Map(teacher, nameof(teacher));
        Guard.SameBatch(student, nameof(student), teacher, nameof(teacher));
        var (s, t) = SameSize(student, teacher.detach());
        return (Attention(s) - Attention(t)).square().mean([1]);
    }

    /// <summary>The attention map of RepDistiller's AT: the mean over channels of the squares, every sample's pixels scaled to norm 1.</summary>
    /// <param name="map">[B, C, H, W].</param>
    /// <returns>[B, H·W].</returns>
    public static Tensor Attention(Tensor map) => F.normalize(Full(map).square().mean([1]).flatten(1));

    /// <summary>
    /// The difference of factors (Kim, Park, Kwak 2018, Factor Transfer, equation 3, with p = 1): mean |Q(F_T) − Q(F_S)|, with Q normalising each sample.
    /// </summary>
    /// <param name="student">The translator's factor, [B, C, H, W].</param>
    /// <param name="teacher">The paraphraser's factor, [B, C, H, W]; no gradient flows into it. The larger of the two is average-pooled to the smaller.</param>
    /// <param name="whole">Whether the whole factor is normalised, as in the authors' code, which needs equal channels; otherwise its attention map is, as in RepDistiller.</param>
    /// <returns>[B].</returns>
    public static Tensor FactorTransfer(Tensor student, Tensor teacher, bool whole = false)
    {
        Guard.Map(student, nameof(student));
        Guard.Map(teacher, nameof(teacher));
        Guard.SameBatch(student, nameof(student), teacher, nameof(teacher));
        var (s, t) = SameSize(student, teacher.detach());
        if (!whole)
        {
            return (Attention(s) - Attention(t)).abs().mean([1]);
        }

        Guard.SameShape(s, nameof(student), t, nameof(teacher));
        return (F.normalize(Full(s).flatten(1)) - F.normalize(Full(t).flatten(1))).abs().mean([1]);
    }

    /// <summary>
    /// The bound on mutual information (Ahn et al. 2019, VID, equation 4, without its constant): ½ ((t − μ)² / v + log v) with v = softplus(a) + 10⁻⁵ per channel.
    /// </summary>
    /// <param name="mean">μ: what the student's map predicts of the teacher's, [B, C, H, W].</param>
    /// <param name="rawVariance">a: [C], learned.</param>
    /// <param name="teacher">t: [B, C, H, W]; no gradient flows into it.</param>
    /// <returns>[B]: the mean over all values of a sample; may be negative.</returns>
    public static Tensor VariationalInformation(Tensor mean, Tensor rawVariance, Tensor teacher)
    {
        Guard.Map(mean, nameof(mean));
        Guard.SameShape(mean, nameof(mean), teacher, nameof(teacher));
        var variance = (F.softplus(rawVariance) + 1e-5).reshape(1, -1, 1, 1);
        return PerSample(((Full(mean) - Full(teacher.detach())).square() / variance + variance.log()) * 0.5);
    }

    /// <summary>
    /// The margin loss of activation boundaries (Heo et al. 2019, AB, equation 5, margin 1): (s + 1)² where s &gt; −1 and the teacher's neuron is off, (s − 1)² where s ≤ 1 and it is on.
    /// </summary>
    /// <param name="student">Pre-activations, [B, C, H, W], already carried to the teacher's shape.</param>
    /// <param name="teacher">Pre-activations of the same shape; only their signs count.</param>
    /// <returns>[B]: the sum over all values of a sample.</returns>
    public static Tensor ActivationBoundary(Tensor student, Tensor teacher)
    {
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        var on = teacher.detach().gt(0);
        student = Full(student);
        var off = (student + 1).square() * student.gt(-1).logical_and(on.logical_not()).to_type(student.dtype);
        var below = (student - 1).square() * student.le(1).logical_and(on).to_type(student.dtype);
        return (off + below).flatten(1).sum(1);
    }

    /// <summary>
    /// The squared maximum mean discrepancy of channels with the kernel (a·b)² (Huang and Wang 2017, NST, equation 6): every channel's map is one sample of a distribution, scaled to norm 1.
    /// </summary>
    /// <param name="student">[B, C_S, H_S, W_S].</param>
    /// <param name="teacher">[B, C_T, H_T, W_T]; no gradient flows into it. The larger map is average-pooled to the smaller.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor NeuronSelectivity(Tensor student, Tensor teacher)
    {
        Guard.Map(student, nameof(student));
        Guard.Map(teacher, nameof(teacher));
        Guard.SameBatch(student, nameof(student), teacher, nameof(teacher));
        var (s, t) = SameSize(student, teacher.detach());
        var (a, b) = (F.normalize(Full(s).flatten(2), dim: 2), F.normalize(Full(t).flatten(2), dim: 2));
        return Kernel(b, b) + Kernel(a, a) - (Kernel(a, b) * 2);

        static Tensor Kernel(Tensor x, Tensor y) => x.bmm(y.transpose(1, 2)).square().mean([1, 2]);
    }

    /// <summary>
    /// The mean squared difference of flows between two consecutive maps (Yim et al. 2017, FSP, equations 1 and 2): the flow is the mean over pixels of products of channels.
    /// </summary>
    /// <param name="studentBefore">[B, C₁, H, W].</param>
    /// <param name="studentAfter">[B, C₂, H', W']; the larger of the two is average-pooled to the smaller, as in RepDistiller; the paper takes maxima.</param>
    /// <param name="teacherBefore">[B, C₁, …]; no gradient flows into the teacher's.</param>
    /// <param name="teacherAfter">[B, C₂, …].</param>
    /// <returns>[B]: the mean over pairs of channels.</returns>
    public static Tensor SolutionFlow(Tensor studentBefore, Tensor studentAfter, Tensor teacherBefore, Tensor teacherAfter)
    {
        var (s, t) = (Flow(studentBefore, studentAfter), Flow(teacherBefore, teacherAfter).detach());
        Guard.SameShape(s, "the student's flow", t, "the teacher's flow");
        return (s - t).square().mean([1, 2]);

        static Tensor Flow(Tensor before, Tensor after)
        {
            Guard.Map(before, nameof(before));
            Guard.Map(after, nameof(after));
            var (a, b) = (before.shape[2], after.shape[2]) switch
            {
                var (m, n) when m > n => (F.adaptive_avg_pool2d(before, [n, n]), after),
                var (m, n) when m < n => (before, F.adaptive_avg_pool2d(after, [m, m])),
                _ => (before, after),
            };
            return Full(a).flatten(2).bmm(Full(b).flatten(2).transpose(1, 2)) / (a.shape[2] * a.shape[3]);
        }
    }

    /// <summary>
    /// The difference of inter-channel correlations (Liu et al. 2021, ICKD-C, equation 4): Gram matrices of channels, every row scaled to norm 1.
    /// </summary>
    /// <param name="student">[B, C, H_S, W_S], already carried to the teacher's channels.</param>
    /// <param name="teacher">[B, C, H_T, W_T]; no gradient flows into it. Sizes may differ.</param>
    /// <returns>[B]: the squared difference summed over C x C, divided by C.</returns>
    public static Tensor ChannelCorrelation(Tensor student, Tensor teacher)
    {
        var (s, t) = (Gram(student), Gram(teacher.detach()));
        Guard.SameShape(s, "the student's channels", t, "the teacher's channels");
        return (s - t).square().sum([1, 2]) / s.shape[1];

        static Tensor Gram(Tensor map)
        {
            Guard.Map(map, nameof(map));
            var channels = Full(map).flatten(2);
            return F.normalize(channels.bmm(channels.transpose(1, 2)), dim: 2);
        }
    }

    // Losses are float32 where networks compute in bfloat16.
    internal static Tensor Full(Tensor values) => values.dtype == ScalarType.BFloat16 ? values.to_type(ScalarType.Float32) : values;

    // The larger map average-pooled to the smaller one's height and width.
    internal static (Tensor Student, Tensor Teacher) SameSize(Tensor student, Tensor teacher) => (student.shape[2], teacher.shape[2]) switch
    {
        var (s, t) when s > t => (F.adaptive_avg_pool2d(student, [teacher.shape[2], teacher.shape[3]]), teacher),
        var (s, t) when s < t => (student, F.adaptive_avg_pool2d(teacher, [student.shape[2], student.shape[3]])),
        _ => (student, teacher),
    };

    private static Tensor PerSample(Tensor values) => values.dim() == 1 ? values : values.flatten(1).mean([1]);
}
