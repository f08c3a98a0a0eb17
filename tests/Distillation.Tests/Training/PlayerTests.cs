using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class PlayerTests : IDisposable
{
    private readonly LoadedDataset data = Toy.Load();
    private readonly Weights teacherWeights = Toy.Start(Toy.ResNet, 7);
    private readonly FrozenNetwork teacher;

    public PlayerTests() => teacher = Toy.ResNet.Frozen(teacherWeights);

    public void Dispose()
    {
        data.Dispose();
        teacher.Dispose();
        teacherWeights.Dispose();
    }

    private static Player Regressor { get; } = new("regressor", Network.Parts("regressor", ("", new Shape(8, 8, 8), Layer.Conv("conv", 16, kernel: 1))));

    // The student's map through an adapter towards the teacher's.
    private static Method Hint(Player? player = null, Func<Step, Playing>? read = null, Action<Step>? watch = null) => Toy.Method("hint") with
    {
        Teacher = new Teacher.Frozen(),
        Prepare = (_, _) => new Prepared(["labels", "hint"], step =>
        {
            watch?.Invoke(step);
            var regressor = read is null ? step.Player("regressor") : read(step);
            return
            [
                new("labels", step.TaskLoss(), 1),
                new("hint", (regressor.Call(step.Student()["map"]) - step.Teacher()["f1"]).square().mean(), 10),
            ];
        })
        { Players = [player ?? Regressor] },
    };

    private Learned Alone(Method method, Recipe? recipe = null) => Toy.Alone(data, Toy.Learner(method, recipe: recipe, teacher: Toy.ResNet), teacher);

    [Fact]
    public void An_adapter_learns_with_the_student_and_its_loss_falls()
    {
        var learned = Alone(Hint(), Toy.Recipe with { Epochs = 6 });

        Assert.True(learned.Epochs[^1].Terms[1].Mean < 0.8 * learned.Epochs[0].Terms[1].Mean);
        Assert.Equal(Toy.Network.Table.Count, learned.Last.Parameters.shape[0]);
    }

    [Fact]
    public void A_player_read_detached_does_not_move_while_the_student_does()
    {
        var seen = new List<int[]>();

        Alone(Hint(read: step => step.Player("regressor").Detached(), watch: step => seen.Add(Golden.Bits(step.Player("regressor").Weights.Parameters.detach().clone()))));

        Assert.Equal(12, seen.Count);
        Assert.All(seen, bits => Assert.Equal(seen[0], bits));
    }

    [Fact]
    public void A_player_with_a_practice_of_its_own_follows_that_and_not_the_recipe()
    {
        var seen = new List<int[]>();
        var own = Regressor with { Practice = new Practice(new Optimizer.Adam(), 0) };

        Alone(Hint(own, watch: step => seen.Add(Golden.Bits(step.Player("regressor").Weights.Parameters.detach().clone()))));

        Assert.All(seen, bits => Assert.Equal(seen[0], bits));
    }

    [Fact]
    public void A_player_changes_neither_the_students_first_weights_nor_what_it_draws()
    {
        // With a weight of 0 the adapter is there and teaches nothing.
        var with = Toy.Method("silent") with
        {
            Prepare = (_, _) => new Prepared(["labels", "hint"], step =>
                [new("labels", step.TaskLoss(), 1), new("hint", step.Player("regressor").Call(step.Student()["map"]).square().mean(), 0)])
            { Players = [Regressor] },
        };

        Toy.Same(Strip(Toy.Alone(data, Toy.Learner(Methods.None))), Strip(Toy.Alone(data, Toy.Learner(with))));

        static Learned Strip(Learned learned) => learned with { Epochs = [.. learned.Epochs.Select(epoch => epoch with { Terms = [epoch.Terms[0]] })] };
    }

    [Fact]
    public void A_peer_learns_from_the_same_batches_by_its_own_optimizer()
    {
        // Deep mutual learning in small: each learns from the labels and from the other's answer, which it may not move.
        var accuracy = new List<double>();
        var peer = new Player("peer", Toy.Tiny("peer")) { Practice = new Practice(new Optimizer.Sgd(0.9), 0.05) };
        var mutual = Toy.Method("mutual") with
        {
            Teacher = new Teacher.Peers(),
            Prepare = (_, _) => new Prepared(["student", "peer"], step =>
            {
                var (mine, theirs) = (step.Student().Logits, step.Player("peer").Apply(step.Images(View.Plain)).Logits);
                accuracy.Add(theirs.argmax(1).eq(step.Labels).to_type(ScalarType.Float64).mean().item<double>());
                return
                [
                    new("student", step.TaskLoss() + Losses.KlDivergence(mine, theirs.detach()).mean(), 1),
                    new("peer", step.TaskLoss(theirs) + Losses.KlDivergence(theirs, mine.detach()).mean(), 1) { Player = "peer" },
                ];
            })
            { Players = [peer] },
        };

        var learned = Toy.Alone(data, Toy.Learner(mutual, recipe: Toy.Recipe with { Epochs = 6 }));

        Assert.InRange(learned.Epochs[^1].Test.Accuracy, 0.8, 1);
        Assert.InRange(accuracy[^6..].Average(), 0.7, 1);
        Assert.All(learned.Epochs, epoch => Assert.Equal(epoch.Terms[0].Mean, epoch.Objective, 6));
    }

    [Fact]
    public void Two_gradient_groups_give_what_one_gives_up_to_rounding()
    {
        Method Grouped(int second) => Toy.Method("grouped") with
        {
            Prepare = (_, _) => new Prepared(["labels", "small"], step =>
                [new("labels", step.TaskLoss(), 1), new("small", step.Student().Logits.square().mean(), 0.1) { Group = second }]),
        };

        var (one, two) = (Toy.Alone(data, Toy.Learner(Grouped(0))), Toy.Alone(data, Toy.Learner(Grouped(1))));

        Assert.True(Golden.Apart(one.Last.Parameters, two.Last.Parameters) < 1e-5);
    }

    [Fact]
    public void A_method_with_players_memory_and_phases_leaves_nothing_behind()
    {
        var learner = Toy.Learner(Hint(), teacher: Toy.ResNet);
        Toy.Alone(data, learner, teacher).Last.Dispose();
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Toy.Alone(data, learner, teacher).Last.Dispose();

        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_generator_makes_the_images_of_a_method_that_sees_no_data()
    {
        // A generator learns images that the teacher answers with confidence; the student learns the teacher's answers to them. History passes through the frozen teacher into the images only.
        var generator = new Player("generator", Network.Parts("generator", ("", Shape.Vector(6), Layer.Linear("fc", 64).Then(Layer.Map("tanh", x => x.tanh())))))
        {
            Practice = new Practice(new Optimizer.Adam(), 1e-2),
        };
        var confidence = new List<double>();
        var free = Toy.Method("free") with
        {
            Teacher = new Teacher.Frozen(),
            Feed = new Feed.Noise(6, StepsPerEpoch: 20),
            Prepare = (_, _) => new Prepared(["one-hot", "kd"], step =>
            {
                var made = step.Player("generator").Call(step.Images(View.Plain)).view(-1, 1, 8, 8);
                var answer = step.Teacher(made);
                Assert.True(answer.Logits.requires_grad);
                confidence.Add(answer.Logits.detach().softmax(1).amax([1]).mean().item<float>());
                return
                [
                    new("one-hot", Losses.CrossEntropy(answer.Logits, answer.Logits.detach().argmax(1)).mean(), 1) { Player = "generator" },
                    new("kd", Losses.KlDivergence(step.Student(made.detach()).Logits, answer.Logits.detach()).mean(), 1),
                ];
            })
            { Players = [generator] },
        };
        var learner = Toy.Learner(free, recipe: Toy.Recipe with { Epochs = 3 }, teacher: Toy.ResNet);

        var learned = Fold.Run([Toy.Stream(data, [learner], teacher) with { Feed = free.Feed }]).Single();

        Assert.Equal(60, confidence.Count);
        Assert.True(confidence[^10..].Average() > confidence[..10].Average());
        Assert.True(learned.Epochs[^1].Terms[1].Mean < learned.Epochs[0].Terms[1].Mean);
        Assert.All(learned.Epochs, epoch => Assert.Null(epoch.TrainAccuracy));
        Assert.Equal(Golden.Bits(teacherWeights.Parameters), Golden.Bits(Toy.Start(Toy.ResNet, 7).Parameters));
    }

    [Fact]
    public void Asking_for_what_was_not_declared_is_said_in_a_sentence()
    {
        var player = Toy.Method("no player", ("labels", step => step.Player("nobody").Call(step.Labels)));
        var view = Toy.Method("no view", ("labels", step => step.Student(new View("turned", (images, _) => images)).Logits.mean()));
        var labels = Toy.Method("no labels", ("labels", step => step.TaskLoss()));

        Assert.Contains("no player 'nobody'", Assert.Throws<InvalidOperationException>(() => Toy.Alone(data, Toy.Learner(player))).Message);
        Assert.Contains("'turned'", Assert.Throws<InvalidOperationException>(() => Toy.Alone(data, Toy.Learner(view))).Message);
        Assert.ThrowsAny<Exception>(() => Fold.Run([Toy.Stream(data, [Toy.Learner(labels)]) with { Feed = new Feed.Noise(4, 2) }]));
    }
}
