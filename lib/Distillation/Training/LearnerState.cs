using static TorchSharp.torch;

namespace Distillation;

/// <summary>A player in training. Owns its tensors.</summary>
/// <param name="Player">Who.</param>
/// <param name="Weights">What is being trained; its parameters ask for a gradient.</param>
/// <param name="Slots">What its optimizer remembers.</param>
public sealed record PlayerState(Player Player, Weights Weights, Slots Slots) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        Slots.Dispose();
    }
}

/// <summary>
/// Where a learner is: the state of the fold. Owns its tensors, which a step updates in place.
/// </summary>
/// <param name="Stretch">The phase it is in.</param>
/// <param name="Weights">What is being trained; its parameters ask for a gradient.</param>
/// <param name="Slots">What the optimizer remembers.</param>
/// <param name="Average">The moving average of the weights, if the recipe asks for one.</param>
/// <param name="Players">Who learns beside it.</param>
/// <param name="Memory">What the method remembers.</param>
/// <param name="Sums">On the device, float64: per term of the phase the sum over samples, then the objective, then the samples right. Read once per epoch.</param>
/// <param name="FirstBadStep">On the device, Int64: the first step whose objective was not finite, or -1.</param>
public sealed record LearnerState(
    Stretch Stretch, Weights Weights, Slots Slots, Weights? Average, Sequence<PlayerState> Players, Memory Memory, Tensor Sums, Tensor FirstBadStep) : IDisposable
{
    /// <summary>The weights that are evaluated and kept.</summary>
    public Weights Judged => Average ?? Weights;

    /// <summary>The state before the first step.</summary>
    /// <param name="learner">Who learns.</param>
    /// <param name="prepared">What its method has made of the networks.</param>
    /// <param name="labels">The training labels by index, for a memory that begins with them; null where the feed has none.</param>
    /// <param name="teachers">The frozen teachers.</param>
    public static LearnerState Begin(Learner learner, Prepared prepared, Tensor? labels = null, IReadOnlyList<FrozenNetwork>? teachers = null)
    {
        using var scope = NewDisposeScope();
        var student = prepared.Student ?? learner.Student;
        var device = learner.Start.Device;
        // Where the method trains another network, the values that both have in common are the learner's own.
        using var start = ReferenceEquals(student, learner.Student) ? learner.Start.Copy() : student.Grow(learner.Start, learner.Key.Fold("weights")).Weights;
        Inherit(start, prepared, teachers ?? []);
        var weights = Learning(start.Copy());
        var stretch = prepared.At(0, learner.Recipe.Epochs);
        var players = prepared.Players.Select(player =>
        {
            var own = Learning((player.Start ?? player.Network.Initialize)(learner.Key.Fold("player").Fold(player.Name), device));
            return new PlayerState(player, own.Keep(), Kept(learner.PracticeOf(player, stretch).Optimizer.Start(own.Parameters)));
        }).ToList();
        Memory memory;
        using (no_grad())
        {
            memory = prepared.Opening(new Opening(learner.Key.Fold("memory"), labels ?? zeros(0, ScalarType.Int64, device), start, teachers ?? [])).Settle(Memory.Empty);
        }

        return new LearnerState(
            stretch,
            weights.Keep(),
            Kept(learner.PracticeOf(null, stretch).Optimizer.Start(weights.Parameters)),
            learner.Recipe.Average is null ? null : start.Copy().Keep(),
            [.. players],
            memory,
            FreshSums(stretch, device),
            full(1, -1L, ScalarType.Int64, device).DetachFromDisposeScope());
    }

    /// <summary>The state at the start of an epoch: where a phase begins, optimizers and sums begin with it.</summary>
    public LearnerState Enter(Learner learner, Stretch stretch)
    {
        if (stretch.Number == Stretch.Number)
        {
            return this;
        }

        using var scope = NewDisposeScope();
        Slots.Dispose();
        Sums.Dispose();
        Players.ToList().ForEach(player => player.Slots.Dispose());
        return this with
        {
            Stretch = stretch,
            Slots = Kept(learner.PracticeOf(null, stretch).Optimizer.Start(Weights.Parameters)),
            Players = [.. Players.Select(p => p with { Slots = Kept(learner.PracticeOf(p.Player, stretch).Optimizer.Start(p.Weights.Parameters)) })],
            Sums = FreshSums(stretch, Weights.Device),
        };
    }

    /// <summary>The state after an epoch's hook, if the phase has one.</summary>
    public LearnerState AfterEpoch(Learner learner, Progress run)
    {
        if (Stretch.Phase.AfterEpoch is not { } hook)
        {
            return this;
        }

        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var milestone = new Milestone(
            Stretch.Within(run), learner.Key.Fold("epoch").Fold(run.Epoch), Lent(Weights), Players.ToDictionary(p => p.Player.Name, p => Lent(p.Weights)));
        return this with { Memory = hook(milestone, Memory).Settle(Memory) };

        static Weights Lent(Weights weights) => weights with { Parameters = weights.Parameters.detach() };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        Slots.Dispose();
        Average?.Dispose();
        Players.ToList().ForEach(player => player.Dispose());
        Memory.Dispose();
        Sums.Dispose();
        FirstBadStep.Dispose();
    }

    private static Weights Learning(Weights weights) => weights with { Parameters = weights.Parameters.requires_grad_(true) };

    private static Slots Kept(Slots slots) => slots with { Tensors = [.. slots.Tensors.Select(t => t.DetachFromDisposeScope())] };

    private static Tensor FreshSums(Stretch stretch, Device device) => zeros(stretch.Phase.Terms.Count + 2, ScalarType.Float64, device).DetachFromDisposeScope();

    private static void Inherit(Weights start, Prepared prepared, IReadOnlyList<FrozenNetwork> teachers)
    {
        using var quiet = no_grad();
        foreach (var place in prepared.Inherited is null ? [] : start.Table.Places.Where(place => place.Trained))
        {
            if (prepared.Inherited!(teachers, place.Name) is { } value)
            {
                start[place.Name].copy_(value);
            }
        }
    }
}
