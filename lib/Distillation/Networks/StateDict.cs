using System.Collections.Immutable;

namespace Distillation;

/// <summary>From what a pickle holds to named tensors: the state_dict itself, or a checkpoint around it whose other entries (epoch, accuracy, optimizer) are passed over.</summary>
internal static class StateDict
{
    private const int Deepest = 3;

    private static ImmutableArray<string> Wrappers { get; } = ["state_dict", "model_state_dict", "model", "net", "network"];

    /// <summary>The tensors of a pickled object with the entry that held them, and every size held to its storage.</summary>
    /// <exception cref="BadInput">There is no state_dict.</exception>
    public static (string? Wrapper, IReadOnlyList<StoredTensor> Tensors) Of(object? root, string path)
    {
        var (wrapper, dict) = Find(root, null, Deepest) ?? throw new BadInput(
            $"{path} holds no state_dict, neither itself nor under {string.Join(", ", Wrappers.Select(name => $"'{name}'"))}: it is {Told(root)}. Save the network's state_dict() instead: torch.save(model.state_dict(), 'weights.pth').");
        var tensors = new OrderedDictionary<string, PickledTensor>();
        foreach (var (key, value) in dict.Items)
        {
            if (key is string name && value is PickledTensor tensor)
            {
                tensors[name] = tensor;
            }
        }

        return (wrapper, [.. tensors.Select(pair => Checked(pair.Key, pair.Value, path))]);
    }

    // A wrapper's entry goes before tensors beside it: an accuracy may be a tensor too.
    private static (string? Wrapper, PickleDict Dict)? Find(object? value, string? wrapper, int depth) => value is not PickleDict dict || depth == 0
        ? null
        : Wrappers.Where(name => dict[name] is PickleDict).Select(name => Find(dict[name], wrapper is null ? name : $"{wrapper}.{name}", depth - 1)).FirstOrDefault(found => found is not null)
            ?? (dict.Items.Any(item => item is (string, PickledTensor)) ? (wrapper, dict) : null);

    private static StoredTensor Checked(string name, PickledTensor tensor, string path) =>
        StoredTensor.Over(name, tensor.Storage, tensor.Offset, tensor.Shape, tensor.Strides)
        ?? throw new BadInput(
            $"{path}: '{name}' claims the shape {StoredTensor.Told(tensor.Shape)} with strides {StoredTensor.Told(tensor.Strides)} from {tensor.Offset} on, but its storage '{tensor.Storage.Key}' has {tensor.Storage.Count} values; fetch the file again or make it again.");

    private static string Told(object? root) => root switch
    {
        PickleDict { Items: [] } => "an empty dict",
        PickleDict dict => $"a dict of {string.Join(", ", dict.Items.Take(5).Select(item => $"'{item.Key}'"))}{(dict.Items.Count > 5 ? ", …" : "")}",
        PickleList => "a list",
        PickleTuple => "a tuple",
        PickledTensor => "one tensor",
        _ => "a plain value",
    };
}
