namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Logit standardisation (Sun et al. 2024), LSKD, around knowledge distillation: both sides' logits have mean 0 and standard deviation 1 per sample before the temperature. Behind a method of logits, as
    /// in <c>Methods.Dkd() + Methods.Lskd()</c>, it wraps that method instead: what it compares is standardised, its weights are multiplied by <paramref name="weight"/>, and the labels count
    /// <paramref name="hard"/>.
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
            ]))
        {
            Around = (methods, prepared) => methods.FirstOrDefault(method => method.Settings.Any(setting => setting.Name == "standardized")) is { } itself
                ? throw new BadInput($"'{itself.Name}' standardises a part of its logits by itself: give it standardized=1 in place of lskd.")
                : methods.FirstOrDefault(method => method.Knowledge != Knowledge.Response || method.Teacher is not Teacher.Frozen) is { } other
                ? throw new BadInput($"Standardised logits are for methods that compare logits with a teacher's, and '{other.Name}' is none; write it after lskd.")
                : prepared with
                {
                    Phases = [.. prepared.Phases.Select(phase => phase with
                    {
                        Objective = (step, memory) => phase.Objective(step.With(Losses.Standardize), memory) is var outcome ? outcome with
                        {
                            Terms = [.. outcome.Terms.Select(term => term with { Weight = term.Name == "labels" ? labels : term.Weight.Times(soft.At(0)) })],
                        } : null!,
                    })],
                },
        };
    }
}
