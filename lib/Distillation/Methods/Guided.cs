using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    private const double StandardTemperature = 4;

    /// <summary>
    /// The shape that most methods have since CRD's comparison (Tian et al. 2020): labels · CE + kd · τ² KL + weight · the method's own term, with τ = 4.
    /// A method "+ KD" is one with <c>kd</c> at 1. What comes in front of the published epochs is the guide's.
    /// </summary>
    private static Method Guided(
        string name, string citation, Knowledge knowledge, IReadOnlyList<Setting> settings, Schedule weight, Schedule kd, Func<Network, Network, Guide> prepare, int version = 1, Schedule? labels = null)
    {
        var hard = labels ?? 1;
        var silent = kd is Schedule.Constant { Value: 0 };
        return new Method(name, version, citation, knowledge, Scheme.Offline, new Teacher.Frozen(), [new("weight", weight), .. settings, new("kd", kd), .. labels is null ? [] : new[] { new Setting("hard", hard) }],
            (teachers, student) =>
            {
                var guide = prepare(teachers[0], student);
                return new Prepared([.. guide.Front, new Phase("training", ["labels", .. guide.Loss is null ? [] : new[] { name }, .. silent ? [] : new[] { "kd" }], (step, memory) =>
                {
                    var own = guide.Loss?.Invoke(step, memory);
                    return new Outcome(
                    [
                        new Term("labels", step.TaskLoss(), hard),
                        .. own is { Loss: var loss } ? new[] { new Term(name, loss, weight) } : [],
                        .. silent ? [] : new[] { new Term("kd", Losses.Hinton(step.Student().Logits, step.Teacher().Logits, StandardTemperature).mean(), kd) },
                    ], own?.Memory ?? memory);
                })
                {
                    Plays = guide.Plays,
                }])
                {
                    Players = guide.Adapters,
                    Opening = guide.Opening,
                };
            });
    }

    // Labels and one term of the logits.
    private static Method OfLogits(
        string name, string citation, IReadOnlyList<Setting> settings, Schedule weight, Schedule hard, Func<Step, Tensor> loss, Teacher? teacher = null, Scheme scheme = Scheme.Offline) => new(
        name, 1, citation, Knowledge.Response, scheme, teacher ?? new Teacher.Frozen(), [new("weight", weight), .. settings, new("hard", hard)],
        (_, _) => new Prepared(["labels", name], step => [new Term("labels", step.TaskLoss(), hard), new Term(name, loss(step), weight)]));

    // A method's own term in the published epochs (null where it has none there), and what it brings.
    private sealed record Guide(Func<Step, Memory, (Tensor Loss, Memory Memory)>? Loss)
    {
        public Guide(Func<Step, Tensor> loss)
            : this((step, memory) => (loss(step), memory))
        {
        }

        // Nothing of its own in the published epochs.
        public static Guide None { get; } = new((Func<Step, Memory, (Tensor Loss, Memory Memory)>?)null);

        // What learns beside the student.
        public Sequence<Player> Adapters { get; init; } = [];

        // Phases before the published epochs.
        public Sequence<Phase> Front { get; init; } = [];

        // Who still learns in the published epochs; null is everybody.
        public Func<string, bool>? Plays { get; init; }

        public Func<Opening, Memory> Opening { get; init; } = _ => Memory.Empty;
    }

    // What relates the images of a batch to one another has nothing to relate in a batch of one, such as a data set's last may be.
    private static Tensor Related(Tensor embedding, Func<Tensor, Tensor> loss) => embedding.shape[0] > 1 ? loss(embedding) : embedding.sum() * 0;

    private static Player Adapter(string name, Shape input, Layer layer) => new(name, Network.Parts(name, ("", input, layer)));

    // A phase before the published 240 epochs at the recipe's first rate; a shorter run has a shorter one.
    private static Phase Front(string name, string term, Schedule weight, Func<Step, Tensor> loss, int epochs = 30) =>
        new(name, [term], (step, memory) => new Outcome([new Term(term, loss(step), weight)], memory)) { Epochs = Of240(epochs), Practice = practice => practice with { Rate = practice.Rate.At(0) } };

    private static Func<int, int> Of240(int epochs) => recipe => Math.Max(1, (int)Math.Round(recipe * epochs / 240.0));

    // A weight that rises from 0 to its first value over the first part of the run.
    private static Schedule Warm(Schedule weight, double part) => part switch
    {
        0 => weight,
        > 0 and <= 1 => weight.AfterWarmUp(part),
        _ => throw new BadInput($"A warm-up takes a share of the run from 0 to 1, not {part}; 20 of 240 epochs are {20.0 / 240:0.###}."),
    };

    private static double Temperature(double value) => value > 0 ? value : throw new BadInput($"A temperature is above 0, not {value}.");
}
