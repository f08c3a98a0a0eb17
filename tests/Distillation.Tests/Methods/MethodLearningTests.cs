using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation.Tests;

/// <summary>What every method of the catalog must do, whoever adds one: it is found here by its name.</summary>
public sealed class MethodLearningTests : IClassFixture<MethodLearningTests.Taught>
{
    private static readonly Recipe Long = Toy.Recipe with { Epochs = 8, Rate = Schedule.OneCycle(0.06) };
    private readonly Taught taught;

    public MethodLearningTests(Taught taught) => this.taught = taught;

    /// <summary>The data, and a teacher who knows it.</summary>
    public sealed class Taught : IDisposable
    {
        public Taught()
        {
            Data = Toy.Load();
            var learned = Toy.Alone(Data, Toy.Learner(Methods.None, Toy.ResNet, Long, seed: 2));
            Accuracy = learned.Epochs[^1].Test.Accuracy;
            Teacher = Toy.ResNet.Frozen(learned.Last);
            learned.Last.Dispose();
        }

        public LoadedDataset Data { get; }

        public FrozenNetwork Teacher { get; }

        public double Accuracy { get; }

        public void Dispose()
        {
            Teacher.Dispose();
            Data.Dispose();
        }
    }

    public static TheoryData<string> Names => [.. MethodCatalog.All.Select(method => method.Name)];

    public static TheoryData<string> OfImages => [.. MethodCatalog.All.Where(method => method.Feed is Feed.Own).Select(method => method.Name)];

    private Learned Learn(Method method, Recipe recipe, Network? network = null) =>
        Toy.Alone(taught.Data, Toy.Learner(method, network ?? Toy.ResNet, recipe, teacher: Toy.ResNet), taught.Teacher);

    [Fact]
    public void The_teacher_of_these_tests_knows_the_blobs() => Assert.InRange(taught.Accuracy, 0.9, 1);

    // Where a generator learns in the same step, the next step has other images.
    [Theory]
    [MemberData(nameof(OfImages))]
    public void A_step_lowers_the_methods_own_loss_on_the_same_batch(string name)
    {
        using var scope = NewDisposeScope();
        // Without dropout the loss is a function of the weights. Weights of relations are in the thousands, so the step is small.
        // Rounded to two bits the loss goes in steps of its own; with more it is nearly smooth.
        var method = name == "speq" ? Methods.Speq(weights: 10, activations: 6) : MethodCatalog.Named(name);
        var learner = Toy.Learner(method, Toy.ResNet, Toy.Recipe with { Optimizer = new Optimizer.Sgd(Momentum: 0), Rate = 0.003, ClipNorm = 1 }, teacher: Toy.ResNet);
        var prepared = learner.Prepare();
        var stream = Toy.Stream(taught.Data, [learner], taught.Teacher);
        using var begin = LearnerState.Begin(learner, prepared, taught.Data.Train.Labels, [taught.Teacher]);
        var state = begin;
        foreach (var stretch in prepared.Stretches(learner.Recipe.Epochs))
        {
            var losses = new List<double>();
            state = state.Enter(learner, stretch);
            for (var i = 0; i < 4; i++)
            {
                state = state.Step(learner, prepared, stream.At(stretch.First, 0, stream.Order(0), scope));
                losses.Add(state.Sums.data<double>()[stretch.Phase.Terms.Count]);
                state.Sums.zero_();
            }

            Assert.All(losses.Zip(losses.Skip(1)), pair => Assert.True(pair.Second < pair.First, $"{stretch.Phase.Name}: {string.Join(", ", losses)}"));
        }
    }

    [Theory]
    [MemberData(nameof(OfImages))]
    public void A_short_run_beats_chance_clearly(string name)
    {
        // Weights that suit a hundred classes are large for three.
        var learned = Learn(MethodCatalog.Named(name), Long with { ClipNorm = 2 });

        Assert.InRange(learned.Epochs[^1].Test.Accuracy, 0.8, 1);
        Assert.InRange(learned.Epochs[^1].TrainAccuracy!.Value, 0.6, 1);
        var last = learned.Epochs.TakeLast(8).ToList();
        Assert.True(last[^1].Objective < last[0].Objective);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_terms_are_those_that_were_announced(string name)
    {
        var method = Toy.Named(name);
        var seen = new List<(string Phase, string[] Terms)>();
        var watched = method with
        {
            Prepare = (teachers, student) =>
            {
                var prepared = method.Prepare(teachers, student);
                return prepared with
                {
                    Phases = [.. prepared.Phases.Select(phase => phase with
                    {
                        Objective = (step, memory) =>
                        {
                            var outcome = phase.Objective(step, memory);
                            seen.Add((phase.Name, [.. outcome.Terms.Select(term => term.Name)]));
                            return outcome;
                        },
                    })],
                };
            },
        };

        var learned = Learn(watched, Toy.Recipe with { Epochs = 1 });

        var announced = method.Prepare(Toy.ResNet, Toy.ResNet).Phases.ToDictionary(phase => phase.Name, phase => phase.Terms);
        Assert.NotEmpty(seen);
        Assert.All(seen, one => Assert.Equal(announced[one.Phase], one.Terms));
        Assert.Equal(seen[^1].Terms, learned.Epochs[^1].Terms.Select(term => term.Name));
    }

    [Fact]
    public void From_a_teacher_alone_a_student_learns_the_teachers_answers_and_not_the_labels()
    {
        // This teacher was told wrong labels: the next class for every image.
        using var scope = NewDisposeScope();
        var misled = taught.Data with { Train = taught.Data.Train with { Labels = taught.Data.Train.Labels.add(1).remainder(Toy.Classes) } };
        var wrong = Fold.Run([Toy.Stream(misled, [Toy.Learner(Methods.None, Toy.ResNet, Long, seed: 2)], seed: 2)]).Single();
        using var teacher = Toy.ResNet.Frozen(wrong.Last);

        var learned = Toy.Alone(taught.Data, Toy.Learner(Methods.Hinton(hard: 0), recipe: Long, teacher: Toy.ResNet), teacher);

        var images = taught.Data.Dataset.Normalization.Normalize(taught.Data.Test.Images);
        var agreed = Toy.Network.Bind(learned.Last)(images).Logits.argmax(1).eq(teacher.Apply(images).Logits.argmax(1)).to_type(ScalarType.Float64).mean().item<double>();
        Assert.InRange(agreed, 0.8, 1);
        Assert.InRange(learned.Epochs[^1].Test.Accuracy, 0, 0.2);
    }

    [Fact]
    public void Distillation_of_weight_0_beside_labels_of_weight_1_is_no_distillation_bit_for_bit()
    {
        var (none, kd) = (Learn(Methods.None, Toy.Recipe), Learn(Methods.Hinton(weight: 0, hard: 1), Toy.Recipe));

        Assert.Equal(Toy.Bits(none.Last), Toy.Bits(kd.Last));
        Assert.Equal(none.Epochs.Select(e => (e.Objective, e.Test)), kd.Epochs.Select(e => (e.Objective, e.Test)));
    }

    [Fact]
    public void The_objective_is_the_weighted_sum_of_the_formula_and_the_labels_loss()
    {
        var epoch = Learn(Methods.Hinton(temperature: 3, weight: 0.7, hard: 0.2), Toy.Recipe).Epochs[0];

        Assert.Equal(["labels", "kd"], epoch.Terms.Select(term => term.Name));
        Assert.Equal((0.2 * epoch.Terms[0].Mean) + (0.7 * epoch.Terms[1].Mean), epoch.Objective, 1e-6);
        Assert.NotEqual(epoch.Objective, Learn(Methods.Hinton(temperature: 2, weight: 0.7, hard: 0.2), Toy.Recipe).Epochs[0].Objective, 1e-3);
    }

    [Fact]
    public void Smoothed_labels_are_learned_from_when_the_task_says_so()
    {
        var learner = Toy.Learner(Methods.None, recipe: Toy.Recipe with { Epochs = 1, Rate = 0, Average = 0.5 }) with { Task = new LearningTask.Classes(Smoothing: 0.3) };
        var expected = 0.0;
        var watched = Toy.Watched(step =>
        {
            using var logits = F.log_softmax(step.Student().Logits, 1);
            expected += (-0.7 * logits.gather(1, step.Labels.unsqueeze(1)).sum().item<float>()) - (0.3 * logits.mean([1L]).sum().item<float>());
        });

        var epoch = Toy.Alone(taught.Data, learner with { Method = watched }).Epochs[0];

        Assert.Equal(expected / 90, epoch.Terms[0].Mean, 1e-5);
    }

    [Theory]
    [InlineData(Compute.BFloat16, false, 0.02)]
    [InlineData(Compute.BFloat16, true, 0.02)]
    [InlineData(Compute.Float32, true, 1e-4)]
    public void Recipes_in_bfloat16_or_channels_last_learn_and_stay_near_float32(Compute compute, bool channelsLast, double near)
    {
        var recipe = Long with { Compute = compute, ChannelsLast = channelsLast };
        using var teacherWeights = Toy.Start(Toy.ResNet, 5);
        using var teacher = Toy.ResNet.Frozen(teacherWeights, recipe.ImageType, channelsLast);
        using var reference = Toy.ResNet.Frozen(teacherWeights);
        Learned Run(Recipe with, FrozenNetwork of) =>
            Toy.Alone(taught.Data, Toy.Learner(Methods.Hinton(hard: 1, weight: 0.1), Toy.ResNet, with, teacher: Toy.ResNet), of);

        var (plain, learned) = (Run(Long, reference), Run(recipe, teacher));

        Assert.InRange(learned.Epochs[^1].Test.Accuracy, 0.8, 1);
        Assert.Equal(1, learned.Epochs[0].Objective / plain.Epochs[0].Objective, near);
        Assert.Equal(ScalarType.Float32, learned.Last.Parameters.dtype);
        Assert.NotEqual(Toy.Bits(plain.Last), Toy.Bits(learned.Last));
    }
}
