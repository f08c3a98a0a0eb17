using static TorchSharp.torch;

namespace Distillation;

/// <summary>A learner on its way through a stream: its state, what is kept of it, and its reports. Owns its tensors until they are handed over.</summary>
internal sealed class Follower(Learner learner, Prepared prepared, LearnerState state) : IDisposable
{
    private bool handedOver;

    public Learner Learner => learner;

    public Prepared Prepared => prepared;

    /// <summary>What is judged: the experiment's own student, or what the method makes of it.</summary>
    public Network Judged => prepared.Judged ?? prepared.Student ?? learner.Student;

    public LearnerState State { get; set; } = state;

    // What is judged and handed over: finite, whatever happens to the weights in training.
    public Weights Kept { get; private set; } = Snapshot(state.Weights, prepared.Judged);

    public List<EpochReport> Reports { get; } = [];

    // A learner whose objective is no number any more stops; the others go on.
    public bool Stopped => Reports.Count > 0 && Reports[^1].FirstBadStep is not null;

    public static Follower Of(Learner learner, BatchStream stream)
    {
        var prepared = learner.Prepare();
        return new Follower(learner, prepared, LearnerState.Begin(learner, prepared, stream.Labels));
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
        Kept = Snapshot(State.Judged, prepared.Judged);
        before.Dispose();
        return null;
    }

    // After this, Kept belongs to whoever asked.
    public Weights HandOver()
    {
        handedOver = true;
        return Kept;
    }

    public void Dispose()
    {
        State.Dispose();
        if (!handedOver)
        {
            Kept.Dispose();
        }
    }

    private static Weights Snapshot(Weights weights, Network? judged)
    {
        using var scope = NewDisposeScope();
        return (judged is null ? weights.Copy() : weights.Pick(judged.Table)).Keep();
    }

    private static bool IsFinite(Weights weights) =>
        weights.Parameters.detach().isfinite().all().logical_and(weights.Buffers.isfinite().all()).cpu().item<bool>();
}
