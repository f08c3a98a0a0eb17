using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>What is held to a teacher where the student has learned to reach it: projected maps, and maps before their activation.</summary>
public static partial class Losses
{
    /// <summary>The mean squared difference of a projected map and the teacher's, the larger of the two average-pooled to the smaller (Chen et al. 2022, SimKD, equation 1).</summary>
    /// <param name="student">[B, C, H_S, W_S], projected to the teacher's channels.</param>
    /// <param name="teacher">[B, C, H_T, W_T]; no gradient flows into it.</param>
    /// <returns>[B].</returns>
    public static Tensor PooledHint(Tensor student, Tensor teacher)
    {
        Guard.Map(student, nameof(student));
        Guard.Map(teacher, nameof(teacher));
        var (s, t) = SameSize(student, teacher);
        return Hint(s, t);
    }

    /// <summary>
    /// The partial distance of the overhaul of feature distillation (Heo et al. 2019, OFD, equation 2) to the teacher's map with its negative part cut at a margin: nothing where the target is negative
    /// and the student already lies below it, the squared difference elsewhere.
    /// </summary>
    /// <param name="student">Pre-activations, [B, C, H, W], through a connector to the teacher's channels.</param>
    /// <param name="teacher">Pre-activations, [B, C, H_T, W_T], average-pooled to the student's size where that differs; no gradient flows into it.</param>
    /// <param name="margins">m: [C], negative; see <see cref="Margins"/>.</param>
    /// <returns>[B]: the sum over all values of a sample.</returns>
    public static Tensor PartialDistance(Tensor student, Tensor teacher, Tensor margins)
    {
        Guard.Map(student, nameof(student));
        Guard.Map(teacher, nameof(teacher));
        student = Full(student);
        var guide = Full(teacher.detach());
        var t = guide.shape[2] == student.shape[2] ? guide : F.adaptive_avg_pool2d(guide, [student.shape[2], student.shape[3]]);
        Guard.SameShape(student, nameof(student), t, nameof(teacher));
        var target = maximum(t, margins.detach().reshape(1, -1, 1, 1));
        var counts = t.gt(0).logical_or(student.gt(target)).to_type(student.dtype);
        return ((student - target).square() * counts).flatten(1).sum(1);
    }

    /// <summary>
    /// The mean of the negative part of each channel of a batch normalisation, whose output is taken for normal with its bias as mean and |weight| as deviation (Heo et al. 2019, OFD, section 3.2); −3 |weight|
    /// where less than a thousandth of it is negative.
    /// </summary>
    /// <param name="weight">[C].</param>
    /// <param name="bias">[C].</param>
    /// <returns>[C], below 0.</returns>
    public static Tensor Margins(Tensor weight, Tensor bias)
    {
        var deviation = weight.detach().abs();
        var z = bias.detach() / deviation.clamp(min: 1e-12);
        var below = (z / Math.Sqrt(2)).erfc() * 0.5;
        var mean = bias.detach() - (deviation * (z.square() * -0.5).exp() / (below.clamp(min: 1e-12) * Math.Sqrt(2 * Math.PI)));
        return mean.where(below.gt(0.001), deviation * -3);
    }

    /// <summary>
    /// log₂ Σ_d |c_d − 1|^(2α), with c_d the correlation of dimension d over the batch (Miles, Lopez Rodriguez, Mikolajczyk 2022, ITRD, equation 7). As in the authors' code the deviation divides by B − 1 and the
    /// correlation by B. A dimension that is the same for the whole batch, as dead units are, correlates by 0, where theirs divides by 0.
    /// </summary>
    /// <param name="student">[B, n], already embedded to the teacher's dimensions; B at least 2.</param>
    /// <param name="teacher">[B, n]; no gradient flows into it.</param>
    /// <param name="alpha">α.</param>
    /// <returns>A scalar; may be negative.</returns>
    public static Tensor CorrelationInformation(Tensor student, Tensor teacher, double alpha = 1.01)
    {
        Guard.Vectors(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        Guard.AtLeast(student.shape[0], 2, "a correlation over the batch");
        return ((Standard(student) * Standard(teacher.detach())).mean([0]) - 1).abs().pow(2 * alpha).sum().log() / Math.Log(2);

        static Tensor Standard(Tensor features)
        {
            var centred = features - features.mean([0], keepdim: true);
            return centred / (centred.square().sum(0, keepdim: true) / (features.shape[0] - 1)).clamp(min: 1e-24).sqrt();
        }
    }

    /// <summary>
    /// Σ Ĝ_S² − Σ Ĝ_ST², with G the cosines of the batch's samples, G_ST = G_S ∘ G_T, each over its trace (Miles, Lopez Rodriguez, Mikolajczyk 2022, ITRD, equation 12).
    /// </summary>
    /// <param name="student">[B, n].</param>
    /// <param name="teacher">[B, m]; no gradient flows into it.</param>
    /// <returns>A scalar.</returns>
    public static Tensor MutualInformation(Tensor student, Tensor teacher)
    {
        Guard.Vectors(student, nameof(student));
        Guard.Vectors(teacher, nameof(teacher));
        Guard.SameBatch(student, nameof(student), teacher, nameof(teacher));
        var (own, guide) = (Likeness(student, student), Likeness(teacher.detach(), teacher.detach()));
        var joint = own * guide;
        return (own / own.trace()).square().sum() - (joint / joint.trace()).square().sum();
    }
}
