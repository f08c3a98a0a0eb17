using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>What a network computed for a batch.</summary>
/// <param name="Logits">[B, classes], float32 whatever the images were.</param>
/// <param name="Taps">The kept maps in the network's order with their names; the pooled embedding [B, C] is the last.</param>
[TypeFormatterSource(typeof(ShowingSource))]
public sealed record Activations(Tensor Logits, ImmutableArray<(string Name, Tensor Value)> Taps)
{
    /// <summary>The logits of every exit on the way with its name, first exit first, float32; empty for a network without exits. The last exit is <see cref="Logits"/> itself.</summary>
    public ImmutableArray<(string Name, Tensor Logits)> Exits { get; init; } = [];

    /// <summary>The map that the last mean over pixels was taken of, [B, C, H, W]: activated, whatever else is tapped; null where a network has no such mean.</summary>
    public Tensor? Pooled { get; init; }

    /// <summary>
    /// The mean of all exits' logits, the last one's included: [B, classes], what SCAN's exits say together (Zhang et al. 2019, section 3). Without exits it is <see cref="Logits"/>.
    /// </summary>
    /// <exception cref="BadInput">An exit puts out another number of logits, as those do that tell class and rotation at once.</exception>
    public Tensor Ensemble =>
        Exits.IsEmpty ? Logits
        : Exits.FirstOrDefault(exit => exit.Logits.shape[1] != Logits.shape[1]) is { Name: { } odd, Logits: var logits }
            ? throw new BadInput($"The exit '{odd}' puts out {logits.shape[1]} logits and the network {Logits.shape[1]}; only exits of the same classes make an ensemble.")
            : stack([.. Exits.Select(exit => exit.Logits), Logits]).mean([0]);

    /// <summary>The map kept under a name.</summary>
    /// <exception cref="BadInput">No tap has that name.</exception>
    public Tensor this[string name] =>
        Taps.Where(tap => tap.Name == name).Select(tap => tap.Value).FirstOrDefault()
        ?? throw new BadInput($"There is no tap '{name}'; this network has {string.Join(", ", Taps.Select(tap => tap.Name))}.");

    /// <summary>The pooled vector before the classifier, [B, C], float32 whatever the images were.</summary>
    public Tensor Embedding => Taps[^1].Value is var pooled && pooled.dtype == ScalarType.BFloat16 ? pooled.to_type(ScalarType.Float32) : pooled;

    /// <summary>The same values without their history: nothing flows back into whoever computed them.</summary>
    public Activations Detach() => Each(value => value.detach());

    /// <summary>A function of every tensor in it, such as one that moves it to another dispose scope.</summary>
    public Activations Each(Func<Tensor, Tensor> function) => new(function(Logits), [.. Taps.Select(tap => (tap.Name, function(tap.Value)))])
    {
        Exits = [.. Exits.Select(exit => (exit.Name, function(exit.Logits)))],
        Pooled = Pooled is null ? null : function(Pooled),
    };

    /// <summary>The answers to two batches as one, joined along the batch.</summary>
    /// <param name="rest">What the same network computed for the batch behind.</param>
    public Activations FollowedBy(Activations rest) => new(cat([Logits, rest.Logits], 0), [.. Taps.Zip(rest.Taps, (one, other) => (one.Name, cat([one.Value, other.Value], 0)))])
    {
        Exits = [.. Exits.Zip(rest.Exits, (one, other) => (one.Name, cat([one.Logits, other.Logits], 0)))],
        Pooled = Pooled is null || rest.Pooled is null ? null : cat([Pooled, rest.Pooled], 0),
    };
}
