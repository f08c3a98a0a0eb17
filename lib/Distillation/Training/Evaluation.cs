using static TorchSharp.torch;

namespace Distillation;

/// <summary>How good a network is on a split.</summary>
/// <param name="Accuracy">Share of right answers, 0 … 1.</param>
/// <param name="Loss">The task's mean loss.</param>
public readonly record struct Score(double Accuracy, double Loss);

/// <summary>Judging a network: large batches, running statistics, no history, nothing changed.</summary>
public static class Evaluation
{
    /// <summary>The score on a whole split. One synchronisation at the end.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its weights; neither a parameter nor a buffer is written.</param>
    /// <param name="task">What the labels mean.</param>
    /// <param name="split">Images and labels.</param>
    /// <param name="normalization">How the data set is normalised.</param>
    /// <param name="recipe">The dtype and layout to compute in.</param>
    /// <param name="batchSize">Images per forward.</param>
    public static Score Evaluate(
        this Network network, Weights weights, LearningTask task, Split split, Normalization normalization, Recipe recipe, int batchSize = 500)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var frozen = network.Frozen(weights, recipe.ImageType, recipe.ChannelsLast, folded: false);
        var sums = zeros(2, ScalarType.Float64, weights.Device);
        for (var start = 0L; start < split.Count; start += batchSize)
        {
            using var batch = NewDisposeScope();
            var count = Math.Min(batchSize, split.Count - start);
            var labels = split.Labels.narrow(0, start, count);
            var images = normalization.Apply(split.Images.narrow(0, start, count), recipe);
            var logits = frozen.Apply(images).Logits;
            sums.add_(stack([task.Correct(logits, labels).to_type(ScalarType.Float64), task.Loss(logits, labels).sum().to_type(ScalarType.Float64)]));
        }

        var totals = sums.cpu().data<double>().ToArray();
        return new Score(totals[0] / split.Count, totals[1] / split.Count);
    }

    /// <summary>
    /// The accuracy of every exit on a whole split, the last one's included, and of their ensemble: exit-1, …, ensemble. Empty for a network without exits, or with exits that tell something else than its classes.
    /// </summary>
    /// <param name="network">The network, or what its exits say together (<see cref="Network.Ensembled"/>).</param>
    /// <param name="weights">Its weights; neither a parameter nor a buffer is written.</param>
    /// <param name="task">What the labels mean.</param>
    /// <param name="split">Images and labels.</param>
    /// <param name="normalization">How the data set is normalised.</param>
    /// <param name="recipe">The dtype and layout to compute in.</param>
    /// <param name="batchSize">Images per forward.</param>
    public static IReadOnlyList<(string Exit, double Accuracy)> EvaluateExits(
        this Network network, Weights weights, LearningTask task, Split split, Normalization normalization, Recipe recipe, int batchSize = 500)
    {
        if (network.Exits.Count == 0 || network.Exits.Any(exit => exit.Shape != network.Output))
        {
            return [];
        }

        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var frozen = network.Frozen(weights, recipe.ImageType, recipe.ChannelsLast, folded: false);
        var sums = zeros(network.Exits.Count + 2, ScalarType.Float64, weights.Device);
        for (var start = 0L; start < split.Count; start += batchSize)
        {
            using var batch = NewDisposeScope();
            var count = Math.Min(batchSize, split.Count - start);
            var labels = split.Labels.narrow(0, start, count);
            var answer = frozen.Apply(normalization.Apply(split.Images.narrow(0, start, count), recipe));
            // An ensemble has its last exit's own logits among its exits already.
            Tensor[] said = [.. answer.Exits.Select(exit => exit.Logits), .. answer.Exits.Length > network.Exits.Count ? [] : new[] { answer.Logits }];
            sums.add_(stack([.. said.Append(stack(said).mean([0])).Select(logits => task.Correct(logits, labels).to_type(ScalarType.Float64))]));
        }

        var totals = sums.cpu().data<double>().ToArray();
        return [.. totals.Select((right, i) => (i == totals.Length - 1 ? "ensemble" : $"exit-{i + 1}", right / split.Count))];
    }

    internal static Tensor Apply(this Normalization normalization, Tensor images, Recipe recipe) =>
        normalization.Normalize(images, recipe.ImageType, recipe.ChannelsLast);
}
