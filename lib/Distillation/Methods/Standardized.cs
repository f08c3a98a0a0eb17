namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Logit standardisation (Sun et al. 2024), LSKD, around knowledge distillation: both sides' logits have mean 0 and standard deviation 1 per sample before the temperature.
    /// </summary>
    /// <param name="temperature">The base temperature; 2.</param>
    /// <param name="weight">9.</param>
    /// <param name="hard">Weight of the labels; 0.1.</param>
    /// <exception cref="BadInput">The temperature is not above 0.</exception>
    public static Method Lskd(double temperature = 2, Schedule? weight = null, Schedule? hard = null)
    {
        if (!(temperature > 0))
        {
            throw new BadInput($"A temperature is above 0, not {temperature}.");
        }

        var (soft, labels) = (weight ?? 9, hard ?? 0.1);
        return new Method(
            "lskd", 1, "Sun et al.: Logit Standardization in Knowledge Distillation, CVPR 2024", Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
            [new("temperature", temperature), new("weight", soft), new("hard", labels)],
            (_, _) => new Prepared(["labels", "lskd"], step =>
            [
                new Term("labels", step.TaskLoss(), labels),
                new Term("lskd", Losses.Hinton(Losses.Standardize(step.Student().Logits), Losses.Standardize(step.Teacher().Logits), temperature).mean(), soft),
            ]));
    }
}
