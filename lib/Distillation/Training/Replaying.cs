using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// The steps of one stream's learners, replayed instead of handed over operator by operator where that gives the same: forward, objective and backward of every learner, and the teachers' answers, are recorded
/// once over tensors that stay where they are, into which every batch is copied. Augmentation, updates and counting stay as they are. A learner is recorded after a few ordinary steps; its recording is believed
/// when it has given the gradients of an ordinary step on a batch that it had not seen.
/// </summary>
/// <param name="size">Samples of a whole batch; smaller ones are not replayed.</param>
/// <param name="recorder">Who records.</param>
/// <param name="told">Is told which of the two runs, for every learner and again where a phase changes it: null for replayed, else why it is not.</param>
public sealed class Replaying(long size, Recorder recorder, Action<Learner, string?>? told) : IDisposable
{
    private const int Ordinary = 3, Few = 20, Often = 3;

    private readonly Dictionary<Learner, Place> places = new(ReferenceEqualityComparer.Instance);
    private readonly Needs needs = new();
    private Standing? standing;
    private string? broken;

    /// <summary>Before the learners' steps: the batch comes to stand where the recordings read it, and the teachers answer for all of them.</summary>
    public void Begin(Batch batch)
    {
        if (standing is not null && batch.Size == size && !standing.Bring(batch))
        {
            broken = "its teachers answered otherwise when they were replayed";
            Forget();
        }
    }

    /// <summary>One learner's step: what <see cref="Stepping.Step(LearnerState, Learner, Prepared, Batch)"/> does.</summary>
    /// <param name="state">Where the learner is.</param>
    /// <param name="learner">Who learns.</param>
    /// <param name="prepared">What its method has made of the networks.</param>
    /// <param name="batch">What it learns from; <see cref="Begin"/> has seen it.</param>
    public LearnerState Step(LearnerState state, Learner learner, Prepared prepared, Batch batch)
    {
        var place = PlaceOf(learner, state.Stretch.Number);
        return place.GivenUp || batch.Size != size || place.Seen++ < Ordinary
            ? state.Step(learner, prepared, batch)
            : state.Step(learner, batch, () => Compute(place, state, learner, prepared, batch));
    }

    /// <summary>After the learners' steps: whatever they asked of this batch, recordings will need of the next.</summary>
    public void End(Batch batch)
    {
        if (needs.Grow(batch))
        {
            Forget();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Forget();

    // Every phase has an objective of its own, and a recording.
    private Place PlaceOf(Learner learner, int phase)
    {
        if (places.TryGetValue(learner, out var known) && known.Phase == phase)
        {
            return known;
        }

        known?.Drop();
        return places[learner] = new Place(phase, known?.Said);
    }

    private Computed Compute(Place place, LearnerState state, Learner learner, Prepared prepared, Batch batch)
    {
        if (place.Recorded is { } recorded && recorded.Holds(state, batch))
        {
            place.Uses++;
            return place.Believed ? recorded.Replay() : Check(place, recorded, state, learner, prepared, batch);
        }

        // Before the ordinary step: while the history of one is alive, its leaves belong to the stream that it ran on, and cannot be captured on another.
        place.Drop();
        if (place.Wanted)
        {
            Record(place, state, learner, prepared, batch);
        }

        var computed = state.Compute(learner, prepared, batch);
        var reason = WhyNot(place, state, computed);
        if (reason is not null && !place.GivenUp)
        {
            GiveUp(place, learner, reason);
        }

        place.Wanted = reason is null && !needs.Misses(batch);
        return computed;
    }

    private string? WhyNot(Place place, LearnerState state, Computed computed) =>
        broken is not null ? broken
        : state.Memory.Tensors.Count > 0 || computed.Memory.Tensors.Count > 0 ? "its method remembers something from step to step"
        : computed.Glances.Beyond ? "its step draws, or looks at how far the run is"
        : place.ShortLived >= Often ? "its weights or temperatures change from step to step"
        : null;

    // For the steps to come: recording computes a few times or not at all, so what it leaves in running averages is undone.
    private void Record(Place place, LearnerState state, Learner learner, Prepared prepared, Batch batch)
    {
        using var scope = NewDisposeScope();
        var before = Buffers(state);
        try
        {
            standing ??= Standing.Of(batch, needs, recorder);
            var still = standing.At(batch);
            Computed? sample = null;
            var recording = recorder(() => (sample = state.Compute(learner, prepared, still)).Tensors);
            place.Recorded = new Recorded(recording, sample!.With(recording.Results), state.Stretch, Recorded.Asked(sample, state, batch));
        }
        catch (RecordingFailed e)
        {
            GiveUp(place, learner, e.Message);
        }
        finally
        {
            Restore(state, before);
        }
    }

    // An ordinary step and a replayed one on the same batch.
    private Computed Check(Place place, Recorded recorded, LearnerState state, Learner learner, Prepared prepared, Batch batch)
    {
        var before = Buffers(state);
        var ordinary = state.Compute(learner, prepared, batch);
        var after = Buffers(state);
        Restore(state, before);
        var replayed = recorded.Replay();
        if (Alike.Are(ordinary.Tensors, replayed.Tensors))
        {
            place.Believed = true;
            Tell(place, learner, null);
            return replayed;
        }

        Restore(state, after);
        GiveUp(place, learner, "its gradients came out otherwise when they were replayed");
        return ordinary;
    }

    private void GiveUp(Place place, Learner learner, string reason)
    {
        place.Drop();
        place.GivenUp = true;
        Tell(place, learner, reason);
    }

    // Recorded again, or in another phase, nothing new is to be said.
    private void Tell(Place place, Learner learner, string? reason)
    {
        if (place.Said is null || place.Said.Reason != reason)
        {
            told?.Invoke(learner, reason);
        }

        place.Said = new Saying(reason);
    }

    private void Forget()
    {
        places.Values.ToList().ForEach(place => place.Drop());
        standing?.Dispose();
        standing = null;
    }

    private static IEnumerable<Weights> Everybody(LearnerState state) => state.Players.Select(player => player.Weights).Prepend(state.Weights);

    private static IReadOnlyList<Tensor> Buffers(LearnerState state)
    {
        using var quiet = no_grad();
        return [.. Everybody(state).Select(weights => weights.Buffers.clone())];
    }

    private static void Restore(LearnerState state, IReadOnlyList<Tensor> buffers)
    {
        using var quiet = no_grad();
        foreach (var (weights, values) in Everybody(state).Zip(buffers))
        {
            weights.Buffers.copy_(values);
        }
    }

    // What was said of a learner last.
    private sealed record Saying(string? Reason);

    // Where one learner is with the recording of a phase.
    private sealed class Place(int phase, Saying? said)
    {
        public int Phase => phase;

        public Saying? Said { get; set; } = said;

        public int Seen { get; set; }

        public int Uses { get; set; }

        public int ShortLived { get; private set; }

        public bool GivenUp { get; set; }

        // The step before was one that can be recorded.
        public bool Wanted { get; set; }

        public bool Believed { get; set; }

        public Recorded? Recorded { get; set; }

        public void Drop()
        {
            ShortLived += Recorded is not null && Uses < Few ? 1 : 0;
            Recorded?.Dispose();
            (Recorded, Believed, Uses) = (null, false, 0);
        }
    }

    // A learner's recorded step, good as long as no schedule that it asked has moved.
    private sealed record Recorded(Recording Recording, Computed Results, Stretch Stretch, IReadOnlyList<double> Values) : IDisposable
    {
        public static IReadOnlyList<double> Asked(Computed computed, LearnerState state, Batch batch) =>
            [.. computed.Weights.Concat(computed.Glances.Schedules).Select(schedule => schedule.At(state.Stretch.Within(batch.Progress).Fraction))];

        public bool Holds(LearnerState state, Batch batch) => Stretch == state.Stretch && Values.SequenceEqual(Asked(Results, state, batch));

        public Computed Replay()
        {
            Recording.Replay();
            return Results;
        }

        public void Dispose() => Recording.Dispose();
    }
}
