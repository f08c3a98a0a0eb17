namespace Distillation;

public static partial class Methods
{
    private const string Transformed = "Zheng, Yang: Knowledge Distillation Based on Transformed Teacher Matching, ICLR 2024";

    /// <summary>Transformed teacher matching (Zheng and Yang 2024), TTM: the temperature on the teacher only. Defaults are those of the authors' example, VGG-13 to VGG-8; they change with the pair.</summary>
    /// <param name="weight">45.</param>
    /// <param name="temperature">τ = 1/γ; 10.</param>
    /// <param name="hard">Weight of the labels; 1.</param>
    public static Method Ttm(Schedule? weight = null, double temperature = 10, Schedule? hard = null) => OfLogits(
        "ttm", Transformed, [new("temperature", Temperature(temperature))], weight ?? 45, hard ?? 1,
        step => Losses.TransformedTeacher(step.Student().Logits, step.Teacher().Logits, temperature).mean());

    /// <summary>
    /// Weighted transformed teacher matching (Zheng and Yang 2024), WTTM: TTM with more weight on samples of which the teacher is unsure. Defaults are those of the authors' example with CRD on VGG-13 to
    /// VGG-8; they change with the pair.
    /// </summary>
    /// <param name="weight">4.</param>
    /// <param name="temperature">τ = 1/γ; 5.</param>
    /// <param name="hard">Weight of the labels; 1.</param>
    public static Method Wttm(Schedule? weight = null, double temperature = 5, Schedule? hard = null) => OfLogits(
        "wttm", Transformed, [new("temperature", Temperature(temperature))], weight ?? 4, hard ?? 1,
        step => Losses.TransformedTeacher(step.Student().Logits, step.Teacher().Logits, temperature, weighted: true).mean());
}
