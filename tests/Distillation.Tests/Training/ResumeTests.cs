using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class ResumeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("resume-").FullName;
    private readonly LoadedDataset data = Toy.Load();
    private readonly Weights teacherWeights = Toy.Start(Toy.ResNet, 7);
    private readonly FrozenNetwork teacher;

    public ResumeTests() => teacher = Toy.ResNet.Frozen(teacherWeights);

    public void Dispose()
    {
        data.Dispose();
        teacher.Dispose();
        teacherWeights.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    // Everything that a method can carry at once: two phases, an adapter with the student's optimizer and one with its own, a bank updated in place, a mean made anew, snapshots.
    private static Method Everything { get; } = Toy.Method("everything") with
    {
        Teacher = new Teacher.Frozen(),
        Prepare = (_, _) => new Prepared(
        [
            new Phase("hint", ["hint"], (step, memory) =>
                new([new("hint", (step.Player("regressor").Call(step.Student()["map"]) - step.Teacher()["f1"]).square().mean(), 1)], memory))
            {
                Epochs = _ => 1,
                Trains = name => !name.StartsWith("fc", StringComparison.Ordinal),
                Practice = _ => new Practice(new Optimizer.Adam(), new Schedule.Linear(0.01, 0)),
            },
            new Phase("both", ["labels", "kd", "mean"], (step, memory) =>
            {
                var logits = step.Student().Logits;
                using (no_grad())
                {
                    memory["bank"].index_add_(0, step.Indices, logits.detach(), 1);
                }

                return new(
                [
                    new("labels", step.TaskLoss(), 1),
                    new("kd", Losses.Hinton(step.Player("head").Call(step.Student()["flat"]), step.Teacher().Logits).mean(), new Schedule.Linear(1, 0)),
                    new("mean", (logits.mean([0]) - memory["mean"]).square().sum() + (memory["bank"].index_select(0, step.Indices) - logits).square().mean() * 0.01, 1),
                ], memory.With("mean", (memory["mean"] * 0.9) + (logits.detach().mean([0]) * 0.1)));
            })
            {
                AfterEpoch = (milestone, memory) => memory.With("copy", milestone.Student),
            },
        ])
        {
            Players =
            [
                new("regressor", Network.Parts("regressor", ("", new Shape(8, 8, 8), Layer.Conv("conv", 16, kernel: 1).Then(Layer.BatchNorm("bn"))))),
                new("head", Network.Parts("head", ("", Shape.Vector(128), Layer.Linear("fc", Toy.Classes)))) { Practice = new Practice(new Optimizer.Adam(), 1e-3) },
            ],
            Opening = opening => Memory.Empty.With("bank", zeros(opening.Labels.shape[0], Toy.Classes)).With("mean", zeros(Toy.Classes)),
        },
    };

    private static Recipe Recipe { get; } = Toy.Recipe with { Epochs = 2, Average = 0.9, ClipNorm = 1, Rate = Schedule.OneCycle(0.1) };

    private BatchStream Stream(params Learner[] learners) =>
        Toy.Stream(data, learners, teacher, Recipe) with { Epochs = learners[0].Prepare().Epochs(Recipe.Epochs) };

    private string At(string name, long step) => Path.Combine(folder, $"{name}-{step}.safetensors");

    // Keeps a checkpoint before every step.
    private Keeping Everywhere => new(_ => null, (learner, checkpoint) => checkpoint.Save(At(learner.Name, checkpoint.Position.Step), "a test"), TimeSpan.Zero);

    private Keeping From(Func<Learner, long?> step) => new(
        learner => step(learner) is { } s ? Checkpoint.Load(At(learner.Name, s), CPU).Checkpoint : null, (_, _) => { }, TimeSpan.FromHours(1));

    [Fact]
    public void A_run_that_goes_on_from_any_step_ends_with_the_bits_of_one_that_was_never_interrupted()
    {
        var learner = Toy.Learner(Everything, recipe: Recipe, teacher: Toy.ResNet);
        var whole = Fold.Run([Stream(learner)], keeping: Everywhere).Single();

        // Before the first step, within the first phase, at its end, within the second, between its epochs, before and after the last step.
        foreach (var step in new long[] { 0, 1, 4, 6, 7, 11, 12, 13, 17, 18 })
        {
            Toy.Same(whole, Fold.Run([Stream(learner)], keeping: From(_ => step)).Single());
        }

        Assert.Equal(3, whole.Epochs.Count);
    }

    [Fact]
    public void A_quantized_run_with_its_clips_goes_on_with_the_same_bits()
    {
        var learner = Toy.Learner(Methods.Hinton(), Toy.ResNet.Quantize(2, 2), Recipe, teacher: Toy.ResNet);
        var whole = Fold.Run([Stream(learner)], keeping: Everywhere).Single();

        foreach (var step in new long[] { 0, 3, 6, 11 })
        {
            Toy.Same(whole, Fold.Run([Stream(learner)], keeping: From(_ => step)).Single());
        }

        Assert.Contains(learner.Student.Clips, clip => whole.Last[clip].item<float>() != 3);
    }

    [Fact]
    public void Learners_that_stopped_at_different_steps_end_as_if_they_had_never_parted()
    {
        Learner[] learners =
        [
            Toy.Learner(Methods.None, recipe: Recipe), Toy.Learner(Methods.Hinton(), recipe: Recipe, teacher: Toy.ResNet),
            Toy.Learner(Methods.Hinton(temperature: 2) with { Name = "softer" }, recipe: Recipe, teacher: Toy.ResNet),
        ];
        var whole = Fold.Run([Stream(learners)], keeping: Everywhere);

        foreach (var steps in new long?[][] { [3, 9, null], [null, 12, 11], [6, null, 1], [12, 12, 2] })
        {
            var again = Fold.Run([Stream(learners)], keeping: From(learner => steps[Array.IndexOf(learners, learner)]));
            foreach (var (expected, actual) in whole.Zip(again))
            {
                Toy.Same(expected, actual);
            }
        }
    }

    [Fact]
    public void A_learner_that_had_broken_off_stays_as_it_was_while_the_others_go_on()
    {
        var bad = Toy.Method("bad", ("labels", step => step.TaskLoss() * (step.Progress.Step == 8 ? double.NaN : 1)));
        Learner[] learners = [Toy.Learner(bad, recipe: Toy.Recipe with { Epochs = 3 }), Toy.Learner(Methods.None, recipe: Toy.Recipe with { Epochs = 3 })];
        var whole = Fold.Run([Toy.Stream(data, learners)], keeping: Everywhere);

        var again = Fold.Run([Toy.Stream(data, learners)], keeping: From(learner => learner.Name == "bad 1" ? 12 : 14));

        Toy.Same(whole[0], again[0]);
        Toy.Same(whole[1], again[1]);
        Assert.Equal(8, again[0].Epochs[^1].FirstBadStep);
    }

    [Fact]
    public void A_run_that_was_at_its_end_is_not_trained_again()
    {
        var steps = 0;
        var learner = Toy.Learner(Toy.Watched(_ => steps++), recipe: Toy.Recipe);
        var whole = Fold.Run([Toy.Stream(data, [learner])], keeping: Everywhere).Single();

        Toy.Same(whole, Fold.Run([Toy.Stream(data, [learner])], keeping: From(_ => 12)).Single());
        Assert.Equal(12, steps);
    }

    [Fact]
    public void Time_spent_before_is_counted()
    {
        var learner = Toy.Learner(Methods.None);
        Fold.Run([Toy.Stream(data, [learner])], keeping: Everywhere);
        var (found, _) = Checkpoint.Load(At(learner.Name, 6), CPU);
        var longAgo = new Checkpoint(found.Tensors, found.Position with { Seconds = 1000 });

        var learned = Fold.Run([Toy.Stream(data, [learner])], keeping: new Keeping(_ => longAgo, (_, _) => { }, TimeSpan.FromHours(1))).Single();

        Assert.InRange(learned.Seconds, 1000, 1100);
    }

    [Fact]
    public void A_stopped_run_leaves_a_last_checkpoint_of_the_step_it_had_done()
    {
        using var stopped = new CancellationTokenSource();
        var written = new List<long>();
        var learner = Toy.Learner(Toy.Watched(step =>
        {
            if (step.Progress.Step == 7)
            {
                stopped.Cancel();
            }
        }));

        Assert.Throws<OperationCanceledException>(() => Fold.Run(
            [Toy.Stream(data, [learner])], stop: stopped.Token, keeping: new Keeping(_ => null, (_, checkpoint) => written.Add(checkpoint.Position.Step), TimeSpan.FromHours(1))));

        Assert.Equal([6, 8], written);
    }

    [Fact]
    public void A_checkpoint_of_another_network_or_method_is_refused_by_name()
    {
        var (small, large) = (Toy.Learner(Methods.None), Toy.Learner(Methods.None, Toy.ResNet));
        Fold.Run([Toy.Stream(data, [small])], keeping: Everywhere);
        Checkpoint Found() => Checkpoint.Load(At(small.Name, 6), CPU).Checkpoint;

        var error = Assert.Throws<BadInput>(() => Fold.Run([Toy.Stream(data, [large])], keeping: new Keeping(_ => Found(), (_, _) => { }, TimeSpan.FromHours(1))));
        Assert.Equal("The checkpoint of 'none 1' does not fit its network and method ('student.parameters' differs); remove it and the training starts afresh.", error.Message);

        var other = Toy.Learner(Everything, recipe: Recipe, teacher: Toy.ResNet);
        Assert.Throws<BadInput>(() => Fold.Run([Stream(other)], keeping: new Keeping(_ => Found(), (_, _) => { }, TimeSpan.FromHours(1))));
    }

    [Fact]
    public void Resuming_leaves_no_tensors_behind()
    {
        var learner = Toy.Learner(Everything, recipe: Recipe, teacher: Toy.ResNet);
        Fold.Run([Stream(learner)], keeping: Everywhere).Single().Last.Dispose();
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Fold.Run([Stream(learner)], keeping: From(_ => 13)).Single().Last.Dispose();

        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_step_that_needs_more_memory_than_there_is_says_so_with_the_batch_size()
    {
        var greedy = Toy.Method("greedy", ("labels", step => step.TaskLoss() + zeros(1L << 52).sum()));

        var error = Assert.Throws<BadInput>(() => Toy.Alone(data, Toy.Learner(greedy)));

        Assert.Equal("Step 0 needs more memory than there is, with batches of 16 and 1 learner(s) side by side; take a smaller --batch-size, or fewer methods at once.", error.Message);
    }
}
