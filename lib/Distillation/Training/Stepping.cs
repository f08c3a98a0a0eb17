using static TorchSharp.torch;

namespace Distillation;

/// <summary>One step of training: State × Batch → State.</summary>
public static class Stepping
{
    /// <summary>
    /// Forward, objective, one backward over the sum of each group's terms, one update of everybody who learns; sums for the epoch's row. Nothing waits for the device.
    /// The tensors of the state are updated in place; everything else that the step made is freed.
    /// </summary>
    /// <param name="state">Where the learner is.</param>
    /// <param name="learner">Who learns.</param>
    /// <param name="prepared">What its method has made of the networks.</param>
    /// <param name="batch">What it learns from.</param>
    public static LearnerState Step(this LearnerState state, Learner learner, Prepared prepared, Batch batch) =>
        state.Step(learner, batch, () => state.Compute(learner, prepared, batch));

    /// <summary>The step with its forward and backward computed by somebody else, such as a recording.</summary>
    internal static LearnerState Step(this LearnerState state, Learner learner, Batch batch, Func<Computed> compute)
    {
        using var scope = NewDisposeScope();
        var still = Still(state);
        var progress = state.Stretch.Within(batch.Progress);
        var computed = compute();
        batch.Clock?.Mark(Stage.Backward);

        var slots = Update(learner.PracticeOf(null, state.Stretch), computed.Student, state.Weights, computed.Gradients[0], state.Slots, progress);
        Restore(state.Weights, still);
        var moved = state.Learning().Zip(computed.Gradients.Skip(1), (p, gradient) => p with { Slots = Update(learner.PracticeOf(p.Player, state.Stretch), p.Player.Network, p.Weights, gradient, p.Slots, progress) })
            .ToDictionary(p => p.Player.Name);
        if (learner.Recipe.Average is { } decay)
        {
            state.Average!.MoveTowards(state.Weights, decay);
        }

        batch.Clock?.Mark(Stage.Optimizer);
        Count(state, computed, batch);
        batch.Clock?.Mark(Stage.Loss);
        return state with
        {
            Slots = slots,
            Players = moved.Count == 0 ? state.Players : [.. state.Players.Select(p => moved.GetValueOrDefault(p.Player.Name, p))],
            Memory = ReferenceEquals(computed.Memory, state.Memory) ? computed.Memory : computed.Memory.Settle(state.Memory),
        };
    }

    /// <summary>Forward, objective and backward: everything of a step that changes nothing but running averages and what a method remembers in place.</summary>
    internal static Computed Compute(this LearnerState state, Learner learner, Prepared prepared, Batch batch)
    {
        var (glances, progress) = (new Glances(), state.Stretch.Within(batch.Progress));
        var pass = Pass.Training(learner.Key.Fold("dropout").Fold(batch.Progress.Step)) with { Glances = glances };
        var student = new Playing(prepared.Student ?? learner.Student, state.Weights, pass);
        var players = state.Players.ToDictionary(
            p => p.Player.Name, p => new Playing(p.Player.Network, p.Weights, pass with { Key = pass.Key?.Fold(p.Player.Name) }));
        var step = new Step(batch, learner.Task, student, players, prepared.Views, pass, progress);
        var (terms, memory) = state.Stretch.Phase.Objective(step, state.Memory);
        // Asked for before the update, should the objective have left the student's answer out.
        var logits = step.Counted();
        batch.Clock?.Mark(Stage.Loss);

        Tensor[] parameters = [state.Weights.Parameters, .. state.Learning().Select(p => p.Weights.Parameters)];
        var (objective, gradients) = Backward(terms, progress.Fraction, parameters);
        using var quiet = no_grad();
        return new Computed(
            objective.detach(), Told(terms, objective, progress.Fraction).detach(), [.. terms.Select(term => term.Value.detach())],
            logits is null ? null : learner.Task.Correct(logits, batch.Labels), gradients)
        {
            Student = student.Network,
            Memory = memory,
            Weights = [.. terms.Select(term => term.Weight)],
            Glances = glances,
        };
    }

    // The players that the phase trains.
    private static IEnumerable<PlayerState> Learning(this LearnerState state) => state.Players.Where(p => state.Stretch.Phase.Plays?.Invoke(p.Player.Name) ?? true);

    // One backward per group; who has no part in any group gets no gradient. Of each, the gradient of group 0 and that of all others.
    private static (Tensor Objective, IReadOnlyList<(Tensor? First, Tensor? Others)> Gradients) Backward(IReadOnlyList<Term> terms, double fraction, Tensor[] parameters)
    {
        var groups = terms.GroupBy(term => term.Group).OrderBy(group => group.Key).Select(group => (group.Key, Value: Sum([.. group], fraction))).ToList();
        var sums = new (Tensor? First, Tensor? Others)[parameters.Length];
        foreach (var ((key, value), number) in groups.Select((group, number) => (group, number)))
        {
            // A weight of 0 may leave a term without history, a detached objective has none at all.
            value.backward(retain_graph: number + 1 < groups.Count, inputs: parameters);
            for (var i = 0; i < parameters.Length; i++)
            {
                if (parameters[i].grad is { } gradient)
                {
                    sums[i] = key == 0 ? (gradient, sums[i].Others) : (sums[i].First, sums[i].Others is { } sum ? sum.add_(gradient) : gradient);
                    parameters[i].grad = null;
                }
            }
        }

        return (groups.Select(group => group.Value).Aggregate((sum, group) => sum + group), sums);
    }

    // What the phase does not train keeps its bits, whatever decay, momentum and running averages do in the step.
    private static IReadOnlyList<(string Name, Tensor Values)> Still(LearnerState state)
    {
        if (state.Stretch.Phase.Trains is not { } trains)
        {
            return [];
        }

        using var quiet = no_grad();
        return [.. state.Weights.Table.Places.Where(place => !trains(place.Name)).Select(place => (place.Name, state.Weights[place.Name].clone()))];
    }

    private static void Restore(Weights weights, IReadOnlyList<(string Name, Tensor Values)> still)
    {
        using var quiet = no_grad();
        foreach (var (name, values) in still)
        {
            weights[name].copy_(values);
        }
    }

    private static Slots Update(Practice practice, Network network, Weights weights, (Tensor? First, Tensor? Others) gradients, Slots slots, Progress progress)
    {
        var (rate, clips) = (practice.Rate.At(progress.Fraction), weights.Table.ClipCount);
        if (practice.Optimizer.Apart && gradients is ({ } labels, { } others))
        {
            if (practice.ClipNorm is { } most)
            {
                using var quiet = no_grad();
                var scale = (most / ((labels + others).norm() + 1e-6)).clamp_(max: 1.0);
                labels.mul_(scale);
                others.mul_(scale);
            }

            Decay(network, weights, labels);
            return practice.Optimizer.Step(weights.Parameters, labels, others, slots, rate, weights.Table.MatrixCount, clips);
        }

        if ((gradients.First is { } first && gradients.Others is { } rest ? first.add_(rest) : gradients.First ?? gradients.Others) is not { } gradient)
        {
            return slots;
        }

        if (practice.ClipNorm is { } limit)
        {
            gradient.ClipByNorm(limit);
        }

        Decay(network, weights, gradient);
        return practice.Optimizer.Step(weights.Parameters, gradient, slots, rate, weights.Table.MatrixCount, clips);
    }

    // Clips are pulled towards zero as their network says, not as the optimizer does.
    private static void Decay(Network network, Weights weights, Tensor gradient)
    {
        if (network.Quantization is { ClipDecay: > 0 and var decay } && weights.Table is { ClipCount: > 0 and var clips, Count: var count })
        {
            using var quiet = no_grad();
            gradient.narrow(0, count - clips, clips).add_(weights.Parameters.narrow(0, count - clips, clips), alpha: decay);
        }
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

    // The objective that reports tell is the student's own, without the terms that train other players.
    private static Tensor Told(IReadOnlyList<Term> terms, Tensor objective, double fraction)
    {
        using var quiet = no_grad();
        var own = terms.Where(term => term.Player == Player.Student).ToList();
        return own.Count == terms.Count || own.Count == 0 ? objective : Sum(own, fraction);
    }

    private static void Count(LearnerState state, Computed computed, Batch batch)
    {
        using var quiet = no_grad();
        var means = stack([.. computed.Values, computed.Told]).to_type(ScalarType.Float64);
        var right = computed.Right is null ? zeros(1, ScalarType.Float64, means.device) : computed.Right.to_type(ScalarType.Float64).reshape(1);
        // The first bad step is still counted, so that the sums show which term was no number; what comes after it is not.
        state.Sums.add_(cat([means * batch.Size, right]).masked_fill_(state.FirstBadStep.ge(0), 0));
        var bad = computed.Objective.isfinite().logical_not().logical_and(state.FirstBadStep.lt(0));
        state.FirstBadStep.masked_fill_(bad, batch.Progress.Step);
    }
}
