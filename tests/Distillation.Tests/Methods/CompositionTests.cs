using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Methods added up: what counts once, what stays apart, and what does not fit.</summary>
public sealed class CompositionTests : IDisposable
{
    private readonly LoadedDataset data = Toy.Load();
    private readonly Weights teacherWeights = Toy.Start(Toy.ResNet, 7);
    private readonly FrozenNetwork teacher;

    public CompositionTests() => teacher = Toy.ResNet.Frozen(teacherWeights);

    public void Dispose()
    {
        teacher.Dispose();
        teacherWeights.Dispose();
        data.Dispose();
    }

    private Learned Learn(Method method, Recipe? recipe = null) => Toy.Alone(data, Toy.Learner(method, Toy.ResNet, recipe, teacher: Toy.ResNet), teacher);

    // Two phases, a player and a memory under names that others have too.
    private static Method Staged(string name) => Toy.Method(name) with
    {
        Teacher = new Teacher.Frozen(),
        Prepare = (_, student) => new Prepared(
        [
            new Phase("front", [$"{name} front"], (step, memory) =>
                new([new($"{name} front", (step.Player("adapter").Call(step.Student().Embedding) - memory["mark"]).square().mean(), 1)], memory)) { Epochs = _ => 1 },
            new Phase("training", ["labels", name], (step, memory) =>
                new([new("labels", step.TaskLoss(), 1), new(name, (step.Player("adapter").Call(step.Student().Embedding) - memory["mark"]).square().mean(), 0.1)], memory.With("seen", memory["mark"] + 1)))
            {
                AfterEpoch = (milestone, memory) => memory.With("mark", memory["mark"] * 0.5 + milestone.Players["adapter"].Parameters.mean()),
            },
        ])
        {
            Players = [new("adapter", Network.Parts("adapter", ("", student.Taps[^1].Shape, Layer.Linear("fc", 2))))],
            Opening = opening => Memory.Empty.With("mark", opening.Key.Fold("mark").Uniform([1], CPU)),
        },
    };

    [Fact]
    public void A_sum_has_the_settings_the_citations_and_the_place_in_the_survey_of_its_parts()
    {
        var sum = Methods.Hinton() + Methods.At(weight: 10);

        Assert.Equal("kd+at", sum.Name);
        Assert.Equal(["kd.temperature", "kd.weight", "kd.hard", "at.weight", "at.kd"], sum.Settings.Select(setting => setting.Name));
        Assert.Equal("kd+at(kd.temperature 4, kd.weight 0.9, kd.hard 0.1, at.weight 10, at.kd 0)", sum.ToString());
        Assert.Equal($"{Methods.Hinton().Citation}; {Methods.At().Citation}", sum.Citation);
        Assert.Equal((Knowledge.Feature, Scheme.Offline, Family.Attention, new Teacher.Frozen()), (sum.Knowledge, sum.Scheme, sum.Family, sum.Teacher));
        Assert.Equal(["labels", "kd", "at"], sum.Prepare(Toy.ResNet, Toy.ResNet).Terms);
    }

    [Fact]
    public void The_text_of_a_sum_tells_every_setting_and_every_version()
    {
        Method[] sums =
        [
            Methods.Hinton() + Methods.At(), Methods.At() + Methods.Hinton(), Methods.Hinton() + Methods.At(weight: 10), Methods.Hinton(2) + Methods.At(),
            Methods.Hinton() + (Methods.At() with { Version = 2 }), Methods.Hinton() + Methods.At(new Schedule.Linear(1000, 0)),
        ];

        Assert.Equal(sums.Length, sums.Select(sum => sum.Text).Distinct().Count());
        Assert.StartsWith("kd+at v1 of v1, v1 {\"kd.temperature\":", sums[0].Text);
    }

    [Fact]
    public void Adding_up_is_associative_and_labels_alone_change_nothing()
    {
        var (a, b, c) = (Methods.Hinton(), Methods.At(), Methods.Sp());

        Assert.Equal(((a + b) + c).Text, (a + (b + c)).Text);
        Assert.Equal(Toy.Bits(Learn((a + b) + c).Last), Toy.Bits(Learn(a + (b + c)).Last));
        Assert.Equal(Toy.Bits(Learn(Methods.At()).Last), Toy.Bits(Learn(Methods.None + Methods.At()).Last));
        Assert.Equal(Toy.Bits(Learn(Methods.At()).Last), Toy.Bits(Learn(Methods.At() + Methods.None).Last));
    }

    [Fact]
    public void The_labels_count_once_with_the_weight_of_the_method_further_to_the_left()
    {
        var first = Learn(Methods.Hinton(weight: 0.9, hard: 0.1) + Methods.At(weight: 1000)).Epochs[0];
        var second = Learn(Methods.At(weight: 1000) + Methods.Hinton(weight: 0.9, hard: 0.1)).Epochs[0];

        Assert.Equal(["labels", "kd", "at"], first.Terms.Select(term => term.Name));
        Assert.Equal(["labels", "at", "kd"], second.Terms.Select(term => term.Name));
        Assert.Equal((0.1 * first.Terms[0].Mean) + (0.9 * first.Terms[1].Mean) + (1000 * first.Terms[2].Mean), first.Objective, 1e-3);
        Assert.Equal(second.Terms[0].Mean + (1000 * second.Terms[1].Mean) + (0.9 * second.Terms[2].Mean), second.Objective, 1e-3);
    }

    [Fact]
    public void A_weight_that_falls_to_0_ends_where_the_method_has_no_say()
    {
        var falling = new Schedule.Join(new Schedule.Linear(1000, 0), 0.5, 0);
        var recipe = Toy.Recipe with { Epochs = 2 };
        var epochs = Learn(Methods.None + Methods.At(weight: falling), recipe).Epochs;

        // In the second epoch the weight is 0, though the term is still measured.
        Assert.Equal(epochs[1].Terms[0].Mean, epochs[1].Objective, 1e-6);
        Assert.True(epochs[0].Objective > epochs[0].Terms[0].Mean + 1e-3);
        Assert.True(epochs[1].Terms[1].Mean > 0);
    }

    [Fact]
    public void Phases_in_front_come_one_after_another_and_the_last_run_as_one()
    {
        var sum = Methods.Hinton() + Staged("one") + Staged("two");

        var prepared = sum.Prepare(Toy.ResNet, Toy.ResNet);
        var learned = Learn(sum);

        Assert.Equal(["one front", "two front", "training"], prepared.Phases.Select(phase => phase.Name));
        Assert.Equal(["one/adapter", "two/adapter"], prepared.Players.Select(player => player.Name));
        Assert.Equal([["one front"], ["two front"], ["labels", "kd", "one", "two"], ["labels", "kd", "one", "two"]], learned.Epochs.Select(epoch => epoch.Terms.Select(term => term.Name).ToArray()));
        Assert.True(learned.Epochs[3].Objective < learned.Epochs[2].Objective);
    }

    [Fact]
    public void Players_and_memories_of_one_name_stay_apart_and_go_on_where_they_were()
    {
        var learner = Toy.Learner(Staged("one") + Staged("two"), Toy.ResNet, teacher: Toy.ResNet);
        var kept = new Dictionary<long, Checkpoint>();

        var whole = Fold.Run([Toy.Stream(data, [learner], teacher)], keeping: new(_ => null, (_, checkpoint) => kept[checkpoint.Position.Step] = Copy(checkpoint), TimeSpan.Zero)).Single();

        Assert.Equal(["memory.one/mark", "memory.one/seen", "memory.two/mark", "memory.two/seen"], kept[20].Tensors.Keys.Where(name => name.StartsWith("memory.", StringComparison.Ordinal)).Order());
        Assert.NotEqual(Golden.Flat(kept[20].Tensors["memory.one/mark"]), Golden.Flat(kept[20].Tensors["memory.two/mark"]));
        foreach (var step in new long[] { 3, 6, 13, 20 })
        {
            Toy.Same(whole, Fold.Run([Toy.Stream(data, [learner], teacher)], keeping: new(_ => Copy(kept[step]), (_, _) => { }, TimeSpan.FromHours(1))).Single());
        }

        kept.Values.ToList().ForEach(checkpoint => checkpoint.Dispose());
        static Checkpoint Copy(Checkpoint checkpoint) => checkpoint with { Tensors = checkpoint.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone().DetachFromDisposeScope()) };
    }

    [Fact]
    public void Methods_that_do_not_fit_together_are_refused_in_a_sentence()
    {
        var exits = Toy.Method("exits") with { Prepare = (_, student) => new Prepared(["labels"], step => [new("labels", step.TaskLoss(), 1)]) { Student = student } };
        var pair = Methods.Hinton() with { Name = "pair", Teacher = new Teacher.Frozen(2, 3) };

        Assert.Equal("The method 'kd' stands twice in 'kd+kd'; name it once, with another weight.", Assert.Throws<BadInput>(() => Methods.Hinton() + Methods.Hinton(2)).Message);
        Assert.Equal("The methods of 'kd+pair' take different numbers of teachers; choose methods that take as many.", Assert.Throws<BadInput>(() => Methods.Hinton() + pair).Message);
        Assert.Contains("learn from different images", Assert.Throws<BadInput>(() => Methods.Hinton() + (Methods.At() with { Feed = new Feed.Noise(10, 10) })).Message);
        Assert.Equal(
            "'exits' and 'others' both change the student of 'exits+others'; only one of them can.",
            Assert.Throws<BadInput>(() => (exits + (exits with { Name = "others" })).Prepare([], Toy.ResNet)).Message);
    }

    [Fact]
    public void Standardised_logits_behind_a_method_are_what_it_compares_while_the_labels_see_the_logits_themselves()
    {
        var wrapped = Methods.Hinton(temperature: 2, weight: 1) + Methods.Lskd(weight: 9, hard: 0.1);

        var (first, second) = (Learn(Methods.Lskd(temperature: 2)), Learn(wrapped));

        Assert.Equal("kd+lskd", wrapped.Name);
        Assert.Equal(["labels", "kd"], second.Epochs[0].Terms.Select(term => term.Name));
        Assert.Equal(Toy.Bits(first.Last), Toy.Bits(second.Last));
        Assert.Equal(first.Epochs.Select(epoch => epoch.Objective), second.Epochs.Select(epoch => epoch.Objective));
        Assert.NotEqual(Toy.Bits(first.Last), Toy.Bits(Learn(Methods.Dkd() + Methods.Lskd()).Last));
    }

    [Fact]
    public void Two_momenta_are_the_optimizer_of_whatever_stands_in_front_and_one_where_they_are_equal()
    {
        var (plain, equal, apart) = (Learn(Methods.None + Methods.Hinton()), Learn(Methods.None + Methods.Hinton() + Methods.Dot(0)), Learn(Methods.None + Methods.Hinton() + Methods.Dot()));

        Assert.Equal(["labels", "kd"], apart.Epochs[0].Terms.Select(term => term.Name));
        Assert.InRange(Golden.Apart(plain.Last.Parameters, equal.Last.Parameters), 0, 1e-3);
        Assert.InRange(Golden.Apart(plain.Last.Parameters, apart.Last.Parameters), 1e-3, 1);
    }

    [Fact]
    public void What_changes_other_methods_is_written_last_and_only_where_it_can()
    {
        Assert.Equal("'dot' changes the methods in front of it in 'kd+dot+at'; write 'at' before it.", Assert.Throws<BadInput>(() => Methods.Hinton() + Methods.Dot() + Methods.At()).Message);
        Assert.Contains("'at' is none", Assert.Throws<BadInput>(() => (Methods.At() + Methods.Lskd()).Prepare(Toy.ResNet, Toy.ResNet)).Message);
        Assert.Contains("takes the place of SGD", Assert.Throws<BadInput>(() => Learn(Methods.Hinton() + Methods.Dot(), Toy.Recipe with { Optimizer = new Optimizer.Adam() })).Message);
    }

    [Fact]
    public void Names_with_a_plus_are_sums_whose_settings_carry_the_method()
    {
        var settings = new Dictionary<string, Schedule> { ["at.weight"] = new Schedule.Linear(1000, 0), ["kd.hard"] = 1 };

        var named = MethodCatalog.Named("kd + at", settings);

        Assert.Equal((Methods.Hinton(hard: 1) + Methods.At(new Schedule.Linear(1000, 0))).Text, named.Text);
        Assert.Equal(
            "The setting 'weight' of 'kd+at' belongs to none of its methods; write kd.weight or at.weight.",
            Assert.Throws<BadInput>(() => MethodCatalog.Named("kd+at", new Dictionary<string, double> { ["weight"] = 1 })).Message);
        Assert.StartsWith("There is no method 'att'", Assert.Throws<BadInput>(() => MethodCatalog.Named("kd+att")).Message);
        Assert.Contains("is one number for the whole run", Assert.Throws<BadInput>(() => MethodCatalog.Named("dkd", new Dictionary<string, Schedule> { ["temperature"] = new Schedule.Linear(4, 1) })).Message);
    }
}
