using TorchSharp;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>MSKD and OtO: what every exit learns, who teaches it, what is judged.</summary>
public sealed class MultiStageTests : IDisposable
{
    private static readonly Recipe Long = Toy.Recipe with { Epochs = 8, Rate = Schedule.OneCycle(0.06) };
    private static readonly Network Attentive = Toy.ResNet.WithExits();

    private readonly LoadedDataset data = Toy.Load();
    private readonly Weights weights = Toy.Start(Attentive, 7);
    private readonly FrozenNetwork teacher;
    private readonly FrozenNetwork plain;

    public MultiStageTests()
    {
        using var trunk = weights.Pick(Toy.ResNet.Table);
        (teacher, plain) = (Attentive.Frozen(weights), Toy.ResNet.Frozen(trunk));
    }

    public void Dispose()
    {
        teacher.Dispose();
        plain.Dispose();
        weights.Dispose();
        data.Dispose();
    }

    private static double Right(Tensor logits, Tensor labels) => logits.argmax(1).eq(labels).to_type(ScalarType.Float64).mean().item<double>();

    // One step's terms and their weighted sum, and what the networks say to its images.
    private (double[] Sums, IReadOnlyList<Tensor> Own, IReadOnlyList<Tensor> Guide, Tensor Labels) OneStep(Method method, FrozenNetwork guide, View view, DisposeScope scope)
    {
        var learner = Toy.Learner(method, Toy.ResNet, teacher: guide.Network);
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner], guide);
        var begin = LearnerState.Begin(learner, prepared);
        var batch = stream.At(0, 0, stream.Order(0), scope);
        var start = begin.Weights.Copy();
        var state = begin.Step(learner, prepared, batch);
        var own = Attentive.Apply(start, batch.Images(view), new Pass(Statistics.Batch));
        var said = guide.Apply(batch.Images(view));
        return ([.. state.Sums.data<double>().ToArray().Take(3).Select(sum => sum / 16)], [.. own.Exits.Select(exit => exit.Logits), own.Logits], [.. said.Exits.Select(exit => exit.Logits), said.Logits], batch.Labels);
    }

    [Fact]
    public void Every_exit_learns_labels_and_the_teachers_one_answer()
    {
        using var scope = NewDisposeScope();

        var (sums, own, guide, labels) = OneStep(Methods.Mskd(weight: 0.7, hard: 0.3, temperature: 3), plain, View.Plain, scope);

        var hard = own.Sum(exit => Losses.CrossEntropy(exit, labels).mean().item<float>());
        var soft = own.Sum(exit => Losses.Hinton(exit, guide[^1], 3).mean().item<float>());
        Assert.Equal(3, own.Count);
        Assert.Equal([hard, soft, (0.3 * hard) + (0.7 * soft)], sums, (a, b) => Math.Abs(a - b) < 1e-4 * Math.Abs(a));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_exit_learns_from_the_teachers_exit_of_its_number_on_the_same_images(bool augmented)
    {
        using var scope = NewDisposeScope();
        var view = augmented ? View.Augmented(Augmentations.CropFlip.Then(new Augmentation.AutoAugment())) : View.Plain;

        var (sums, own, guide, labels) = OneStep(Methods.Oto(weight: 0.7, hard: 0.3, temperature: 3, augmented: augmented), teacher, view, scope);

        var hard = own.Sum(exit => Losses.CrossEntropy(exit, labels).mean().item<float>());
        var soft = own.Zip(guide).Sum(pair => Losses.Hinton(pair.First, pair.Second, 3).mean().item<float>());
        Assert.Equal((3, 3), (own.Count, guide.Count));
        Assert.Equal([hard, soft, (0.3 * hard) + (0.7 * soft)], sums, (a, b) => Math.Abs(a - b) < 1e-4 * Math.Abs(a));
    }

    [Fact]
    public void All_exits_reach_the_first_stage_in_one_backward_pass()
    {
        using var scope = NewDisposeScope();
        var images = data.Dataset.Normalization.Normalize(data.Test.Images.narrow(0, 0, 8));
        var values = Attentive.Initialize(Key.Of(3), CPU);
        values.Parameters.requires_grad_(true);
        var labels = data.Test.Labels.narrow(0, 0, 8);

        double[][] one = [.. Enumerable.Range(0, 3).Select(k => Stem(Losses.CrossEntropy(Answers()[k], labels).mean()))];
        var together = Stem(Answers().Select(exit => Losses.CrossEntropy(exit, labels).mean()).Aggregate((sum, exit) => sum + exit));

        Assert.All(one, gradient => Assert.True(Golden.Norm(gradient) > 1e-4));
        Assert.True(Golden.Norm(together.Select((g, i) => g - one.Sum(gradient => gradient[i]))) < 1e-4 * Golden.Norm(together));

        double[] Stem(Tensor loss)
        {
            values.Parameters.grad?.zero_();
            loss.backward(inputs: [values.Parameters]);
            return Golden.Flat(values.Parameters.grad!.narrow(0, 0, 16 * 9));
        }

        IReadOnlyList<Tensor> Answers()
        {
            var again = Attentive.Apply(values, images, new Pass(Statistics.Batch));
            return [.. again.Exits.Select(exit => exit.Logits), again.Logits];
        }
    }

    [Fact]
    public void A_teacher_without_exits_is_given_some_that_learn_labels_first_and_then_stay_as_they_are()
    {
        var kept = new List<(int[] Exits, int[] Student)>();
        var learner = Toy.Learner(Methods.Oto(), Toy.ResNet, Toy.Recipe with { Epochs = 2 }, teacher: Toy.ResNet);
        static int[] Of(Checkpoint checkpoint, string name) => Golden.Bits(checkpoint.Tensors[name].clone());

        var learned = Fold.Run([Toy.Stream(data, [learner], plain)], keeping: new(_ => null, (_, checkpoint) => kept.Add((Of(checkpoint, "player.exits.parameters"), Of(checkpoint, "student.parameters"))), TimeSpan.FromHours(1))).Single();

        Assert.Equal([["exits"], ["labels", "oto"], ["labels", "oto"]], learned.Epochs.Select(epoch => epoch.Terms.Select(term => term.Name).ToArray()));
        Assert.Equal(kept[0].Exits, kept[2].Exits);
        Assert.NotEqual(kept[0].Student, kept[2].Student);
        Assert.Empty(Methods.Oto().Prepare(Attentive, Toy.ResNet).Players);
        Assert.Equal(["training"], Methods.Oto().Prepare(Attentive, Toy.ResNet).Phases.Select(phase => phase.Name));
        learned.Last.Dispose();
    }

    [Theory]
    [InlineData("mskd")]
    [InlineData("oto")]
    public void The_ensemble_is_judged_and_kept_or_the_student_alone(string name)
    {
        using var scope = NewDisposeScope();
        var images = data.Dataset.Normalization.Normalize(data.Test.Images);
        Learned Run(double ensemble) => Toy.Alone(data, Toy.Learner(MethodCatalog.Named(name, new Dictionary<string, double> { ["ensemble"] = ensemble }), Toy.ResNet, Long, teacher: Attentive), teacher);
        var (vote, alone) = (Run(1), Run(0));

        Assert.Equal(Right(Attentive.Bind(vote.Last)(images).Ensemble, data.Test.Labels), vote.Epochs[^1].Test.Accuracy, 1e-9);
        Assert.Equal(Right(Toy.ResNet.Bind(alone.Last)(images).Logits, data.Test.Labels), alone.Epochs[^1].Test.Accuracy, 1e-9);
        Assert.Equal(Golden.Bits(vote.Last.Pick(Toy.ResNet.Table).Parameters), Golden.Bits(alone.Last.Parameters));
        vote.Last.Dispose();
        alone.Last.Dispose();
    }

    [Fact]
    public void Training_accuracy_under_another_augmentation_is_counted_on_its_images()
    {
        var learner = Toy.Learner(Methods.Oto(augmented: true), Toy.ResNet, Toy.Recipe with { Epochs = 1 }, teacher: Attentive);

        var learned = Toy.Alone(data, learner, teacher);

        Assert.Equal(["augmented: pad-crop 4, flip 0.5, auto-augment"], learner.Prepare().Views.Select(view => view.Name));
        Assert.InRange(learned.Epochs[0].TrainAccuracy!.Value, 0.01, 1);
        learned.Last.Dispose();
    }

    [Fact]
    public void A_teacher_whose_exits_tell_something_else_is_refused()
    {
        var joint = Toy.ResNet.WithExits(new ExitDesign.Copied(4));

        Assert.Contains("put out 12, 12, 12 logits and OtO's tell its 3 classes", Assert.Throws<BadInput>(() => Methods.Oto().Prepare(joint, Toy.ResNet)).Message);
        Assert.Contains("no exits of 3 classes", Assert.Throws<BadInput>(() => Methods.Mskd().Prepare(Toy.ResNet, joint)).Message);
    }
}
