namespace Distillation;

public static partial class Methods
{
    /// <summary>Normalised distillation (Yang et al. 2023), NKD: the label's class by itself, the others normalised among themselves.</summary>
    /// <param name="weight">1.</param>
    /// <param name="temperature">τ of the other classes; 1.</param>
    /// <param name="gamma">γ, the weight of the other classes; 1.5.</param>
    /// <param name="hard">Weight of the labels; 1.</param>
    public static Method Nkd(Schedule? weight = null, double temperature = 1, double gamma = 1.5, Schedule? hard = null) => OfLogits(
        "nkd", "Yang et al.: From Knowledge Distillation to Self-Knowledge Distillation: A Unified Approach with Normalized Loss and Customized Soft Labels, ICCV 2023",
        [new("temperature", Temperature(temperature)), new("gamma", gamma)], weight ?? 1, hard ?? 1,
        step => Losses.Normalized(step.Student().Logits, step.Teacher().Logits, step.Labels, temperature, gamma).mean());
}
