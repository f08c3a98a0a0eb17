using System.Collections.Immutable;

namespace Distillation;

/// <summary>A Python dict or OrderedDict: a later value of a key replaces an earlier one when it is asked for.</summary>
internal sealed record PickleDict(List<(object? Key, object? Value)> Items)
{
    /// <summary>The value of a key, or null.</summary>
    public object? this[string key] => Items.LastOrDefault(item => item.Key as string == key).Value;
}

/// <summary>A Python list.</summary>
internal sealed record PickleList(List<object?> Items);

/// <summary>A Python tuple, or a torch.Size.</summary>
internal sealed record PickleTuple(ImmutableArray<object?> Items);

/// <summary>Something of a Python module, by name. It is never more than its name here.</summary>
internal sealed record Global(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>What a tensor is pickled as: a view of a storage.</summary>
internal sealed record PickledTensor(Storage Storage, long Offset, ImmutableArray<long> Shape, ImmutableArray<long> Strides);

/// <summary>
/// The functions and classes that a state_dict is pickled with. Each is a name that stands for a value of ours; everything else is refused by its name.
/// </summary>
internal static class PickleGlobals
{
    private static Global OrderedDict { get; } = new("collections", "OrderedDict");

    private static Global Parameter { get; } = new("torch.nn.parameter", "Parameter");

    private static Global RebuildParameter { get; } = new("torch._utils", "_rebuild_parameter");

    private static Global RebuildTensor { get; } = new("torch._utils", "_rebuild_tensor");

    private static Global RebuildTensor2 { get; } = new("torch._utils", "_rebuild_tensor_v2");

    private static Global Size { get; } = new("torch", "Size");

    private static IReadOnlyList<Global> Functions { get; } = [OrderedDict, Parameter, RebuildParameter, RebuildTensor, RebuildTensor2, Size];

    /// <summary>Whether a state_dict may name it.</summary>
    public static bool Knows(Global global) => Functions.Contains(global) || StorageType(global) is not null;

    /// <summary>The numbers of a storage class such as <c>torch.HalfStorage</c>, or null where it is none.</summary>
    public static NumberType? StorageType(object? value) => value is Global { Module: "torch" or "torch.cuda" } global ? NumberType.OfStorage(global.Name) : null;

    /// <summary>What a call of one of them means, or null where it cannot be called like that.</summary>
    public static object? Call(object? function, PickleTuple arguments) => (function, arguments.Items) switch
    {
        (Global g, []) when g == OrderedDict => new PickleDict([]),
        // Python 2 hands the items over rather than setting them afterwards.
        (Global g, [PickleList items]) when g == OrderedDict && items.Items.All(item => Pair(item) is not null) => new PickleDict([.. items.Items.Select(item => Pair(item)!.Value)]),
        (Global g, [PickledTensor tensor, ..]) when g == RebuildParameter || g == Parameter => tensor,
        (Global g, [PickleTuple sizes]) when g == Size && Whole(sizes) is not null => sizes,
        (Global g, [Storage storage, long offset, PickleTuple sizes, PickleTuple strides, ..]) when (g == RebuildTensor || g == RebuildTensor2) && Whole(sizes) is { } n && Whole(strides) is { } s =>
            new PickledTensor(storage, offset, n, s),
        _ => null,
    };

    private static ImmutableArray<long>? Whole(PickleTuple tuple) => tuple.Items.All(item => item is long) ? [.. tuple.Items.Cast<long>()] : null;

    private static (object? Key, object? Value)? Pair(object? item) => item switch
    {
        PickleList { Items: [var key, var value] } => (key, value),
        PickleTuple { Items: [var key, var value] } => (key, value),
        _ => null,
    };
}
