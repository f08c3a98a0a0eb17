using static TorchSharp.torch;

namespace Distillation;

/// <summary>How often images of a class were taken for each class.</summary>
/// <param name="Classes">Their names in the order of the labels.</param>
/// <param name="Counts">Row by row: the row is the true class, the column what was answered.</param>
[TypeFormatterSource(typeof(ShowingSource))]
public sealed record ConfusionMatrix(Sequence<string> Classes, Sequence<long> Counts)
{
    /// <summary>How many images of a class got an answer.</summary>
    public long this[int truth, int answer] => Counts[(truth * Classes.Count) + answer];

    /// <summary>All images.</summary>
    public long Images => Counts.Sum();

    /// <summary>The share of right answers, 0 … 1.</summary>
    public double Accuracy => Images == 0 ? 0 : (double)Enumerable.Range(0, Classes.Count).Sum(i => this[i, i]) / Images;

    /// <summary>The two classes that are mixed up most often, either way; null where nothing is mixed up.</summary>
    public (string One, string Other, long Count)? Worst =>
        (from i in Enumerable.Range(0, Classes.Count)
         from j in Enumerable.Range(i + 1, Classes.Count - i - 1)
         let count = this[i, j] + this[j, i]
         where count > 0
         orderby count descending
         select ((string, string, long)?)(Classes[i], Classes[j], count)).FirstOrDefault();

    /// <summary>Counts answers.</summary>
    /// <param name="logits">[B, classes]; the answer is the largest.</param>
    /// <param name="labels">[B], int64, from 0 to classes - 1.</param>
    /// <param name="classes">One name per class.</param>
    /// <exception cref="BadInput">The sizes do not go together.</exception>
    public static ConfusionMatrix Of(Tensor logits, Tensor labels, IReadOnlyList<string> classes)
    {
        if (logits.shape is not [var images, var width] || labels.shape is not [var labelled] || images != labelled || width != classes.Count)
        {
            throw new BadInput(
                $"A confusion matrix of {classes.Count} classes needs logits of [images, {classes.Count}] and as many labels, not [{string.Join(", ", logits.shape)}] and [{string.Join(", ", labels.shape)}].");
        }

        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var truth = labels.detach().cpu().to_type(ScalarType.Int64).data<long>().ToArray();
        var answers = logits.detach().argmax(1).cpu().data<long>().ToArray();
        if (truth.Any(label => label < 0 || label >= classes.Count))
        {
            throw new BadInput($"The label {truth.First(label => label < 0 || label >= classes.Count)} is none of {classes.Count} classes; labels run from 0 to {classes.Count - 1}.");
        }

        var counts = new long[classes.Count * classes.Count];
        foreach (var (label, answer) in truth.Zip(answers))
        {
            counts[(label * classes.Count) + answer]++;
        }

        return new([.. classes], [.. counts]);
    }
}
