using static TorchSharp.torch;

namespace Distillation;

/// <summary>What is done to a flat gradient before the optimizer sees it.</summary>
public static class Gradients
{
    /// <summary>
    /// Scales the gradient in place so that its Euclidean norm is at most <paramref name="limit"/>: g ← g · min(1, limit / (‖g‖ + 1e-6)), as PyTorch does.
    /// The norm stays on the device.
    /// </summary>
    public static Tensor ClipByNorm(this Tensor gradient, double limit)
    {
        Positive(limit);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var scale = (limit / (gradient.norm() + 1e-6)).clamp_(max: 1.0);
        gradient.mul_(scale);
        return gradient;
    }

    private static void Positive(double limit)
    {
        if (!(limit > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(limit), limit, "A gradient is clipped at a norm above 0.");
        }
    }
}
