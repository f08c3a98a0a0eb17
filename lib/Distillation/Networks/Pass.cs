namespace Distillation;

/// <summary>Which statistics batch normalisation normalises with.</summary>
public enum Statistics
{
    /// <summary>Mean and variance of the batch, as in training.</summary>
    Batch,

    /// <summary>The running averages, as in evaluation and in a frozen teacher.</summary>
    Running,
}

/// <summary>How a network is applied: everything that is neither its weights nor its input.</summary>
/// <param name="Statistics">What batch normalisation reads.</param>
/// <param name="Update">Whether batch normalisation moves its running averages towards the batch (only with <see cref="Statistics.Batch"/>).</param>
/// <param name="Key">What dropout draws from; null means that nothing is dropped.</param>
/// <param name="Bits">
/// Bits of each quantized activation by the name of its clip, in this pass (<see cref="Precisions"/>): null, or null for a name, leaves what the network was quantized to; 24 and more clip without
/// rounding. Networks whose activations are not quantized do not ask.
/// </param>
public sealed record Pass(Statistics Statistics, bool Update = false, Key? Key = null, Func<string, int?>? Bits = null)
{
    /// <summary>Whether exits on the way are computed; without them only the last logits are, and the taps of the trunk.</summary>
    public bool Exits { get; init; } = true;

    /// <summary>Who is told that something was drawn; null where nobody asks.</summary>
    internal Glances? Glances { get; init; }

    /// <summary>Batch statistics, running averages updated, dropout drawn from <paramref name="key"/>.</summary>
    public static Pass Training(Key key) => new(Statistics.Batch, Update: true, key);

    /// <summary>Running statistics, nothing updated, nothing dropped.</summary>
    public static Pass Evaluation { get; } = new(Statistics.Running);
}
