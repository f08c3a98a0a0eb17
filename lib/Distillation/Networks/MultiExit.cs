namespace Distillation;

/// <summary>Networks with exits on the way, made of those without.</summary>
public static class MultiExit
{
    /// <summary>
    /// The network with an exit after its stages, named exit1, exit2, …, whose pooled vectors are kept as "exit1.pooled", …. The trunk keeps its names, and under one key its first values; the
    /// exits' own parameters are named <c>exit1.…</c>.
    /// </summary>
    /// <param name="network">A network of pieces, as all factories make them.</param>
    /// <param name="design">What the exits are made of; by default <see cref="ExitDesign.Attention"/>.</param>
    /// <exception cref="BadInput">The network has exits already, or was not built of pieces.</exception>
    public static Network WithExits(this Network network, ExitDesign? design = null)
    {
        var chosen = design ?? new ExitDesign.Attention();
        var places = network.Places(chosen);
        return Network.Build($"{network.Unquantized.Name}+{chosen.Name}", network.Input, network.Trunk!, network.Classes, stage =>
            places.FirstOrDefault(place => place.Stage == stage) is { } place ? Layer.Exit(place.Name, place.Head) : Layer.Identity).QuantizedLike(network);
    }

    /// <summary>The exits that a network would have, for those who train them beside it.</summary>
    internal static IReadOnlyList<ExitPlace> Places(this Network network, ExitDesign design)
    {
        if (network.Exits.Count > 0)
        {
            throw new BadInput($"'{network.Name}' has exits already; take the network without them.");
        }

        var trunk = network.Trunk
            ?? throw new BadInput($"'{network.Name}' was built in one piece and has no places for exits; build it of a Trunk with stages, or tap its way with Layer.Exit.");
        var maps = trunk.Stages.Select(stage => network.Taps.Single(tap => tap.Name == stage.Tap).Shape).ToList();
        return
        [
            .. from stage in Enumerable.Range(0, maps.Count)
               let name = $"exit{stage + 1}"
               let head = design.After(trunk, maps, stage, network.Classes, $"{name}.pooled")
               where head is not null
               select new ExitPlace(name, stage, trunk.Stages[stage].Tap, maps[stage], head),
        ];
    }
}

/// <summary>Where an exit stands and what it is.</summary>
/// <param name="Name">exit1, ….</param>
/// <param name="Stage">After which stage, from 0.</param>
/// <param name="Tap">The name of the map it reads.</param>
/// <param name="Map">That map's shape.</param>
/// <param name="Head">From the map to logits.</param>
internal sealed record ExitPlace(string Name, int Stage, string Tap, Shape Map, Layer Head);
