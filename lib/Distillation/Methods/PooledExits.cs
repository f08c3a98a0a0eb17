using static TorchSharp.torch;

namespace Distillation;

/// <summary>The pooled vectors of a network's exits, with a linear adapter for each that has another length than the last exit's.</summary>
internal sealed record PooledExits(IReadOnlyList<(string Name, Shape Shape)> Taps, Shape Last)
{
    /// <summary>Those of a network with exits.</summary>
    public static PooledExits Of(Network network) =>
        new([.. network.Exits.Select(exit => network.Taps.Single(tap => tap.Name == $"{exit.Name}.pooled"))], network.Taps[^1].Shape);

    /// <summary>What learns beside the student.</summary>
    public Sequence<Player> Adapters => [.. Taps.Where(IsOdd).Select(tap => new Player($"adapter {tap.Name}", Network.Parts($"adapter {tap.Name}", ("", tap.Shape, Layer.Linear("fc", Last.Channels)))))];

    /// <summary>The vectors of an answer, each as long as the last exit's, in float32.</summary>
    public IReadOnlyList<Tensor> Vectors(Step step, Activations answer) =>
        [.. Taps.Select(tap => (IsOdd(tap) ? step.Player($"adapter {tap.Name}").Call(answer[tap.Name]) : answer[tap.Name]).to_type(ScalarType.Float32))];

    private bool IsOdd((string Name, Shape Shape) tap) => tap.Shape != Last;
}
