using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>What is held equal between samples of a batch: scalars, for no sample has a part of its own.</summary>
public static partial class Losses
{
    /// <summary>
    /// ‖G_S − G_T‖²_F / B² with G the similarities of the batch's samples, every row scaled to norm 1 (Tung and Mori 2019, SP, equation 4).
    /// </summary>
    /// <param name="student">[B, …]; flattened per sample.</param>
    /// <param name="teacher">[B, …], of any other size; no gradient flows into it.</param>
    /// <returns>A scalar.</returns>
    public static Tensor SimilarityPreserving(Tensor student, Tensor teacher)
    {
        Guard.SameBatch(student, nameof(student), teacher, nameof(teacher));
        return (Similarities(student) - Similarities(teacher.detach())).square().mean();

        static Tensor Similarities(Tensor features)
        {
            var flat = Full(features).flatten(1);
            return F.normalize(flat.matmul(flat.t()), dim: 1);
        }
    }

    /// <summary>
    /// Correlation congruence as its authors gave it to RepDistiller: with d = |e_S − e_T|, the mean over neighbouring samples b, b + 1 of Σ_k d_bk · d_(b+1)k. Not the formula of the paper
    /// (Peng et al. 2019), which is <see cref="CorrelationCongruence"/>.
    /// </summary>
    /// <param name="student">Embedded features, [B, n], B at least 2.</param>
    /// <param name="teacher">[B, n]; it is embedded by a layer that learns too, so gradients flow into it.</param>
    /// <returns>A scalar.</returns>
    public static Tensor NeighbourCongruence(Tensor student, Tensor teacher)
    {
        Guard.Vectors(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        Guard.AtLeast(student.shape[0], 2, "correlation congruence between neighbours");
        var difference = (student - teacher).abs();
        var count = difference.shape[0] - 1;
        return (difference.narrow(0, 0, count) * difference.narrow(0, 1, count)).sum(1).mean();
    }

    /// <summary>
    /// Correlation congruence (Peng et al. 2019, CCKD, equations 6 to 8): the mean squared difference of correlation matrices under the Gaussian kernel exp(−γ‖x − y‖²), expanded as a Taylor series
    /// of the inner product of normalised features: exp(−2γ) Σ_p (2γ)^p / p! (x·y)^p.
    /// </summary>
    /// <param name="student">[B, n].</param>
    /// <param name="teacher">[B, m]; no gradient flows into it.</param>
    /// <param name="gamma">γ.</param>
    /// <param name="order">The highest power.</param>
    /// <returns>A scalar.</returns>
    public static Tensor CorrelationCongruence(Tensor student, Tensor teacher, double gamma = 0.4, int order = 2)
    {
        Guard.Vectors(student, nameof(student));
        Guard.Vectors(teacher, nameof(teacher));
        Guard.SameBatch(student, nameof(student), teacher, nameof(teacher));
        return (Correlations(student) - Correlations(teacher.detach())).square().mean();

        Tensor Correlations(Tensor features)
        {
            var unit = F.normalize(features, dim: 1);
            var cosines = unit.matmul(unit.t());
            var (sum, factor) = (ones_like(cosines), 1.0);
            for (var p = 1; p <= order; p++)
            {
                factor *= 2 * gamma / p;
                sum += cosines.pow(p) * factor;
            }

            return sum * Math.Exp(-2 * gamma);
        }
    }

    /// <summary>
    /// The distances between the batch's samples, divided by their mean, under the Huber loss (Park et al. 2019, RKD-D, equations 6 to 8). Where all samples are one, as in a batch of one, the
    /// distances are 0.
    /// </summary>
    /// <param name="student">[B, n].</param>
    /// <param name="teacher">[B, m]; no gradient flows into it.</param>
    /// <returns>A scalar: the mean over all B² pairs.</returns>
    public static Tensor RelationalDistance(Tensor student, Tensor teacher)
    {
        Guard.Vectors(student, nameof(student));
        Guard.Vectors(teacher, nameof(teacher));
        Guard.SameBatch(student, nameof(student), teacher, nameof(teacher));
        return F.smooth_l1_loss(Distances(student), Distances(teacher.detach()));

        // The mean is over positive entries only; the root's slope at 0 is kept out of the diagonal by the floor.
        static Tensor Distances(Tensor features)
        {
            var squares = features.square().sum(1);
            var distances = (squares.unsqueeze(1) + squares.unsqueeze(0) - (features.matmul(features.t()) * 2)).clamp(min: 1e-12).sqrt();
            var off = ones_like(distances).sub(eye(features.shape[0], dtype: features.dtype, device: features.device));
            var clean = distances * off;
            var positive = clean.detach().gt(0).to_type(clean.dtype);
            return clean / ((clean * positive).sum() / positive.sum().clamp(min: 1)).clamp(min: 1e-12);
        }
    }

    /// <summary>The cosines of the angles between all triplets of the batch's samples under the Huber loss (Park et al. 2019, RKD-A, equations 9 and 10).</summary>
    /// <param name="student">[B, n].</param>
    /// <param name="teacher">[B, m]; no gradient flows into it.</param>
    /// <returns>A scalar: the mean over all B³ triplets.</returns>
    public static Tensor RelationalAngle(Tensor student, Tensor teacher)
    {
        Guard.Vectors(student, nameof(student));
        Guard.Vectors(teacher, nameof(teacher));
        Guard.SameBatch(student, nameof(student), teacher, nameof(teacher));
        return F.smooth_l1_loss(Cosines(student), Cosines(teacher.detach()));

        static Tensor Cosines(Tensor features)
        {
            var directions = F.normalize(features.unsqueeze(0) - features.unsqueeze(1), dim: 2);
            return directions.bmm(directions.transpose(1, 2));
        }
    }

    /// <summary>
    /// The divergence between the probabilities with which the batch's samples are neighbours (Passalis and Tefas 2018, PKT): cosine similarities, moved to 0 … 1, every row scaled to sum 1.
    /// </summary>
    /// <param name="student">[B, n].</param>
    /// <param name="teacher">[B, m]; no gradient flows into it.</param>
    /// <returns>A scalar: the mean over all B² pairs.</returns>
    public static Tensor ProbabilisticTransfer(Tensor student, Tensor teacher)
    {
        const double Epsilon = 1e-7;
        Guard.Vectors(student, nameof(student));
        Guard.Vectors(teacher, nameof(teacher));
        Guard.SameBatch(student, nameof(student), teacher, nameof(teacher));
        var (s, t) = (Neighbours(student), Neighbours(teacher.detach()));
        return (t * ((t + Epsilon) / (s + Epsilon)).log()).mean();

        static Tensor Neighbours(Tensor features)
        {
            var unit = features / (features.square().sum(1, keepdim: true).clamp(min: 1e-24).sqrt() + Epsilon);
            var similarities = (unit.matmul(unit.t()) + 1) / 2;
            return similarities / similarities.sum(1, keepdim: true);
        }
    }
}
