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
        if (network.Exits.Count > 0)
        {
            throw new BadInput($"'{network.Name}' has exits already; take the network without them.");
        }

        var trunk = network.Trunk
            ?? throw new BadInput($"'{network.Name}' was built in one piece and has no places for exits; build it of a Trunk with stages, or tap its way with Layer.Exit.");
        var maps = trunk.Stages.Select(stage => network.Taps.Single(tap => tap.Name == stage.Tap).Shape).ToList();
        return Network.Build($"{network.Name}+{chosen.Name}", network.Input, trunk, network.Classes, stage =>
        {
            var name = $"exit{stage + 1}";
            return chosen.After(trunk, maps, stage, network.Classes, $"{name}.pooled") is { } head ? Layer.Exit(name, head) : Layer.Identity;
        });
    }
}
