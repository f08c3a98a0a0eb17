using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// What a method carries from step to step: tensors by name, such as banks of features, snapshots, learned clips. A value: <see cref="With(string, Tensor)"/> gives another one.
/// The fold owns the tensors: it keeps what the last outcome holds, frees what it no longer does, and writes all of it into every checkpoint. A step may also update them in place.
/// </summary>
public sealed record Memory(ImmutableSortedDictionary<string, Tensor> Tensors)
{
    /// <summary>Nothing remembered.</summary>
    public static Memory Empty { get; } = new(ImmutableSortedDictionary.Create<string, Tensor>(StringComparer.Ordinal));

    /// <summary>The tensor of a name.</summary>
    /// <exception cref="InvalidOperationException">Nothing is remembered under it.</exception>
    public Tensor this[string name] => Tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new InvalidOperationException($"Nothing is remembered as '{name}'; there is {(Tensors.Count == 0 ? "nothing" : string.Join(", ", Tensors.Keys))}.");

    /// <summary>Whether something is remembered under a name.</summary>
    public bool Has(string name) => Tensors.ContainsKey(name);

    /// <summary>The memory with a tensor, without its history, in place of what had the name.</summary>
    public Memory With(string name, Tensor tensor) => new(Tensors.SetItem(name, tensor.requires_grad ? tensor.detach() : tensor));

    /// <summary>The memory with a copy of weights, as <c>name.parameters</c> and <c>name.buffers</c>.</summary>
    public Memory With(string name, Weights weights) =>
        weights.Copy() is var copy ? With($"{name}.parameters", copy.Parameters).With($"{name}.buffers", copy.Buffers) : this;

    /// <summary>Weights remembered under a name.</summary>
    public Weights Weights(string name, WeightTable table) => new(table, this[$"{name}.parameters"], this[$"{name}.buffers"]);

    /// <summary>The memory without a name, or without the weights of that name.</summary>
    public Memory Without(string name) => new(Tensors.RemoveRange([name, $"{name}.parameters", $"{name}.buffers"]));

    // What a method in a sum remembers, under its own names.
    internal Memory Of(string part) => new(Empty.Tensors.AddRange(Tensors.Below(part)));

    // The whole with what that method remembers now in place of what it remembered.
    internal Memory With(string part, Memory before, Memory after) => ReferenceEquals(before, after)
        ? this
        : new(Tensors.RemoveRange(before.Tensors.Keys.Select(name => $"{part}/{name}")).SetItems(after.Tensors.Select(pair => KeyValuePair.Create($"{part}/{pair.Key}", pair.Value))));

    // Takes what is new out of the current dispose scope and frees what is gone.
    internal Memory Settle(Memory before)
    {
        var (kept, old) = (Handles(this), Handles(before));
        foreach (var tensor in Tensors.Values.Where(tensor => !old.Contains(tensor)))
        {
            tensor.DetachFromDisposeScope();
        }

        foreach (var tensor in before.Tensors.Values.Where(tensor => !kept.Contains(tensor)))
        {
            tensor.Dispose();
        }

        return this;

        static HashSet<Tensor> Handles(Memory memory) => new(memory.Tensors.Values, ReferenceEqualityComparer.Instance);
    }

    internal void Dispose()
    {
        foreach (var tensor in Tensors.Values)
        {
            tensor.Dispose();
        }
    }
}
