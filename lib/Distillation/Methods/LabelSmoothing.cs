namespace Distillation;

public static partial class Methods
{
    /// <summary>Label smoothing (Szegedy et al. 2016): a share of every label is spread evenly over the classes. No teacher; what many distillation losses are compared with.</summary>
    /// <param name="smoothing">ε; 0.1.</param>
    /// <exception cref="BadInput">It is not in 0 … 1.</exception>
    public static Method LabelSmoothing(double smoothing = 0.1) => new(
        "ls", 1, "Szegedy et al.: Rethinking the Inception Architecture for Computer Vision, CVPR 2016", Knowledge.Response, Scheme.Self, new Teacher.None(),
        [new("smoothing", smoothing is >= 0 and <= 1 ? smoothing : throw new BadInput($"Labels are smoothed by a share from 0 to 1, not {smoothing}."))],
        (_, _) => new Prepared(["labels"], step => [new Term("labels", Losses.SmoothedCrossEntropy(step.Student().Logits, step.Labels, smoothing).mean(), 1)]));
}
