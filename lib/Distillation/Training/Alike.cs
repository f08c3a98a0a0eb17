using static TorchSharp.torch;

namespace Distillation;

/// <summary>Whether what was replayed is what was computed.</summary>
internal static class Alike
{
    // A GPU's convolutions may add in another order from call to call, in bfloat16 too; a recording that reads the wrong batch is wrong altogether.
    private const double Tolerance = 0.05;

    /// <summary>Whether two lists of tensors are the same up to rounding, each relative in norm.</summary>
    public static bool Are(IReadOnlyList<Tensor> ordinary, IReadOnlyList<Tensor> replayed)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return ordinary.Count == replayed.Count && ordinary.Zip(replayed).All(pair => Near(pair.First.to_type(ScalarType.Float64), pair.Second.to_type(ScalarType.Float64)));
    }

    private static bool Near(Tensor ordinary, Tensor replayed) =>
        (ordinary - replayed).norm().cpu().item<double>() <= (Tolerance * ordinary.norm().cpu().item<double>()) + 1e-9;
}
