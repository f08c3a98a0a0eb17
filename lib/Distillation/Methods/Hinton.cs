namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Knowledge distillation (Hinton, Vinyals, Dean 2015): hard · CE(y, z_S) + weight · τ² KL(softmax(z_T/τ) ‖ softmax(z_S/τ)). The defaults are those of the CIFAR-100
    /// literature since CRD (Tian et al. 2020): τ = 4, 0.9 and 0.1.
    /// </summary>
    /// <param name="temperature">τ, a number or a schedule.</param>
    /// <param name="weight">Weight of the teacher's part, a number or a schedule.</param>
    /// <param name="hard">Weight of the labels' part; by default 0.1.</param>
    /// <exception cref="BadInput">The temperature starts or ends at 0 or below.</exception>
    public static Method Hinton(Schedule? temperature = null, Schedule? weight = null, Schedule? hard = null)
    {
        var (tau, soft, labels) = (temperature ?? 4, weight ?? 0.9, hard ?? 0.1);
        if (!(tau.At(0) > 0 && tau.At(1) > 0))
        {
            throw new BadInput($"A temperature is above 0 from the first step to the last, not {tau.At(0)} and {tau.At(1)}; 1 is the plain softmax, larger is softer.");
        }

        return new Method(
            "kd", 1, "Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network, 2015", Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
            [new("temperature", tau), new("weight", soft), new("hard", labels)],
            (_, _) => new Prepared(["labels", "kd"], step =>
            [
                new Term("labels", step.TaskLoss(), labels),
                new Term("kd", Losses.Hinton(step.Distributions(step.Student().Logits), step.Distributions(step.Teacher().Logits), step.Now(tau)).mean(), soft),
            ]));
    }
}
