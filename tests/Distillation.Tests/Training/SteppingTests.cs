using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation.Tests;

public sealed class SteppingTests : IDisposable
{
    private static readonly Network Line = Network.Build("line", new Shape(1, 8, 8), Layer.Flatten.Then(Layer.Linear("fc", Toy.Classes)));
    private readonly LoadedDataset data = Toy.Load();

    public void Dispose() => data.Dispose();

    // Its gradient in the first bias is 1 whatever the weights are.
    private static readonly Method Slope = Toy.Method("slope", ("slope", step => step.Student().Logits.select(1, 0).mean()));

    private static readonly Recipe Bare = Toy.Recipe with { Optimizer = new Optimizer.Sgd(Momentum: 0) };

    /// <summary>The weights after each step, as flat lists of parameters and buffers.</summary>
    private List<(double[] Parameters, double[] Buffers, double[] Judged)> Trace(Learner learner, int steps)
    {
        using var scope = NewDisposeScope();
        var stream = Toy.Stream(data, [learner]);
        var prepared = learner.Prepare();
        using var begin = LearnerState.Begin(learner, prepared);
        var (state, order, trace) = (begin, stream.Order(0), new List<(double[], double[], double[])>());
        for (var step = 0; step < steps; step++)
        {
            using var home = NewDisposeScope();
            state = state.Step(learner, prepared, stream.At(0, step, order, home));
            trace.Add((Golden.Flat(state.Weights.Parameters), Golden.Flat(state.Weights.Buffers), [.. Golden.Flat(state.Judged.Parameters), .. Golden.Flat(state.Judged.Buffers)]));
        }

        return trace;
    }

    [Fact]
    public void The_rate_is_asked_for_at_steps_done_of_all_steps()
    {
        var rate = Schedule.OneCycle(0.4).AfterWarmUp(0.2);
        var learner = Toy.Learner(Slope, Line, Bare with { Rate = rate, Epochs = 3 });
        var start = learner.Start["fc.bias"][0].item<float>();

        var learned = Toy.Alone(data, learner);

        var moved = Enumerable.Range(0, 18).Sum(step => rate.At(step / 18.0));
        Assert.Equal(start - moved, learned.Last["fc.bias"][0].item<float>(), 1e-5);
        Assert.Equal([5, 11, 17], learned.Epochs.Select(epoch => (int)Math.Round(18 * Enumerable.Range(0, 18).Select(s => s / 18.0).Single(t => rate.At(t) == epoch.Rate))));
    }

    [Fact]
    public void The_weight_of_a_term_follows_its_schedule_too()
    {
        var weight = new Schedule.Linear(1, 3);
        var method = Slope with { Prepare = (_, _) => new Prepared(["slope"], step => [new("slope", step.Student().Logits.select(1, 0).mean(), weight)]) };
        var learner = Toy.Learner(method, Line, Bare with { Rate = 0.1 });

        var learned = Toy.Alone(data, learner);

        var moved = Enumerable.Range(0, 12).Sum(step => 0.1 * weight.At(step / 12.0));
        Assert.Equal(learner.Start["fc.bias"][0].item<float>() - moved, learned.Last["fc.bias"][0].item<float>(), 1e-5);
    }

    [Fact]
    public void An_average_of_the_weights_is_that_of_a_literal_loop_and_leaves_training_alone()
    {
        var plain = Trace(Toy.Learner(Methods.None), 6);
        var learner = Toy.Learner(Methods.None, recipe: Toy.Recipe with { Average = 0.8 });
        var averaged = Trace(learner, 6);

        double[] average = [.. Golden.Flat(learner.Start.Parameters), .. Golden.Flat(learner.Start.Buffers)];
        foreach (var (expected, actual) in plain.Zip(averaged))
        {
            Assert.Equal(expected.Parameters, actual.Parameters);
            average = [.. average.Zip([.. expected.Parameters, .. expected.Buffers], (a, w) => (0.8 * a) + (0.2 * w))];
            Assert.True(Golden.Apart(average, actual.Judged) < 1e-6);
            Assert.NotEqual(expected.Judged, actual.Judged);
        }
    }

    [Fact]
    public void The_average_is_what_is_evaluated_and_handed_over()
    {
        var learner = Toy.Learner(Methods.None, recipe: Toy.Recipe with { Average = 0.95, Epochs = 1 });

        var learned = Toy.Alone(data, learner);

        double[] last = [.. Golden.Flat(learned.Last.Parameters), .. Golden.Flat(learned.Last.Buffers)];
        Assert.Equal(Trace(learner, 6)[^1].Judged, last);
        Assert.Equal(learner.Student.Evaluate(learned.Last, learner.Task, data.Test, data.Dataset.Normalization, learner.Recipe), learned.Epochs[0].Test);
    }

    [Fact]
    public void Clipping_limits_every_update_and_keeps_its_direction()
    {
        var steep = Toy.Method("steep", ("steep", step => step.TaskLoss() * 1000));
        var free = Toy.Learner(steep, Line, Bare with { Rate = 0.1 });
        var clipped = free with { Recipe = free.Recipe with { ClipNorm = 0.5 } };
        var start = Golden.Flat(free.Start.Parameters);

        double[] Update(Learner learner) => [.. Trace(learner, 1)[0].Parameters.Zip(start, (a, b) => a - b)];
        var (far, near) = (Update(free), Update(clipped));

        Assert.True(Golden.Norm(far) > 10);
        Assert.Equal(0.1 * 0.5, Golden.Norm(near), 1e-5);
        Assert.True(Golden.Apart([.. far.Select(x => x * Golden.Norm(near) / Golden.Norm(far))], near) < 1e-4);
        foreach (var (before, after) in Trace(clipped, 6).Zip(Trace(clipped, 6).Skip(1)))
        {
            Assert.True(Golden.Norm(after.Parameters.Zip(before.Parameters, (a, b) => a - b)) < 0.0501);
        }
    }

    [Fact]
    public void Clipping_at_a_norm_that_no_gradient_reaches_changes_no_bit()
    {
        var learner = Toy.Learner(Methods.None);

        Toy.Same(Toy.Alone(data, learner), Toy.Alone(data, learner with { Recipe = learner.Recipe with { ClipNorm = 1e6 } }));
    }

    [Fact]
    public void Nothing_but_the_state_survives_a_step()
    {
        var learner = Toy.Learner(Methods.None, recipe: Toy.Recipe with { Average = 0.9, ClipNorm = 1 });
        var prepared = learner.Prepare();
        using var state = LearnerState.Begin(learner, prepared);
        using var scope = NewDisposeScope();
        var stream = Toy.Stream(data, [learner]);
        var batch = stream.At(0, 0, stream.Order(0), scope);
        var before = scope.DisposablesCount;

        var next = state.Step(learner, prepared, batch);

        Assert.Equal(before, scope.DisposablesCount);
        Assert.Null(state.Weights.Parameters.grad);
        Assert.Same(state.Weights, next.Weights);
        Assert.Equal(1, next.Slots.Steps);
    }

    [Fact]
    public void A_method_that_never_looks_at_the_plain_images_still_reports_how_many_were_right()
    {
        var turned = new View("turned", (images, _) => images.flip(2));
        var method = Toy.Method("turned", ("turned", step => F.cross_entropy(step.Student(turned).Logits, step.Labels.neg().add(2)))).Seeing(turned);

        var learned = Toy.Alone(data, Toy.Learner(method, recipe: Toy.Recipe with { Epochs = 8 }));

        Assert.InRange(learned.Epochs[^1].TrainAccuracy!.Value, 0.6, 1);
        Assert.InRange(learned.Epochs[^1].Test.Accuracy, 0.6, 1);
    }
}
