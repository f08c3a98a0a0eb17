using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// A player within one step: its network with weights that ask for a gradient, opened once per dtype. A term that must not train it reads it <see cref="Detached"/>.
/// </summary>
public sealed class Playing(Network network, Weights weights, Pass pass)
{
    private readonly Dictionary<(ScalarType Dtype, bool History), (Tensor[] Parameters, Tensor[] Buffers)> opened = [];

    /// <summary>What it is.</summary>
    public Network Network => network;

    /// <summary>Its weights, only lent.</summary>
    public Weights Weights => weights;

    /// <summary>A parameter or buffer by its name, with history, in float32.</summary>
    /// <exception cref="BadInput">There is no such name.</exception>
    public Tensor this[string name]
    {
        get
        {
            var at = Enumerable.Range(0, Table.Places.Count).FirstOrDefault(i => Table.Places[i].Name == name, -1);
            var (parameters, buffers) = Open(ScalarType.Float32);
            return at < 0 ? weights[name] : at < parameters.Length ? parameters[at] : buffers[at - parameters.Length];
        }
    }

    /// <summary>A network of images applied as a whole; in training mode unless a pass says otherwise.</summary>
    public Activations Apply(Tensor images, Pass? how = null)
    {
        var (parameters, buffers) = Open(images.dtype);
        return network.Run(parameters, buffers, images, how ?? pass);
    }

    /// <summary>One part applied; in training mode unless a pass says otherwise.</summary>
    /// <param name="input">[B, …] of the part's input shape.</param>
    /// <param name="part">Its name; "" where there is only one.</param>
    /// <param name="how">How batch normalisation and dropout behave.</param>
    public Tensor Call(Tensor input, string part = "", Pass? how = null)
    {
        var (parameters, buffers) = Open(input.dtype);
        return network.Enter(part, parameters, buffers, input, how ?? pass).Output;
    }

    /// <summary>What the rest of the network behind a stage makes of a map, with the weights of the whole; in training mode unless a pass says otherwise.</summary>
    /// <param name="rest">Of this network's <see cref="Distillation.Network.After"/>.</param>
    /// <param name="map">[B, …] of the rest's input shape.</param>
    /// <param name="how">How batch normalisation and dropout behave.</param>
    /// <exception cref="BadInput">It is no part of this network.</exception>
    public Activations Continue(Network rest, Tensor map, Pass? how = null)
    {
        var (parameters, buffers) = Open(map.dtype);
        return network.Continue(rest, parameters, buffers, map, how ?? pass);
    }

    /// <summary>The same player with weights that ask for nothing: history passes through it to its input and not into it.</summary>
    public Playing Detached() => new(network, weights with { Parameters = weights.Parameters.detach() }, pass);

    private WeightTable Table => weights.Table;

    private (Tensor[] Parameters, Tensor[] Buffers) Open(ScalarType dtype)
    {
        // What was opened without history must not serve a term that needs one; the other way round its values do.
        var history = is_grad_enabled();
        return opened.TryGetValue((dtype, history), out var known) ? known
            : opened[(dtype, history)] = !history && opened.TryGetValue((dtype, true), out var with)
                ? ([.. with.Parameters.Select(parameter => parameter.detach())], with.Buffers)
                : network.Open(weights, dtype);
    }
}
