using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class DataFreeTests : IDisposable
{
    private static readonly IReadOnlyDictionary<string, JsonElement> cases = GoldenInputs.Cases("data_free.json");

    private readonly LoadedDataset data = Toy.Load();
    private readonly Weights weights;
    private readonly FrozenNetwork teacher;

    public DataFreeTests()
    {
        var learned = Toy.Alone(data, Toy.Learner(Methods.None, Toy.ResNet, Toy.Recipe with { Epochs = 8, Rate = Schedule.OneCycle(0.06) }, seed: 2));
        (weights, teacher) = (learned.Last, Toy.ResNet.Frozen(learned.Last));
    }

    public void Dispose()
    {
        teacher.Dispose();
        weights.Dispose();
        data.Dispose();
    }

    public static TheoryData<string> Cases => [.. cases.Keys];

    private static Method Dafl { get; } = Methods.Dafl(latent: 10, steps: 40, rate: 0.02);

    private static Learner Learner(Method method, Recipe? recipe = null, long seed = 1) => Toy.Learner(method, Toy.ResNet, recipe ?? Toy.Recipe, seed, Toy.ResNet);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_gradients_are_those_of_the_loop(string name)
    {
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float64);
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float32);

        Tensor Formula(GoldenInputs i) => name.Split(':')[0] switch
        {
            "one-hot" => Losses.OneHot(i["logits"]),
            "activation" => Losses.Activation(i["embedding"]),
            "record" => Losses.ActivationRecord(i["computed"], i["recorded"]),
            _ => Losses.InformationEntropy(i["logits"], i.Number("base")),
        };
    }

    [Fact]
    public void A_batch_of_all_classes_has_the_least_value_and_one_of_a_single_class_none()
    {
        using var scope = NewDisposeScope();
        var sure = eye(10).mul(200);

        Assert.Equal(-1, Losses.InformationEntropy(sure).item<float>(), 1e-6);
        Assert.Equal(-Math.Log(10), Losses.InformationEntropy(sure, Math.E).item<float>(), 1e-5);
        Assert.Equal(0, Losses.InformationEntropy(sure.narrow(0, 3, 1).expand([7, 10])).item<float>(), 1e-6);
        Assert.All(Golden.Flat(Losses.OneHot(sure)), value => Assert.Equal(0, value, 1e-6));
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.InformationEntropy(sure, 1));
        Assert.Throws<ArgumentException>(() => Losses.Activation(zeros(2, 3, 4, 4)));
    }

    [Fact]
    public void The_generator_makes_what_the_authors_network_makes_of_the_same_weights()
    {
        foreach (var golden in Golden.Read("data_free.json").GetProperty("generators").EnumerateArray())
        {
            using var scope = NewDisposeScope();
            var (size, latent) = (golden.GetProperty("size").GetInt64(), golden.GetProperty("latent").GetInt32());
            var network = Networks.Generator(latent, golden.GetProperty("channels").GetInt64(), size, size, golden.GetProperty("epsilon").GetDouble());
            using var empty = network.Initialize(Key.Of(1), CPU);
            using var filled = empty.Map((name, values) =>
                values.dim() == 1 && name.EndsWith("weight", StringComparison.Ordinal) ? Golden.Fill($"generator-{name}", values.shape, 0.5, 1.5) : Golden.Fill($"generator-{name}", values.shape, -0.1, 0.1));

            var images = network.Call(filled, "", Golden.Fill("generator-noise", [golden.GetProperty("batch").GetInt64(), latent], -2, 2), Pass.Training(Key.Of(1)));

            Assert.Equal(
                golden.GetProperty("names").EnumerateArray().Select(pair => $"{pair[0].GetString()} {string.Join('x', Golden.Integers(pair[1]))}"),
                network.Parameters.Select(parameter => $"{parameter.Name} {string.Join('x', parameter.Shape)}"));
            Assert.True(Golden.Apart(Golden.Numbers(golden.GetProperty("images")), Golden.Flat(images)) < 1e-4);
            Assert.All(golden.GetProperty("running").EnumerateObject(), buffer => Assert.True(Golden.Apart(Golden.Numbers(buffer.Value), Golden.Flat(filled[buffer.Name])) < 1e-4));
        }
    }

    [Fact]
    public void A_generator_whose_images_are_nearly_blank_in_bfloat16_still_has_a_gradient_that_brings_them_back()
    {
        using var scope = NewDisposeScope();
        var network = Networks.Generator(latent: 10, height: 8, width: 8);
        using var start = network.Initialize(Key.Of(1), CPU);
        // The tangent of all pixels is 1 in bfloat16, where the next smaller number is 0.996.
        using var drifted = start.Map((name, values) => name == "conv_blocks2.3.bias" ? values.add(4) : values);
        drifted.Parameters.requires_grad = true;

        var images = network.Call(drifted, "", Key.Of(2).Normal([16, 10], CPU).to_type(ScalarType.BFloat16), Pass.Training(Key.Of(3)));
        (images * Key.Of(4).Normal(images.shape, CPU)).sum().backward();

        Assert.InRange(images.abs().max().item<float>(), 0.01, 10);
        Assert.InRange(drifted.Parameters.grad!.abs().max().item<float>(), 1e-4, 1e4);
    }

    [Fact]
    public void The_generators_of_the_paper_have_its_numbers_of_parameters_and_make_normalised_images()
    {
        Assert.All(Golden.Read("data_free.json").GetProperty("counts").EnumerateArray(), row =>
            Assert.Equal(row[3].GetInt64(), Networks.Generator(row[0].GetInt32(), row[1].GetInt64(), row[2].GetInt64(), row[2].GetInt64()).ParameterCount));
        Assert.Equal(1_049_985, Networks.Generator().ParameterCount);

        using var scope = NewDisposeScope();
        var generator = Networks.Generator(100, 3, 8, 8);
        using var start = generator.Initialize(Key.Of(1), CPU);
        var images = generator.Call(start, "", Key.Of(2).Normal([32, 100], CPU), Pass.Training(Key.Of(3)));
        Assert.All(Golden.Flat(images.mean([0, 2, 3])), mean => Assert.Equal(0, mean, 1e-4));
        Assert.All(Golden.Flat(images.square().mean([0, 2, 3])), variance => Assert.Equal(1, variance, 1e-2));
        Assert.Contains("multiples of 4", Assert.Throws<BadInput>(() => Networks.Generator(height: 30)).Message);
    }

    [Fact]
    public void A_student_learns_from_a_generator_or_from_noise_where_no_training_image_is_there()
    {
        var recipe = Toy.Recipe with { Epochs = 6, BatchSize = 32, Rate = 0.05 };
        var nothing = data with { Train = new Split(data.Train.Images.narrow(0, 0, 0), data.Train.Labels.narrow(0, 0, 0)) };

        var learned = Fold.Run([Toy.Stream(nothing, [Learner(Dafl, recipe)], teacher)]).Single();
        var noise = Fold.Run([Toy.Stream(nothing, [Learner(Methods.NoiseKd(steps: 40), recipe)], teacher)]).Single();

        Assert.InRange(learned.Epochs[^1].Test.Accuracy, 0.8, 1);
        Assert.InRange(noise.Epochs[^1].Test.Accuracy, 0.5, 1);
        Assert.All(learned.Epochs.Concat(noise.Epochs), epoch => Assert.Null(epoch.TrainAccuracy));
        // The student's own objective is what it learns from, without what trains the generator.
        Assert.All(learned.Epochs, epoch => Assert.Equal(epoch.Terms[0].Mean, epoch.Objective, 6));
    }

    [Fact]
    public void The_generator_learns_its_images_and_the_teacher_gets_no_gradient()
    {
        using var scope = NewDisposeScope();
        Tensor? made = null;
        var learner = Learner(Dafl);
        var prepared = learner.Prepare();
        var watched = prepared with
        {
            Phases = [.. prepared.Phases.Select(phase => phase with
            {
                Objective = (step, memory) =>
                {
                    made = step.Player(Methods.Generator).Call(step.Images(View.Plain));
                    Assert.True(step.Teacher(made).Logits.requires_grad);
                    Assert.All(teacher.Network.Parameters, parameter => Assert.False(step.Frozen()[parameter.Name].requires_grad));
                    return phase.Objective(step, memory);
                },
            })],
        };
        var stream = Toy.Stream(data, [learner], teacher);
        var before = teacher.Network.Parameters.ToDictionary(parameter => parameter.Name, parameter => Golden.Bits(teacher[parameter.Name]));
        using var state = LearnerState.Begin(learner, watched, null, [teacher]);
        var (generator, student) = (Golden.Bits(state.Players[0].Weights.Parameters), Golden.Bits(state.Weights.Parameters));

        state.Step(learner, watched, stream.At(0, 0, stream.Order(0), scope));

        Assert.NotNull(made);
        Assert.NotEqual(generator, Golden.Bits(state.Players[0].Weights.Parameters));
        Assert.NotEqual(student, Golden.Bits(state.Weights.Parameters));
        Assert.All(before, pair =>
        {
            Assert.Equal(pair.Value, Golden.Bits(teacher[pair.Key]));
            Assert.Null(teacher[pair.Key].grad);
        });
    }

    [Fact]
    public void As_many_tensors_live_after_step_500_as_after_step_10_with_the_generator_in_the_graph()
    {
        var counts = new List<long>();
        var dafl = Methods.Dafl(latent: 10, steps: 510, rate: 0.02);
        var watched = dafl with
        {
            Prepare = (teachers, student) => dafl.Prepare(teachers, student) is var prepared ? prepared with
            {
                Phases = [.. prepared.Phases.Select(phase => phase with
                {
                    Objective = (step, memory) =>
                    {
                        counts.Add(Tensor.TotalCount);
                        return phase.Objective(step, memory);
                    },
                })],
            } : null!,
        };
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Fold.Run([Toy.Stream(data, [Learner(watched, Toy.Recipe with { Epochs = 1, BatchSize = 4 })], teacher)]);

        Assert.Equal(510, counts.Count);
        Assert.Equal(counts[10], counts[500]);
    }

    [Fact]
    public void What_the_student_learns_does_not_teach_the_generator()
    {
        // Without a loss of its own the generator has no gradient and stays as it began.
        using var scope = NewDisposeScope();
        var learner = Learner(Methods.Dafl(oneHot: 0, entropy: 0, activation: 0, latent: 10, steps: 4));
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner], teacher);
        using var state = LearnerState.Begin(learner, prepared, null, [teacher]);
        var (generator, student) = (Golden.Bits(state.Players[0].Weights.Parameters), Golden.Bits(state.Weights.Parameters));

        state.Step(learner, prepared, stream.At(0, 0, stream.Order(0), scope));

        Assert.Equal(generator, Golden.Bits(state.Players[0].Weights.Parameters));
        Assert.NotEqual(student, Golden.Bits(state.Weights.Parameters));
    }

    [Fact]
    public void Between_two_steps_of_the_generator_the_student_takes_as_many_as_it_is_told()
    {
        using var scope = NewDisposeScope();
        var learner = Learner(Methods.Dafl(latent: 10, steps: 6, rate: 0.02, studentSteps: 3, temperature: 20, momentum: 0.5));
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner], teacher);
        using var state = LearnerState.Begin(learner, prepared, null, [teacher]);
        var (moved, learned, now) = (new List<bool>(), new List<bool>(), state);
        for (var step = 0; step < 6; step++)
        {
            var (generator, student) = (Golden.Bits(now.Players[0].Weights.Parameters), Golden.Bits(now.Weights.Parameters));
            now = now.Step(learner, prepared, stream.At(0, step, stream.Order(0), scope));
            moved.Add(!generator.SequenceEqual(Golden.Bits(now.Players[0].Weights.Parameters)));
            learned.Add(!student.SequenceEqual(Golden.Bits(now.Weights.Parameters)));
        }

        Assert.Equal([true, false, false, true, false, false], moved);
        Assert.All(learned, Assert.True);
        Assert.Equal(0.5, ((Optimizer.Adam)prepared.Players[0].Practice!.Optimizer).Beta1);
    }

    [Fact]
    public void What_the_student_learns_at_a_temperature_is_the_divergence_of_softer_answers_times_its_square()
    {
        using var scope = NewDisposeScope();
        var learner = Learner(Methods.Dafl(latent: 10, steps: 4, temperature: 20));
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner], teacher);
        double? told = null, expected = null;
        var watched = prepared with
        {
            Phases = [.. prepared.Phases.Select(phase => phase with
            {
                Objective = (step, memory) =>
                {
                    var answer = phase.Objective(step, memory);
                    var made = step.Player(Methods.Generator).Call(step.Images(View.Plain)).detach();
                    var (mine, theirs) = ((step.Student(made).Logits / 20).log_softmax(1), (step.Teacher(made).Logits / 20).softmax(1));
                    (told, expected) = (answer.Terms[0].Value.item<float>(), 400 * (theirs * (theirs.log() - mine)).sum(1).mean().item<float>());
                    return answer;
                },
            })],
        };

        using var state = LearnerState.Begin(learner, watched, null, [teacher]);
        state.Step(learner, watched, stream.At(0, 0, stream.Order(0), scope));

        Assert.Equal(expected!.Value, told!.Value, 1e-3);
        Assert.DoesNotContain("studentSteps", Dafl.Text);
    }

    [Fact]
    public void The_generators_rate_may_fall_while_the_student_goes_on()
    {
        var (steady, falling) = (Seen(0.02), Seen(new Schedule.MultiStep(0.02, 0, [0.5])));

        // Two epochs: at 0 in the second, the generator stays as it was after the first, in which nothing differs.
        Assert.Equal(steady.Generator[0], falling.Generator[0]);
        Assert.NotEqual(steady.Generator[0], steady.Generator[1]);
        Assert.Equal(falling.Generator[0], falling.Generator[1]);
        Assert.NotEqual(falling.Student[0], falling.Student[1]);
        Assert.Contains("learning rate", Assert.Throws<BadInput>(() => Methods.Dafl(rate: new Schedule.Linear(0.1, -0.1))).Message);

        (List<int[]> Generator, List<int[]> Student) Seen(Schedule rate)
        {
            var (generator, student) = (new List<int[]>(), new List<int[]>());
            var method = Methods.Dafl(latent: 10, steps: 4, rate: rate).Observed((_, milestone) =>
            {
                generator.Add(Golden.Bits(milestone.Players[Methods.Generator].Parameters));
                student.Add(Golden.Bits(milestone.Student.Parameters));
            });
            _ = Fold.Run([Toy.Stream(data, [Learner(method)], teacher)]).Single();
            return (generator, student);
        }
    }

    [Fact]
    public void A_row_says_that_no_training_image_was_used_and_a_budget_of_images_is_none_of_its_business()
    {
        using var bench = new Bench();
        var guide = new Source.Trained(new Experiment(Toy.Dataset, [], Toy.ResNet, Methods.None, Toy.Recipe, 7));
        var free = new Experiment(Toy.Dataset, guide, Toy.ResNet, Methods.Dafl(latent: 10, steps: 6), Toy.Recipe, 1);
        var other = free with { Method = Methods.UnlabelledKd(other: Toy.Dataset.Take(30)) };
        var own = free with { Method = Methods.UnlabelledKd() };

        var rows = new[] { free, other, own, free with { Method = Methods.NoiseKd(steps: 6) } }.Run(bench.Lab);

        Assert.Equal([0, 0, 90, 0], rows.Select(row => row.TrainImages));
        Assert.All(rows, row => Assert.Equal(RunRow.Ok, row.Status));
        Assert.Contains("on noise (10 numbers, 6 steps an epoch)", rows[0].MethodText);
        Assert.Contains("on 30 images of blobs", rows[1].MethodText);
        Assert.DoesNotContain(" on ", rows[2].MethodText);
        Assert.Equal(4, rows.Select(row => row.Id).Distinct().Count());
        Assert.Equal(rows[0].Id, (new[] { free with { Dataset = Toy.Dataset.Take(60) } }).Run(bench.Lab).Single().Id);
    }

    [Fact]
    public void Whoever_looks_at_a_method_changes_neither_its_id_nor_its_bits()
    {
        var seen = new List<(string Phase, int Epoch, string Players)>();
        var looked = Dafl.Observed((phase, milestone) => seen.Add((phase, milestone.Progress.Epoch, string.Join(' ', milestone.Players.Keys))));

        Toy.Same(Fold.Run([Toy.Stream(data, [Learner(Dafl)], teacher)]).Single(), Fold.Run([Toy.Stream(data, [Learner(looked)], teacher)]).Single());

        Assert.Equal(Dafl.Text, looked.Text);
        Assert.Equal([("training", 1, "generator"), ("training", 2, "generator")], seen);
    }

    [Fact]
    public void Numbers_outside_their_range_are_refused_with_a_sentence()
    {
        Assert.Contains("base above 1", Assert.Throws<BadInput>(() => Methods.Dafl(logBase: 1)).Message);
        Assert.Contains("1 or more steps", Assert.Throws<BadInput>(() => Methods.Dafl(studentSteps: 0)).Message);
        Assert.Contains("below 1", Assert.Throws<BadInput>(() => Methods.Dafl(momentum: 1)).Message);
        Assert.Contains("emperature", Assert.Throws<BadInput>(() => Methods.Dafl(temperature: 0)).Message);
        Assert.Contains("1 step or more", Assert.Throws<BadInput>(() => Methods.NoiseKd(steps: 0)).Message);
        Assert.Contains("same size", Assert.Throws<BadInput>(() =>
            new Experiment(Toy.Dataset, new Source.Trained(new Experiment(Toy.Dataset, [], Toy.ResNet, Methods.None, Toy.Recipe, 7)), Toy.ResNet, Methods.UnlabelledKd(other: Datasets.Mnist), Toy.Recipe, 1).Check()).Message);
    }
}
