namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Born-again networks (Furlanello et al. 2018), BAN: a student of the teacher's own kind learns from what the teacher says, at temperature 1. Generations of them are a chain of
    /// experiments, <c>experiment.BornAgain(3)</c>.
    /// </summary>
    /// <param name="weight">Of the teacher's part; 1.</param>
    /// <param name="hard">Of the labels; 0, or 1 for what the paper calls BAN+L.</param>
    public static Method BornAgain(Schedule? weight = null, Schedule? hard = null) => OfLogits(
        "ban", "Furlanello et al.: Born-Again Neural Networks, ICML 2018", [], weight ?? 1, hard ?? 0,
        step => Losses.KlDivergence(step.Student().Logits, step.Teacher().Logits).mean(), scheme: Scheme.Self);
}
