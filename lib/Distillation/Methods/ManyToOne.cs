using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    // Of 240 epochs, when the authors' code changes the weight of the segments.
    internal static Schedule InSegments { get; } = Held((10, 0.1), (20, 0.5), (180, 1), (210, 0.5), (240, 0.1));

    /// <summary>
    /// N-to-one representation matching (Liu et al. 2023), NORM: behind its last convolution the student's map is widened to N times the teacher's channels by a linear layer and made its old width by another, added to
    /// itself; each of the N segments between the two is held to the teacher's last map. Both layers are 1x1 convolutions with a batch normalisation and nothing else, so that in the end they are one map with
    /// what follows: the classifier where that reads the mean of the map, as in ResNets, VGGs and small networks. In wide ResNets a normalisation and a ReLU stand between, as in the authors' code, and the
    /// student that is judged is larger by one 1x1 convolution. Logits are compared as <see cref="Losses.LayerNormalize"/> makes them, with labels too.
    /// </summary>
    /// <param name="weight">1. A number is multiplied by 0.1 in the first 10 of 240 epochs and the last 30 and by 0.5 in the 10 after and the 30 before those, as in the authors' code; a schedule is taken as it is.</param>
    /// <param name="hard">Weight of the labels; 0.1 as in the authors' example, who try 0.0625 to 0.5.</param>
    /// <param name="kd">Weight of the soft labels at a temperature of 4; 0, or 1 for NORM + KD, where 1 stands in for what the paper takes.</param>
    /// <param name="segments">N; 8.</param>
    /// <param name="scale">The standard deviation that logits get; 2.5.</param>
    /// <exception cref="BadInput">There are fewer segments than 1, the scale is not above 0, or the student is no network of pieces that classifies the mean of a map.</exception>
    public static Method Norm(Schedule? weight = null, Schedule? hard = null, Schedule? kd = null, int segments = 8, double scale = 2.5)
    {
        var (given, labels, soft) = (weight ?? 1, hard ?? 0.1, kd ?? 0);
        var matching = given is Schedule.Constant { Value: var most } ? InSegments.Times(most) : given;
        var silent = soft is Schedule.Constant { Value: 0 };
        return new Method(
            "norm", 1, "Liu et al.: NORM: Knowledge Distillation via N-to-One Representation Matching, ICLR 2023", Knowledge.Feature, Scheme.Offline, new Teacher.Frozen(),
            [
                new("weight", given), new("hard", labels), new("kd", soft),
                new("segments", segments >= 1 ? segments : throw new BadInput($"NORM holds 1 segment or more to the teacher's map, not {segments}.")),
                new("scale", scale > 0 ? scale : throw new BadInput($"NORM's logits get a standard deviation above 0, not {scale}.")),
            ],
            (teachers, student) =>
            {
                var guide = StageTaps.Maps(teachers[0])[^1];
                var widened = Widened.Of(student, segments * guide.Shape.Channels);
                return new Prepared(["labels", "norm", .. silent ? [] : new[] { "kd" }], step =>
                {
                    var own = Losses.LayerNormalize(step.Student().Logits, scale);
                    return
                    [
                        new Term("labels", step.TaskLoss(own), labels),
                        new Term("norm", Losses.ManyToOne(step.Student()[Widened.Segments], step.Teacher()[guide.Name]).mean(), matching),
                        .. silent ? [] : new[] { new Term("kd", Losses.Hinton(own, Losses.LayerNormalize(step.Teacher().Logits, scale), StandardTemperature).mean(), soft) },
                    ];
                })
                {
                    Student = widened.Network,
                    Judged = widened.Judged,
                    Made = widened.Made,
                };
            });
    }

    // A weight that stays at a value up to an epoch of 240, then at the next.
    private static Schedule Held(params (int Until, double Value)[] steps)
    {
        return From(0, 0);

        Schedule From(int step, int start) => step == steps.Length - 1
            ? steps[step].Value
            : new Schedule.Join(steps[step].Value, (double)(steps[step].Until - start) / (240 - start), From(step + 1, steps[step].Until));
    }

    /// <summary>A student with the pair of linear layers in its way, and the student that they are merged into.</summary>
    /// <param name="Network">What is trained.</param>
    /// <param name="Judged">What is judged; what is trained itself where it computes in few bits, whose levels no product of two weights would keep.</param>
    /// <param name="Made">From the trained weights to those of <paramref name="Judged"/> that are not taken by name.</param>
    private sealed record Widened(Network Network, Network Judged, Func<Weights, IReadOnlyDictionary<string, Tensor>>? Made)
    {
        // The tap of the widened map.
        public const string Segments = "segments";

        private const string Pair = "transform";
        private const string Merged = "merged";
        private const double Epsilon = 1e-5;

        public static Widened Of(Network student, long channels)
        {
            var pooled = StageTaps.Pooled(student);
            var trunk = student.Trunk ?? throw new BadInput($"NORM puts two layers in its student's way, and {student.Name} was built in one piece; build it as a Trunk.");
            var width = pooled.Channels;
            var pair = Layer.Residual(
                Layer.Conv("0", channels, kernel: 1, padding: 0, initializer: Initializer.KaimingFanOut(1, channels)).Then(Layer.BatchNorm("1", epsilon: Epsilon)).Tap(Segments)
                    .Then(Layer.Conv("2", width, kernel: 1, padding: 0, initializer: Initializer.KaimingFanOut(1, width))).Then(Layer.BatchNorm("3", epsilon: Epsilon)),
                Layer.Identity).Within(Pair);
            // After the last stage where its map is as large as the one that is pooled; behind the last 1x1 convolution, that of a light network's head, where it is not.
            var last = StageTaps.Maps(student)[^1].Shape;
            var early = last == pooled;
            var head = early ? pair.Then(trunk.Head) : trunk.Head.Then(InPlaceOfPooled(pair)).Then(Layer.GlobalAveragePool).Tap("transformed mean");
            var network = Network.Build($"{student.Unquantized.Name}+{Pair}", student.Input, trunk with { Head = head }, student.Classes).QuantizedLike(student);
            if (student.Quantization is not null)
            {
                return new(network, network, null);
            }

            if (!early || trunk.Head.Build(Plan.Empty, last).Plan.Rows is [{ Kind: Layer.PoolingKind }])
            {
                var classifier = student.Classifier;
                return new(network, student, trained => IntoClassifier(trained, classifier));
            }

            var convolved = trunk with { Head = Layer.Conv(Merged, width, kernel: 1, padding: 0, bias: true).Then(trunk.Head) };
            return new(network, Network.Build($"{student.Name}+{Merged}", student.Input, convolved, student.Classes), trained =>
            {
                var (matrix, shift) = Map(trained);
                return new Dictionary<string, Tensor> { [$"{Merged}.weight"] = matrix.unsqueeze(2).unsqueeze(3), [$"{Merged}.bias"] = shift };
            });
        }

        // W (A·m + c) + b of the mean m: the mean of a linear map is the map of the mean.
        private static Dictionary<string, Tensor> IntoClassifier(Weights trained, string classifier)
        {
            var (matrix, shift) = Map(trained);
            var (weight, bias) = (trained[$"{classifier}.weight"].to_type(ScalarType.Float64), trained[$"{classifier}.bias"].to_type(ScalarType.Float64));
            return new() { [$"{classifier}.weight"] = weight.mm(matrix), [$"{classifier}.bias"] = bias + weight.mv(shift) };
        }

        // A = I + W₂W₁ and c = W₂b₁ + b₂ of the pair with its running statistics, in float64.
        private static (Tensor Matrix, Tensor Shift) Map(Weights trained)
        {
            var ((first, before), (second, after)) = (Folded("0", "1"), Folded("2", "3"));
            return (second.mm(first) + eye(second.shape[0], dtype: ScalarType.Float64, device: trained.Device), second.mv(before) + after);

            (Tensor Weight, Tensor Bias) Folded(string convolution, string normalisation)
            {
                Tensor Of(string name) => trained[$"{Pair}.{normalisation}.{name}"].to_type(ScalarType.Float64);
                var scale = Of("weight") / (Of("running_var") + Epsilon).sqrt();
                return (trained[$"{Pair}.{convolution}.weight"].to_type(ScalarType.Float64).flatten(1) * scale.unsqueeze(1), Of("bias") - (Of("running_mean") * scale));
            }
        }
    }
}
