using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>What a parameter is for: matrices (convolution and linear weights) may be cast to bfloat16, vectors (biases, batch normalisation) stay float32.</summary>
public enum Role
{
    /// <summary>A convolution or linear weight.</summary>
    Matrix,

    /// <summary>A bias, or the scale or shift of a normalisation.</summary>
    Vector,

    /// <summary>Where a quantized activation is clipped. Optimizers do not decay it; its network says how it decays (<see cref="Quantization.ClipDecay"/>).</summary>
    Clip,
}

/// <summary>One trainable tensor of a network. Names follow PyTorch's state_dict.</summary>
public sealed record Parameter(string Name, ImmutableArray<long> Shape, Role Role, Initializer Initializer)
{
    /// <summary>How many values it has.</summary>
    public long Count => Shape.Aggregate(1L, (product, n) => product * n);
}

/// <summary>One tensor that is kept but not trained, such as a running mean.</summary>
public sealed record NetworkBuffer(string Name, ImmutableArray<long> Shape, double Start)
{
    /// <summary>How many values it has.</summary>
    public long Count => Shape.Aggregate(1L, (product, n) => product * n);
}

/// <summary>A line of <see cref="Description.Describe"/>: one layer with what it puts out and what it costs for one image.</summary>
public sealed record LayerRow(string Name, string Kind, Shape Output, long Parameters, long MultiplyAdds);

/// <summary>
/// What is known while a network is being built: the tables so far and the name in front of the next layer. Immutable; a layer takes one and hands on the next.
/// </summary>
public sealed record Plan(
    string Prefix,
    ImmutableList<Parameter> Parameters,
    ImmutableList<NetworkBuffer> Buffers,
    ImmutableList<LayerRow> Rows,
    ImmutableList<(string Name, Shape Shape)> Taps)
{
    /// <summary>Nothing built yet.</summary>
    public static Plan Empty { get; } = new("", [], [], [], []);

    /// <summary>The names of the exits and how many logits each puts out.</summary>
    public ImmutableList<(string Name, Shape Shape)> Exits { get; init; } = [];

    /// <summary>How many parameters, buffers and layers there were where each tap stands: those that what it keeps may depend on.</summary>
    internal ImmutableList<(int Parameters, int Buffers, int Layers)> Reached { get; init; } = [];

    /// <summary>The shape of the last map that was averaged over its pixels.</summary>
    internal Shape? Pooled { get; init; }

    /// <summary>The convolution whose output arrives at the next layer and nowhere else; a normalisation there may be folded into it.</summary>
    internal Convolution? Before { get; init; }

    /// <summary>Whether what arrives at the next layer was made by the layer before and is seen by nobody else, so that it may be overwritten.</summary>
    internal bool Fresh { get; init; }

    /// <summary>What stands in place of every ReLU; null leaves them.</summary>
    internal Layer? Activation { get; init; }

    /// <summary>What stands at every <see cref="Layer.Rounding"/>; null leaves nothing.</summary>
    internal Layer? Signed { get; init; }

    /// <summary>Whether taps keep nothing: a copy of layers whose taps have their names already.</summary>
    internal bool Untapped { get; init; }

    /// <summary>The normalisations that may be folded into the convolution before them.</summary>
    internal ImmutableList<Folding> Foldings { get; init; } = [];

    /// <summary>The full name of a part of the layer being built.</summary>
    public string Name(string part) => (Prefix, part) switch
    {
        ("", _) => part,
        (_, "") => Prefix,
        _ => $"{Prefix}.{part}",
    };

    /// <summary>Adds a parameter and tells its place in the table.</summary>
    /// <exception cref="BadInput">One of its sizes is below 1.</exception>
    public (Plan Plan, int Index) Parameter(string name, long[] shape, Role role, Initializer initializer) => shape.Any(n => n < 1)
        ? throw new BadInput($"'{Name(name)}' would have the shape [{string.Join(", ", shape)}]; give the network sizes of at least 1.")
        : (this with { Parameters = Parameters.Add(new Parameter(Name(name), [.. shape], role, initializer)) }, Parameters.Count);

    /// <summary>Adds a buffer and tells its place in the table.</summary>
    public (Plan Plan, int Index) Buffer(string name, long[] shape, double start) =>
        (this with { Buffers = Buffers.Add(new NetworkBuffer(Name(name), [.. shape], start)) }, Buffers.Count);

    /// <summary>Adds a line to the description.</summary>
    public Plan Row(string kind, Shape output, long parameters = 0, long multiplyAdds = 0) =>
        this with { Rows = Rows.Add(new LayerRow(Prefix, kind, output, parameters, multiplyAdds)) };
}

/// <summary>What flows beside the images through one application of a network: the opened weights, how to apply, and where taps and exits leave what they saw.</summary>
public sealed record Frame(Tensor[] Parameters, Tensor[] Buffers, Pass Pass, Tensor?[] Taps, Tensor?[] Exits)
{
    /// <summary>What folded convolutions add in place of their bias, by the index of their weight; null where nothing is folded.</summary>
    internal Tensor?[]? Shifts { get; init; }

    /// <summary>One place for the last map that was averaged over its pixels.</summary>
    internal Tensor?[] Pooled { get; } = new Tensor?[1];

    /// <summary>One place for which places of a text are taken, [B, 1, 1, L] Bool; empty where the input is no text.</summary>
    internal Tensor?[] Taken { get; } = new Tensor?[1];
}

/// <summary>Where a convolution's weight and bias stand in the table; a bias of -1 is none.</summary>
internal sealed record Convolution(int Weight, int Bias);

/// <summary>A normalisation right after a convolution: with running statistics the two are one convolution. Places in the tables, -1 where there is none.</summary>
internal sealed record Folding(Convolution Convolution, int Scale, int Shift, int Mean, int Variance, double Epsilon);

/// <summary>The function a built layer is: input tensor to output tensor.</summary>
public delegate Tensor Forward(Frame frame, Tensor input);

/// <summary>A layer that has been given its input's shape.</summary>
public sealed record Built(Plan Plan, Shape Output, Forward Forward)
{
    /// <summary>Set where this layer is a convolution and nothing else sees its output.</summary>
    internal Convolution? Convolution { get; init; }

    /// <summary>Set where the output is a tensor of its own that no backward pass reads, so that the next layer may overwrite it.</summary>
    internal bool Fresh { get; init; }
}
