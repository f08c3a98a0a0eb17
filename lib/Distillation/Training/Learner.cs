using static TorchSharp.torch;

namespace Distillation;

/// <summary>A network that is to learn: what it is, how it starts, what it learns from.</summary>
/// <param name="Name">What tables and progress call it.</param>
/// <param name="Student">The network.</param>
/// <param name="Start">Its first weights; training copies them.</param>
/// <param name="Method">How teacher and student become a loss.</param>
/// <param name="Teacher">The teacher's network, for the method to look at; null without.</param>
/// <param name="Task">What the labels mean.</param>
/// <param name="Recipe">Optimizer, rate, clipping and averaging; epochs, batch size and augmentation are the stream's.</param>
/// <param name="Key">What its dropout draws from.</param>
public sealed record Learner(string Name, Network Student, Weights Start, Method Method, Network? Teacher, LearningTask Task, Recipe Recipe, Key Key);

/// <summary>
/// Where a learner is: the state of the fold. Owns its tensors, which a step updates in place.
/// </summary>
/// <param name="Weights">What is being trained; its parameters ask for a gradient.</param>
/// <param name="Slots">What the optimizer remembers.</param>
/// <param name="Average">The moving average of the weights, if the recipe asks for one.</param>
/// <param name="Sums">On the device, float64: per term the sum over samples, then the objective, then the samples right. Read once per epoch.</param>
/// <param name="FirstBadStep">On the device, Int64: the first step whose objective was not finite, or -1.</param>
public sealed record LearnerState(Weights Weights, Slots Slots, Weights? Average, Tensor Sums, Tensor FirstBadStep) : IDisposable
{
    /// <summary>The weights that are evaluated and kept.</summary>
    public Weights Judged => Average ?? Weights;

    /// <summary>The state before the first step.</summary>
    public static LearnerState Begin(Learner learner, Prepared prepared)
    {
        using var scope = NewDisposeScope();
        var copy = learner.Start.Copy();
        var weights = copy with { Parameters = copy.Parameters.requires_grad_(true) };
        return new LearnerState(
            weights.Keep(),
            Kept(learner.Recipe.Optimizer.Start(weights.Parameters)),
            learner.Recipe.Average is null ? null : learner.Start.Copy().Keep(),
            zeros(prepared.Terms.Count + 2, ScalarType.Float64, weights.Device).DetachFromDisposeScope(),
            full(1, -1L, ScalarType.Int64, weights.Device).DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        Slots.Dispose();
        Average?.Dispose();
        Sums.Dispose();
        FirstBadStep.Dispose();
    }

    private static Slots Kept(Slots slots) => slots with { Tensors = [.. slots.Tensors.Select(t => t.DetachFromDisposeScope())] };
}

/// <summary>One step of training: State × Batch → State.</summary>
public static class Stepping
{
    /// <summary>
    /// Forward, objective, one backward over the sum of all terms, one update; sums for the epoch's row. Nothing waits for the device.
    /// The tensors of the state are updated in place; everything else that the step made is freed.
    /// </summary>
    public static LearnerState Step(this LearnerState state, Learner learner, Prepared prepared, Batch batch)
    {
        using var scope = NewDisposeScope();
        var weights = state.Weights;
        var pass = Pass.Training(learner.Key.Fold("dropout").Fold(batch.Progress.Step));
        var step = new Step(batch, learner.Task, images => learner.Student.Apply(weights, images, pass));
        var terms = prepared.Objective(step);
        var fraction = batch.Progress.Fraction;
        var objective = Sum(terms, fraction);
        // Asked for before the update, should the objective have left the plain view out.
        var logits = step.Student().Logits;
        objective.backward(inputs: [weights.Parameters]);

        var gradient = weights.Parameters.grad!;
        weights.Parameters.grad = null;
        if (learner.Recipe.ClipNorm is { } limit)
        {
            gradient.ClipByNorm(limit);
        }

        var slots = learner.Recipe.Optimizer.Step(weights.Parameters, gradient, state.Slots, learner.Recipe.Rate.At(fraction), learner.Student.Table.MatrixCount);
        if (learner.Recipe.Average is { } decay)
        {
            state.Average!.MoveTowards(weights, decay);
        }

        Count(state, terms, objective, learner.Task.Correct(logits, batch.Labels), batch);
        return state with { Slots = slots };
    }

    // Terms of weight 0 cost nothing and cannot spoil the sum. Where schedules leave no other, the gradient is that of 0 times the first.
    private static Tensor Sum(IReadOnlyList<Term> terms, double fraction)
    {
        var weighted = terms
            .Select(term => (term.Value, Weight: term.Weight.At(fraction)))
            .Where(term => term.Weight != 0)
            .Select(term => term.Weight == 1 ? term.Value : term.Value * term.Weight)
            .ToList();
        return weighted.Count == 0 ? terms[0].Value * 0 : weighted.Aggregate((sum, term) => sum + term);
    }

    private static void Count(LearnerState state, IReadOnlyList<Term> terms, Tensor objective, Tensor correct, Batch batch)
    {
        using var quiet = no_grad();
        var means = stack([.. terms.Select(term => term.Value.detach()), objective.detach()]).to_type(ScalarType.Float64);
        var samples = batch.Labels.shape[0];
        // The first bad step is still counted, so that the sums show which term was no number; what comes after it is not.
        state.Sums.add_(cat([means * samples, correct.to_type(ScalarType.Float64).reshape(1)]).masked_fill_(state.FirstBadStep.ge(0), 0));
        var bad = objective.detach().isfinite().logical_not().logical_and(state.FirstBadStep.lt(0));
        state.FirstBadStep.masked_fill_(bad, batch.Progress.Step);
    }
}
