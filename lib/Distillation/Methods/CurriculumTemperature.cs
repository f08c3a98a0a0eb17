namespace Distillation;

public static partial class Methods
{
    // In how many stairs λ rises, one an epoch in a run of 240.
    private const int Stairs = 10;

    /// <summary>
    /// Curriculum temperature (Li et al. 2023), CTKD, with one temperature for all samples: τ = start + range · sigmoid(θ) is learned against the student, whose divergence from the teacher it is to raise. θ
    /// rides on the student's optimizer, decay included, and its gradient is turned round and multiplied by λ, which rises from easy to hard along half a cosine. As in the authors' code: θ begins at 1
    /// (τ = 15.6), the labels count 0.1 and the teacher 0.9, and the gradient reaches τ through the factor τ² too.
    /// Where τ is high the divergence hardly depends on it, and little of θ's gradient is left in float32. The authors' other form, a temperature for each sample, is not here.
    /// </summary>
    /// <param name="weight">Weight of the teacher's part; 0.9.</param>
    /// <param name="hard">Weight of the labels' part; 0.1.</param>
    /// <param name="start">The least temperature; 1.</param>
    /// <param name="range">By how much the largest is above it; 20.</param>
    /// <param name="initial">θ before the first step; 1.</param>
    /// <param name="curriculum">The share of the run after which λ is 1; 10 of 240 epochs. It rises in ten stairs, and the first is above 0: an epoch of the authors' has the λ of its end.</param>
    /// <exception cref="BadInput">A number is out of range.</exception>
    public static Method Ctkd(Schedule? weight = null, Schedule? hard = null, double start = 1, double range = 20, double initial = 1, double curriculum = 10.0 / 240)
    {
        if (!(start > 0) || !(range >= 0) || !double.IsFinite(start + range + initial))
        {
            throw new BadInput($"CTKD's temperature starts above 0 and has a range of 0 or more and a finite first value, not {start}, {range} and {initial}.");
        }

        var (soft, labels, lambda) = (weight ?? 0.9, hard ?? 0.1, Curriculum(curriculum));
        return new Method(
            "ctkd", 1, "Li et al.: Curriculum Temperature for Knowledge Distillation, AAAI 2023", Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
            [new("weight", soft), new("hard", labels), new("start", start), new("range", range), new("initial", initial), new("curriculum", curriculum)],
            (_, student) => new Prepared(["labels", "kd"], step =>
            {
                var tau = Losses.LearnedTemperature(Losses.Reversed(step.Player("temperature")["global_T"], step.Now(lambda)), start, range);
                return
                [
                    new Term("labels", step.TaskLoss(), labels),
                    new Term("kd", Losses.Hinton(step.Distributions(step.Student().Logits), step.Distributions(step.Teacher().Logits), tau).mean(), soft),
                ];
            })
            { Players = [Adapter("temperature", student.Input, Layer.Declare("global_T", [1], new Initializer.Constant(initial)))] });
    }

    /// <summary>λ of CTKD: (1 − cos(π k / 10)) / 2 in the k-th of ten equal parts of the first share of the run, 1 from the tenth on.</summary>
    /// <exception cref="BadInput">The share is none.</exception>
    internal static Schedule Curriculum(double share)
    {
        if (!(share is >= 0 and <= 1))
        {
            throw new BadInput($"CTKD's curriculum takes a share of the run from 0 to 1, not {share}; 10 of 240 epochs are {10.0 / 240:0.###}.");
        }

        var (stair, half) = (share / Stairs, new Schedule.Cosine(0, 1));
        // Each stair is the first part of what the stairs before it have left.
        return share == 0 ? 1 : Enumerable.Range(1, Stairs - 1).Reverse()
            .Aggregate((Schedule)1, (later, k) => new Schedule.Join(half.At((double)k / Stairs), stair / (1 - ((k - 1) * stair)), later));
    }
}
