using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class PhaseTests : IDisposable
{
    private readonly LoadedDataset data = Toy.Load();

    public void Dispose() => data.Dispose();

    // Two epochs on the first convolution alone, then the recipe's on everything.
    private static Method TwoStages(Func<string, bool>? first = null, Func<Practice, Practice>? practice = null, Action<string, Progress>? watch = null) => Toy.Method("two stages") with
    {
        Prepare = (_, _) => new Prepared(
        [
            new Phase("hint", ["map"], (step, memory) =>
            {
                watch?.Invoke("hint", step.Progress);
                return new([new("map", (step.Student()["map"] - 1).square().mean(), 1)], memory);
            })
            {
                Epochs = _ => 2,
                Trains = first ?? (name => name.StartsWith("conv.", StringComparison.Ordinal) || name.StartsWith("bn.", StringComparison.Ordinal)),
                Practice = practice ?? (basis => basis),
            },
            new Phase("labels", ["labels"], (step, memory) =>
            {
                watch?.Invoke("labels", step.Progress);
                return new([new("labels", step.TaskLoss(), 1)], memory);
            }),
        ]),
    };

    private Learned Run(Method method, Recipe? recipe = null) => Fold.Run(
    [
        Toy.Stream(data, [Toy.Learner(method, recipe: recipe)]) with { Epochs = method.Prepare([], Toy.Network).Epochs((recipe ?? Toy.Recipe).Epochs) },
    ]).Single();

    [Fact]
    public void Each_phase_has_its_own_terms_and_the_epochs_add_up()
    {
        var learned = Run(TwoStages());

        Assert.Equal(["map", "map", "labels", "labels"], learned.Epochs.Select(epoch => Assert.Single(epoch.Terms).Name));
        Assert.True(learned.Epochs[1].Terms[0].Mean < learned.Epochs[0].Terms[0].Mean);
        Assert.True(learned.Epochs[3].Terms[0].Mean < learned.Epochs[2].Terms[0].Mean);
    }

    [Fact]
    public void Progress_and_schedules_run_from_0_to_1_over_each_phase()
    {
        var seen = new List<(string Phase, double Fraction, int Epoch)>();

        var learned = Run(TwoStages(watch: (phase, progress) => seen.Add((phase, progress.Fraction, progress.Epoch))), Toy.Recipe with { Rate = new Schedule.Linear(0.12, 0) });

        Assert.Equal([0, 1 / 12.0, 2 / 12.0], seen.Where(s => s.Phase == "hint").Take(3).Select(s => s.Fraction));
        Assert.Equal([0, 1 / 12.0, 2 / 12.0], seen.Where(s => s.Phase == "labels").Take(3).Select(s => s.Fraction));
        Assert.Equal([0, 1, 0, 1], seen.Select(s => (s.Phase, s.Epoch)).Distinct().Select(s => s.Epoch));
        Assert.Equal(new[] { 5, 11, 5, 11 }.Select(step => 0.12 * (1 - (step / 12.0))), learned.Epochs.Select(epoch => epoch.Rate), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void What_a_phase_does_not_train_keeps_every_bit_though_the_recipe_decays_and_its_averages_would_move()
    {
        var start = Toy.Start(Toy.Network);
        var frozen = TwoStages(name => name.StartsWith("conv.", StringComparison.Ordinal)) is var both
            ? both with { Prepare = (teachers, student) => both.Prepare(teachers, student) is var p ? p with { Phases = [p.Phases[0]] } : p }
            : both;

        var learned = Run(frozen, Toy.Recipe with { Optimizer = new Optimizer.Sgd(0.9, Decay: 0.1) });

        foreach (var place in start.Table.Places)
        {
            using var scope = NewDisposeScope();
            var (was, now) = (Golden.Bits(start[place.Name].clone()), Golden.Bits(learned.Last[place.Name].clone()));
            if (place.Name.StartsWith("conv.", StringComparison.Ordinal))
            {
                Assert.NotEqual(was, now);
            }
            else
            {
                Assert.Equal(was, now);
            }
        }
    }

    [Fact]
    public void Momentum_does_not_leak_from_one_phase_into_the_next()
    {
        // A first phase at a rate of 0 gathers momentum and moves nothing but running averages, which its mask keeps still: the second starts from the first weights, as alone.
        var still = TwoStages(_ => false, basis => basis with { Rate = 0 });

        var second = Run(still);
        var alone = Fold.Run([Toy.Stream(data, [Toy.Learner(Toy.Method("alone", ("labels", step => step.TaskLoss())))])]).Single();

        // The order of images and the dropout masks are those of other epochs, so only the scale of what happened can be compared: without momentum left, both begin alike.
        Assert.InRange(second.Epochs[2].Terms[0].Mean / alone.Epochs[0].Terms[0].Mean, 0.5, 2);
        Assert.Equal(0, second.Epochs[0].Rate);
    }

    [Fact]
    public void A_phase_may_have_an_optimizer_of_its_own()
    {
        var learned = Run(TwoStages(practice: _ => new Practice(new Optimizer.Adam(), 1e-3)));

        Assert.Equal([1e-3, 1e-3, 0.05, 0.05], learned.Epochs.Select(epoch => epoch.Rate));
    }
}
