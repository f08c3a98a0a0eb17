using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class MemoryTests : IDisposable
{
    private readonly LoadedDataset data = Toy.Load();

    public void Dispose() => data.Dispose();

    // Keeps the two latest snapshots of the student and learns from their mean answer.
    private static Method Replay(List<(int Epoch, string Names)>? seen = null) => Toy.Method("replay") with
    {
        Teacher = new Teacher.Remembered(),
        Prepare = (_, student) => new Prepared([new Phase("training", ["labels", "replay"], (step, memory) =>
        {
            seen?.Add((step.Progress.Epoch, string.Join(' ', memory.Tensors.Keys)));
            var mine = step.Student().Logits;
            using var quiet = no_grad();
            var copies = memory.Tensors.Keys.Where(name => name.EndsWith(".parameters", StringComparison.Ordinal)).Select(name => name[..^11]).ToList();
            var answers = copies.Select(name => student.Apply(memory.Weights(name, student.Table), step.Images(View.Plain), Pass.Evaluation).Logits).ToList();
            using var history = enable_grad();
            var replay = answers.Count == 0 ? mine.sum() * 0 : Losses.KlDivergence(mine, stack([.. answers]).mean([0])).mean();
            return new Outcome([new("labels", step.TaskLoss(), 1), new("replay", replay, 0.5)], memory);
        })
        {
            AfterEpoch = (milestone, memory) => memory.With($"copy{milestone.Progress.Epoch}", milestone.Student).Without($"copy{milestone.Progress.Epoch - 2}"),
        }]),
    };

    [Fact]
    public void Snapshots_of_the_student_come_and_go_by_epochs()
    {
        var seen = new List<(int Epoch, string Names)>();

        Toy.Alone(data, Toy.Learner(Replay(seen), recipe: Toy.Recipe with { Epochs = 4 }));

        Assert.Equal(
        [
            (0, ""), (1, "copy1.buffers copy1.parameters"),
            (2, "copy1.buffers copy1.parameters copy2.buffers copy2.parameters"), (3, "copy2.buffers copy2.parameters copy3.buffers copy3.parameters"),
        ], seen.Distinct());
    }

    [Fact]
    public void A_snapshot_is_the_student_of_its_moment_and_does_not_move_with_it()
    {
        int[]? at = null, later = null;
        var method = Toy.Method("snapshot") with
        {
            Prepare = (_, student) => new Prepared([new Phase("training", ["labels"], (step, memory) =>
            {
                later = memory.Has("copy.parameters") ? Golden.Bits(memory["copy.parameters"].clone()) : null;
                return new([new("labels", step.TaskLoss(), 1)], memory);
            })
            {
                AfterEpoch = (milestone, memory) =>
                {
                    at ??= Golden.Bits(milestone.Student.Parameters.clone());
                    return memory.Has("copy.parameters") ? memory : memory.With("copy", milestone.Student);
                },
            }]),
        };

        var learned = Toy.Alone(data, Toy.Learner(method, recipe: Toy.Recipe with { Epochs = 3 }));

        Assert.Equal(at, later);
        Assert.NotEqual(at, Golden.Bits(learned.Last.Parameters));
    }

    [Fact]
    public void A_bank_begins_with_the_training_labels_and_may_be_updated_in_place()
    {
        var sums = new List<double>();
        var bank = Toy.Method("bank") with
        {
            Prepare = (_, _) => new Prepared([new Phase("training", ["labels"], (step, memory) =>
            {
                using (no_grad())
                {
                    memory["bank"].index_add_(0, step.Indices, ones(step.Indices.shape[0]), 1);
                }

                sums.Add(memory["bank"].sum().item<float>());
                Assert.True(memory["labels"].index_select(0, step.Indices).eq(step.Labels).all().item<bool>());
                return new([new("labels", step.TaskLoss(), 1)], memory);
            })])
            { Opening = opening => Memory.Empty.With("bank", zeros(opening.Labels.shape[0])).With("labels", opening.Labels.clone()) },
        };

        Toy.Alone(data, Toy.Learner(bank));

        Assert.Equal([16.0, 32, 48, 64, 80, 90, 106, 122, 138, 154, 170, 180], sums);
    }

    [Fact]
    public void A_memory_made_anew_in_every_step_leaves_no_tensors_behind()
    {
        var counts = new Dictionary<long, long>();
        var moving = Toy.Method("moving") with
        {
            Prepare = (_, _) => new Prepared([new Phase("training", ["labels"], (step, memory) =>
            {
                counts[step.Progress.Step] = Tensor.TotalCount;
                return new([new("labels", step.TaskLoss(), 1)], memory.With("mean", (memory["mean"] * 0.9) + step.Student().Logits.mean([0])));
            })])
            { Opening = _ => Memory.Empty.With("mean", zeros(Toy.Classes)) },
        };
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Toy.Alone(data, Toy.Learner(moving, recipe: Toy.Recipe with { Epochs = 20 }));

        Assert.Equal(counts[10], counts[110]);
    }

    [Fact]
    public void Learners_side_by_side_remember_apart()
    {
        var learners = new long[] { 1, 1 }.Select(seed => Toy.Learner(Replay(), recipe: Toy.Recipe with { Epochs = 3 }, seed: seed)).ToList();

        var together = Fold.Run([Toy.Stream(data, learners)]);

        Toy.Same(Toy.Alone(data, learners[0]), together[0]);
        Toy.Same(together[0], together[1]);
    }

    [Fact]
    public void What_is_not_remembered_is_named_together_with_what_is()
    {
        var memory = Memory.Empty.With("bank", zeros(1));

        Assert.Contains("'banks'; there is bank", Assert.Throws<InvalidOperationException>(() => memory["banks"]).Message);
        Assert.Contains("there is nothing", Assert.Throws<InvalidOperationException>(() => Memory.Empty["bank"]).Message);
    }
}
