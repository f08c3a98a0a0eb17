using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// A network that only answers: its weights are opened, cast and laid out once, it never receives a gradient and never changes its statistics. Owns its tensors.
/// </summary>
public sealed class FrozenNetwork : IDisposable
{
    private readonly Network network;
    private readonly Tensor[] parameters;
    private readonly Tensor[] buffers;

    private FrozenNetwork(Network network, Tensor[] parameters, Tensor[] buffers) => (this.network, this.parameters, this.buffers) = (network, parameters, buffers);

    /// <summary>The network that answers.</summary>
    public Network Network => network;

    /// <summary>Copies the weights and makes them ready.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its weights; they stay untouched and may be freed afterwards.</param>
    /// <param name="dtype">What convolutions and linear layers compute in; images must come in the same dtype.</param>
    /// <param name="channelsLast">Whether convolution weights are laid out for channels-last images.</param>
    public static FrozenNetwork Of(Network network, Weights weights, ScalarType dtype, bool channelsLast)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var copy = weights.Copy();
        var (parameters, buffers) = copy.Open(dtype);
        return new FrozenNetwork(network, [.. parameters.Select(Kept)], [.. buffers.Select(b => b.clone().DetachFromDisposeScope())]);

        Tensor Kept(Tensor view) =>
            (channelsLast && view.dim() == 4 ? view.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : view.clone()).DetachFromDisposeScope();
    }

    /// <summary>What the network says about a batch, without history, on running statistics.</summary>
    public Activations Apply(Tensor images)
    {
        using var quiet = no_grad();
        return network.Run(parameters, buffers, images, Pass.Evaluation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in parameters.Concat(buffers))
        {
            tensor.Dispose();
        }
    }
}
