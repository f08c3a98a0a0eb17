using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Methods that look into the networks' classifiers, or give the student another.</summary>
public sealed class RebuiltStudentTests : IDisposable
{
    private readonly LoadedDataset data = Toy.Load();
    private readonly Network network = Networks.WideResNet(10, 2, Toy.Classes, channels: 1, size: 8);
    private readonly Weights weights;
    private readonly FrozenNetwork teacher;

    public RebuiltStudentTests()
    {
        weights = Toy.Start(network, 7);
        teacher = network.Frozen(weights);
    }

    public void Dispose()
    {
        teacher.Dispose();
        weights.Dispose();
        data.Dispose();
    }

    private Tensor Images => data.Dataset.Normalization.Normalize(data.Test.Images);

    public static TheoryData<string> Pooling => ["resnet-8", "wrn-10-2", "vgg-8", "resnet-10-4stage", "mobilenet-v2-half", "shufflenet-v1", "shufflenet-v2"];

    [Theory]
    [MemberData(nameof(Pooling))]
    public void The_map_that_a_network_pools_makes_its_logits_pixel_by_pixel_and_in_regions(string name)
    {
        using var scope = NewDisposeScope();
        var any = NetworkCatalog.Named(name, 5, 3, 32);
        var start = any.Initialize(Key.Of(3), CPU);
        using var frozen = any.Frozen(start);
        using var quiet = no_grad();
        var answer = frozen.Apply(Key.Of(4).Normal([2, 3, 32, 32], CPU));
        var (weight, bias) = (frozen[$"{any.Classifier}.weight"], frozen[$"{any.Classifier}.bias"]);

        var maps = Losses.ActivationMaps(answer.Pooled!, weight, bias);

        Assert.Equal(any.Pooled!.Value.Dimensions, answer.Pooled!.shape[1..]);
        Golden.Close(Golden.Flat(answer.Logits), Golden.Flat(maps.mean([2, 3])), relative: 1e-4, absolute: 1e-5);
        // Regions are means of at most 4x4 cells, the first is the whole.
        Golden.Close(Golden.Flat(answer.Logits), Golden.Flat(Losses.Regions(answer.Pooled!, weight, bias, [1, 2, 4]).select(1, 0)), relative: 1e-4, absolute: 1e-5);
    }

    [Fact]
    public void A_network_that_pools_no_map_is_refused_by_those_who_need_one()
    {
        var lenet = Networks.LeNet5();

        foreach (var name in new[] { "cat-kd", "sd-kd", "simkd", "norm" })
        {
            Assert.Equal(
                $"The network '{lenet.Name}' does not classify the mean of a map over its pixels, which this method takes apart; choose a network that does.",
                Assert.Throws<BadInput>(() => MethodCatalog.Named(name).Prepare(lenet, lenet)).Message);
        }
    }

    [Fact]
    public void The_reused_classifier_is_the_teachers_to_the_last_bit_and_is_judged_with_its_projector()
    {
        using var scope = NewDisposeScope();
        var learner = Toy.Learner(Methods.SimKd(), Toy.ResNet, Toy.Recipe with { Optimizer = new Optimizer.Sgd(Momentum: 0.9, Decay: 0.1) }, teacher: network);
        var prepared = learner.Prepare();

        var learned = Fold.Run([Toy.Stream(data, [learner], teacher)]).Single();

        Assert.Equal(["simkd"], learned.Epochs[0].Terms.Select(term => term.Name));
        Assert.Equal(Golden.Bits(teacher["fc.weight"]), Golden.Bits(learned.Last["reused.weight"]));
        Assert.Equal(Golden.Bits(teacher["fc.bias"]), Golden.Bits(learned.Last["reused.bias"]));
        // The trunk without its classifier, the projector 64 -> 64 -> 64 -> 128 with its normalisations, and the teacher's classifier.
        Assert.Equal(Toy.ResNet.ParameterCount - (65 * 3) + ((64 * 64) + (64 * 64 * 9) + (64 * 128) + (2 * (64 + 64 + 128))) + (129 * 3), prepared.Student!.ParameterCount);
        Assert.Equal(prepared.Student.ParameterCount, learned.Last.Parameters.numel());
        Assert.DoesNotContain(prepared.Student.Parameters, parameter => parameter.Name.StartsWith("fc.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_student_whose_projected_map_is_the_teachers_answers_as_the_teacher_does()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var prepared = Methods.SimKd().Prepare(network, network);
        var answer = prepared.Student!.Apply(prepared.Student.Initialize(Key.Of(1), CPU), Images, Pass.Evaluation);

        var reused = nn.functional.linear(teacher.Apply(Images).Pooled!.mean([2, 3]), teacher["fc.weight"], teacher["fc.bias"]);

        Assert.Equal(network.Pooled!.Value.Dimensions, answer["projected"].shape[1..]);
        Golden.Close(Golden.Flat(teacher.Apply(Images).Logits), Golden.Flat(reused), relative: 1e-5, absolute: 1e-6);
    }

    [Theory]
    [InlineData("ofd")]
    [InlineData("reviewkd")]
    [InlineData("ab")]
    [InlineData("cat-kd")]
    [InlineData("simkd")]
    [InlineData("norm")]
    [InlineData("sd-dkd")]
    [InlineData("itrd")]
    public void Students_of_every_family_learn_from_teachers_of_others(string method)
    {
        foreach (var (guide, own) in new[] { ("vgg-8", "mobilenet-v2-half"), ("resnet-10-4stage", "shufflenet-v2"), ("resnet-8x4", "shufflenet-v1"), ("wrn-10-2", "vgg-8") })
        {
            using var scope = NewDisposeScope();
            var (tall, small) = (NetworkCatalog.Named(guide, 5, 3, 32), NetworkCatalog.Named(own, 5, 3, 32));
            using var frozen = tall.Frozen(tall.Initialize(Key.Of(1), CPU));
            var learner = new Learner(method, small, small.Initialize(Key.Of(2), CPU), MethodCatalog.Named(method), tall, new LearningTask.Classes(), Recipes.Crd, Key.Of(3));
            var prepared = learner.Prepare();
            var labels = tensor([0L, 1, 2, 3]);
            using var state = LearnerState.Begin(learner, prepared, labels, [frozen]);
            using var home = NewDisposeScope();
            var batch = new Batch(Key.Of(4).Normal([4, 3, 32, 32], CPU), labels, arange(4, ScalarType.Int64), new Progress(0, 270, 100, 27_000), Key.Of(5), [frozen], home);

            using var after = state.Step(learner, prepared, batch);

            Assert.Equal(-1, after.FirstBadStep.item<long>());
        }
    }

    [Fact]
    public void A_teacher_without_a_normalisation_for_the_margins_is_refused()
    {
        var shuffle = NetworkCatalog.Named("shufflenet-v2", 5, 3, 32);

        Assert.StartsWith(
            "OFD takes the margins of 'f1.preact' from the normalisation before it, and shufflenet-v2 has none of 116 channels there",
            Assert.Throws<BadInput>(() => Methods.Ofd().Prepare(shuffle, shuffle)).Message);
    }
}
