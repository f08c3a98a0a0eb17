using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>MrKD: its formulas, its memory, its ensemble.</summary>
public sealed class MemoryReplayTests : IDisposable
{
    private static readonly IReadOnlyDictionary<string, JsonElement> cases = GoldenInputs.Cases("memory_replay.json");

    private readonly LoadedDataset data = Toy.Load();

    public static TheoryData<string> Cases => [.. cases.Keys];

    public static TheoryData<Adjustment> Corrections => [Adjustment.Shift, Adjustment.Raise, Adjustment.Smooth];

    public void Dispose() => data.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_gradients_are_those_of_the_loop(string name)
    {
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float64);
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float32);

        Tensor Formula(GoldenInputs i)
        {
            var (copies, tau, adjustment, correct) = (Enumerable.Range(0, (int)i["teacher_copies"].shape[0]).Select(copy => i["teacher_copies"].select(0, copy)).ToList(), i.Number("temperature"), (Adjustment)(int)i.Number("adjustment"), i.Number("correct"));
            return name.StartsWith("replayed", StringComparison.Ordinal)
                ? Losses.Replayed(i.Student, copies, i.Labels, tau, adjustment, correct)
                : Losses.CrossEntropy(i.Student, i.Labels) + (Losses.Hinton(i.Student, Losses.Adjusted(i["teacher_copies"].mean([0]), i.Labels, adjustment, tau, correct), tau) * i.Number("weight"));
        }
    }

    [Theory]
    [MemberData(nameof(Corrections))]
    public void Whatever_the_teacher_says_the_label_has_the_largest_value_afterwards_and_a_teacher_who_is_right_is_left_alone(Adjustment adjustment) => Law.Holds(LossCases.Pairs, pair =>
    {
        using var scope = NewDisposeScope();
        var (said, labels) = (pair.Teacher, pair.Labels);
        var adjusted = Losses.Adjusted(said, labels, adjustment, pair.Temperature, correct: 0.99);
        var right = said.argmax(1).eq(labels).unsqueeze(1);
        return !adjusted.requires_grad
            && adjusted.gather(1, labels.unsqueeze(1)).squeeze(1).eq(adjusted.amax([1])).all().item<bool>()
            && adjusted.eq(said).logical_or(right.logical_not()).all().item<bool>()
            && Golden.Apart(adjusted, Losses.Adjusted(adjusted, labels, adjustment, pair.Temperature, correct: 0.99)) == 0;
    });

    [Fact]
    public void A_shift_only_trades_two_values_and_a_raise_only_changes_the_labels() => Law.Holds(LossCases.Pairs, pair =>
    {
        using var scope = NewDisposeScope();
        var (said, labels) = (pair.Teacher, pair.Labels);
        var (shifted, raised) = (Losses.Adjusted(said, labels), Losses.Adjusted(said, labels, Adjustment.Raise));
        return Golden.Flat(shifted.sort(1).Values).SequenceEqual(Golden.Flat(said.sort(1).Values))
            && shifted.ne(said).sum(1).le(2).all().item<bool>()
            && Golden.Flat(raised.scatter(1, labels.unsqueeze(1), said.gather(1, labels.unsqueeze(1)))).SequenceEqual(Golden.Flat(said))
            && Golden.Flat(Losses.Adjusted(said, labels, Adjustment.None)).SequenceEqual(Golden.Flat(said));
    });

    [Fact]
    public void A_smoothed_label_has_its_probability_at_the_temperature_that_it_was_made_for()
    {
        using var scope = NewDisposeScope();
        var said = tensor(new double[,] { { 3, 1, 0, -1 } });

        Golden.Close([0.1, 0.7, 0.1, 0.1], Golden.Flat((Losses.Adjusted(said, tensor(new long[] { 1 }), Adjustment.Smooth, 5, 0.7) / 5).softmax(1)), 1e-12, 1e-12);
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.Adjusted(said, tensor(new long[] { 1 }), Adjustment.Smooth, 5, 0.25));
    }

    [Fact]
    public void The_newest_copies_are_remembered_in_the_order_of_their_age_and_the_oldest_is_forgotten()
    {
        var kept = new List<IReadOnlyDictionary<string, int[]>>();
        var learner = Toy.Learner(Methods.MrKd(every: 2, copies: 2), Toy.ResNet, Toy.Recipe with { Epochs = 7 });

        Fold.Run([Toy.Stream(data, [learner])], keeping: new(_ => null, (_, checkpoint) => kept.Add(
            checkpoint.Tensors.Where(pair => pair.Key.StartsWith("memory.copy", StringComparison.Ordinal) || pair.Key is "student.parameters" or "student.buffers")
                .ToDictionary(pair => pair.Key, pair => Golden.Bits(pair.Value.clone()))), TimeSpan.FromHours(1))).Single().Last.Dispose();

        // One checkpoint after each epoch, and at most one before the first.
        var after = kept.TakeLast(7).ToList();
        Assert.Equal([0, 1, 1, 2, 2, 2, 2], after.Select(epoch => epoch.Keys.Count(name => name.EndsWith("parameters", StringComparison.Ordinal)) - 1));
        foreach (var part in new[] { "parameters", "buffers" })
        {
            Assert.Equal(after[1][$"student.{part}"], after[2][$"memory.copy 1.{part}"]);
            Assert.Equal(after[3][$"student.{part}"], after[4][$"memory.copy 1.{part}"]);
            Assert.Equal(after[1][$"student.{part}"], after[4][$"memory.copy 2.{part}"]);
            Assert.Equal(after[5][$"student.{part}"], after[6][$"memory.copy 1.{part}"]);
            Assert.Equal(after[3][$"student.{part}"], after[6][$"memory.copy 2.{part}"]);
        }
    }

    [Theory]
    [InlineData(Replay.Ensemble, Adjustment.Shift)]
    [InlineData(Replay.Ensemble, Adjustment.None)]
    [InlineData(Replay.Each, Adjustment.Shift)]
    [InlineData(Replay.Each, Adjustment.None)]
    [InlineData(Replay.Mean, Adjustment.Raise)]
    public void The_objective_is_the_formula_of_its_parts(Replay replay, Adjustment adjustment)
    {
        using var scope = NewDisposeScope();
        // Two copies of three: the older one stands in for the third.
        var learner = Toy.Learner(Methods.MrKd(weight: 0.7, hard: 2, temperature: 2, copies: 3, replay: replay, adjustment: adjustment), Toy.ResNet);
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner]);
        using var fresh = LearnerState.Begin(learner, prepared, data.Train.Labels);
        var (newer, older) = (Toy.Start(Toy.ResNet, 8), Toy.Start(Toy.ResNet, 9));
        var memory = fresh.Memory.With("copy 1", newer).With("copy 2", older);
        var begin = fresh with { Memory = memory.Settle(fresh.Memory) };
        using var start = begin.Weights.Copy();
        var ensemble = begin.Players.Select(player => player.Weights.Copy()).FirstOrDefault();
        var batch = stream.At(0, 0, stream.Order(0), scope);

        var state = begin.Step(learner, prepared, batch);

        var images = batch.Images(View.Plain);
        var own = Toy.ResNet.Apply(start, images, new Pass(Statistics.Batch)).Logits;
        var copies = new[] { newer, older }.Select(copy => Toy.ResNet.Apply(copy, images, Pass.Evaluation).Logits).ToList();
        var joined = ensemble is null ? null : prepared.Players[0].Network.Call(ensemble, "", cat([copies[0], copies[1], copies[1]], 1), new Pass(Statistics.Batch));
        var soft = replay == Replay.Each
            ? copies.Select(copy => Losses.Hinton(own, Losses.Adjusted(copy, batch.Labels, adjustment), 2).mean().item<float>()).Average()
            : Losses.Hinton(own, Losses.Adjusted(joined ?? stack(copies).mean([0]), batch.Labels, adjustment), 2).mean().item<float>();
        var labels = Losses.CrossEntropy(own, batch.Labels).mean().item<float>();
        var wrong = (joined ?? stack(copies).mean([0])).argmax(1).ne(batch.Labels).to_type(ScalarType.Float64).mean().item<double>();
        double[] expected = [labels, soft, wrong, .. joined is null ? [] : new double[] { Losses.CrossEntropy(joined, batch.Labels).mean().item<float>() }, (2 * labels) + (0.7 * soft)];
        Assert.Equal(expected, state.Sums.data<double>().ToArray()[..expected.Length].Select(sum => sum / 16), (a, b) => Math.Abs(a - b) < 1e-4 * Math.Max(Math.Abs(a), 1e-3));
        Assert.Equal(16, state.Memory["seen"].sum().item<float>());
        Assert.Equal(wrong * 16, state.Memory["wrong.teacher"].sum().item<float>(), 1e-4);
        Assert.Equal(copies.Average(copy => copy.argmax(1).ne(batch.Labels).sum().item<long>()), state.Memory["wrong.copies"].sum().item<float>(), 1e-4);
        state.Memory.Dispose();
    }

    [Theory]
    [InlineData(Replay.Ensemble)]
    [InlineData(Replay.Each)]
    public void Copies_of_weight_0_leave_the_student_as_labels_alone_make_it_bit_for_bit_while_the_ensemble_learns(Replay replay)
    {
        var recipe = Toy.Recipe with { Epochs = 4 };
        var none = Toy.Alone(data, Toy.Learner(Methods.None, Toy.ResNet, recipe));

        var learned = Toy.Alone(data, Toy.Learner(Methods.MrKd(weight: 0, every: 1, replay: replay), Toy.ResNet, recipe));

        Assert.Equal(Toy.Bits(none.Last), Toy.Bits(learned.Last));
        Assert.Equal(none.Epochs.Select(epoch => epoch.Test), learned.Epochs.Select(epoch => epoch.Test));
        if (replay == Replay.Ensemble)
        {
            Assert.True(learned.Epochs[^1].Terms.Single(term => term.Name == "ensemble").Mean < 0.7 * learned.Epochs[0].Terms.Single(term => term.Name == "ensemble").Mean);
        }

        none.Last.Dispose();
        learned.Last.Dispose();
    }

    [Fact]
    public void A_training_that_goes_on_from_any_step_has_the_same_copies_and_the_same_ensemble_bit_for_bit()
    {
        var learner = Toy.Learner(Methods.MrKd(every: 1, copies: 2), Toy.ResNet, Toy.Recipe with { Epochs = 4 });
        var stream = Toy.Stream(data, [learner]);
        var (kept, last) = (new Dictionary<long, Checkpoint>(), new Dictionary<string, int[]>());
        var whole = Fold.Run([stream], keeping: new(_ => null, (_, checkpoint) => kept[checkpoint.Position.Step] = Copy(checkpoint), TimeSpan.Zero)).Single();

        foreach (var step in new[] { 5L, 7, 13, stream.Steps - 5, stream.Steps - 1 })
        {
            var again = Fold.Run([stream], keeping: new(_ => Copy(kept[step]), (_, checkpoint) => last = All(checkpoint), TimeSpan.FromHours(1))).Single();
            Toy.Same(whole, again);
            Assert.Equal(All(kept[stream.Steps]).OrderBy(pair => pair.Key), last.OrderBy(pair => pair.Key), (a, b) => a.Key == b.Key && a.Value.SequenceEqual(b.Value));
            again.Last.Dispose();
        }

        Assert.Contains("memory.copy 2.parameters", kept[stream.Steps].Tensors.Keys);
        Assert.Contains("player.ensemble.slot0", kept[stream.Steps].Tensors.Keys);
        kept.Values.ToList().ForEach(checkpoint => checkpoint.Dispose());
        whole.Last.Dispose();

        static Checkpoint Copy(Checkpoint checkpoint) => checkpoint with { Tensors = checkpoint.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone().DetachFromDisposeScope()) };
        static Dictionary<string, int[]> All(Checkpoint checkpoint) => checkpoint.Tensors.Where(pair => pair.Value.dtype == ScalarType.Float32).ToDictionary(pair => pair.Key, pair => Golden.Bits(pair.Value));
    }

    [Fact]
    public void What_a_copy_says_has_no_history_and_leaves_the_copy_as_it_is()
    {
        using var scope = NewDisposeScope();
        var (copy, histories) = (Toy.Start(Toy.ResNet, 3), new List<bool>());
        var before = Toy.Bits(copy);

        Toy.Alone(data, Toy.Learner(Toy.Watched(step => histories.Add(step.Remembered(copy).Logits.requires_grad)), Toy.ResNet, Toy.Recipe with { Epochs = 1 })).Last.Dispose();

        Assert.Equal(6, histories.Count);
        Assert.DoesNotContain(true, histories);
        Assert.Equal(before, Toy.Bits(copy));
    }

    [Fact]
    public void Settings_on_the_command_line_choose_the_ablations_and_what_makes_no_sense_is_refused()
    {
        Method Named(params (string Name, double Value)[] settings) => MethodCatalog.Named("mrkd", settings.ToDictionary(pair => pair.Name, pair => pair.Value));

        Assert.Equal(Methods.MrKd(replay: Replay.Each, adjustment: Adjustment.None).Text, Named(("replay", 1), ("adjustment", 0)).Text);
        Assert.Equal(4, new[] { Named(), Named(("replay", 1)), Named(("adjustment", 0)), Named(("replay", 1), ("adjustment", 0)) }.Select(method => method.Text).Distinct().Count());
        Assert.Equal("The setting 'replay' is 0 for ensemble, 1 for each, 2 for mean, not 3.", Assert.Throws<BadInput>(() => Named(("replay", 3))).Message);
        Assert.Contains("not 0.5", Assert.Throws<BadInput>(() => Named(("adjustment", 0.5))).Message);
        Assert.Contains("1 to 64 copies, not 0", Assert.Throws<BadInput>(() => Methods.MrKd(copies: 0)).Message);
        Assert.Contains("not every -1", Assert.Throws<BadInput>(() => Methods.MrKd(every: -1)).Message);
        Assert.Contains("is not the first of 3 classes", Assert.Throws<BadInput>(() => Methods.MrKd(adjustment: Adjustment.Smooth, correct: 0.2).Prepare([], Toy.ResNet)).Message);
        Assert.Contains("keeps its first copy after 2 epochs and the run has 2", Assert.Throws<BadInput>(() => Toy.Alone(data, Toy.Learner(Methods.MrKd(every: 2), Toy.ResNet))).Message);
    }
}
