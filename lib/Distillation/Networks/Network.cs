using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// A built layer: what parameters and buffers it has and the function over them. It holds no tensors; <see cref="Initialize"/> makes weights for it and
/// <see cref="Apply"/> is a pure function of weights, images and pass (batch statistics apart, see <see cref="Pass"/>).
/// </summary>
[TypeFormatterSource(typeof(ShowingSource))]
public sealed class Network
{
    private readonly Plan plan;
    private readonly IReadOnlyList<Entry> entries;
    private readonly bool ensemble;
    private readonly Network? unquantized;

    private Network(string name, IReadOnlyList<Entry> entries, Plan plan) =>
        (Name, this.entries, this.plan, Table) = (name, entries, plan, new WeightTable(plan.Parameters, plan.Buffers));

    private Network(Network whole, string name, Trunk? trunk, bool ensemble = false)
        : this(name, whole.entries, whole.plan) => (Trunk, this.ensemble, Quantization, unquantized) = (trunk, ensemble, whole.Quantization, whole.unquantized);

    private Network(Network plain, string name, Quantization how, IReadOnlyList<Entry> entries, Plan plan)
        : this(name, entries, plan) => (Trunk, ensemble, Quantization, unquantized) = (plain.Trunk, plain.ensemble, how, plain);

    /// <summary>What people call it, such as <c>resnet-20</c>.</summary>
    public string Name { get; }

    /// <summary>The shape of one image.</summary>
    public Shape Input => entries[0].Input;

    /// <summary>What comes out: a vector of logits, or whatever shape an adapter gives.</summary>
    public Shape Output => entries[0].Output;

    /// <summary>How many logits it puts out.</summary>
    public long Classes => Output.Channels;

    /// <summary>Where one can go in: one entry named "" for an ordinary network, one per part for those made by <see cref="Parts"/>.</summary>
    public IReadOnlyList<(string Name, Shape Input, Shape Output)> Entries => [.. entries.Select(entry => (entry.Name, entry.Input, entry.Output))];

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

    /// <summary>The names of the parameters and buffers that were declared before a tap: what the map it keeps is computed with.</summary>
    /// <exception cref="BadInput">No tap has that name.</exception>
    public IReadOnlySet<string> Reaching(string tap)
    {
        var reached = plan.Reached[TapAt(tap)];
        return plan.Parameters.Take(reached.Parameters).Select(parameter => parameter.Name).Concat(plan.Buffers.Take(reached.Buffers).Select(buffer => buffer.Name)).ToHashSet();
    }

    /// <summary>How many of <see cref="Layers"/> run in front of a tap.</summary>
    /// <exception cref="BadInput">No tap has that name.</exception>
    public int LayersBefore(string tap) => plan.Reached[TapAt(tap)].Layers;

    /// <summary>The name of the linear layer that the logits come from, such as <c>fc</c>.</summary>
    /// <exception cref="BadInput">The network does not end in one.</exception>
    public string Classifier => plan.Rows is [.., { Kind: "linear", Name: var name }]
        ? name
        : throw new BadInput($"The network '{Name}' does not end in a linear layer, which this method takes as its classifier; choose a network that does.");

    /// <summary>The shape of the map that the last mean over pixels is taken of; null where there is none.</summary>
    public Shape? Pooled => plan.Pooled;

    /// <summary>The names of the exits on the way and how many logits each puts out.</summary>
    public IReadOnlyList<(string Name, Shape Shape)> Exits => plan.Exits;

    /// <summary>Its pieces; null where it was built in one.</summary>
    public Trunk? Trunk { get; }

    /// <summary>How its weights and activations are quantized; null where all of it computes in floating point.</summary>
    public Quantization? Quantization { get; }

    /// <summary>The network before it was quantized; itself where it was not. The names that both have mean the same.</summary>
    public Network Unquantized => unquantized ?? this;

    /// <summary>The names of the clips of its quantized activations, in the order they run: what <see cref="Pass.Bits"/> is asked with.</summary>
    public IReadOnlyList<string> Clips => [.. Parameters.Where(parameter => parameter.Role == Role.Clip).Select(parameter => parameter.Name)];

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
            ? new Network(name, [new Entry("", input, built.Output, built.Forward, layer)], built.Plan)
            : throw new BadInput($"The network '{name}' ends in a map of {built.Output}; end it with Layer.GlobalAveragePool or Layer.Flatten and Layer.Linear.");
    }

    /// <summary>Builds a network of pieces, which can be given exits afterwards.</summary>
    /// <param name="name">What people call it.</param>
    /// <param name="input">The shape of one image.</param>
    /// <param name="trunk">Its pieces.</param>
    /// <param name="classes">Number of logits.</param>
    /// <exception cref="BadInput">A piece does not fit the shape it is given.</exception>
    public static Network Build(string name, Shape input, Trunk trunk, long classes) => Build(name, input, trunk, classes, _ => Layer.Identity);

    internal static Network Build(string name, Shape input, Trunk trunk, long classes, Func<int, Layer> after) => new(Build(name, input, trunk.Whole(classes, after)), name, trunk);

    /// <summary>
    /// Layers that learn together but are entered one by one, each with a shape of its own: the adapters of a method, a generator, a learned ensemble. Whatever they put out is allowed.
    /// The parameters of a part are named after it; a single part may have the name "".
    /// </summary>
    /// <exception cref="BadInput">A layer does not fit its shape, or two parts share a name.</exception>
    public static Network Parts(string name, params IEnumerable<(string Name, Shape Input, Layer Layer)> parts)
    {
        var (plan, entries) = (Plan.Empty, new List<Entry>());
        foreach (var part in parts)
        {
            var layer = part.Name.Length == 0 ? part.Layer : part.Layer.Within(part.Name);
            var built = layer.Build(plan, part.Input);
            plan = built.Plan;
            entries.Add(entries.Any(entry => entry.Name == part.Name)
                ? throw new BadInput($"Two parts of '{name}' are named '{part.Name}'; give one of them another name.")
                : new Entry(part.Name, part.Input, built.Output, built.Forward, layer));
        }

        return entries.Count > 0 ? new Network(name, entries, plan) : throw new BadInput($"'{name}' has no parts; give it at least one.");
    }

    /// <summary>
    /// The same network computing in few bits: quantized weights are made of the float ones inside every forward and hand their gradient straight to them; after each ReLU (or ReLU6) stands a learned
    /// clip with so many levels below it, and one of both signs in front of the linear maps of an encoder of text. Normalisations, biases, the images and the logits stay float. The float weights stay what is stored, trained and averaged, under their names; clips are new
    /// names (<c>layer1.0.clip1</c>).
    /// </summary>
    /// <param name="how">How; a network that is quantized already is quantized anew from its float self.</param>
    /// <exception cref="BadInput">There is no such grid of weights or activations, or nothing of the network would change.</exception>
    public Network Quantize(Quantization how)
    {
        how.Check();
        var plain = Unquantized;
        var (plan, made) = (Plan.Empty with { Activation = how.Activation, Signed = how.Signed }, new List<Entry>());
        foreach (var entry in plain.entries)
        {
            var built = entry.Layer.Build(plan with { Before = null, Fresh = false }, entry.Input);
            plan = built.Plan;
            made.Add(entry with { Forward = built.Forward });
        }

        return new(plain, $"{plain.Name}+{how.Name}", how, made, plan);
    }

    /// <summary>The same with the usual rules: steps of least squared error for the weights, first and last layer like the others.</summary>
    /// <param name="weights">Bits of weights, 2 to 16; 32 leaves them float.</param>
    /// <param name="activations">Bits of activations, 1 to 16; 32 leaves them float.</param>
    public Network Quantize(int weights, int activations = Quantization.Float) => Quantize(new Quantization(weights, activations));

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
        var (parameters, buffers) = Open(weights, images.dtype);
        return Run(parameters, buffers, images, pass);
    }

    // The weights as a forward reads them: quantized where the network is.
    internal (Tensor[] Parameters, Tensor[] Buffers) Open(Weights weights, ScalarType dtype) => Effective(weights).Open(dtype);

    /// <summary>
    /// The weights that the network computes with: those of a quantized network on their levels, with the gradient of the float ones; the same otherwise.
    /// </summary>
    /// <param name="weights">Weights of this network.</param>
    public Weights Effective(Weights weights) => Quantization is { OnWeights: true } how ? weights with { Parameters = how.OnLevels(this, weights.Parameters) } : weights;

    /// <summary>The network with its weights as an ordinary function, in evaluation mode.</summary>
    public Func<Tensor, Activations> Bind(Weights weights) => images => Apply(weights, images, Pass.Evaluation);

    /// <summary>
    /// The same network on the same weights, which answers with <see cref="Activations.Ensemble"/>; the last exit's own logits stand behind the other exits'. Without exits computed it answers as before.
    /// </summary>
    /// <exception cref="BadInput">It has no exits, or some of another number of logits.</exception>
    public Network Ensembled() => Exits.Count > 0 && Exits.All(exit => exit.Shape == Output)
        ? new(this, $"{Name}+ensemble", Trunk, ensemble: true)
        : throw new BadInput($"'{Name}' has no exits of {Classes} classes for an ensemble; make some WithExits(…).");

    /// <summary>A copy of the weights made ready to be asked many times and never trained: see <see cref="FrozenNetwork"/>.</summary>
    public FrozenNetwork Frozen(Weights weights, ScalarType dtype = ScalarType.Float32, bool channelsLast = false, bool folded = true) =>
        FrozenNetwork.Of(this, weights, dtype, channelsLast, folded);

    /// <summary>
    /// The rest of the network behind one of its stages, as a network that reads the map kept there. Its parameters and buffers have this network's names, so that <see cref="Weights.Pick"/> gives its weights; it has
    /// this network's later taps.
    /// </summary>
    /// <param name="tap">The name of a stage's output, such as <c>f1</c>.</param>
    /// <exception cref="BadInput">No tap has that name, or it does not stand behind a stage.</exception>
    public Network After(string tap)
    {
        var map = plan.Taps[TapAt(tap)].Shape;
        return Trunk?.After(tap, Classes) is { } rest
            ? Build($"{Unquantized.Name} after {tap}", map, rest).QuantizedLike(this)
            : throw new BadInput(Trunk is null
                ? $"'{Name}' was built in one piece and cannot be entered at '{tap}'; build it as a Trunk."
                : $"'{Name}' can be entered behind its stages and not at '{tap}'; choose one of {string.Join(", ", Trunk.Stages.SelectMany(stage => stage.Inside.Select(place => place.Tap).Append(stage.Tap)))}.");
    }

    internal IReadOnlyList<Folding> Foldings => plan.Foldings;

    /// <summary>One part applied to a tensor of its input's shape with the batch in front.</summary>
    /// <param name="weights">Weights of this network.</param>
    /// <param name="part">The entry's name; "" for an ordinary network.</param>
    /// <param name="input">[B, …], float32 or bfloat16; the dtype decides what convolutions and linear layers compute in.</param>
    /// <param name="pass">How batch normalisation and dropout behave.</param>
    public Tensor Call(Weights weights, string part, Tensor input, Pass pass)
    {
        var (parameters, buffers) = Open(weights, input.dtype);
        return Enter(part, parameters, buffers, input, pass).Output;
    }

    internal Activations Run(Tensor[] parameters, Tensor[] buffers, Tensor images, Pass pass, Tensor?[]? shifts = null)
    {
        var (logits, frame) = Enter(entries[0].Name, parameters, buffers, images, pass, shifts);
        // Exits that were left out leave nothing; nor do the taps inside them.
        var answer = new Activations(
            InFloat(logits), [.. plan.Taps.Zip(frame.Taps).Where(pair => pair.Second is not null).Select(pair => (pair.First.Name, pair.Second!))])
        {
            Exits = [.. plan.Exits.Zip(frame.Exits).Where(pair => pair.Second is not null).Select(pair => (pair.First.Name, InFloat(pair.Second!)))],
            Pooled = frame.Pooled[0],
        };
        return !ensemble || answer.Exits.IsEmpty ? answer : answer with { Logits = answer.Ensemble, Exits = answer.Exits.Add(($"exit{answer.Exits.Length + 1}", answer.Logits)) };
    }

    internal (Tensor Output, Frame Frame) Enter(string part, Tensor[] parameters, Tensor[] buffers, Tensor input, Pass pass, Tensor?[]? shifts = null)
    {
        var entry = entries.FirstOrDefault(candidate => candidate.Name == part)
            ?? throw new BadInput($"'{Name}' has no part '{part}'; it has {string.Join(", ", entries.Select(e => e.Name))}.");
        if (!input.shape.AsSpan(1).SequenceEqual(entry.Input.Dimensions))
        {
            throw new BadInput($"The network '{(part.Length == 0 ? Name : $"{Name}/{part}")}' reads {(entry.Input.Flat ? "vectors" : "images")} of {entry.Input}, not [{string.Join(", ", input.shape)}]; build it for that size.");
        }

        var frame = new Frame(parameters, buffers, pass, new Tensor?[plan.Taps.Count], new Tensor?[plan.Exits.Count]) { Shifts = shifts };
        return (entry.Forward(frame, input), frame);
    }

    // What another network that is a part of this one computes with this one's opened weights: each value is found by its name.
    internal Activations Continue(Network rest, Tensor[] parameters, Tensor[] buffers, Tensor map, Pass pass, Tensor?[]? shifts = null)
    {
        var (trained, kept) = (Places(Parameters.Select(one => one.Name)), Places(Buffers.Select(one => one.Name)));
        int[] chosen = [.. rest.Parameters.Select(one => Place(trained, one.Name))];
        return rest.Run(
            [.. chosen.Select(i => parameters[i])], [.. rest.Buffers.Select(one => buffers[Place(kept, one.Name)])], map, pass, shifts is null ? null : [.. chosen.Select(i => shifts[i])]);

        static Dictionary<string, int> Places(IEnumerable<string> names) => names.Select((name, i) => (name, i)).ToDictionary();
        int Place(Dictionary<string, int> places, string name) =>
            places.TryGetValue(name, out var i) ? i : throw new BadInput($"'{rest.Name}' is no part of '{Name}', which has no '{name}'; take Network.After of it.");
    }

    private int TapAt(string tap) => plan.Taps.FindIndex(known => known.Name == tap) is >= 0 and var at
        ? at
        : throw new BadInput($"There is no tap '{tap}'; '{Name}' has {string.Join(", ", plan.Taps.Select(known => known.Name))}.");

    private static Tensor InFloat(Tensor logits) => logits.dtype == ScalarType.Float32 ? logits : logits.to_type(ScalarType.Float32);

    private string Digest() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n',
        plan.Rows.Select(row => row.ToString()).Concat(plan.Parameters.Select(p => $"{p.Name} {string.Join('x', p.Shape)} {p.Initializer.Text}"))
            .Concat(plan.Buffers.Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.Name} {string.Join('x', b.Shape)} {b.Start}")))
            .Concat(Quantization is null ? [] : [Quantization.Text])))))[..12];

    private sealed record Entry(string Name, Shape Input, Shape Output, Forward Forward, Layer Layer);
}
