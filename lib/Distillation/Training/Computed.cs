using static TorchSharp.torch;

namespace Distillation;

/// <summary>What forward and backward of one step give.</summary>
/// <param name="Objective">The weighted sum of all terms, a scalar.</param>
/// <param name="Told">The student's part of it, a scalar.</param>
/// <param name="Values">The terms' values, scalars.</param>
/// <param name="Right">How many answers are right, a scalar; null where the feed has no labels.</param>
/// <param name="Gradients">Of the student and of each player that learns: the gradient of group 0 and that of all others.</param>
internal sealed record Computed(Tensor Objective, Tensor Told, IReadOnlyList<Tensor> Values, Tensor? Right, IReadOnlyList<(Tensor? First, Tensor? Others)> Gradients)
{
    /// <summary>The student as it was applied.</summary>
    public required Network Student { get; init; }

    /// <summary>What the method remembers from now on.</summary>
    public required Memory Memory { get; init; }

    /// <summary>The terms' weights.</summary>
    public required IReadOnlyList<Schedule> Weights { get; init; }

    /// <summary>What the step looked at besides tensors.</summary>
    public required Glances Glances { get; init; }

    /// <summary>All of its tensors, in an order of their own.</summary>
    public IReadOnlyList<Tensor> Tensors => [Objective, Told, .. Values, .. new[] { Right }.Concat(Gradients.SelectMany(pair => new[] { pair.First, pair.Others })).OfType<Tensor>()];

    /// <summary>The same with other tensors in the order of <see cref="Tensors"/>.</summary>
    public Computed With(IReadOnlyList<Tensor> tensors)
    {
        var at = 0;
        Tensor Next() => tensors[at++];
        Tensor? Same(Tensor? tensor) => tensor is null ? null : Next();
        return this with
        {
            Objective = Next(),
            Told = Next(),
            Values = [.. Values.Select(_ => Next())],
            Right = Same(Right),
            Gradients = [.. Gradients.Select(pair => (Same(pair.First), Same(pair.Others)))],
        };
    }
}
