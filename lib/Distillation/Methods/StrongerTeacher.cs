namespace Distillation;

public static partial class Methods
{
    /// <summary>Distillation from a stronger teacher (Huang et al. 2022), DIST: correlations of probabilities within samples and within classes in place of KL.</summary>
    /// <param name="weight">Weight of τ² (inter + intra); 2.</param>
    /// <param name="temperature">τ; 4.</param>
    /// <exception cref="BadInput">The temperature is not above 0.</exception>
    public static Method Dist(Schedule? weight = null, double temperature = 4)
    {
        if (!(temperature > 0))
        {
            throw new BadInput($"DIST takes a temperature above 0, not {temperature}.");
        }

        var beta = weight ?? 2;
        return new Method(
            "dist", 1, "Huang et al.: Knowledge Distillation from A Stronger Teacher, NeurIPS 2022", Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
            [new("weight", beta), new("temperature", temperature)],
            (_, _) => new Prepared(["labels", "dist"], step =>
            {
                var (own, guide) = (step.Student().Logits, step.Teacher().Logits);
                return
                [
                    new Term("labels", step.TaskLoss(), 1),
                    new Term("dist", (Losses.InterClass(own, guide, temperature).mean() + Losses.IntraClass(own, guide, temperature)) * (temperature * temperature), beta),
                ];
            }));
    }
}
