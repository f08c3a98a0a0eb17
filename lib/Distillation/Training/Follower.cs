using static TorchSharp.torch;

namespace Distillation;

/// <summary>A learner on its way through a stream: its state, what is kept of it, and its reports. Owns its tensors until they are handed over.</summary>
internal sealed class Follower : IDisposable
{
    private bool handedOver;
    private double secondsBefore;
    private int? sideBySide;

    private Follower(Learner learner, Prepared prepared, LearnerState state)
    {
        (Learner, Prepared, State) = (learner, prepared, state);
        Kept = Snapshot(state.Weights, prepared);
    }

    public Learner Learner { get; }

    public Prepared Prepared { get; }

    /// <summary>What is judged: the experiment's own student, or what the method makes of it.</summary>
    public Network Judged => Prepared.Judged ?? Prepared.Student ?? Learner.Student;

    public LearnerState State { get; set; }

    // What is judged and handed over: finite, whatever happens to the weights in training.
    public Weights Kept { get; private set; }

    public List<EpochReport> Reports { get; } = [];

    /// <summary>Steps done since the start of the run, also by processes before this one.</summary>
    public long Step { get; set; }

    /// <summary>Time that processes before this one spent on the epoch they did not close.</summary>
    public double EpochSecondsBefore { get; set; }

    // A learner whose objective is no number any more stops; the others go on.
    public bool Stopped => Reports.Count > 0 && Reports[^1].FirstBadStep is not null;

    /// <summary>A learner at its first step, or where its checkpoint left it.</summary>
    /// <exception cref="BadInput">The checkpoint is one of another network or method.</exception>
    public static Follower Of(Learner learner, BatchStream stream, Keeping? keeping)
    {
        var prepared = learner.Prepare();
        var follower = new Follower(learner, prepared, LearnerState.Begin(learner, prepared, stream.Labels, stream.Teachers));
        try
        {
            using var found = keeping?.Find(learner);
            if (found is not null)
            {
                follower.GoOnFrom(found);
            }

            return follower;
        }
        catch
        {
            follower.Dispose();
            throw;
        }
    }

    // The first bad step so far, if there is one; if not, the judged weights are what is kept. An update can spoil weights without the objective showing it before the next step.
    public long? Settle(long lastStep)
    {
        var step = State.FirstBadStep.cpu().item<long>();
        if (step >= 0 || !IsFinite(State.Judged))
        {
            return step >= 0 ? step : lastStep;
        }

        var before = Kept;
        Kept = Snapshot(State.Judged, Prepared);
        before.Dispose();
        return null;
    }

    // After this, Kept belongs to whoever asked.
    public Learned HandOver(double seconds, int together)
    {
        handedOver = true;
        return new Learned(Learner, Kept, [.. Reports], secondsBefore + seconds, sideBySide ?? together);
    }

    /// <summary>Where it stands. The tensors are only lent.</summary>
    /// <param name="epochSeconds">Time this process has spent on the epoch that is not closed.</param>
    /// <param name="seconds">Time this process has spent in all.</param>
    /// <param name="together">How many learners there are.</param>
    public Checkpoint Checkpoint(double epochSeconds, double seconds, int together) => new(
        Named().Concat(State.Memory.Tensors.Select(pair => ($"memory.{pair.Key}", pair.Value))).ToDictionary(pair => pair.Item1, pair => pair.Item2),
        new Position(
            Step, State.Stretch.Number, State.Slots.Steps, State.Players.ToDictionary(p => p.Player.Name, p => p.Slots.Steps), [.. Reports],
            EpochSecondsBefore + epochSeconds, secondsBefore + seconds, get_num_threads(), sideBySide ?? together));

    public void Dispose()
    {
        State.Dispose();
        if (!handedOver)
        {
            Kept.Dispose();
        }
    }

    private void GoOnFrom(Checkpoint found)
    {
        var place = found.Position;
        var stretch = Prepared.Stretches(Learner.Recipe.Epochs).ElementAtOrDefault(place.Phase) ?? throw Foreign("its phase");
        State = State.Enter(Learner, stretch);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        foreach (var (name, here) in Named())
        {
            if (!found.Tensors.TryGetValue(name, out var there) || there.dtype != here.dtype || !there.shape.SequenceEqual(here.shape))
            {
                throw Foreign($"'{name}'");
            }

            here.copy_(there);
        }

        var memory = found.Tensors.Where(pair => pair.Key.StartsWith("memory.", StringComparison.Ordinal))
            .Aggregate(Memory.Empty, (sum, pair) => sum.With(pair.Key["memory.".Length..], pair.Value.clone()));
        State = State with
        {
            Slots = State.Slots with { Steps = place.SlotSteps },
            Players = [.. State.Players.Select(p => p with { Slots = p.Slots with { Steps = place.PlayerSteps.GetValueOrDefault(p.Player.Name) } })],
            Memory = memory.Settle(State.Memory),
        };
        Reports.AddRange(place.Epochs.Select(report => report with { Learner = Learner }));
        (Step, EpochSecondsBefore, secondsBefore, sideBySide) = (place.Step, place.EpochSeconds, place.Seconds, place.SideBySide);

        BadInput Foreign(string what) => new($"The checkpoint of '{Learner.Name}' does not fit its network and method ({what} differs); remove it and the training starts afresh.");
    }

    // Everything in the state that is a tensor of a known shape, under the names of a checkpoint.
    private IEnumerable<(string Name, Tensor Values)> Named()
    {
        IEnumerable<(string, Tensor)> Of(string name, Weights? weights) =>
            weights is null ? [] : [($"{name}.parameters", weights.Parameters.detach()), ($"{name}.buffers", weights.Buffers)];
        IEnumerable<(string, Tensor)> Slots(string name, Slots slots) => slots.Tensors.Select((slot, i) => ($"{name}.slot{i}", slot));
        return
        [
            .. Of("student", State.Weights), .. Slots("student", State.Slots), .. Of("average", State.Average), .. Of("kept", Kept),
            .. State.Players.SelectMany(p => Of($"player.{p.Player.Name}", p.Weights).Concat(Slots($"player.{p.Player.Name}", p.Slots))),
            ("sums", State.Sums), ("first_bad_step", State.FirstBadStep),
        ];
    }

    private static Weights Snapshot(Weights weights, Prepared prepared)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return (prepared.Judged is { } judged ? weights.Pick(judged.Table, prepared.Made?.Invoke(weights)) : weights.Copy()).Keep();
    }

    private static bool IsFinite(Weights weights) =>
        weights.Parameters.detach().isfinite().all().logical_and(weights.Buffers.isfinite().all()).cpu().item<bool>();
}
