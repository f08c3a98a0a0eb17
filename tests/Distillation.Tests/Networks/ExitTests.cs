using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class ExitTests
{
    private static readonly Layer Head = Layer.GlobalAveragePool.Tap("early.pool").Then(Layer.Linear("fc", 2));
    private static readonly Layer Trunk = Layer.Conv("conv1", 4).Then(Layer.Relu);
    private static readonly Layer Rest = Layer.Conv("conv2", 6).Then(Layer.Relu).Then(Layer.GlobalAveragePool).Tap("pool").Then(Layer.Linear("fc", 2));
    private static readonly Network Plain = Network.Build("plain", new Shape(3, 4, 4), Trunk.Then(Rest));
    private static readonly Network WithExit = Network.Build("with exit", new Shape(3, 4, 4), Trunk.Then(Layer.Exit("exit1", Head)).Then(Rest));

    [Fact]
    public void An_exit_leaves_the_trunks_names_first_values_and_answers_as_they_were()
    {
        using var scope = NewDisposeScope();
        var (plain, with) = (Plain.Initialize(Key.Of(1), CPU), WithExit.Initialize(Key.Of(1), CPU));
        var images = Small.Images(Plain);

        Assert.All(Plain.Parameters, parameter => Assert.Equal(Golden.Bits(plain[parameter.Name].clone()), Golden.Bits(with[parameter.Name].clone())));
        Assert.Equal(["exit1.fc.weight", "exit1.fc.bias"], WithExit.Parameters.Select(p => p.Name).Except(Plain.Parameters.Select(p => p.Name)));
        Assert.Equal(Golden.Bits(Plain.Bind(plain)(images).Logits), Golden.Bits(WithExit.Bind(with)(images).Logits));
        Assert.Equal(Golden.Bits(plain.Parameters), Golden.Bits(with.Pick(Plain.Table).Parameters));
    }

    [Fact]
    public void The_exits_logits_are_those_of_its_head_and_the_embedding_stays_the_trunks()
    {
        using var scope = NewDisposeScope();
        var weights = WithExit.Initialize(Key.Of(1), CPU);
        var images = Small.Images(WithExit);

        var answer = WithExit.Bind(weights)(images);

        var (name, logits) = Assert.Single(answer.Exits);
        Assert.Equal("exit1", name);
        var expected = nn.functional.linear(answer["early.pool"], weights["exit1.fc.weight"], weights["exit1.fc.bias"]);
        Assert.Equal(Golden.Bits(expected), Golden.Bits(logits));
        Assert.Equal([4L, 6L], answer.Embedding.shape);
        Assert.Equal([("exit1", Shape.Vector(2))], WithExit.Exits);
    }

    [Fact]
    public void A_pass_without_exits_computes_none_and_leaves_their_taps_out()
    {
        using var scope = NewDisposeScope();
        var answer = WithExit.Apply(WithExit.Initialize(Key.Of(1), CPU), Small.Images(WithExit), Pass.Evaluation with { Exits = false });

        Assert.Empty(answer.Exits);
        Assert.Equal(["pool"], answer.Taps.Select(tap => tap.Name));
    }

    [Fact]
    public void An_exit_in_bfloat16_answers_in_float32()
    {
        using var scope = NewDisposeScope();
        var answer = WithExit.Bind(WithExit.Initialize(Key.Of(1), CPU))(Small.Images(WithExit).to_type(ScalarType.BFloat16));

        Assert.Equal(ScalarType.Float32, answer.Exits[0].Logits.dtype);
    }

    [Fact]
    public void A_head_that_is_no_vector_and_a_name_that_is_taken_are_refused()
    {
        Assert.Contains("'a' ends in a map", Assert.Throws<BadInput>(() => Small.Of(Layer.Exit("a", Layer.Relu))).Message);
        var exit = Layer.Exit("a", Layer.Flatten.Then(Layer.Linear("out", 2)));
        Assert.Contains("are named 'a'", Assert.Throws<BadInput>(() => Small.Of(exit, exit)).Message);
    }

    [Fact]
    public void A_learner_with_extra_exits_is_judged_and_kept_without_them()
    {
        using var data = Toy.Load();
        var branched = Network.Build("branched", Toy.Network.Input, Layer
            .Conv("conv", 8).Then(Layer.BatchNorm("bn")).Then(Layer.Relu).Tap("map")
            .Then(Layer.Exit("early", Layer.GlobalAveragePool.Then(Layer.Linear("fc", Toy.Classes))))
            .Then(Layer.MaxPool(2)).Then(Layer.Dropout("drop", 0.1)).Then(Layer.Flatten).Tap("flat")
            .Then(Layer.Linear("fc", Toy.Classes)));
        var method = Toy.Method("exits") with
        {
            Teacher = new Teacher.Self(),
            Prepare = (_, student) => new Prepared(["labels", "early"], step =>
                [new("labels", step.TaskLoss(), 1), new("early", step.TaskLoss(step.Student().Exits[0].Logits), 1)])
            { Student = branched, Judged = student },
        };

        var learned = Toy.Alone(data, Toy.Learner(method, recipe: Toy.Recipe with { Epochs = 6 }));

        Assert.Equal(Toy.Network.Table.Count, learned.Last.Parameters.shape[0]);
        Assert.InRange(learned.Epochs[^1].Test.Accuracy, 0.7, 1);
        Assert.True(learned.Epochs[^1].Terms[1].Mean < learned.Epochs[0].Terms[1].Mean);
    }

    [Fact]
    public void Parts_are_entered_by_name_each_with_its_own_shape_and_share_one_table()
    {
        using var scope = NewDisposeScope();
        var parts = Network.Parts("adapters",
            ("map", new Shape(3, 4, 4), Layer.Conv("conv", 2, kernel: 1)),
            ("vector", Shape.Vector(5), Layer.Linear("fc", 3).Then(Layer.Declare("log_scale", [3], new Initializer.Constant(2)))));
        var weights = parts.Initialize(Key.Of(1), CPU);

        Assert.Equal([4L, 2, 4, 4], parts.Call(weights, "map", zeros(4, 3, 4, 4), Pass.Evaluation).shape);
        Assert.Equal([7L, 3], parts.Call(weights, "vector", zeros(7, 5), Pass.Evaluation).shape);
        Assert.Equal(["map.conv.weight", "vector.fc.weight", "vector.fc.bias", "vector.log_scale"], parts.Parameters.Select(p => p.Name));
        Assert.Equal([2f, 2, 2], weights["vector.log_scale"].data<float>().ToArray());
        Assert.Contains("no part 'maps'", Assert.Throws<BadInput>(() => parts.Call(weights, "maps", zeros(1, 3, 4, 4), Pass.Evaluation)).Message);
        Assert.Contains("'adapters/vector' reads vectors of 5", Assert.Throws<BadInput>(() => parts.Call(weights, "vector", zeros(1, 6), Pass.Evaluation)).Message);
    }
}
