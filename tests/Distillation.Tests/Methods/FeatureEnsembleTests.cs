using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class FeatureEnsembleTests : IDisposable
{
    private static readonly IReadOnlyDictionary<string, JsonElement> cases = GoldenInputs.Cases("feature_ensemble.json");

    private readonly LoadedDataset data = Toy.Load();
    private readonly List<Weights> weights = [.. new long[] { 7, 8, 9 }.Select(seed => Toy.Start(Toy.ResNet, seed))];
    private readonly List<FrozenNetwork> teachers;

    public FeatureEnsembleTests() => teachers = [.. weights.Select(one => Toy.ResNet.Frozen(one))];

    public void Dispose()
    {
        teachers.ForEach(teacher => teacher.Dispose());
        weights.ForEach(one => one.Dispose());
        data.Dispose();
    }

    public static TheoryData<string> Cases => [.. cases.Keys];

    public static TheoryData<string> OfSeveral => ["feed", "kd-ensemble", "at-ensemble", "ft-ensemble"];

    private static Learner Learner(Method method, int teachers = 3, Recipe? recipe = null) =>
        Toy.Learner(method, Toy.ResNet, recipe) with { Teachers = [.. Enumerable.Repeat(Toy.ResNet, teachers)] };

    private BatchStream Stream(params Learner[] learners) => Toy.Stream(data, learners) with { Teachers = [.. teachers.Take(learners[0].Teachers.Count)] };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_gradients_are_those_of_the_loop(string name)
    {
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float64);
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float32);

        static Tensor Formula(GoldenInputs i) => Losses.FeatureEnsemble(i.Student, i.Teacher, i.Parameters.GetProperty("summed").GetBoolean());
    }

    [Fact]
    public void The_mean_is_the_sum_over_the_values_and_only_directions_count()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = (Key.Of(1).Normal([3, 4, 5, 5], CPU), Key.Of(2).Normal([3, 4, 5, 5], CPU));

        Golden.Close(Golden.Flat(Losses.FeatureEnsemble(student, teacher, summed: true)), Golden.Flat(Losses.FeatureEnsemble(student * 3, teacher * 0.1) * 100), relative: 1e-4, absolute: 1e-5);
        Assert.All(Golden.Flat(Losses.FeatureEnsemble(teacher * 2, teacher, summed: true)), value => Assert.Equal(0, value, 1e-4));
        Assert.Throws<ArgumentException>(() => Losses.FeatureEnsemble(student, teacher.narrow(1, 0, 3)));
        Golden.Close(Golden.Flat(Losses.FactorTransfer(student, teacher, whole: true)), Golden.Flat(Losses.FeatureEnsemble(student, teacher)), relative: 1e-5, absolute: 1e-8);
    }

    [Fact]
    public void Every_teacher_has_a_transformation_of_its_own_with_three_convolutions()
    {
        var players = Methods.FeatureEnsemble().Prepare([Toy.ResNet, Networks.WideResNet(10, 2, Toy.Classes, channels: 1, size: 8)], Toy.ResNet).Players;

        Assert.Equal(["transformation 1", "transformation 2"], players.Select(player => player.Name));
        Assert.All(players, player => Assert.Equal(3, player.Network.Layers.Count(layer => layer.Kind == "conv 3x3")));
        // From 64 channels to 64, and by way of 64 to 128.
        Assert.Equal(3 * ((64 * 64 * 9) + 64), players[0].Network.ParameterCount);
        Assert.Equal((64 * 64 * 9) + 64 + (64 * 128 * 9) + 128 + (128 * 128 * 9) + 128, players[1].Network.ParameterCount);
    }

    [Theory]
    [MemberData(nameof(OfSeveral))]
    public void Several_teachers_are_asked_once_per_batch_whoever_learns_from_them(string name)
    {
        var (asked, answers) = (0, new HashSet<Tensor>(ReferenceEqualityComparer.Instance));
        var method = MethodCatalog.Named(name);
        var watched = method with
        {
            Prepare = (networks, student) => method.Prepare(networks, student) is var prepared ? prepared with
            {
                Phases = [.. prepared.Phases.Select(phase => phase with
                {
                    Objective = (step, memory) =>
                    {
                        asked += 3;
                        answers.UnionWith(step.Teachers().Select(answer => answer.Logits));
                        return phase.Objective(step, memory);
                    },
                })],
            } : null!,
        };
        var (one, two) = (Learner(watched, recipe: Toy.Recipe with { Epochs = 1 }), Learner(watched, recipe: Toy.Recipe with { Epochs = 1 }) with { Key = Key.Of(5) });

        var learned = Fold.Run([Stream(one, two)]);

        // Two learners, three teachers: half of the questions were answered before.
        Assert.Equal(asked / 2, answers.Count);
        Toy.Same(Fold.Run([Stream(one)]).Single(), learned[0]);
        Assert.All(learned.SelectMany(each => each.Epochs), epoch => Assert.Null(epoch.FirstBadStep));
    }

    [Theory]
    [MemberData(nameof(OfSeveral))]
    public void Every_one_of_several_teachers_counts(string name)
    {
        var method = MethodCatalog.Named(name);
        var recipe = Toy.Recipe with { Epochs = 1 };
        var all = Fold.Run([Stream(Learner(method, recipe: recipe))]).Single();
        foreach (var left in Enumerable.Range(0, 3))
        {
            // Another network in its place.
            using var weights = Toy.Start(Toy.ResNet, 77);
            using var other = Toy.ResNet.Frozen(weights);
            var learner = Learner(method, recipe: recipe);
            var changed = Fold.Run([Stream(learner) with { Teachers = [.. teachers.Select((teacher, i) => i == left ? other : teacher)] }]).Single();
            Assert.NotEqual(Toy.Bits(all.Last), Toy.Bits(changed.Last));
        }
    }

    [Fact]
    public void With_one_teacher_the_methods_for_several_are_the_ordinary_ones()
    {
        var recipe = Toy.Recipe with { Epochs = 2 };
        foreach (var (several, ordinary) in new[] { (Methods.HintonEnsemble(), Methods.Hinton()), (Methods.AtEnsemble(), Methods.At()) })
        {
            var (a, b) = (Fold.Run([Stream(Learner(several, 1, recipe))]).Single(), Fold.Run([Stream(Learner(ordinary, 1, recipe))]).Single());
            Assert.Equal(Toy.Bits(b.Last), Toy.Bits(a.Last));
        }

        // Adapters draw from their names.
        Assert.Equal(Methods.Ft().Prepare([Toy.ResNet], Toy.ResNet).Players.Select(player => player.Network.Identity), Methods.FtEnsemble().Prepare([Toy.ResNet], Toy.ResNet).Players.Select(player => player.Network.Identity));
    }

    [Fact]
    public void A_chain_of_generations_learns_each_from_the_one_before()
    {
        using var bench = new Bench();
        var first = new Experiment(Toy.Dataset, [], Toy.ResNet, Methods.SequentialFeatureEnsemble(), Toy.Recipe, 1);
        var last = first.BornAgain(2);

        var row = new[] { last }.Run(bench.Lab).Single();

        Assert.Equal(RunRow.Ok, row.Status);
        Assert.Equal("sfeed", row.Method);
        Assert.Equal(3, bench.Trained.Count);
    }

    [Fact]
    public void Maps_of_a_teacher_are_told_better_from_the_teacher_itself_than_from_a_network_that_never_learned()
    {
        var learned = Toy.Alone(data, Toy.Learner(Methods.None, Toy.ResNet, Toy.Recipe with { Epochs = 6 }));
        using var weights = learned.Last;
        using var teacher = Toy.ResNet.Frozen(weights);
        var recipe = Toy.Recipe with { Epochs = 12, Optimizer = new Optimizer.Adam(), Rate = 1e-3, Augmentation = new Augmentation.None() };

        var itself = Reconstructions.Measure(data, teacher, [teacher, teachers[0]], recipe, Key.Of(1));
        var stranger = Reconstructions.Measure(data, teachers[1], [teacher, teachers[0]], recipe, Key.Of(1));

        Assert.Equal([0, 1], itself.Select(one => one.Teacher));
        Assert.True(itself[0].Error < stranger[0].Error, $"{itself[0].Error} < {stranger[0].Error}");
        Assert.Equal(itself, Reconstructions.Measure(data, teacher, [teacher, teachers[0]], recipe, Key.Of(1)));
        Assert.Contains("Without a teacher", Assert.Throws<BadInput>(() => Reconstructions.Measure(data, teacher, [], recipe, Key.Of(1))).Message);
    }

    [Fact]
    public void Measuring_a_reconstruction_leaves_nothing_behind()
    {
        var recipe = Toy.Recipe with { Epochs = 1, Optimizer = new Optimizer.Adam(), Rate = 1e-3 };
        Reconstructions.Measure(data, teachers[0], [teachers[1]], recipe, Key.Of(1));
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Reconstructions.Measure(data, teachers[0], [teachers[1]], recipe, Key.Of(1));

        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void As_many_teachers_as_the_method_takes_are_asked_for()
    {
        var experiment = new Experiment(Toy.Dataset, [], Toy.ResNet, Methods.FeatureEnsemble(), Toy.Recipe, 1);
        Assert.Contains("needs a teacher", Assert.Throws<BadInput>(() => experiment.Check()).Message);
        var guide = new Source.Trained(experiment with { Method = Methods.None });
        Assert.Contains("takes 1 teachers", Assert.Throws<BadInput>(() => (experiment with { Method = Methods.SequentialFeatureEnsemble(), Teachers = [guide, guide] }).Check()).Message);
        Assert.Equal(2, (experiment with { Teachers = [guide, guide] }).Check().Teachers.Count);
    }
}
