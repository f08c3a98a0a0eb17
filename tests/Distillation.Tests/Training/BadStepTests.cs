namespace Distillation.Tests;

public sealed class BadStepTests : IDisposable
{
    private static readonly Recipe Three = Toy.Recipe with { Epochs = 3 };
    private readonly LoadedDataset data = Toy.Load();

    public void Dispose() => data.Dispose();

    // Six steps an epoch: step 8 is in the second.
    private static Method BadAt(long bad) => Toy.Method("bad",
        ("labels", step => step.TaskLoss()),
        ("extra", step => step.Student().Logits.square().mean() * (step.Progress.Step == bad ? double.NaN : 0.01)));

    [Fact]
    public void A_learner_stops_after_the_epoch_with_the_bad_step_and_tells_which_it_was()
    {
        var learned = Toy.Alone(data, Toy.Learner(BadAt(8), recipe: Three with { Rate = new Schedule.Linear(0.06, 0.03) }));

        Assert.Equal([null, 8L], learned.Epochs.Select(epoch => epoch.FirstBadStep));
        Assert.Equal(0.06 - (0.03 * 8 / 18), learned.Epochs[1].Rate, 12);
        Assert.Equal(["extra"], learned.Epochs[1].Terms.Where(term => double.IsNaN(term.Mean)).Select(term => term.Name));
        Assert.True(double.IsNaN(learned.Epochs[1].Objective));
        Assert.InRange(learned.Epochs[1].Terms[0].Mean, 0, 2);
    }

    [Fact]
    public void Its_neighbours_go_on_bit_for_bit_unchanged()
    {
        Learner[] learners = [Toy.Learner(Methods.None, recipe: Three), Toy.Learner(BadAt(8), recipe: Three), Toy.Learner(Methods.None, Toy.ResNet, Three)];

        var together = Fold.Run([Toy.Stream(data, learners), Toy.Stream(data, [Toy.Learner(BadAt(2), recipe: Three, seed: 2)], seed: 2)]);

        Toy.Same(Toy.Alone(data, learners[0]), together[0]);
        Toy.Same(Toy.Alone(data, learners[2]), together[2]);
        Assert.Equal([3, 2, 3, 1], together.Select(one => one.Epochs.Count));
    }

    [Fact]
    public void A_learner_that_has_stopped_costs_its_neighbours_no_time()
    {
        var asked = 0;
        var bad = Toy.Method("bad", ("labels", step =>
        {
            asked++;
            return step.TaskLoss() * double.NaN;
        }
        ));

        var together = Fold.Run([Toy.Stream(data, [Toy.Learner(bad, recipe: Three), Toy.Learner(Methods.None, recipe: Three)])]);

        Assert.Equal(6, asked);
        Assert.Equal([1, 3], together.Select(one => one.Epochs.Count));
    }

    [Fact]
    public void The_weights_of_the_last_good_epoch_are_kept_and_judged()
    {
        var good = Toy.Alone(data, Toy.Learner(BadAt(-1), recipe: Three with { Epochs = 1 }));

        var learned = Toy.Alone(data, Toy.Learner(BadAt(8), recipe: Three));

        Assert.Equal(Toy.Bits(good.Last), Toy.Bits(learned.Last));
        Assert.Equal(learned.Epochs[0].Test, learned.Epochs[1].Test);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.9)]
    public void A_learner_that_breaks_off_in_its_first_epoch_keeps_its_first_weights(double? average)
    {
        var learner = Toy.Learner(Methods.None, recipe: Three with { Rate = 1e30, Average = average });

        var learned = Toy.Alone(data, learner);

        Assert.InRange(Assert.Single(learned.Epochs).FirstBadStep!.Value, 1, 5);
        Assert.Equal(Toy.Bits(learner.Start), Toy.Bits(learned.Last));
    }

    [Fact]
    public void An_update_that_spoils_the_weights_in_the_last_step_of_an_epoch_is_found()
    {
        // The square root has no slope at 0: the value stays 0, the gradient becomes 0 times infinity.
        var method = Toy.Method("slope",
            ("labels", step => step.TaskLoss()),
            ("slope", step => step.Progress.Step == 5 ? (step.Student().Logits * 0).square().sqrt().mean() : step.Student().Logits.mean() * 0));
        var learner = Toy.Learner(method, recipe: Three);

        var report = Assert.Single(Toy.Alone(data, learner).Epochs);

        Assert.Equal(5, report.FirstBadStep);
        Assert.True(double.IsFinite(report.Objective));
    }

    [Fact]
    public void A_fold_ends_early_when_nobody_is_left()
    {
        var batches = 0;
        var method = Toy.Method("bad", ("labels", step =>
        {
            batches++;
            return step.TaskLoss() * double.NaN;
        }
        ));

        Fold.Run([Toy.Stream(data, [Toy.Learner(method, recipe: Three)])]);

        Assert.Equal(6, batches);
    }

    [Fact]
    public void A_term_of_weight_zero_cannot_spoil_the_objective()
    {
        var kd = Toy.Method("kd", ("labels", step => step.TaskLoss()));
        var spoiled = kd with { Prepare = (_, _) => new Prepared(["labels", "none"], step => [new("labels", step.TaskLoss(), 1), new("none", step.TaskLoss() * double.NaN, 0)]) };

        Assert.Equal(Toy.Bits(Toy.Alone(data, Toy.Learner(kd)).Last), Toy.Bits(Toy.Alone(data, Toy.Learner(spoiled)).Last));
    }

    [Fact]
    public void A_schedule_that_starts_from_zero_may_leave_a_step_without_any_term()
    {
        var method = Toy.Method("late") with { Prepare = (_, _) => new Prepared(["late"], step => [new("late", step.TaskLoss(), new Schedule.Linear(0, 1))]) };
        var learner = Toy.Learner(method, recipe: Toy.Recipe with { Epochs = 3 });

        var learned = Toy.Alone(data, learner);

        Assert.Null(learned.Epochs[^1].FirstBadStep);
        Assert.True(learned.Epochs[^1].Test.Accuracy > 0.5);
    }
}
