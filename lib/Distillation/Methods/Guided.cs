using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// The shape that most methods have since CRD's comparison (Tian et al. 2020): labels · CE + kd · τ² KL + weight · the method's own term, with τ = 4.
    /// A method "+ KD" is one with <c>kd</c> at 1.
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
                return new Prepared(["labels", name, .. silent ? [] : new[] { "kd" }], step =>
                [
                    new Term("labels", step.TaskLoss(), hard),
                    new Term(name, guide.Loss(step), weight),
                    .. silent ? [] : new[] { new Term("kd", Losses.Hinton(step.Student().Logits, step.Teacher().Logits, StandardTemperature).mean(), kd) },
                ])
                { Players = guide.Adapters };
            });
    }

    private const double StandardTemperature = 4;

    // A method's own term, and the adapters that it trains.
    private sealed record Guide(Func<Step, Tensor> Loss)
    {
        public Sequence<Player> Adapters { get; init; } = [];
    }

    private static Player Adapter(string name, Shape input, Layer layer) => new(name, Network.Parts(name, ("", input, layer)));
}
