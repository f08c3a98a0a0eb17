using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class StochasticPrecisionTests : IDisposable
{
    private static readonly IReadOnlyDictionary<string, JsonElement> cases = GoldenInputs.Cases("speq.json");

    private static readonly Network student = Toy.ResNet.Quantize(new Quantization(2, 2) { Clip = 2 });

    private readonly LoadedDataset data = Toy.Load();

    public static TheoryData<string> Cases => [.. cases.Keys];

    public void Dispose() => data.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_gradients_are_those_of_the_loop(string name)
    {
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float64);
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float32);

        static Tensor Formula(GoldenInputs i) => Losses.CosineDistance(i.Student, i.Teacher, i.Number("temperature"));
    }

    [Fact]
    public void Nothing_is_lost_between_equal_answers_and_most_between_sure_ones_of_different_classes()
    {
        using var scope = NewDisposeScope();
        var logits = Key.Of(1).Normal([5L, 7L], CPU);
        var sure = eye(2) * 100;

        Assert.All(Golden.Flat(Losses.CosineDistance(logits, logits + 3, 2)), value => Assert.Equal(0, value, 1e-5));
        Assert.All(Golden.Flat(Losses.CosineDistance(sure, sure.flip(0), 1)), value => Assert.Equal(1, value, 1e-5));
        Assert.Throws<ArgumentException>(() => Losses.CosineDistance(logits, logits.t()));
    }

    [Fact]
    public void A_sure_student_is_pulled_less_by_direction_than_by_KL_where_its_teacher_knows_nothing()
    {
        using var scope = NewDisposeScope();
        var views = Key.Of(1).Normal([256, 10], CPU);
        double Pull(Func<Tensor, Tensor, double, Tensor> loss, double sharpness)
        {
            var logits = (views * 3).requires_grad_(true);
            loss(logits, views * sharpness, 1).sum().backward();
            return Golden.Flat(logits.grad!.square().sum(1).sqrt().mean()).Single();
        }

        double Ratio(double sharpness) => Pull(Losses.KlDivergence, sharpness) / Pull(Losses.CosineDistance, sharpness);

        Assert.True(Ratio(0) > 2 * Ratio(12), $"{Ratio(0)} {Ratio(12)}");
    }

    [Fact]
    public void With_no_chance_of_more_bits_it_is_training_alone()
    {
        using var scope = NewDisposeScope();
        var (alone, speq) = (Toy.Learner(Methods.None, student), Toy.Learner(Methods.Speq(chance: 0), student));
        var stream = Toy.Stream(data, [alone, speq]);
        var states = new[] { alone, speq }.Select(learner =>
        {
            using var begin = LearnerState.Begin(learner, learner.Prepare());
            var after = begin.Step(learner, learner.Prepare(), stream.At(0, 0, stream.Order(0), scope));
            return (Parameters: Golden.Flat(after.Weights.Parameters), Sums: Golden.Flat(after.Sums));
        }).ToList();

        // The loss is 0 up to rounding, and so is its gradient.
        Golden.Close(states[0].Parameters, states[1].Parameters, relative: 1e-5, absolute: 1e-6);
        Assert.InRange(states[1].Sums[1], -1e-4, 1e-4);
        Assert.True(Train(Methods.Speq()).Epochs[0].Terms.Single(term => term.Name == "cosine").Mean > 1e-4);
    }

    [Fact]
    public void The_teacher_has_other_precisions_in_every_step_and_neither_history_nor_running_averages()
    {
        using var scope = NewDisposeScope();
        var learner = Toy.Learner(Methods.Speq(), student);
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner]);
        using var begin = LearnerState.Begin(learner, prepared);
        using var alone = LearnerState.Begin(Toy.Learner(Methods.None, student), Toy.Learner(Methods.None, student).Prepare());

        var batch = stream.At(0, 0, stream.Order(0), scope);
        var after = begin.Step(learner, prepared, batch);
        var without = alone.Step(Toy.Learner(Methods.None, student), Toy.Learner(Methods.None, student).Prepare(), stream.At(0, 0, stream.Order(0), scope));

        // One forward moved the averages, not two.
        Assert.Equal(Golden.Bits(without.Weights.Buffers), Golden.Bits(after.Weights.Buffers));

        var passes = new List<(bool Drawn, bool History)>();
        var probed = Toy.Learner(Methods.Speq(), Toy.Tiny("probed", Layer.Of("probe", [], (_, x, pass) =>
        {
            passes.Add((pass.Bits is not null, x.requires_grad));
            return x;
        })).Quantize(2, 2));
        using var watched = LearnerState.Begin(probed, probed.Prepare());
        watched.Step(probed, probed.Prepare(), Toy.Stream(data, [probed]).At(0, 0, stream.Order(0), scope));
        Assert.Equal([(false, true), (true, false)], passes);

        Func<string, int?>[] drawn = [.. new[] { 0, 1 }.Select(step => Precisions.Drawn(At(step).Key.Fold("precision"), 8, 0.5))];
        foreach (var step in new[] { 0, 1 })
        {
            var (value, gradient) = Asked(weights => prepared.Phases[0].Objective(Question(At(step), weights), begin.Memory).Terms.Single(term => term.Name == "cosine").Value);
            var quiet = Asked(weights => Formula(step, weights, drawn[step]));
            Assert.Equal(quiet.Value, value, 1e-6);
            Golden.Close(quiet.Gradient, gradient, relative: 1e-4, absolute: 1e-6);
            // With another step's precisions it would be something else.
            var other = Asked(weights => Formula(step, weights, drawn[1 - step])).Value;
            Assert.True(Math.Abs(other - value) > 0.01 * value, $"{other} {value}");
        }

        var draws = Enumerable.Range(0, 40).Select(step => string.Join(' ', student.Clips.Select(clip => Precisions.Drawn(Key.Of(step), 8, 0.5)(clip) ?? 2))).ToList();
        Assert.True(draws.Distinct().Count() > 20);
        Assert.InRange(draws.SelectMany(draw => draw.Split(' ')).Count(bits => bits == "8") / (40.0 * student.Clips.Count), 0.35, 0.65);
        Assert.All(student.Clips, clip => Assert.Equal((8, null), (Precisions.Drawn(Key.Of(1), 8, 1)(clip), Precisions.Drawn(Key.Of(1), 8, 0)(clip))));

        Batch At(int step) => stream.At(0, step, stream.Order(0), scope);

        Step Question(Batch asked, Weights weights) =>
            new(asked, learner.Task, new Playing(learner.Student, weights, Pass.Training(Key.Of(1))), new Dictionary<string, Playing>(), prepared.Views, Pass.Training(Key.Of(1)), new Progress(0, 1, 0, 6));

        Tensor Formula(int step, Weights weights, Func<string, int?> bits)
        {
            var (images, pass) = (At(step).Images(View.Plain), Pass.Training(Key.Of(1)) with { Update = false });
            return Losses.CosineDistance(student.Apply(weights, images, pass).Logits, student.Apply(weights, images, pass with { Bits = bits }).Logits.detach(), 2).mean();
        }

        (double Value, double[] Gradient) Asked(Func<Weights, Tensor> of)
        {
            var weights = begin.Weights with { Parameters = begin.Weights.Parameters.detach().clone().requires_grad_(true), Buffers = begin.Weights.Buffers.clone() };
            var value = of(weights);
            value.backward();
            return (value.item<float>(), Golden.Flat(weights.Parameters.grad!));
        }
    }

    [Fact]
    public void The_teacher_may_normalise_with_the_running_averages()
    {
        Assert.Equal(0, Apart(Methods.Speq(chance: 0)), 5);
        Assert.True(Apart(Methods.Speq(chance: 0, running: true)) > 1e-3);
        Assert.Equal(Methods.Speq(running: true).Text, MethodCatalog.Named("speq", new Dictionary<string, double> { ["running"] = 1 }).Text);
        Assert.NotEqual(Methods.Speq().Text, Methods.Speq(running: true).Text);

        double Apart(Method method)
        {
            using var scope = NewDisposeScope();
            var learner = Toy.Learner(method, student);
            var prepared = learner.Prepare();
            var stream = Toy.Stream(data, [learner]);
            using var state = LearnerState.Begin(learner, prepared);
            var pass = Pass.Training(Key.Of(1));
            var step = new Step(stream.At(0, 0, stream.Order(0), scope), learner.Task, new Playing(learner.Student, state.Weights, pass), new Dictionary<string, Playing>(), prepared.Views, pass, new Progress(0, 1, 0, 6));
            return prepared.Phases[0].Objective(step, state.Memory).Terms.Single(term => term.Name == "cosine").Value.item<float>();
        }
    }

    [Fact]
    public void Clips_are_part_of_the_state_and_a_run_goes_on_with_the_same_bits()
    {
        var learner = Toy.Learner(Methods.Speq(), student, Toy.Recipe);
        var stream = Toy.Stream(data, [learner]);
        var kept = new Dictionary<long, Checkpoint>();
        var whole = Fold.Run([stream], keeping: new(_ => null, (_, checkpoint) => kept[checkpoint.Position.Step] = Copy(checkpoint), TimeSpan.Zero)).Single();

        Toy.Same(whole, Fold.Run([stream], keeping: new(_ => Copy(kept[3]), (_, _) => { }, TimeSpan.FromHours(1))).Single());

        Assert.All(student.Clips, clip => Assert.NotEqual(2, whole.Last[clip].item<float>()));
        kept.Values.ToList().ForEach(checkpoint => checkpoint.Dispose());
        static Checkpoint Copy(Checkpoint checkpoint) => checkpoint with { Tensors = checkpoint.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone().DetachFromDisposeScope()) };
    }

    [Fact]
    public void A_student_in_floating_point_is_quantized_first_and_one_without_activations_refused()
    {
        Assert.Equal(Toy.ResNet.Quantize(4, 3).Identity, Methods.Speq(weights: 4, activations: 3).Prepare([], Toy.ResNet).Student!.Identity);
        Assert.Null(Methods.Speq().Prepare([], student).Student);
        var linear = Network.Build("linear", new Shape(1, 8, 8), Layer.Flatten.Then(Layer.Linear("fc", 4)));
        Assert.Contains("no activations", Assert.Throws<BadInput>(() => Methods.Speq().Prepare([], linear)).Message);
        Assert.Contains("between 0 and 1", Assert.Throws<BadInput>(() => Methods.Speq(chance: 1.5)).Message);
        Assert.Contains("above 0", Assert.Throws<BadInput>(() => Methods.Speq(temperature: 0)).Message);
    }

    [Fact]
    public void A_reader_of_texts_learns_in_few_bits_from_itself()
    {
        using var scope = NewDisposeScope();
        var words = WordPiece.Of(GeneratedReading.Words(), most: 1000);
        var format = new ReadingFormat(words, Length: 24);
        using var texts = format.Load("made", GeneratedReading.Questions(Key.Of(1), 60, facts: 2), GeneratedReading.Questions(Key.Of(2), 20, facts: 2));
        var reader = Networks.SpanReader(new EncoderSize(2, 16, 2, 32) { Vocabulary = words.Vocabulary.Count, Positions = 24 }, 24);
        var network = reader.Quantize(new Quantization(4, 4) { Edges = 8, Clip = 3 });
        using var start = network.Initialize(Key.Of(1), CPU);
        var recipe = new Recipe(3, 20, new Optimizer.Adam(), 0.005, Augmentations.None);
        var learner = new Learner("speq", network, start, Methods.Speq(), [], new LearningTask.Spans(), recipe, Key.Of(1));

        var learned = Fold.Run([new BatchStream(texts, [], [learner], recipe, Key.Of(1))]).Single();

        Assert.Equal(4 * 2, network.Clips.Count);
        Assert.Equal("bert.encoder.layer.0.clip1", network.Clips[0]);
        Assert.True(learned.Epochs[^1].Objective < learned.Epochs[0].Objective);
        Assert.All(network.Clips, clip => Assert.NotEqual(3, learned.Last[clip].item<float>()));
        Assert.Contains("2 bits at least", Assert.Throws<BadInput>(() => reader.Quantize(4, 1).Apply(start, zeros(1, 3, 1, 24), Pass.Evaluation)).Message);
        learned.Last.Dispose();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Activations_of_both_signs_lie_on_their_levels_and_gradients_go_straight_through(int bits)
    {
        using var scope = NewDisposeScope();
        var x = (Key.Of(3).Normal([500], CPU) * 2).requires_grad_(true);
        var clip = tensor(new[] { 1.5f }).requires_grad_(true);
        var y = Quantizers.ClippedBothWays(x, clip, bits);
        y.sum().backward();

        var step = 1.5 / ((1 << (bits - 1)) - 1);
        Assert.All(Golden.Flat(y).Zip(Golden.Flat(x)), pair => Assert.Equal(Math.Round(Math.Clamp(pair.Second, -1.5, 1.5) / step) * step, pair.First, 1e-5));
        Assert.Equal(Golden.Flat(x).Select(value => Math.Abs(value) < 1.5 ? 1.0 : 0), Golden.Flat(x.grad!));
        Assert.Equal(Golden.Flat(x).Sum(value => Math.Abs(value) >= 1.5 ? Math.Sign(value) : 0), Golden.Flat(clip.grad!).Single());
        Assert.Equal(Golden.Bits(y), Golden.Bits(Quantizers.ClippedBothWays(y, clip, bits)));
    }

    private Learned Train(Method method)
    {
        var learner = Toy.Learner(method, student, Toy.Recipe);
        return Fold.Run([Toy.Stream(data, [learner])]).Single();
    }
}
