using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>What every method of the catalog must keep: its state over an interruption, no more tensors than before, the teacher as it was, any pair of networks, bfloat16, other methods beside it.</summary>
public sealed class MethodStateTests : IDisposable
{
    private static readonly Network wider = Networks.WideResNet(10, 2, Toy.Classes, channels: 1, size: 8);

    private readonly LoadedDataset data = Toy.Load();
    private readonly Weights weights = Toy.Start(Toy.ResNet, 7);
    private readonly Weights widerWeights = Toy.Start(wider, 7);
    private readonly FrozenNetwork teacher;
    private readonly FrozenNetwork widerTeacher;

    public MethodStateTests() => (teacher, widerTeacher) = (Toy.ResNet.Frozen(weights), wider.Frozen(widerWeights));

    public void Dispose()
    {
        teacher.Dispose();
        widerTeacher.Dispose();
        weights.Dispose();
        widerWeights.Dispose();
        data.Dispose();
    }

    public static TheoryData<string> Names => [.. MethodCatalog.All.Select(method => method.Name)];

    private static Learner Learner(Method method, Recipe? recipe = null, Network? teacher = null) => Toy.Learner(method, Toy.ResNet, recipe ?? Toy.Recipe, teacher: teacher ?? Toy.ResNet);

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Category", "Slow")]
    public void A_method_that_goes_on_from_any_step_ends_with_the_same_bits(string name)
    {
        var learner = Learner(Toy.Named(name));
        var stream = Toy.Stream(data, [learner], teacher);
        var kept = new Dictionary<long, Checkpoint>();
        var whole = Fold.Run([stream], keeping: new(_ => null, (_, checkpoint) => kept[checkpoint.Position.Step] = Copy(checkpoint), TimeSpan.Zero)).Single();

        foreach (var step in new[] { 1, 6, stream.Steps - 6, stream.Steps - 1 })
        {
            Toy.Same(whole, Fold.Run([stream], keeping: new(_ => Copy(kept[step]), (_, _) => { }, TimeSpan.FromHours(1))).Single());
        }

        kept.Values.ToList().ForEach(checkpoint => checkpoint.Dispose());
        static Checkpoint Copy(Checkpoint checkpoint) => checkpoint with { Tensors = checkpoint.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone().DetachFromDisposeScope()) };
    }

    // torchdistill: what a method hooked in was hooked in for every training of the process.
    [Theory]
    [MemberData(nameof(Names))]
    public void Two_trainings_of_one_method_side_by_side_are_as_if_each_were_alone(string name)
    {
        var recipe = Toy.Recipe with { Epochs = 1 };
        Learner[] learners = [.. new long[] { 1, 3 }.Select(seed => Toy.Learner(Toy.Named(name), Toy.ResNet, recipe, seed, Toy.ResNet))];

        var together = Fold.Run([Toy.Stream(data, learners, teacher)]);

        foreach (var (learner, one) in learners.Zip(together))
        {
            Toy.Same(Fold.Run([Toy.Stream(data, [learner], teacher)]).Single(), one);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_step_leaves_tensors_behind(string name)
    {
        var counts = new List<(string Phase, long Count)>();
        var method = Toy.Named(name);
        var watched = method with
        {
            Prepare = (teachers, student) => method.Prepare(teachers, student) is var prepared ? prepared with
            {
                Phases = [.. prepared.Phases.Select(phase => phase with
                {
                    Objective = (step, memory) =>
                    {
                        counts.Add((phase.Name, Tensor.TotalCount));
                        return phase.Objective(step, memory);
                    },
                })],
            } : null!,
        };
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Fold.Run([Toy.Stream(data, [Learner(watched, Toy.Recipe with { Epochs = 3 })], teacher)]);

        foreach (var phase in counts.GroupBy(count => count.Phase))
        {
            Assert.True(phase.Count() >= 6);
            // The first step of a phase may begin what is remembered from then on.
            Assert.Equal(phase.ElementAt(2).Count, phase.ElementAt(5).Count);
        }
    }

    // KD-Zoo: with a batch of one image AFD lost a dimension; relations between images have none to relate.
    [Theory]
    [MemberData(nameof(Names))]
    public void A_last_batch_of_one_image_is_learned_from_by_every_method(string name)
    {
        using var odd = Toy.Load(Toy.Dataset with { TrainCount = 33 });
        var recipe = Toy.Recipe with { Rate = 0.01 };

        var learned = Fold.Run([Toy.Stream(odd, [Learner(Toy.Named(name), recipe)], teacher)]).Single();

        Assert.All(learned.Epochs, epoch => Assert.Null(epoch.FirstBadStep));
        Assert.All(learned.Epochs, epoch => Assert.True(double.IsFinite(epoch.Objective)));
        Assert.All(Golden.Flat(learned.Last.Parameters), value => Assert.True(double.IsFinite(value)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Networks_of_different_families_learn_from_one_another_and_the_teacher_stays_as_it_was(string name)
    {
        using var scope = NewDisposeScope();
        var images = data.Dataset.Normalization.Normalize(data.Test.Images);
        var before = Golden.Bits(widerTeacher.Apply(images).Logits);
        var method = Toy.Named(name);
        Learned Run() => Fold.Run([Toy.Stream(data, [Learner(method, Toy.Recipe with { Rate = 0.02, ClipNorm = 1 }, wider)], widerTeacher)]).Single();

        // Flows of other channels cannot be compared.
        if (name == "fsp")
        {
            Assert.Contains("equal channels", Assert.Throws<BadInput>(Run).Message);
            return;
        }

        var learned = Run();

        Assert.All(learned.Epochs, epoch => Assert.Null(epoch.FirstBadStep));
        Assert.Equal(before, Golden.Bits(widerTeacher.Apply(images).Logits));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Whoever_plays_in_a_phase_learns_and_nobody_else(string name)
    {
        using var scope = NewDisposeScope();
        if (name == "fsp")
        {
            // It has no players.
            Assert.Empty(Toy.Named(name).Prepare(Toy.ResNet, Toy.ResNet).Players);
            return;
        }

        var learner = Learner(Toy.Named(name), teacher: wider);
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner], widerTeacher);
        using var begin = LearnerState.Begin(learner, prepared, data.Train.Labels, [widerTeacher]);
        var state = begin;
        var learned = new HashSet<string>();
        foreach (var stretch in prepared.Stretches(learner.Recipe.Epochs))
        {
            state = state.Enter(learner, stretch);
            var before = state.Players.ToDictionary(player => player.Player.Name, player => Golden.Bits(player.Weights.Parameters));
            // Weights that rise from 0 have risen by then.
            state = state.Step(learner, prepared, stream.At(stretch.First, 4, stream.Order(stretch.First), scope));
            foreach (var player in state.Players)
            {
                var moved = !before[player.Player.Name].SequenceEqual(Golden.Bits(player.Weights.Parameters));
                Assert.True(!moved || (stretch.Phase.Plays?.Invoke(player.Player.Name) ?? true), $"{player.Player.Name} learns in {stretch.Phase.Name}");
                learned.UnionWith(moved ? [player.Player.Name] : []);
            }
        }

        Assert.Equal(prepared.Players.Select(player => player.Name).Order(), learned.Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_method_learns_in_bfloat16_beside_other_methods_over_the_same_batches(string name)
    {
        var recipe = Toy.Recipe with { Epochs = 1, Compute = Compute.BFloat16, ChannelsLast = true, ClipNorm = 1 };
        using var half = Toy.ResNet.Frozen(weights, recipe.ImageType, recipe.ChannelsLast);
        var method = Toy.Named(name);
        if (method.Feed is not Feed.Own and not Feed.Other)
        {
            // Without images of its own kind nobody is beside it but itself.
            Assert.Contains("learn from different images", Assert.Throws<BadInput>(() => Methods.Hinton() + method).Message);
            Assert.All(Fold.Run([Toy.Stream(data, [Learner(method, recipe), Learner(method, recipe)], half)]).SelectMany(one => one.Epochs), epoch => Assert.Null(epoch.FirstBadStep));
            return;
        }

        // What changes the methods in front of it comes first here, as one of two.
        var sum = name == "kd" ? Methods.At() + method : method.Around is null ? Methods.Hinton() + method : method + Methods.Hinton();

        var learned = Fold.Run([Toy.Stream(data, [Learner(method, recipe), Learner(sum, recipe)], half)]);

        Assert.All(learned.SelectMany(one => one.Epochs), epoch => Assert.Null(epoch.FirstBadStep));
        Assert.Contains(name == "kd" ? "at" : "kd", learned[1].Epochs[^1].Terms.Select(term => term.Name));
        Assert.All(learned[0].Epochs[^1].Terms, term => Assert.Contains(term.Name, learned[1].Epochs[^1].Terms.Select(other => other.Name)));
    }
}
