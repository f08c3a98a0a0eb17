using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>
/// Formulas: pure functions from tensors to a tensor, per sample [B] where the formula is per sample (the caller takes the mean). No state, no reduction options.
/// </summary>
public static partial class Losses
{
    /// <summary>−log softmax(z)_y, the cross-entropy with class labels, per sample.</summary>
    /// <param name="logits">z: [B, C], any real numbers.</param>
    /// <param name="labels">y: [B], Int64 in 0 … C-1.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor CrossEntropy(Tensor logits, Tensor labels)
    {
        Guard.Logits(logits, nameof(logits));
        Guard.Labels(labels, logits);
        return F.cross_entropy(logits, labels, reduction: nn.Reduction.None);
    }

    /// <summary>−Σ_c q_c log softmax(z)_c, the cross-entropy with a distribution as target, per sample.</summary>
    /// <param name="logits">z: [B, C].</param>
    /// <param name="target">q: [B, C], rows that sum to 1.</param>
    /// <returns>[B], at least the entropy of q.</returns>
    public static Tensor SoftCrossEntropy(Tensor logits, Tensor target)
    {
        Guard.Logits(logits, nameof(logits));
        Guard.SameShape(logits, nameof(logits), target, nameof(target));
        return -(target * F.log_softmax(logits, 1)).sum(1);
    }

    /// <summary>
    /// Cross-entropy with smoothed labels (Szegedy et al. 2016, section 7): the target is 1 - ε + ε/C for the true class and ε/C for the others, per sample.
    /// </summary>
    /// <param name="logits">z: [B, C].</param>
    /// <param name="labels">y: [B], Int64 in 0 … C-1.</param>
    /// <param name="smoothing">ε in [0, 1].</param>
    /// <returns>[B].</returns>
    public static Tensor SmoothedCrossEntropy(Tensor logits, Tensor labels, double smoothing)
    {
        Guard.Logits(logits, nameof(logits));
        Guard.Labels(labels, logits);
        if (smoothing is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(smoothing), smoothing, "smoothing must be between 0 and 1.");
        }

        return F.cross_entropy(logits, labels, reduction: nn.Reduction.None, label_smoothing: smoothing);
    }
}
