using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Function-consistent feature distillation (Liu et al. 2023), FCFD: beside its answers and its maps, which bridges of one convolution carry to the teacher's shapes, a student is taught to have maps that do the
    /// same. In every step some of the places between stages are drawn, of both directions: the student's map goes over its bridge through the rest of the teacher, whose later maps and answers are to be those
    /// of its own map; the teacher's goes over another bridge through the rest of the student, whose answers are to be the teacher's. Where the teacher's map goes through the student, normalisations read
    /// the batch and move no running average; through the teacher they read its running averages, in the authors' code the batch.
    /// </summary>
    /// <param name="weight">Of the maps, those on the drawn ways included; 5, rising from 0 over the first epochs. The authors take 0.02 for resnet-56 and resnet-20.</param>
    /// <param name="kd">Weight of the teacher's answers to the student's own; 1.</param>
    /// <param name="crossed">Weight of the teacher's answers to those at the ends of the drawn ways; 1.</param>
    /// <param name="temperature">τ of both; 4, or 8 for ShuffleNets.</param>
    /// <param name="ways">How many ways are drawn in a step, without repetition; 2.</param>
    /// <param name="warmup">The share of the run over which the weight of the maps rises; 20 of 240 epochs.</param>
    /// <param name="studentBefore">Whether the student's maps are taken before the ReLU that ends a stage, as the authors do with VGGs and ShuffleNetV1.</param>
    /// <param name="teacherBefore">The same of the teacher's.</param>
    /// <exception cref="BadInput">A number is out of its range, the networks have different numbers of stages, or a pair of maps is of sizes that no bridge joins.</exception>
    public static Method Fcfd(
        Schedule? weight = null, Schedule? kd = null, Schedule? crossed = null, double temperature = 4, int ways = 2, double warmup = 20.0 / 240, bool studentBefore = false, bool teacherBefore = false)
    {
        var (given, answers, function, tau) = (weight ?? 5, kd ?? 1, crossed ?? 1, Temperature(temperature));
        var maps = Warm(given, warmup);
        return new Method(
            "fcfd", 1, "Liu, Kan, Shan, Chen: Function-Consistent Feature Distillation, ICLR 2023", Knowledge.Feature, Scheme.Offline, new Teacher.Frozen(),
            [
                new("weight", given), new("kd", answers), new("crossed", function), new("temperature", tau),
                new("ways", ways >= 0 ? ways : throw new BadInput($"FCFD draws 0 ways or more in a step, not {ways}.")),
                new("warmup", warmup), new("studentBefore", studentBefore ? 1 : 0), new("teacherBefore", teacherBefore ? 1 : 0),
            ],
            (teachers, student) =>
            {
                var crossing = Crossing.Of(teachers[0], student, teacherBefore, studentBefore);
                return new Prepared(["labels", "kd", "fcfd", "crossed"], step =>
                {
                    var logits = step.Student().Logits;
                    var (apart, ends) = crossing.Ask(step, ways);
                    var guide = step.Teacher().Logits;
                    return
                    [
                        new Term("labels", step.TaskLoss(), 1),
                        new Term("kd", Losses.Hinton(logits, guide, tau).mean(), answers),
                        new Term("fcfd", apart, maps),
                        new Term("crossed", ends.Select(end => Losses.Hinton(end, guide, tau).mean()).Aggregate(logits.sum() * 0, (sum, end) => sum + end), function),
                    ];
                })
                { Players = [new Player(Crossing.Bridges, crossing.Adapters)] };
            });
    }

    /// <summary>The places where two networks can be left for one another, the bridges between them, and the rest of each network behind each place.</summary>
    /// <param name="Own">The student's maps behind its stages, the last as its classifier reads it.</param>
    /// <param name="Guide">The teacher's.</param>
    /// <param name="RestOfStudent">Behind each of the student's maps but the last.</param>
    /// <param name="RestOfTeacher">The same of the teacher's.</param>
    private sealed record Crossing(IReadOnlyList<Stop> Own, IReadOnlyList<Stop> Guide, IReadOnlyList<Network> RestOfStudent, IReadOnlyList<Network> RestOfTeacher)
    {
        public const string Bridges = "bridges";

        public static Crossing Of(Network teacher, Network student, bool teacherBefore, bool studentBefore)
        {
            var (own, guide) = (Stop.All(student, studentBefore), Stop.All(teacher, teacherBefore));
            return own.Count == guide.Count
                ? new(own, guide, Rests(student, own), Rests(teacher, guide))
                : throw new BadInput($"FCFD leads maps through the stages of the other network, and {student.Name} has {own.Count} and {teacher.Name} {guide.Count}; choose networks that have as many.");

            static IReadOnlyList<Network> Rests(Network network, IReadOnlyList<Stop> places) => [.. places.SkipLast(1).Select(place => network.After(place.Stage))];
        }

        // Every student's map to the teacher's shape; back only where a way begins.
        public Network Adapters => Network.Parts(Bridges, Own.Zip(Guide).SelectMany((pair, i) =>
        {
            var across = ($"to teacher {i + 1}", pair.First.Shape, Bridge(pair.First.Shape, pair.Second));
            return i == Own.Count - 1 ? [across] : new (string, Shape, Layer)[] { across, ($"to student {i + 1}", pair.Second.Shape, Bridge(pair.Second.Shape, pair.First)) };
        }));

        /// <summary>How far the maps are apart, a scalar, and the answers at the ends of the drawn ways.</summary>
        public (Tensor Apart, IReadOnlyList<Tensor> Ends) Ask(Step step, int ways)
        {
            var (mine, hers, bridges) = (step.Student(), step.Teacher(), step.Player(Bridges));
            var last = Own.Count - 1;
            List<Tensor> carried = [.. Own.Select((place, i) => bridges.Call(place.Of(mine), $"to teacher {i + 1}"))];
            var apart = carried.Select((map, i) => Apart(map, i)).Aggregate((sum, one) => sum + one);
            var ends = new List<Tensor>();
            foreach (var way in Drawn(step.Key.Fold("ways"), ways))
            {
                var (place, throughTeacher) = (way / 2, way % 2 == 0);
                if (throughTeacher)
                {
                    var answer = step.Frozen().Continue(RestOfTeacher[place], Guide[place].Entered(carried[place]));
                    apart = Enumerable.Range(place + 1, last - place).Select(later => Apart(Guide[later].Of(answer), later)).Aggregate(apart, (sum, one) => sum + one);
                    ends.Add(answer.Logits);
                }
                else
                {
                    var map = bridges.Call(Guide[place].Of(hers), $"to student {place + 1}");
                    ends.Add(step.Weights.Continue(RestOfStudent[place], Own[place].Entered(map), step.Pass with { Update = false, Key = step.Pass.Key?.Fold($"way {place + 1}") }).Logits);
                }
            }

            return (apart, ends);

            Tensor Apart(Tensor map, int i) => (i == last ? Losses.LastMap(map, Guide[i].Of(hers)) : Losses.Hint(map, Guide[i].Of(hers))).mean();
        }

        // Even numbers lead through the teacher, odd ones through the student.
        private IEnumerable<int> Drawn(Key key, int ways) => Enumerable.Range(0, 2 * RestOfTeacher.Count).OrderBy(way => key.Fold(way).Seed).Take(ways);

        private static Layer Bridge(Shape from, Stop to)
        {
            var channels = to.Shape.Channels;
            // A bias in front of the normalisation would change nothing.
            Layer convolution = (from.Height, to.Shape.Height) switch
            {
                var (one, other) when one == other => Layer.Conv("0", channels, initializer: Initializer.KaimingFanOut(3, channels)),
                var (one, other) when (one + 1) / 2 == other => Layer.Conv("0", channels, stride: 2, initializer: Initializer.KaimingFanOut(3, channels)),
                var (one, other) when one * 2 == other => Layer.ConvTransposed("0", channels, kernel: 4, stride: 2, padding: 1, bias: false),
                _ => throw new BadInput($"FCFD's bridges keep a map's size, halve it or double it, and {from} is to become {to.Shape}; choose networks whose stages are nearer in size."),
            };
            var normalised = convolution.Then(Layer.BatchNorm("1"));
            return to.Activated ? normalised.Then(Layer.Map("leaky relu 0.1", x => F.leaky_relu(x, 0.1))) : normalised;
        }
    }

    /// <summary>A map behind a stage of a network.</summary>
    /// <param name="Stage">The stage's tap, behind which the network goes on.</param>
    /// <param name="Shape">The map's shape.</param>
    /// <param name="Tap">The tap that keeps it; null for the one that is pooled.</param>
    /// <param name="Activated">Whether it comes from a ReLU.</param>
    /// <param name="Before">Whether the ReLU that ends the stage is still to come.</param>
    private sealed record Stop(string Stage, Shape Shape, string? Tap, bool Activated, bool Before)
    {
        public Tensor Of(Activations answer) => Tap is null ? answer.Pooled! : answer[Tap];

        public Tensor Entered(Tensor map) => Before ? map.relu() : map;

        public static IReadOnlyList<Stop> All(Network network, bool before)
        {
            var maps = StageTaps.Maps(network).Skip(1).ToList();
            return [.. maps.SkipLast(1).Select(map => Between(network, map, before)), Last(network, maps[^1], before)];
        }

        private static Stop Between(Network network, Tap map, bool before)
        {
            if (!before)
            {
                return new(map.Name, map.Shape, map.Name, Activates(network, map.Name), Before: false);
            }

            var preact = $"{map.Name}.preact";
            var plain = network.Unquantized;
            return plain.Taps.Any(tap => tap.Name == preact) && plain.Layers.Take(plain.LayersBefore(map.Name)).Skip(plain.LayersBefore(preact)).Select(layer => layer.Kind).SequenceEqual(["relu"])
                ? new(map.Name, map.Shape, preact, Activated: false, Before: true)
                : throw new BadInput($"The stage '{map.Name}' of {network.Name} does not end in a ReLU behind a map that is kept; take its maps as they are.");
        }

        // What the classifier reads: behind a convolution of its own (light networks) the map that is pooled, behind a normalisation of its own (wide ResNets) what comes out of that.
        private static Stop Last(Network network, Tap map, bool before)
        {
            var pooled = StageTaps.Pooled(network);
            return pooled != map.Shape ? new(map.Name, pooled, null, Activated: true, Before: false)
                : network.Taps.SkipWhile(tap => tap.Name != map.Name).Any(tap => tap.Name == $"{map.Name}.preact") ? new(map.Name, map.Shape, $"{map.Name}.preact", Activated: false, Before: false)
                : Between(network, map, before);
        }

        // Whether a ReLU is among the layers without parameters that end in the tap.
        private static bool Activates(Network network, string tap)
        {
            var plain = network.Unquantized;
            return plain.Layers.Take(plain.LayersBefore(tap)).Reverse().TakeWhile(layer => layer.Parameters == 0).Any(layer => layer.Kind.StartsWith("relu", StringComparison.Ordinal));
        }
    }
}
