using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>NORM: its formulas, and the pair of linear layers that is there in training only.</summary>
public sealed class ManyToOneTests
{
    private static readonly IReadOnlyDictionary<string, JsonElement> cases = GoldenInputs.Cases("norm.json");

    public static TheoryData<string> Cases => [.. cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_gradients_are_those_of_the_loop(string name)
    {
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float64);
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float32);

        Tensor Formula(GoldenInputs i) => name.StartsWith("norm_kd", StringComparison.Ordinal)
            ? Losses.Hinton(Losses.LayerNormalize(i.Student, i.Number("scale")), Losses.LayerNormalize(i.Teacher, i.Number("scale")), i.Number("temperature"))
            : Losses.ManyToOne(i.Student, i.Teacher);
    }

    [Fact]
    public void Segments_that_are_all_the_teachers_map_lose_nothing_and_each_that_is_not_adds_its_own()
    {
        using var scope = NewDisposeScope();
        var (teacher, other) = (Key.Of(1).Normal([2, 3, 4, 4], CPU), Key.Of(2).Normal([2, 3, 4, 4], CPU));
        double Of(params Tensor[] segments) => Losses.ManyToOne(cat(segments, 1), teacher).mean().item<float>();

        Assert.Equal(0, Of(teacher, teacher, teacher));
        Assert.Equal(Losses.Hint(other, teacher).mean().item<float>(), Of(teacher, other, teacher), 1e-5);
        Assert.Equal(2 * Of(other), Of(other, teacher, other), 1e-5);
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_a_sentence()
    {
        using var scope = NewDisposeScope();

        Assert.StartsWith("student must have a multiple of the teacher's 4 channels, not 6.", Assert.Throws<ArgumentException>(() => Losses.ManyToOne(zeros(2, 6, 2, 2), zeros(2, 4, 2, 2))).Message);
        Assert.Throws<ArgumentException>(() => Losses.ManyToOne(zeros(2, 6, 2, 2), zeros(1, 3, 2, 2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.LayerNormalize(zeros(2, 3), 0));
        Assert.Equal("NORM holds 1 segment or more to the teacher's map, not 0.", Assert.Throws<BadInput>(() => Methods.Norm(segments: 0)).Message);
        Assert.Equal("NORM's logits get a standard deviation above 0, not 0.", Assert.Throws<BadInput>(() => Methods.Norm(scale: 0)).Message);
        var pieceless = Network.Build("in one piece", new Shape(1, 8, 8), Layer.Conv("conv", 4).Tap("f0").Then(Layer.Conv("next", 4)).Tap("f1").Then(Layer.GlobalAveragePool).Tap("f2").Then(Layer.Linear("fc", 3)));
        Assert.Equal(
            "NORM puts two layers in its student's way, and in one piece was built in one piece; build it as a Trunk.", Assert.Throws<BadInput>(() => Methods.Norm().Prepare(pieceless, pieceless)).Message);
    }

    [Fact]
    public void The_weight_of_the_segments_rises_and_falls_when_the_authors_does()
    {
        var weight = Methods.InSegments;

        Assert.Equal("norm(weight 1, hard 0.1, kd 0, segments 8, scale 2.5)", Methods.Norm().ToString());
        Assert.Equal([0.1, 0.1, 0.5, 0.5, 1, 1, 0.5, 0.5, 0.1, 0.1], new[] { 0, 9, 10, 19, 20, 179, 180, 209, 210, 239 }.Select(epoch => weight.At(epoch / 240.0)));
    }

    // Students of every family that published tables name; wide ResNets classify through something that is not linear.
    [Theory]
    [InlineData("resnet-8", "fc", false)]
    [InlineData("vgg-8", "classifier", false)]
    [InlineData("shufflenet-v1", "linear", false)]
    [InlineData("shufflenet-v2", "linear", false)]
    [InlineData("mobilenet-v2-half", "classifier.0", false)]
    [InlineData("wrn-10-1", "fc", true)]
    public void A_trained_student_answers_in_its_own_structure_what_it_answered_with_the_pair_in_its_way(string name, string classifier, bool larger)
    {
        using var scope = NewDisposeScope();
        var (guide, own) = (NetworkCatalog.Named("resnet-8x4", 5, 3, 32), NetworkCatalog.Named(name, 5, 3, 32));
        using var frozen = guide.Frozen(guide.Initialize(Key.Of(1), CPU));
        var learner = new Learner("norm", own, own.Initialize(Key.Of(2), CPU), Methods.Norm(segments: 2, weight: 1), guide, new LearningTask.Classes(), Recipes.Crd, Key.Of(3));
        var prepared = learner.Prepare();
        var labels = tensor([0L, 1, 2, 3]);
        using var state = LearnerState.Begin(learner, prepared, labels, [frozen]);
        using var home = NewDisposeScope();
        var batch = new Batch(Key.Of(4).Normal([4, 3, 32, 32], CPU), labels, arange(4, ScalarType.Int64), new Progress(0, 240, 100, 24_000), Key.Of(5), [frozen], home);

        // After a step running statistics are neither 0 nor 1.
        using var after = state.Step(learner, prepared, batch);
        using var quiet = no_grad();
        var images = Key.Of(6).Normal([3, 3, 32, 32], CPU);
        var trained = prepared.Student!.Apply(after.Weights, images, Pass.Evaluation);
        var judged = after.Weights.Pick(prepared.Judged!.Table, prepared.Made!(after.Weights));

        Assert.Equal(-1, after.FirstBadStep.item<long>());
        Assert.Equal(2 * 256, trained["segments"].shape[1]);
        Assert.Equal(own.Pooled!.Value.Height, trained["segments"].shape[2]);
        Golden.Close(Golden.Flat(trained.Logits), Golden.Flat(prepared.Judged!.Apply(judged, images, Pass.Evaluation).Logits), relative: 1e-3, absolute: 1e-4);
        Assert.Equal(classifier, prepared.Judged.Classifier);
        var width = own.Pooled!.Value.Channels;
        Assert.Equal(own.ParameterCount + (larger ? (width * width) + width : 0), prepared.Judged.ParameterCount);
        Assert.Equal(own.ParameterCount + (2 * width * 512) + (2 * (512 + width)), prepared.Student.ParameterCount);
        // The pair does something: without it the answer is another.
        Assert.NotEqual(Golden.Flat(trained.Logits), Golden.Flat(own.Apply(after.Weights.Pick(own.Table), images, Pass.Evaluation).Logits));
    }

    [Fact]
    public void A_run_of_a_teacher_of_other_size_and_width_keeps_the_students_own_structure_and_what_was_judged()
    {
        using var data = Toy.Load();
        var network = Networks.Vgg(8, Toy.Classes, channels: 1, size: 8);
        using var weights = Toy.Start(network, 7);
        using var teacher = network.Frozen(weights);
        var learner = Toy.Learner(Methods.Norm(segments: 2), Toy.ResNet, teacher: network);

        using var learned = Toy.Alone(data, learner, teacher).Last;

        Assert.Equal(Toy.ResNet.Table.Places.Select(place => place.Name), learned.Table.Places.Select(place => place.Name));
        Assert.NotEqual(network.Taps.Last(tap => !tap.Shape.Flat).Shape, Toy.ResNet.Taps.Last(tap => !tap.Shape.Flat).Shape);
    }

    [Fact]
    public void In_a_sum_the_other_methods_look_at_the_student_with_the_pair_and_the_merged_one_is_judged()
    {
        var learner = Toy.Learner(Methods.Norm(segments: 2) + Methods.At(), Toy.ResNet, teacher: Toy.ResNet);
        var prepared = learner.Prepare();

        Assert.Equal(["labels", "norm", "at"], prepared.Terms);
        Assert.Equal(("resnet-8+transform", "resnet-8"), (prepared.Student!.Name, prepared.Judged!.Name));
        Assert.NotNull(prepared.Made);
    }

    [Fact]
    public void A_student_of_few_bits_keeps_the_pair()
    {
        var student = Toy.ResNet.Quantize(4, 4);
        var prepared = Methods.Norm(segments: 2).Prepare(Toy.ResNet, student);

        Assert.Same(prepared.Student, prepared.Judged);
        Assert.Null(prepared.Made);
    }

    [Fact]
    public void Every_published_number_of_it_is_an_experiment()
    {
        var cells = Reproductions.Named("norm-cifar100").Cells;

        Assert.NotEmpty(cells);
        Assert.All(cells, cell => Assert.NotNull(cell.Experiment));
        Assert.Equal([0.0, 1.0], cells.Select(cell => cell.Experiment!.Method.Settings.Single(setting => setting.Name == "kd").Value.At(0)).Distinct().Order());
        Assert.All(cells, cell => Assert.Equal("norm", cell.Experiment!.Method.Name));
    }
}
