using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>What a generator is held to where there are no training images: what a teacher would say of real ones.</summary>
public static partial class Losses
{
    /// <summary>
    /// −log softmax(z)_t with t = argmax z: how far the teacher is from calling an image one class and nothing else (Chen et al. 2019, DAFL), per sample.
    /// </summary>
    /// <param name="logits">z: the teacher's logits for made images, [B, C], with the history of the images.</param>
    /// <returns>[B], from 0 to log C.</returns>
    public static Tensor OneHot(Tensor logits)
    {
        Guard.Logits(logits, nameof(logits));
        return F.cross_entropy(logits, logits.detach().argmax(1), reduction: nn.Reduction.None);
    }

    /// <summary>
    /// −mean |f|: real images excite the teacher's filters (Chen et al. 2019, DAFL, as a mean over features as in the authors' code), per sample.
    /// </summary>
    /// <param name="embedding">f: the teacher's features before its classifier, [B, n], with the history of the images.</param>
    /// <returns>[B], at most 0.</returns>
    public static Tensor Activation(Tensor embedding)
    {
        Guard.Vectors(embedding, nameof(embedding));
        return -Full(embedding).abs().mean([1]);
    }

    /// <summary>
    /// Σ_c p̄_c log p̄_c with p̄ the mean of softmax(z) over the batch: minus the entropy of the classes that a batch has (Chen et al. 2019, DAFL, equation 6), least when all classes are equally many.
    /// A batch has one value.
    /// </summary>
    /// <param name="logits">z: the teacher's logits for made images, [B, C], with the history of the images.</param>
    /// <param name="logBase">Of the logarithm, above 1; 10 in the authors' code, where ten classes give −1 at the least. Another base is another weight.</param>
    /// <returns>A scalar from −log C to 0.</returns>
    public static Tensor InformationEntropy(Tensor logits, double logBase = 10)
    {
        Guard.Logits(logits, nameof(logits));
        if (!(logBase > 1))
        {
            throw new ArgumentOutOfRangeException(nameof(logBase), logBase, "logBase must be above 1.");
        }

        var mean = logits.softmax(1).mean([0]);
        // A class that nobody is counts 0, as p log p does in the limit.
        return (mean * mean.clamp(min: 1e-30).log()).sum() / Math.Log(logBase);
    }

    /// <summary>
    /// (1/n) · mean (ReLU(a) − ReLU(r))²: how far a teacher's layer is from what was drawn from a record of it (Lopes, Fenu, Starner 2017, as in the authors' code). Large layers count less, twice over: by the mean and by 1/n.
    /// </summary>
    /// <param name="computed">a: what the teacher computes of an image that is being made, [B, …] of n values each, with the image's history.</param>
    /// <param name="recorded">r: what was drawn from the record, the same shape.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor ActivationRecord(Tensor computed, Tensor recorded)
    {
        Guard.SameShape(computed, nameof(computed), recorded, nameof(recorded));
        var apart = (Full(computed).relu() - Full(recorded).relu()).square().flatten(1);
        return apart.mean([1]) / apart.shape[1];
    }
}
