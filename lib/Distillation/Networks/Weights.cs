using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// All values of a network: one flat parameter tensor and one flat buffer tensor, nothing else. A snapshot, an average, a checkpoint is then a one-line function.
/// Owns its two tensors; <see cref="Dispose"/> frees them.
/// </summary>
/// <param name="Table">Names, shapes and places.</param>
/// <param name="Parameters">[parameter count], float32.</param>
/// <param name="Buffers">[buffer count], float32.</param>
[TypeFormatterSource(typeof(ShowingSource))]
public sealed record Weights(WeightTable Table, Tensor Parameters, Tensor Buffers) : IDisposable
{
    /// <summary>A view of one parameter or buffer by its state_dict name. Writing to it writes to the weights.</summary>
    /// <exception cref="BadInput">There is no such name.</exception>
    public Tensor this[string name] => Table.Find(name) switch
    {
        { Trained: true } place => Parameters.narrow(0, place.Offset, place.Count).view(place.Shape),
        { Trained: false } place => Buffers.narrow(0, place.Offset, place.Count).view(place.Shape),
        null => throw new BadInput($"There are no weights named '{name}'; this network has {Table.Sample()}."),
    };

    /// <summary>Where the weights are.</summary>
    public Device Device => Parameters.device;

    /// <summary>A copy that shares nothing with this one and has no history.</summary>
    public Weights Copy() => new(Table, Parameters.detach().clone(), Buffers.detach().clone());

    /// <summary>A copy on a device.</summary>
    public Weights To(Device device) => new(Table, Parameters.detach().to(device, copy: true), Buffers.detach().to(device, copy: true));

    /// <summary>New weights whose every parameter is <paramref name="function"/> of its name and old value; buffers are copied.</summary>
    public Weights Map(Func<string, Tensor, Tensor> function)
    {
        var copy = Copy();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        foreach (var place in Table.Places.Where(place => place.Trained))
        {
            copy[place.Name].copy_(function(place.Name, this[place.Name]));
        }

        return copy;
    }

    /// <summary>
    /// New weights for another network's table, each value taken by its name: a network without the exits that were only there for training, a trunk out of a whole.
    /// </summary>
    /// <param name="table">The other network's.</param>
    /// <param name="instead">Values by the names of the other network that are not taken from here.</param>
    /// <exception cref="BadInput">A name is missing here or has another shape.</exception>
    public Weights Pick(WeightTable table, IReadOnlyDictionary<string, Tensor>? instead = null)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var picked = new Weights(table, zeros(table.Count, device: Device), zeros(table.BufferCount, device: Device));
        foreach (var place in table.Places)
        {
            if (instead?.GetValueOrDefault(place.Name) is { } made)
            {
                picked[place.Name].copy_(made);
                continue;
            }

            if (Table.Find(place.Name) is not { } here || !here.Shape.SequenceEqual(place.Shape))
            {
                throw new BadInput($"The weights have no '{place.Name}' of shape [{string.Join(", ", place.Shape)}] for the smaller network; they have {Table.Sample()}.");
            }

            picked[place.Name].copy_(this[place.Name]);
        }

        return new Weights(table, picked.Parameters.MoveToOuterDisposeScope(), picked.Buffers.MoveToOuterDisposeScope());
    }

    /// <summary>decay·this + (1 - decay)·other, in place, for parameters and buffers: one step of an exponential moving average.</summary>
    public void MoveTowards(Weights other, double decay)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Parameters.mul_(decay).add_(other.Parameters.detach(), alpha: 1 - decay);
        Buffers.mul_(decay).add_(other.Buffers, alpha: 1 - decay);
    }

    /// <summary>Both tensors out of the current dispose scope, for weights that outlive it.</summary>
    public Weights Keep() => new(Table, Parameters.DetachFromDisposeScope(), Buffers.DetachFromDisposeScope());

    /// <summary>
    /// The parameters and buffers as views in table order, for one forward. Matrices come in <paramref name="dtype"/>, vectors and buffers in float32.
    /// One differentiable split opens them, so their gradients arrive as one flat tensor.
    /// </summary>
    internal (Tensor[] Parameters, Tensor[] Buffers) Open(ScalarType dtype)
    {
        var buffers = Split(Buffers, Table.BufferSizes, Table.BufferShapes);
        if (dtype == ScalarType.Float32 || Table.MatrixCount == 0)
        {
            return (Table.InTableOrder(Split(Parameters, Table.StoredSizes, Table.StoredShapes)), buffers);
        }

        var halves = Parameters.split([Table.MatrixCount, Table.Count - Table.MatrixCount]);
        var matrices = Split(halves[0].to_type(dtype), Table.StoredSizes[..Table.Matrices], Table.StoredShapes[..Table.Matrices]);
        var vectors = Split(halves[1], Table.StoredSizes[Table.Matrices..], Table.StoredShapes[Table.Matrices..]);
        return (Table.InTableOrder([.. matrices, .. vectors]), buffers);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Parameters.Dispose();
        Buffers.Dispose();
    }

    private static Tensor[] Split(Tensor flat, long[] sizes, long[][] shapes) =>
        sizes.Length == 0 ? [] : [.. flat.split(sizes).Zip(shapes, (piece, shape) => shape.Length == 1 ? piece : piece.view(shape))];
}

/// <summary>Where a named value lies in the flat tensors.</summary>
public sealed record Place(string Name, long[] Shape, long Offset, long Count, bool Trained);

/// <summary>
/// Names, shapes and places of a network's values. Matrices are stored before vectors, so that all of them are cast to bfloat16, or decayed, in one operation;
/// the order people see is the network's own.
/// </summary>
public sealed class WeightTable
{
    private readonly int[] stored;
    private readonly Dictionary<string, Place> byName;

    /// <summary>The table of a plan.</summary>
    /// <exception cref="BadInput">Two values share a name.</exception>
    public WeightTable(IReadOnlyList<Parameter> parameters, IReadOnlyList<NetworkBuffer> buffers)
    {
        // stored[i] is the table index of the i-th stored parameter.
        stored = [.. Enumerable.Range(0, parameters.Count).OrderBy(i => parameters[i].Role)];
        var offsets = new long[parameters.Count];
        var next = 0L;
        foreach (var i in stored)
        {
            offsets[i] = next;
            next += parameters[i].Count;
        }

        Count = next;
        Matrices = parameters.Count(p => p.Role == Role.Matrix);
        MatrixCount = parameters.Where(p => p.Role == Role.Matrix).Sum(p => p.Count);
        ClipCount = parameters.Where(p => p.Role == Role.Clip).Sum(p => p.Count);
        StoredSizes = [.. stored.Select(i => parameters[i].Count)];
        StoredShapes = [.. stored.Select(i => parameters[i].Shape.ToArray())];
        BufferSizes = [.. buffers.Select(b => b.Count)];
        BufferShapes = [.. buffers.Select(b => b.Shape.ToArray())];
        var bufferOffsets = buffers.Aggregate((List: ImmutableList<long>.Empty, Next: 0L), (sum, b) => (sum.List.Add(sum.Next), sum.Next + b.Count));
        BufferCount = bufferOffsets.Next;
        Places =
        [
            .. parameters.Select((p, i) => new Place(p.Name, [.. p.Shape], offsets[i], p.Count, Trained: true)),
            .. buffers.Select((b, i) => new Place(b.Name, [.. b.Shape], bufferOffsets.List[i], b.Count, Trained: false)),
        ];
        var twice = Places.GroupBy(place => place.Name).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            throw new BadInput($"Two parts of the network are named '{twice.Key}'; give one of them another name or put it Within(\"…\").");
        }

        byName = Places.ToDictionary(place => place.Name);
    }

    /// <summary>Every value in the network's order: parameters, then buffers.</summary>
    public IReadOnlyList<Place> Places { get; }

    /// <summary>How many parameter values there are.</summary>
    public long Count { get; }

    /// <summary>How many of them belong to matrices; they come first in the flat tensor.</summary>
    public long MatrixCount { get; }

    /// <summary>How many of them are clips of quantized activations; they come last in the flat tensor.</summary>
    public long ClipCount { get; }

    /// <summary>How many buffer values there are.</summary>
    public long BufferCount { get; }

    internal int Matrices { get; }

    internal long[] StoredSizes { get; }

    internal long[][] StoredShapes { get; }

    internal long[] BufferSizes { get; }

    internal long[][] BufferShapes { get; }

    /// <summary>The place of a name, or null.</summary>
    public Place? Find(string name) => byName.GetValueOrDefault(name);

    internal string Sample() => string.Join(", ", Places.Take(4).Select(place => place.Name)) + (Places.Count > 4 ? ", …" : "");

    internal Tensor[] InTableOrder(Tensor[] pieces)
    {
        var ordered = new Tensor[pieces.Length];
        for (var i = 0; i < pieces.Length; i++)
        {
            ordered[stored[i]] = pieces[i];
        }

        return ordered;
    }
}
