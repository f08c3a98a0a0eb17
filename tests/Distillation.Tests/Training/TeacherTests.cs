namespace Distillation.Tests;

public sealed class TeacherTests : IDisposable
{
    private readonly LoadedDataset data = Toy.Load();

    public void Dispose() => data.Dispose();

    public static TheoryData<string> Sizes => ["tiny", "resnet-8", "resnet-20", "resnet-8x4"];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_teacher_of_any_size_gets_no_gradient_and_never_changes(string size)
    {
        var network = size switch
        {
            "tiny" => Toy.Network,
            "resnet-8x4" => Networks.ResNet(8, Toy.Classes, width: 4, channels: 1, size: 8),
            _ => Networks.ResNet(int.Parse(size.Split('-')[1], System.Globalization.CultureInfo.InvariantCulture), Toy.Classes, channels: 1, size: 8),
        };
        using var weights = Toy.Start(network, 7);
        // Weights that come straight out of training still ask for a gradient.
        weights.Parameters.requires_grad_(true);
        using var teacher = network.Frozen(weights);
        using var images = data.Dataset.Normalization.Normalize(data.Test.Images);
        using var before = teacher.Apply(images).Logits;
        var bits = Toy.Bits(weights);
        var answers = new List<bool>();
        var watched = Toy.Method("watched", ("labels", step => step.TaskLoss()), ("kd", step =>
        {
            answers.Add(step.Teacher().Logits.requires_grad || step.Teacher().Taps.Any(tap => tap.Value.requires_grad));
            return Losses.Hinton(step.Student().Logits, step.Teacher().Logits).mean();
        }
        ));

        Toy.Alone(data, Toy.Learner(watched, teacher: network, recipe: Toy.Recipe with { Epochs = 1 }), teacher).Last.Dispose();

        using var after = teacher.Apply(images).Logits;
        Assert.Equal(Golden.Bits(before), Golden.Bits(after));
        Assert.Equal(bits, Toy.Bits(weights));
        Assert.Null(weights.Parameters.grad);
        Assert.Equal(6, answers.Count);
        Assert.DoesNotContain(true, answers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_teacher_is_asked_once_per_batch_however_many_learn(int learners)
    {
        var calls = 0;
        var network = Toy.Tiny("counted", Layer.Map("count", x =>
        {
            calls++;
            return x;
        }));
        using var weights = Toy.Start(network, 7);
        using var teacher = network.Frozen(weights);

        Fold.Run([Toy.Stream(data, [.. Enumerable.Range(0, learners).Select(i => Toy.Learner(Methods.Hinton(i + 1), teacher: network))], teacher)]);

        Assert.Equal(2 * 6, calls);
    }

    [Fact]
    public void The_teacher_is_not_asked_where_nobody_wants_to_know()
    {
        var calls = 0;
        var network = Toy.Tiny("counted", Layer.Map("count", x =>
        {
            calls++;
            return x;
        }));
        using var weights = Toy.Start(network, 7);
        using var teacher = network.Frozen(weights);

        Toy.Alone(data, Toy.Learner(Methods.None, teacher: network), teacher);

        Assert.Equal(0, calls);
    }

    [Fact]
    public void A_view_is_made_once_per_batch_and_outlives_the_learner_that_asked_first()
    {
        var made = 0;
        using var weights = Toy.Start(Toy.Network, 7);
        using var teacher = Toy.Network.Frozen(weights);
        var turned = new View("turned", (images, key) =>
        {
            made++;
            return images.rot90(1, (2, 3)) + key.Normal(images.shape, images.device) * 0.1;
        });
        Method Turned(double weight) => Toy.Method($"turned {weight}",
            ("labels", step => step.TaskLoss()),
            ("turned", step => Losses.Hinton(step.Student(turned).Logits, step.Teacher(turned).Logits).mean() * weight)).Seeing(turned);
        var learners = new[] { 0.5, 2 }.Select(weight => Toy.Learner(Turned(weight), teacher: Toy.Network)).ToList();

        var together = Fold.Run([Toy.Stream(data, learners, teacher)]);

        Assert.Equal(2 * 6, made);
        Toy.Same(Toy.Alone(data, learners[0], teacher), together[0]);
        Toy.Same(Toy.Alone(data, learners[1], teacher), together[1]);
    }

    [Fact]
    public void Two_views_of_one_name_are_not_taken_for_each_other()
    {
        var up = new View("moved", (images, _) => images.roll(1, 2));
        var down = new View("moved", (images, _) => images.roll(-1, 2));
        var methods = new[] { up, down }.Select(view => Toy.Method("moved", ("moved", step => step.Student(view).Logits.square().mean())));

        var error = Assert.Throws<InvalidOperationException>(() => Fold.Run([Toy.Stream(data, [.. methods.Select(method => Toy.Learner(method))])]));

        Assert.Contains("'moved'", error.Message);
    }

    [Fact]
    public void A_method_that_asks_a_teacher_who_is_not_there_says_so()
    {
        var error = Assert.Throws<BadInput>(() => Toy.Alone(data, Toy.Learner(Methods.Hinton())));

        Assert.Contains("teacher", error.Message);
    }
}
