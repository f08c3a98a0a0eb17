namespace Distillation;

public static partial class Methods
{
    // The article was not at hand; these are ours.
    private const double DistortionWeight = 1;
    private const double DistortionFeatures = 0.005;
    private const double DistortionTemperature = 3;

    /// <summary>
    /// Data-distortion guided self-distillation (Xu and Liu 2019), DDGSD: every image is augmented twice; both views learn the label, what each says teaches the other, and the means of both batches of embeddings
    /// are to be one. Labels count as the mean over both views, so that a recipe's rate keeps its meaning. The article's weights are not known here: the defaults are ours.
    /// </summary>
    /// <param name="weight">Of what the views say to one another; 1.</param>
    /// <param name="features">Of the distance of mean embeddings; 0.005.</param>
    /// <param name="hard">Of the labels; 1.</param>
    /// <param name="temperature">τ; 3.</param>
    public static Method Ddgsd(Schedule? weight = null, Schedule? features = null, Schedule? hard = null, double temperature = DistortionTemperature)
    {
        var (own, near, labels, tau) = (weight ?? DistortionWeight, features ?? DistortionFeatures, hard ?? 1, Temperature(temperature));
        return new Method(
            "ddgsd", 1, "Xu, Liu: Data-Distortion Guided Self-Distillation for Deep Neural Networks, AAAI 2019", Knowledge.Response, Scheme.Self, new Teacher.Self(),
            [new("weight", own), new("features", near), new("hard", labels), new("temperature", tau)],
            (_, _) => new Prepared(["labels", "ddgsd", "features"], step =>
            {
                var (first, second) = (step.Student(), step.Student(View.Again));
                return
                [
                    new Term("labels", (step.TaskLoss() + step.TaskLoss(View.Again)) * 0.5, labels),
                    new Term("ddgsd", Losses.Agreement(first.Logits, second.Logits, tau).mean(), own),
                    new Term("features", Losses.MeanDiscrepancy(first.Embedding, second.Embedding), near),
                ];
            })
            { Views = [View.Plain, View.Again] });
    }
}
