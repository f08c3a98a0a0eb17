using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>FCFD: its formula, and ways that lead out of one network into the other.</summary>
public sealed class FunctionConsistentTests
{
    private static readonly IReadOnlyDictionary<string, JsonElement> cases = GoldenInputs.Cases("fcfd.json");

    public static TheoryData<string> Cases => [.. cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_gradients_are_those_of_the_loop(string name)
    {
        GoldenInputs.Compare(cases[name], name, i => Losses.LastMap(i.Student, i.Teacher), ScalarType.Float64);
        GoldenInputs.Compare(cases[name], name, i => Losses.LastMap(i.Student, i.Teacher), ScalarType.Float32);
    }

    // One step of a run whose weight of the maps has risen; the terms' values by name, the student's weights and the bridges' before and behind it.
    private static (Dictionary<string, double> Terms, int[] Student, int[] Buffers, int[] Bridges, Prepared Prepared) Step(string guide, string own, Method method, long seed = 5)
    {
        using var scope = NewDisposeScope();
        var (tall, small) = (NetworkCatalog.Named(guide, 5, 3, 32), NetworkCatalog.Named(own, 5, 3, 32));
        using var frozen = tall.Frozen(tall.Initialize(Key.Of(1), CPU));
        var learner = new Learner("fcfd", small, small.Initialize(Key.Of(2), CPU), method, tall, new LearningTask.Classes(), Recipes.Crd, Key.Of(3));
        var prepared = learner.Prepare();
        var labels = tensor([0L, 1, 2, 3]);
        using var state = LearnerState.Begin(learner, prepared, labels, [frozen]);
        using var home = NewDisposeScope();
        var batch = new Batch(Key.Of(4).Normal([4, 3, 32, 32], CPU), labels, arange(4, ScalarType.Int64), new Progress(0, 240, 12_000, 24_000), Key.Of(seed), [frozen], home);

        using var after = state.Step(learner, prepared, batch);

        Assert.Equal(-1, after.FirstBadStep.item<long>());
        var sums = after.Sums.data<double>();
        return (
            prepared.Terms.Select((term, i) => (term, sums[i])).ToDictionary(), Golden.Bits(after.Weights.Parameters), Golden.Bits(after.Weights.Buffers), Golden.Bits(after.Players[0].Weights.Parameters), prepared);
    }

    // Maps of equal, double and half side, of equal and other width, before and behind ReLUs and normalisations.
    [Theory]
    [InlineData("resnet-8x4", "resnet-8", 0, 0)]
    [InlineData("resnet-8x4", "shufflenet-v1", 1, 0)]
    [InlineData("resnet-8x4", "shufflenet-v2", 0, 0)]
    [InlineData("wrn-10-2", "wrn-10-1", 0, 0)]
    [InlineData("wrn-10-2", "shufflenet-v1", 1, 0)]
    [InlineData("vgg-13", "vgg-8", 1, 1)]
    [InlineData("vgg-8", "mobilenet-v2-half", 0, 1)]
    [InlineData("shufflenet-v2", "resnet-8", 0, 0)]
    public void A_step_with_every_way_there_is_changes_student_and_bridges(string guide, string own, int studentBefore, int teacherBefore)
    {
        var method = Methods.Fcfd(ways: 100, studentBefore: studentBefore == 1, teacherBefore: teacherBefore == 1);

        var (terms, _, _, _, prepared) = Step(guide, own, method);

        Assert.Equal(["labels", "kd", "fcfd", "crossed"], terms.Keys);
        Assert.All(terms.Values, value => Assert.True(value > 0));
        var parts = prepared.Players[0].Network.Entries.Select(entry => entry.Name).ToList();
        // To the teacher from every stage, to the student from all but the last.
        var stages = StageTaps.Maps(NetworkCatalog.Named(own, 5, 3, 32)).Count - 1;
        Assert.Equal((stages, stages - 1), (parts.Count(part => part.StartsWith("to teacher", StringComparison.Ordinal)), parts.Count(part => part.StartsWith("to student", StringComparison.Ordinal))));
    }

    [Fact]
    public void Ways_are_drawn_from_the_step_s_key_and_the_running_averages_are_those_without_any()
    {
        var (none, one, again, other) = (Way(0, 5), Way(1, 5), Way(1, 5), Enumerable.Range(6, 8).Select(seed => Way(1, seed)).ToList());

        Assert.Equal(0, none.Terms["crossed"]);
        Assert.Equal(one.Student, again.Student);
        Assert.Contains(other, run => !run.Student.SequenceEqual(one.Student));
        Assert.All(other, run => Assert.True(run.Terms["crossed"] > 0));
        Assert.All(other.Append(one), run => Assert.Equal(none.Buffers, run.Buffers));
        // Four ways in a network of three stages: both directions behind the first and the second.
        Assert.Equal(4, other.Append(one).Concat(Enumerable.Range(20, 12).Select(seed => Way(1, seed))).Select(run => run.Terms["crossed"]).Distinct().Count());
        Assert.Equal(Way(4, 5).Student, Way(9, 5).Student);

        static (Dictionary<string, double> Terms, int[] Student, int[] Buffers, int[] Bridges, Prepared Prepared) Way(int ways, long seed) => Step("resnet-8", "resnet-8", Methods.Fcfd(ways: ways), seed);
    }

    [Fact]
    public void The_ways_alone_teach_the_student_and_the_bridges_too()
    {
        var (with, without) = (Methods.Fcfd(weight: 0, kd: 0, ways: 9), Methods.Fcfd(weight: 0, kd: 0, crossed: 0, ways: 9));

        var (crossed, plain) = (Step("resnet-8x4", "resnet-8", with), Step("resnet-8x4", "resnet-8", without));

        Assert.NotEqual(plain.Student, crossed.Student);
        Assert.NotEqual(plain.Bridges, crossed.Bridges);
    }

    // Its maps have half the side of the student's, and other channels.
    [Fact]
    public void A_run_with_a_teacher_of_other_sizes_and_widths_learns_and_keeps_the_student_s_structure()
    {
        using var data = Toy.Load();
        var recipe = Toy.Recipe with { Epochs = 8, Rate = Schedule.OneCycle(0.06), ClipNorm = 2 };
        Layer Block(int channels, int stride) => Layer.Conv("conv", channels, stride: stride).Then(Layer.BatchNorm("bn")).Then(Layer.Relu);
        var halving = new[] { 12, 24, 48 }.Select((channels, stage) => new TrunkStage($"f{stage + 1}", Block(channels, 2).Within($"stage{stage + 1}")));
        var network = Network.Build(
            "halving", new Shape(1, 8, 8), new Trunk(Block(8, 1).Within("stem").Tap("f0"), [.. halving], Layer.GlobalAveragePool.Tap("f4"), logits => Layer.Linear("fc", logits)), Toy.Classes);
        var taught = Toy.Alone(data, Toy.Learner(Methods.None, network, recipe));
        using var teacher = network.Frozen(taught.Last);
        taught.Last.Dispose();

        var learned = Toy.Alone(data, Toy.Learner(Methods.Fcfd(), Toy.ResNet, recipe, teacher: network), teacher);
        using var last = learned.Last;

        Assert.InRange(taught.Epochs[^1].Test.Accuracy, 0.8, 1);
        Assert.InRange(learned.Epochs[^1].Test.Accuracy, 0.8, 1);
        Assert.All(new[] { "labels", "kd", "fcfd", "crossed" }, term => Assert.True(Mean(learned.Epochs[^1], term) < Mean(learned.Epochs[0], term), term));
        Assert.Equal(Toy.ResNet.Table.Places.Select(place => place.Name), last.Table.Places.Select(place => place.Name));

        static double Mean(EpochReport epoch, string term) => epoch.Terms.Single(one => one.Name == term).Mean;
    }

    [Fact]
    public void What_cannot_be_crossed_is_refused_in_a_sentence()
    {
        Network Of(string name) => NetworkCatalog.Named(name, 5, 3, 32);
        string Refusal(string guide, string own, bool studentBefore = false) => Assert.Throws<BadInput>(() => Methods.Fcfd(studentBefore: studentBefore).Prepare(Of(guide), Of(own)).Players[0].Network).Message;

        Assert.Equal("FCFD draws 0 ways or more in a step, not -1.", Assert.Throws<BadInput>(() => Methods.Fcfd(ways: -1)).Message);
        Assert.Equal(
            "FCFD leads maps through the stages of the other network, and shufflenet-v2 has 3 and resnet-10-4stage 4; choose networks that have as many.", Refusal("resnet-10-4stage", "shufflenet-v2"));
        Assert.Equal("The stage 'f1' of shufflenet-v2 does not end in a ReLU behind a map that is kept; take its maps as they are.", Refusal("resnet-8", "shufflenet-v2", studentBefore: true));
        Assert.Equal("The stage 'f1' of wrn-10-1 does not end in a ReLU behind a map that is kept; take its maps as they are.", Refusal("resnet-8", "wrn-10-1", studentBefore: true));
        Assert.StartsWith("FCFD's bridges keep a map's size, halve it or double it", Assert.Throws<BadInput>(() => Methods.Fcfd().Prepare(Networks.ResNet(8, 5, size: 32), Networks.ResNet(8, 5, size: 8))).Message);
    }

    [Fact]
    public void Every_published_number_of_it_is_an_experiment_with_its_authors_settings()
    {
        var cells = Published.All.SelectMany(table => Reproductions.Of(table).Cells).Where(cell => cell.Paper.Method == "fcfd" && cell.Paper.Value is not null).ToList();

        Assert.Equal(12, cells.Count);
        Assert.All(cells, cell => Assert.Equal(new Optimizer.Sgd(Momentum: 0.9, Decay: 5e-4, Nesterov: true), cell.Experiment!.Recipe.Optimizer));
        Assert.All(cells, cell => Assert.NotNull(cell.Experiment!.Judged));
        Assert.Equal((0.02, 1, 4, 0, 0), Numbers("resnet-20"));
        Assert.Equal((5, 0.2, 4, 0, 0), Numbers("wrn-16-2"));
        Assert.Equal((5, 1, 4, 1, 1), Numbers("vgg-8"));
        Assert.Equal((5, 1, 8, 1, 0), Numbers("shufflenet-v1"));
        Assert.Equal((5, 1, 8, 0, 0), Numbers("shufflenet-v2"));

        (double Weight, double Kd, double Temperature, double Student, double Teacher) Numbers(string student) =>
            cells.First(cell => cell.Paper.Student == student).Experiment!.Method.Settings.ToDictionary(setting => setting.Name, setting => setting.Value.At(1)) is var of
                ? (of["weight"], of["kd"], of["temperature"], of["studentBefore"], of["teacherBefore"]) : default;
    }
}
