using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>What a network learns from itself: from another view of an image, and from what it said before.</summary>
public static partial class Losses
{
    /// <summary>
    /// τ² (KL(p_a ‖ p_b) + KL(p_b ‖ p_a)), two views of an image that teach one another (Xu and Liu 2019, DDGSD), per sample. Through each divergence only the one that is taught gets a gradient.
    /// </summary>
    /// <param name="first">z_a: [B, C].</param>
    /// <param name="second">z_b: [B, C].</param>
    /// <param name="temperature">τ above 0.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor Agreement(Tensor first, Tensor second, double temperature = 1) => Hinton(first, second, temperature) + Hinton(second, first, temperature);

    /// <summary>‖mean_i a_i − mean_i b_i‖², the maximum mean discrepancy of two batches of vectors with a linear kernel (Xu and Liu 2019, DDGSD).</summary>
    /// <param name="first">a: [B, n].</param>
    /// <param name="second">b: [B, n].</param>
    /// <returns>A scalar, at least 0.</returns>
    public static Tensor MeanDiscrepancy(Tensor first, Tensor second)
    {
        Guard.Vectors(first, nameof(first));
        Guard.SameShape(first, nameof(first), second, nameof(second));
        return (first - second).mean([0]).square().sum();
    }

    /// <summary>(1 − α) y + α p: a label refined by what was said about the image before (Kim et al. 2021, PS-KD, equation 5).</summary>
    /// <param name="labels">y: [B] Int64.</param>
    /// <param name="before">p: [B, C], rows that sum to 1.</param>
    /// <param name="share">α in [0, 1].</param>
    /// <returns>[B, C], rows that sum to 1, without history.</returns>
    public static Tensor RefinedTarget(Tensor labels, Tensor before, double share)
    {
        Guard.Logits(before, nameof(before));
        Guard.Labels(labels, before);
        return share is >= 0 and <= 1
            ? (F.one_hot(labels, before.shape[1]).to_type(before.dtype) * (1 - share)) + (before.detach() * share)
            : throw new ArgumentOutOfRangeException(nameof(share), share, "share must be between 0 and 1.");
    }
}
