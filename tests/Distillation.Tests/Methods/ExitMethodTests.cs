using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Methods that learn at exits on the way: HSAKD, TSKD, and teachers of several exits.</summary>
public sealed class ExitMethodTests : IDisposable
{
    private static readonly Recipe Long = Toy.Recipe with { Epochs = 8, Rate = Schedule.OneCycle(0.06) };
    private static readonly Network Jointly = Toy.ResNet.WithExits(new ExitDesign.Copied(4));
    private static readonly Network Attentive = Toy.ResNet.WithExits();

    private readonly LoadedDataset data = Toy.Load();
    private readonly Weights weights = Toy.Start(Toy.ResNet, 7);
    private readonly FrozenNetwork teacher;

    public ExitMethodTests() => teacher = Toy.ResNet.Frozen(weights);

    public void Dispose()
    {
        teacher.Dispose();
        weights.Dispose();
        data.Dispose();
    }

    private static Tensor Images(LoadedDataset data) => data.Dataset.Normalization.Normalize(data.Test.Images);

    private static double Right(Tensor logits, Tensor labels) => logits.argmax(1).eq(labels).to_type(ScalarType.Float64).mean().item<double>();

    [Fact]
    public void A_joint_label_is_the_class_four_times_and_how_often_the_image_is_turned()
    {
        using var scope = NewDisposeScope();
        var images = Key.Of(1).Normal([3, 1, 4, 4], CPU);
        var turned = Rotations.View.Of(images, Key.Of(1));
        var labels = tensor(new long[] { 2, 0, 5 });

        var joint = Losses.JointLabels(labels, Rotations.Count);

        Assert.Equal([8.0, 0, 20, 9, 1, 21, 10, 2, 22, 11, 3, 23], Golden.Flat(joint));
        for (var i = 0; i < 12; i++)
        {
            Assert.Equal(Golden.Flat(images[i % 3].rot90((int)(joint[i].item<long>() % 4), (1, 2))), Golden.Flat(turned[i]));
        }
    }

    [Fact]
    public void The_teachers_classifiers_are_trained_first_and_then_stay_as_they_are_as_the_student_does_before()
    {
        var kept = new List<(int[] Classifiers, int[] Buffers, int[] Student)>();
        var learner = Toy.Learner(Methods.Hsakd(), Toy.ResNet, Toy.Recipe with { Epochs = 2 }, teacher: Toy.ResNet);
        static int[] Of(Checkpoint checkpoint, string name) => Golden.Bits(checkpoint.Tensors[name].clone());

        var learned = Fold.Run([Toy.Stream(data, [learner], teacher)], keeping: new(_ => null, (_, checkpoint) => kept.Add(
            (Of(checkpoint, "player.classifiers.parameters"), Of(checkpoint, "player.classifiers.buffers"), Of(checkpoint, "student.parameters"))), TimeSpan.FromHours(1))).Single();

        Assert.Equal([["joint"], ["labels", "hsakd", "kd"], ["labels", "hsakd", "kd"]], learned.Epochs.Select(epoch => epoch.Terms.Select(term => term.Name).ToArray()));
        var players = learner.Prepare().Players;
        using var first = players.Single().Network.Initialize(learner.Key.Fold("player").Fold("classifiers"), CPU);
        using var begin = LearnerState.Begin(learner, learner.Prepare());
        Assert.NotEqual(Golden.Bits(first.Parameters), kept[0].Classifiers);
        Assert.Equal(Golden.Bits(begin.Weights.Parameters.detach()), kept[0].Student);
        Assert.Equal(kept[0].Classifiers, kept[2].Classifiers);
        Assert.Equal(kept[0].Buffers, kept[2].Buffers);
        Assert.NotEqual(kept[0].Student, kept[2].Student);
        // What is kept is the student without exits.
        Assert.Equal(Toy.ResNet.Table.Count, learned.Last.Parameters.shape[0]);
        learned.Last.Dispose();
    }

    [Fact]
    public void The_classifiers_beside_a_teacher_are_those_that_it_would_have_as_exits()
    {
        using var scope = NewDisposeScope();
        var player = Methods.Hsakd().Prepare(Toy.ResNet, Toy.ResNet).Players.Single().Network;
        var (whole, beside) = (Jointly.Initialize(Key.Of(1), CPU), player.Initialize(Key.Of(1), CPU));
        var images = Images(data).narrow(0, 0, 5);

        Assert.Equal(Jointly.Parameters.Where(p => p.Name.StartsWith("exit", StringComparison.Ordinal)).Select(p => p.Name), player.Parameters.Select(p => p.Name));
        var answer = Jointly.Apply(whole, images, Pass.Evaluation);
        Assert.All(answer.Exits.Zip(["f1", "f2", "f3"]), pair =>
            Assert.Equal(Golden.Bits(pair.First.Logits), Golden.Bits(player.Call(beside, pair.First.Name, answer[pair.Second], Pass.Evaluation))));
    }

    [Fact]
    public void A_teacher_trained_with_its_exits_teaches_by_them()
    {
        var taught = Toy.Alone(data, Toy.Learner(Methods.Exits(), Jointly, Long, seed: 2));
        using var frozen = Jointly.Frozen(taught.Last);
        var learner = Toy.Learner(Methods.Hsakd(), Toy.ResNet, Long, teacher: Jointly);

        var learned = Toy.Alone(data, learner, frozen);

        Assert.Equal(["labels", "exits"], taught.Epochs[^1].Terms.Select(term => term.Name));
        Assert.True(taught.Epochs[^1].Terms[1].Mean < 0.7 * taught.Epochs[0].Terms[1].Mean);
        Assert.InRange(taught.Epochs[^1].Test.Accuracy, 0.8, 1);
        Assert.Empty(learner.Prepare().Players);
        Assert.Equal(["training"], learner.Prepare().Phases.Select(phase => phase.Name));
        Assert.InRange(learned.Epochs[^1].Test.Accuracy, 0.8, 1);
        Assert.True(learned.Epochs[^1].Terms[1].Mean < 0.7 * learned.Epochs[0].Terms[1].Mean);
        taught.Last.Dispose();
        learned.Last.Dispose();
    }

    [Fact]
    public void The_objective_of_HSAKD_is_the_formula_of_its_parts()
    {
        using var scope = NewDisposeScope();
        using var joint = Jointly.Frozen(Toy.Start(Jointly, 7));
        var learner = Toy.Learner(Methods.Hsakd(weight: 0.5, kd: 2, hard: 3), Toy.ResNet, teacher: Jointly);
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner], joint);
        using var begin = LearnerState.Begin(learner, prepared);
        var batch = stream.At(0, 0, stream.Order(0), scope);
        using var start = begin.Weights.Copy();

        var state = begin.Step(learner, prepared, batch);

        var views = Rotations.View.Of(batch.Images(View.Plain), Key.Of(1));
        var own = Jointly.Apply(start, views, new Pass(Statistics.Batch));
        var guide = joint.Apply(views);
        var labels = Losses.CrossEntropy(own.Logits.narrow(0, 0, 16), batch.Labels).mean().item<float>();
        var exits = own.Exits.Zip(guide.Exits).Sum(pair => Losses.Hinton(pair.First.Logits, pair.Second.Logits, 3).mean().item<float>());
        var soft = Losses.Hinton(own.Logits, guide.Logits, 3).mean().item<float>();
        var sums = state.Sums.data<double>().ToArray();
        Assert.Equal([labels, exits, soft, (3 * labels) + (0.5 * exits) + (2 * soft)], sums[..4].Select(sum => sum / 16), (a, b) => Math.Abs(a - b) < 1e-4 * Math.Abs(a));
    }

    [Fact]
    public void The_ensemble_of_TSKDs_exits_is_judged_and_kept_or_the_student_alone()
    {
        using var scope = NewDisposeScope();
        var images = Images(data);
        var vote = Toy.Alone(data, Toy.Learner(Methods.Tskd(), Toy.ResNet, Long, teacher: Toy.ResNet), teacher);
        var alone = Toy.Alone(data, Toy.Learner(Methods.Tskd(ensemble: false), Toy.ResNet, Long, teacher: Toy.ResNet), teacher);

        Assert.Equal(Right(Attentive.Bind(vote.Last)(images).Ensemble, data.Test.Labels), vote.Epochs[^1].Test.Accuracy, 1e-9);
        Assert.Equal(Right(Toy.ResNet.Bind(alone.Last)(images).Logits, data.Test.Labels), alone.Epochs[^1].Test.Accuracy, 1e-9);
        Assert.Equal(Golden.Bits(vote.Last.Pick(Toy.ResNet.Table).Parameters), Golden.Bits(alone.Last.Parameters));
        Assert.Equal("resnet-8+attention+ensemble", Methods.Tskd().Prepare(Toy.ResNet, Toy.ResNet).Judged!.Name);
        Assert.Equal("resnet-8", Methods.Tskd(ensemble: false).Prepare(Toy.ResNet, Toy.ResNet).Judged!.Name);
        Assert.NotEqual(Methods.Tskd().Text, Methods.Tskd(ensemble: false).Text);
    }

    [Fact]
    public void Pooled_vectors_of_another_length_are_compared_through_adapters_that_learn()
    {
        using var scope = NewDisposeScope();
        var network = Networks.ShuffleNetV2(Toy.Classes, 0.5, channels: 1, size: 8);
        var learner = Toy.Learner(Methods.Tskd(), network, Toy.Recipe with { Rate = 0.01, ClipNorm = 1 }, teacher: Toy.ResNet);
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner], teacher);
        using var begin = LearnerState.Begin(learner, prepared);

        Assert.Equal(["adapter exit1.pooled", "adapter exit2.pooled"], prepared.Players.Select(player => player.Name));
        Assert.All(prepared.Players, player => Assert.Equal([1024, 192], player.Network.Parameters[0].Shape.ToArray()));
        var before = begin.Players.Select(player => Golden.Bits(player.Weights.Parameters.detach())).ToList();
        var state = begin.Step(learner, prepared, stream.At(0, 0, stream.Order(0), scope));
        Assert.All(state.Players.Zip(before), pair => Assert.NotEqual(pair.Second, Golden.Bits(pair.First.Weights.Parameters.detach())));
        Assert.Empty(Methods.Tskd().Prepare(Toy.ResNet, Toy.ResNet).Players);
    }

    [Fact]
    public void Labels_reach_every_exit_of_a_network_that_has_its_own()
    {
        using var scope = NewDisposeScope();
        var learned = Toy.Alone(data, Toy.Learner(Methods.Exits(), Attentive, Long));

        var answer = Attentive.Bind(learned.Last)(Images(data));

        Assert.All(answer.Exits, exit => Assert.InRange(Right(exit.Logits, data.Test.Labels), 0.7, 1));
        Assert.InRange(learned.Epochs[^1].Test.Accuracy, 0.8, 1);
    }

    [Fact]
    public void Exits_that_tell_something_else_than_the_method_needs_are_refused()
    {
        var odd = Network.Build("odd", new Shape(1, 8, 8), Layer.Exit("exit1", Layer.Flatten.Then(Layer.Linear("fc", 7))).Then(Layer.Flatten).Then(Layer.Linear("fc", 3)));

        Assert.Contains("'resnet-8+attention' tell 3 classes", Assert.Throws<BadInput>(() => Methods.Hsakd().Prepare(Attentive, Toy.ResNet)).Message);
        Assert.Contains("'resnet-8+attention' tell 3 classes", Assert.Throws<BadInput>(() => Methods.Hsakd().Prepare(Toy.ResNet, Attentive)).Message);
        Assert.Contains("'odd' put out 7 logits", Assert.Throws<BadInput>(() => Methods.Exits().Prepare([], odd)).Message);
        Assert.Contains("no exits of 3 classes", Assert.Throws<BadInput>(() => Methods.Tskd().Prepare(Toy.ResNet, Jointly)).Message);
        Assert.Contains("built in one piece", Assert.Throws<BadInput>(() => Methods.Tskd().Prepare(Toy.ResNet, Toy.Network)).Message);
    }

    [Fact]
    public void More_exits_than_the_teacher_has_learn_from_its_last()
    {
        using var scope = NewDisposeScope();
        Tensor Logits(string name) => Key.Of(1).Fold(name).Normal([4, 6], CPU);
        Tensor[] student = [Logits("a"), Logits("b"), Logits("c")];

        var sum = Losses.Hierarchical(student, [Logits("d"), Logits("e")]);

        Assert.Equal(Golden.Flat(Losses.Hinton(student[0], Logits("d"), 3) + Losses.Hinton(student[1], Logits("e"), 3) + Losses.Hinton(student[2], Logits("e"), 3)), Golden.Flat(sum));
    }
}
