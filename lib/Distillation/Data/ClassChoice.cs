using static TorchSharp.torch;

namespace Distillation;

/// <summary>A part of a data set's classes, for experiments that must be small and still be about many images per class.</summary>
public static class ClassChoice
{
    /// <summary>
    /// The images of the first classes only, training and test, in the publisher's order: a data set of its own whose name says so (<c>cifar100-first-20</c>), so that its results stay apart.
    /// </summary>
    /// <param name="data">The whole set; its tensors stay its own.</param>
    /// <param name="classes">How many classes are kept: labels 0 … classes - 1.</param>
    /// <returns>New tensors on the same device, which the caller disposes.</returns>
    /// <exception cref="BadInput">The set has fewer classes, or fewer than two are asked for.</exception>
    public static LoadedDataset FirstClasses(this LoadedDataset data, int classes)
    {
        if (classes < 2 || classes > data.Dataset.Classes)
        {
            throw new BadInput($"{data.Dataset.Name} has {data.Dataset.Classes} classes, so the first {classes} cannot be taken: ask for 2 to {data.Dataset.Classes}.");
        }

        using var quiet = no_grad();
        var (train, test) = (Kept(data.Train, classes), Kept(data.Test, classes));
        return data with
        {
            Dataset = data.Dataset with { Name = $"{data.Dataset.Name}-first-{classes}", Classes = classes, TrainCount = train.Count, TestCount = test.Count, Subset = null },
            ClassNames = [.. data.ClassNames.Take(classes)],
            Train = train,
            Test = test,
        };
    }

    private static Split Kept(Split split, int classes)
    {
        using var scope = NewDisposeScope();
        var indices = split.Labels.lt(classes).nonzero().flatten();
        Tensor Of(Tensor all) => all.index_select(0, indices).DetachFromDisposeScope();
        return new Split(Of(split.Images), Of(split.Labels)) { Coarse = split.Coarse is { } coarse ? Of(coarse) : null };
    }
}
