using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// A network that only answers: its weights are opened, cast and laid out once, it never receives a gradient and never changes its statistics. Owns its tensors.
/// </summary>
public sealed class FrozenNetwork : IDisposable
{
    private readonly Tensor[] parameters;
    private readonly Tensor[] buffers;
    private readonly Tensor?[] shifts;

    private FrozenNetwork(Network network, Tensor[] parameters, Tensor[] buffers, Tensor?[] shifts) =>
        (Network, this.parameters, this.buffers, this.shifts) = (network, parameters, buffers, shifts);

    /// <summary>The network that answers.</summary>
    public Network Network { get; }

    /// <summary>Copies the weights and makes them ready.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its weights; they stay untouched and may be freed afterwards.</param>
    /// <param name="dtype">What convolutions and linear layers compute in; images must come in the same dtype.</param>
    /// <param name="channelsLast">Whether convolution weights are laid out for channels-last images.</param>
    /// <param name="folded">
    /// Whether a batch normalisation right after a convolution becomes part of it. The same function, computed in fewer passes over the maps; roundings differ in the last bits.
    /// </param>
    public static FrozenNetwork Of(Network network, Weights weights, ScalarType dtype, bool channelsLast, bool folded = true)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var copy = network.Effective(weights).Copy();
        var shifts = new Tensor?[network.Parameters.Count];
        foreach (var folding in folded ? network.Foldings : [])
        {
            shifts[folding.Convolution.Weight] = Fold(network, copy, folding).to_type(dtype).DetachFromDisposeScope();
        }

        var (parameters, buffers) = copy.Open(dtype);
        return new FrozenNetwork(network, [.. parameters.Select(Kept)], [.. buffers.Select(b => b.clone().DetachFromDisposeScope())], shifts);

        Tensor Kept(Tensor view) =>
            (channelsLast && view.dim() == 4 ? view.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : view.clone()).DetachFromDisposeScope();
    }

    /// <summary>A parameter by its name, only lent. A convolution into which the normalisation behind it was folded is not what it was.</summary>
    /// <exception cref="BadInput">There is no such parameter.</exception>
    public Tensor this[string name] => Enumerable.Range(0, parameters.Length).FirstOrDefault(i => Network.Parameters[i].Name == name, -1) is >= 0 and var at
        ? parameters[at]
        : throw new BadInput($"There are no weights named '{name}'; '{Network.Name}' has {string.Join(", ", Network.Parameters.Take(4).Select(parameter => parameter.Name))}, ….");

    /// <summary>What the network says about a batch, on running statistics. Without history, unless the images have one: then it reaches back to whoever made them.</summary>
    public Activations Apply(Tensor images)
    {
        using var quiet = images.requires_grad ? null : no_grad();
        return Network.Run(parameters, buffers, images, Pass.Evaluation, shifts);
    }

    /// <summary>What the rest of the network behind a stage makes of a map, on running statistics: with history exactly when the map has one.</summary>
    /// <param name="rest">Of this network's <see cref="Distillation.Network.After"/>.</param>
    /// <param name="map">[B, …] of the rest's input shape.</param>
    /// <exception cref="BadInput">It is no part of this network.</exception>
    public Activations Continue(Network rest, Tensor map)
    {
        using var quiet = map.requires_grad ? null : no_grad();
        return Network.Continue(rest, parameters, buffers, map, Pass.Evaluation, shifts);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in parameters.Concat(buffers).Concat(shifts.OfType<Tensor>()))
        {
            tensor.Dispose();
        }
    }

    // (Wx + b - mean) · s + shift with s = scale / sqrt(variance + epsilon) is a convolution with sW and (b - mean) · s + shift. Scales the weight in place, returns the second.
    private static Tensor Fold(Network network, Weights weights, Folding folding)
    {
        var factor = (Buffer(folding.Variance) + folding.Epsilon).rsqrt();
        factor = folding.Scale < 0 ? factor : factor * Parameter(folding.Scale);
        var shift = (folding.Convolution.Bias < 0 ? -Buffer(folding.Mean) : Parameter(folding.Convolution.Bias) - Buffer(folding.Mean)) * factor;
        Parameter(folding.Convolution.Weight).mul_(factor.reshape(-1, 1, 1, 1));
        return folding.Shift < 0 ? shift : shift + Parameter(folding.Shift);

        Tensor Parameter(int index) => weights[network.Parameters[index].Name];
        Tensor Buffer(int index) => weights[network.Buffers[index].Name];
    }
}
