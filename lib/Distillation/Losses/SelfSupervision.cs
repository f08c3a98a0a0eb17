using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>What a teacher knows of transformed images (Xu et al. 2020, SSKD).</summary>
public static partial class Losses
{
    /// <summary>The cosine similarity of every transformed view with every original.</summary>
    /// <param name="views">[V, n].</param>
    /// <param name="originals">[B, n].</param>
    /// <returns>[V, B], between -1 and 1.</returns>
    public static Tensor Likeness(Tensor views, Tensor originals)
    {
        Guard.Vectors(views, nameof(views));
        Guard.Vectors(originals, nameof(originals));
        return F.normalize(views, dim: 1).matmul(F.normalize(originals, dim: 1).t());
    }

    /// <summary>
    /// Which rows are learned from: all whose truth the teacher puts first, and of the others a share, those with the truth nearest to the front (SSKD, section 3.3). Rows of one rank are
    /// taken in their order.
    /// </summary>
    /// <param name="scores">The teacher's, [V, C].</param>
    /// <param name="truth">[V] Int64 in 0 … C-1.</param>
    /// <param name="share">Of the rows that the teacher has wrong, 0 … 1; rounded down.</param>
    /// <returns>[V] bool.</returns>
    public static Tensor Reliable(Tensor scores, Tensor truth, double share)
    {
        Guard.Logits(scores, nameof(scores));
        Guard.Labels(truth, scores);
        var count = scores.shape[0];
        var rank = scores.gt(scores.gather(1, truth.unsqueeze(1))).sum(1);
        var place = ((rank * count) + arange(count, ScalarType.Int64, scores.device)).argsort().argsort();
        var wrong = rank.gt(0).sum();
        return place.lt((wrong.to_type(ScalarType.Float64) * share).floor() + (count - wrong));
    }

    /// <summary>τ² KL(p^T ‖ p^S), its mean over the rows of <see cref="Reliable"/>; 0 where there are none.</summary>
    /// <param name="student">[V, C]: logits of transformed images, or <see cref="Likeness"/>.</param>
    /// <param name="teacher">[V, C]; no gradient flows into it.</param>
    /// <param name="truth">[V] Int64.</param>
    /// <param name="temperature">τ above 0; 4 for logits, 0.5 for likenesses.</param>
    /// <param name="share">Of the rows that the teacher has wrong; 1 for logits, 0.75 for likenesses.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Selected(Tensor student, Tensor teacher, Tensor truth, double temperature = 4, double share = 1)
    {
        var kept = Reliable(teacher.detach(), truth, share).to_type(student.dtype);
        return (Hinton(student, teacher, temperature) * kept).sum() / kept.sum().clamp(min: 1);
    }
}
