using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>What the labels mean: the loss that learns from them and the metric that judges. A closed set of cases.</summary>
[JsonDerivedType(typeof(Classes), "classes")]
[JsonDerivedType(typeof(Spans), "spans")]
public abstract record LearningTask
{
    private LearningTask()
    {
    }

    /// <summary>One class per image; the loss is cross-entropy, with smoothed labels if asked, the metric the share of images whose largest logit is the label's.</summary>
    /// <param name="Smoothing">ε of <see cref="Losses.SmoothedCrossEntropy"/>; 0 is plain cross-entropy.</param>
    public sealed record Classes(double Smoothing = 0) : LearningTask;

    /// <summary>
    /// Where something begins and ends in an input of L places: logits [B, 2 · L], labels [B, 2]. The loss is the mean of both places' cross-entropies (Devlin et al. 2019, section 4.2), the metric the
    /// share of inputs whose both places are right.
    /// </summary>
    public sealed record Spans : LearningTask;

    /// <summary>The logits as one row for each distribution that the task asks for, [B, classes] or [2 · B, L]: what a loss over softmaxes is a function of.</summary>
    public Tensor Distributions(Tensor logits) => this is Spans ? logits.reshape(-1, logits.shape[1] / 2) : logits;

    /// <summary>The loss per sample, [B].</summary>
    public Tensor Loss(Tensor logits, Tensor labels) => this switch
    {
        Spans => Losses.CrossEntropy(Distributions(logits), labels.reshape(-1)).view(-1, 2).mean([1]),
        Classes { Smoothing: 0 } => Losses.CrossEntropy(logits, labels),
        Classes c => Losses.SmoothedCrossEntropy(logits, labels, c.Smoothing),
        _ => throw new InvalidOperationException($"No loss for {this}."),
    };

    /// <summary>How many of the batch are right, a scalar on the device.</summary>
    public Tensor Correct(Tensor logits, Tensor labels) => this switch
    {
        Classes => logits.argmax(1).eq(labels).sum(),
        Spans => Distributions(logits).argmax(1).view(-1, 2).eq(labels).all(1).sum(),
        _ => throw new InvalidOperationException($"No metric for {this}."),
    };
}
