using F = TorchSharp.torch.nn.functional;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// The reused teacher classifier (Chen et al. 2022), SimKD: the student's last map, through a projector, is held to the teacher's and to nothing else; the teacher's classifier, as it is, makes the logits.
    /// The projector stays: the student that is judged is larger by it.
    /// </summary>
    /// <param name="weight">1.</param>
    /// <param name="factor">By how much the projector's middle is narrower than the teacher's map: 2, 4 or 8.</param>
    /// <exception cref="BadInput">The factor is below 1, or the student is no network of pieces.</exception>
    public static Method SimKd(Schedule? weight = null, int factor = 2)
    {
        const string Reused = "reused";
        var hint = weight ?? 1;
        return new Method(
            "simkd", 1, "Chen et al.: Knowledge Distillation with the Reused Teacher Classifier, CVPR 2022", Knowledge.Feature, Scheme.Offline, new Teacher.Frozen(),
            [new("weight", hint), new("factor", factor >= 1 ? factor : throw new BadInput($"SimKD's projector is narrower by a factor of 1 or more, not {factor}."))],
            (teachers, student) =>
            {
                var (own, guide) = (StageTaps.Pooled(student), StageTaps.Pooled(teachers[0]));
                var trunk = student.Trunk ?? throw new BadInput($"SimKD gives its student another classifier, and {student.Name} was built in one piece; build it as a Trunk.");
                var middle = Math.Max(1, guide.Channels / factor);
                var projector = Layer.Chain(
                    own.Height > guide.Height ? Averaged(guide.Height, guide.Width) : Layer.Identity,
                    Layer.Conv("0", middle, kernel: 1, padding: 0).Then(Layer.BatchNorm("1")).Then(Layer.Relu),
                    Layer.Conv("2", middle).Then(Layer.BatchNorm("3")).Then(Layer.Relu),
                    Layer.Conv("4", guide.Channels, kernel: 1, padding: 0).Then(Layer.BatchNorm("5")).Then(Layer.Relu)).Within("projector").Tap("projected");
                var network = Network.Build($"{student.Unquantized.Name}+{teachers[0].Name}-classifier", student.Input, trunk with
                {
                    Head = trunk.Head.Then(InPlaceOfPooled(projector)).Then(Layer.GlobalAveragePool).Tap("projected mean"),
                    Classifier = logits => Layer.Linear(Reused, logits),
                }, student.Classes).QuantizedLike(student);
                return new Prepared([new Phase("training", ["simkd"], (step, memory) =>
                    new Outcome([new Term("simkd", Losses.PooledHint(step.Student()["projected"], step.Teacher().Pooled!).mean(), hint)], memory))
                {
                    Trains = name => !name.StartsWith($"{Reused}.", StringComparison.Ordinal),
                }])
                {
                    Student = network,
                    Inherited = (frozen, name) => name.StartsWith($"{Reused}.", StringComparison.Ordinal) ? frozen[0][$"{frozen[0].Network.Classifier}{name[Reused.Length..]}"] : null,
                };
            });

        static Layer Averaged(long height, long width) => new((plan, input) =>
        {
            var output = input with { Height = height, Width = width };
            return new Built(plan.Row("mean over cells", output), output, (_, x) => F.adaptive_avg_pool2d(x, [height, width]));
        });
    }

    // Goes on from the map that was pooled, instead of from its mean.
    private static Layer InPlaceOfPooled(Layer next) => new((plan, _) =>
    {
        var built = next.Build(plan with { Before = null, Fresh = false }, plan.Pooled!.Value);
        return built with { Forward = (frame, _) => built.Forward(frame, frame.Pooled[0]!) };
    });
}
