using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// A built layer: what parameters and buffers it has and the function over them. It holds no tensors; <see cref="Initialize"/> makes weights for it and
/// <see cref="Apply"/> is a pure function of weights, images and pass (batch statistics apart, see <see cref="Pass"/>).
/// </summary>
public sealed class Network
{
    private readonly Plan plan;
    private readonly Forward forward;

    private Network(string name, Shape input, Shape output, Plan plan, Forward forward)
    {
        (Name, Input, this.plan, this.forward) = (name, input, plan, forward);
        (Classes, Table) = (output.Channels, new WeightTable(plan.Parameters, plan.Buffers));
    }

    /// <summary>What people call it, such as <c>resnet-20</c>.</summary>
    public string Name { get; }

    /// <summary>The shape of one image.</summary>
    public Shape Input { get; }

    /// <summary>How many logits it puts out.</summary>
    public long Classes { get; }

    /// <summary>Names, shapes and places of its values.</summary>
    public WeightTable Table { get; }

    /// <summary>Its trainable tensors in state_dict order.</summary>
    public IReadOnlyList<Parameter> Parameters => plan.Parameters;

    /// <summary>Its kept tensors in state_dict order.</summary>
    public IReadOnlyList<NetworkBuffer> Buffers => plan.Buffers;

    /// <summary>Its layers in the order they run.</summary>
    public IReadOnlyList<LayerRow> Layers => plan.Rows;

    /// <summary>The names and shapes of its taps, the pooled embedding last.</summary>
    public IReadOnlyList<(string Name, Shape Shape)> Taps => plan.Taps;

    /// <summary>How many trainable values it has.</summary>
    public long ParameterCount => Table.Count;

    /// <summary>Multiply-adds of convolutions and linear layers for one image.</summary>
    public long MultiplyAdds => plan.Rows.Sum(row => row.MultiplyAdds);

    /// <summary>
    /// Name, sizes and a digest of every layer, so that two networks with the same identity compute the same function of the same weights
    /// (up to what a layer's own function hides).
    /// </summary>
    public string Identity => $"{Name}({Input} -> {Classes}; {Digest()})";

    /// <summary>Builds a layer for images of a shape. The layer must end in a vector of logits.</summary>
    /// <exception cref="BadInput">The layer does not fit the shape, or does not end in a vector.</exception>
    public static Network Build(string name, Shape input, Layer layer)
    {
        var built = layer.Build(Plan.Empty, input);
        return built.Output.Flat
            ? new Network(name, input, built.Output, built.Plan, built.Forward)
            : throw new BadInput($"The network '{name}' ends in a map of {built.Output}; end it with Layer.GlobalAveragePool or Layer.Flatten and Layer.Linear.");
    }

    /// <summary>Starting weights. Each parameter's values depend on the key, its name and its initialiser only.</summary>
    public Weights Initialize(Key key, Device device)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var parameters = zeros(Table.Count);
        var buffers = zeros(Table.BufferCount);
        var weights = new Weights(Table, parameters, buffers);
        foreach (var parameter in Parameters)
        {
            weights[parameter.Name].copy_(parameter.Initializer.Draw([.. parameter.Shape], key.Fold(parameter.Name)));
        }

        foreach (var buffer in Buffers)
        {
            weights[buffer.Name].fill_(buffer.Start);
        }

        return new Weights(Table, parameters.to(device).MoveToOuterDisposeScope(), buffers.to(device).MoveToOuterDisposeScope());
    }

    /// <summary>What the network computes.</summary>
    /// <param name="weights">Weights of this network.</param>
    /// <param name="images">[B, C, H, W], float32 or bfloat16; the dtype decides what convolutions and linear layers compute in.</param>
    /// <param name="pass">How batch normalisation and dropout behave.</param>
    public Activations Apply(Weights weights, Tensor images, Pass pass)
    {
        var (parameters, buffers) = weights.Open(images.dtype);
        return Run(parameters, buffers, images, pass);
    }

    /// <summary>The network with its weights as an ordinary function, in evaluation mode.</summary>
    public Func<Tensor, Activations> Bind(Weights weights) => images => Apply(weights, images, Pass.Evaluation);

    /// <summary>A copy of the weights made ready to be asked many times and never trained: see <see cref="FrozenNetwork"/>.</summary>
    public FrozenNetwork Frozen(Weights weights, ScalarType dtype = ScalarType.Float32, bool channelsLast = false) => FrozenNetwork.Of(this, weights, dtype, channelsLast);

    internal Activations Run(Tensor[] parameters, Tensor[] buffers, Tensor images, Pass pass)
    {
        if (images.dim() != 4 || images.shape[1] != Input.Channels || images.shape[2] != Input.Height || images.shape[3] != Input.Width)
        {
            throw new BadInput($"The network '{Name}' reads images of {Input}, not [{string.Join(", ", images.shape)}]; build it for that size.");
        }

        var taps = new Tensor?[plan.Taps.Count];
        var logits = forward(new Frame(parameters, buffers, pass, taps), images);
        return new Activations(
            logits.dtype == ScalarType.Float32 ? logits : logits.to_type(ScalarType.Float32),
            [.. plan.Taps.Zip(taps, (tap, value) => (tap.Name, value!))]);
    }

    private string Digest() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n',
        plan.Rows.Select(row => row.ToString()).Concat(plan.Parameters.Select(p => $"{p.Name} {string.Join('x', p.Shape)} {p.Initializer.Text}"))
            .Concat(plan.Buffers.Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.Name} {string.Join('x', b.Shape)} {b.Start}")))))))[..12];
}
