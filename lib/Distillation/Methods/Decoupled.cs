namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Decoupled distillation (Zhao et al. 2022), DKD: the label's class and the others apart. The weight rises from 0 over the first epochs, of 240 the first 20.
    /// </summary>
    /// <param name="alpha">Weight of the label's class; 1.</param>
    /// <param name="beta">Weight of the others; 8, the paper uses 2 to 8 by pair.</param>
    /// <param name="temperature">τ; 4.</param>
    /// <param name="warmup">The share of the run over which the weight rises; 20 of 240 epochs.</param>
    /// <exception cref="BadInput">The temperature or the share is out of range.</exception>
    public static Method Dkd(Schedule? alpha = null, Schedule? beta = null, double temperature = 4, double warmup = 20.0 / 240)
    {
        if (!(temperature > 0) || !(warmup is >= 0 and <= 1))
        {
            throw new BadInput($"DKD takes a temperature above 0 and a warm-up share from 0 to 1, not {temperature} and {warmup}.");
        }

        var (target, others) = (alpha ?? 1, beta ?? 8);
        Schedule rising = warmup == 0 ? 1 : new Schedule.Join(new Schedule.Linear(0, 1), warmup, 1);
        return new Method(
            "dkd", 1, "Zhao et al.: Decoupled Knowledge Distillation, CVPR 2022", Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
            [new("alpha", target), new("beta", others), new("temperature", temperature), new("warmup", warmup)],
            (_, _) => new Prepared(["labels", "dkd"], step =>
            [
                new Term("labels", step.TaskLoss(), 1),
                new Term("dkd", Losses.Decoupled(step.Student().Logits, step.Teacher().Logits, step.Labels, step.Now(target), step.Now(others), temperature).mean(), rising),
            ]));
    }
}
