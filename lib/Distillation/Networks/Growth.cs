using static TorchSharp.torch;

namespace Distillation;

/// <summary>What became of values that were taken over by another network.</summary>
/// <param name="Taken">Names of the new network that had a value of their shape.</param>
/// <param name="New">Names of the new network that had none, and start as its initialisers say.</param>
/// <param name="Left">Names of the old network that the new one does not have, or has in another shape.</param>
public sealed record Growth(Sequence<string> Taken, Sequence<string> New, Sequence<string> Left);

/// <summary>Weights of one network for another that shares its names.</summary>
public static class Growing
{
    /// <summary>
    /// Weights for a network from those of another: every value that both have by name and shape is taken over, the others start under the key. A trunk's weights so become those of the network
    /// with exits.
    /// </summary>
    /// <param name="network">The network that the weights are for.</param>
    /// <param name="from">Weights of another network; they stay untouched.</param>
    /// <param name="key">What new values are drawn from, each by its name.</param>
    /// <returns>The weights, on the device of the old ones, and what is new in them.</returns>
    public static (Weights Weights, Growth Growth) Grow(this Network network, Weights from, Key key)
    {
        var weights = network.Initialize(key, from.Device);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var taken = network.Table.Places.Where(place => from.Table.Find(place.Name) is { } there && there.Shape.SequenceEqual(place.Shape)).Select(place => place.Name).ToHashSet();
        foreach (var name in taken)
        {
            weights[name].copy_(from[name]);
        }

        return (weights, new Growth(
            [.. network.Table.Places.Select(place => place.Name).Where(taken.Contains)],
            [.. network.Table.Places.Select(place => place.Name).Where(name => !taken.Contains(name))],
            [.. from.Table.Places.Select(place => place.Name).Where(name => !taken.Contains(name))]));
    }
}
