using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>Contrastive representation distillation (Tian et al. 2020, CRD): an anchor, its own row of a bank, and rows of others.</summary>
public static partial class Losses
{
    private const double ContrastFloor = 1e-7;

    /// <summary>
    /// exp(v·m / τ) for every anchor v with its positive row of the bank and its negative ones. The anchors meet the whole bank in one product and the scores are picked out of it: the rows themselves
    /// are never copied, which for 16,384 negatives of 128 values would take half a gigabyte per batch of 64.
    /// </summary>
    /// <param name="anchors">v: [B, n], of norm 1.</param>
    /// <param name="bank">m: [N, n]; no gradient flows into it.</param>
    /// <param name="rows">[B, 1 + K] Int64: the row that belongs to each anchor, then those of others.</param>
    /// <param name="temperature">τ.</param>
    /// <returns>[B, 1 + K], the positive first.</returns>
    public static Tensor ContrastiveScores(Tensor anchors, Tensor bank, Tensor rows, double temperature = 0.07)
    {
        Guard.Vectors(anchors, nameof(anchors));
        Guard.Vectors(bank, nameof(bank));
        Guard.SameBatch(anchors, nameof(anchors), rows, nameof(rows));
        Guard.Positive(temperature, nameof(temperature));
        return (anchors / temperature).matmul(bank.detach().t()).gather(1, rows).exp();
    }

    /// <summary>Z, what scores are divided by: their mean times the rows of the bank. Taken from the first batch and kept.</summary>
    /// <param name="scores">[B, 1 + K].</param>
    /// <param name="rows">N.</param>
    /// <returns>A scalar without history.</returns>
    public static Tensor ContrastiveNormalizer(Tensor scores, long rows) => scores.detach().mean() * rows;

    /// <summary>
    /// The noise-contrastive loss of an anchor (CRD, equation 18): −log(s₀ / (s₀ + K/N)) − Σ_k log((K/N) / (s_k + K/N)) with s the scores over Z.
    /// </summary>
    /// <param name="scores">[B, 1 + K], see <see cref="ContrastiveScores"/>.</param>
    /// <param name="normalizer">Z, a scalar.</param>
    /// <param name="rows">N, the rows of the bank.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor Contrastive(Tensor scores, Tensor normalizer, long rows)
    {
        Guard.Vectors(scores, nameof(scores));
        var count = scores.shape[1] - 1;
        var noise = (double)count / rows;
        var shares = scores / normalizer;
        var positive = shares.narrow(1, 0, 1);
        return ((shares.narrow(1, 1, count) + (noise + ContrastFloor)).log().sum(1) - (count * Math.Log(noise)))
            + ((positive + (noise + ContrastFloor)).log() - positive.log()).sum(1);
    }

    /// <summary>A bank whose rows have moved towards what a batch gives for them: momentum · old + (1 − momentum) · new, of norm 1 again.</summary>
    /// <param name="bank">[N, n].</param>
    /// <param name="positives">[B] Int64: whose rows.</param>
    /// <param name="embeddings">[B, n].</param>
    /// <param name="momentum">The share of the old row.</param>
    /// <returns>[N, n], a new tensor without history.</returns>
    public static Tensor Remembered(Tensor bank, Tensor positives, Tensor embeddings, double momentum = 0.5)
    {
        using var quiet = no_grad();
        return bank.index_copy(0, positives, F.normalize((bank.index_select(0, positives) * momentum) + (embeddings.detach().to_type(bank.dtype) * (1 - momentum)), dim: 1));
    }
}
