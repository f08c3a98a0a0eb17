namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Refined logit distillation (Sun et al. 2025), RLD: the teacher's confidence for the true class, and what it says of the classes that it holds less likely than the true one. The weight rises from 0
    /// over the first epochs, of 240 the first 20.
    /// </summary>
    /// <param name="weight">Of both parts together; 1.</param>
    /// <param name="alpha">Weight of the confidence; 1.</param>
    /// <param name="beta">Weight of the other classes; 8.</param>
    /// <param name="confidence">Temperature of the confidence; 1, or that of the other classes, by pair.</param>
    /// <param name="temperature">Temperature of the other classes; 4.</param>
    /// <param name="hard">Weight of the labels; 1.</param>
    /// <param name="warmup">The share of the run over which the weight rises; 20 of 240 epochs.</param>
    public static Method Rld(
        Schedule? weight = null, Schedule? alpha = null, Schedule? beta = null, double confidence = 1, double temperature = 4, Schedule? hard = null, double warmup = 20.0 / 240)
    {
        var (sure, others) = (alpha ?? 1, beta ?? 8);
        return OfLogits(
            "rld", "Sun et al.: Knowledge Distillation with Refined Logits, ICCV 2025",
            [new("alpha", sure), new("beta", others), new("confidence", Temperature(confidence)), new("temperature", Temperature(temperature)), new("warmup", warmup)], Warm(weight ?? 1, warmup), hard ?? 1,
            step => Losses.Refined(
                step.Student().Logits, step.Teacher().Logits, step.Labels, step.Now(sure), step.Now(others), confidence, temperature).mean());
    }
}
