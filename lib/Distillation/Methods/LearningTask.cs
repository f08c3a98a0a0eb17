using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>What the labels mean: the loss that learns from them and the metric that judges. A closed set of cases.</summary>
[JsonDerivedType(typeof(Classes), "classes")]
public abstract record LearningTask
{
    private LearningTask()
    {
    }

    /// <summary>One class per image; the loss is cross-entropy, with smoothed labels if asked, the metric the share of images whose largest logit is the label's.</summary>
    /// <param name="Smoothing">ε of <see cref="Losses.SmoothedCrossEntropy"/>; 0 is plain cross-entropy.</param>
    public sealed record Classes(double Smoothing = 0) : LearningTask;

    /// <summary>The loss per sample, [B].</summary>
    public Tensor Loss(Tensor logits, Tensor labels) => this switch
    {
        Classes { Smoothing: 0 } => Losses.CrossEntropy(logits, labels),
        Classes c => Losses.SmoothedCrossEntropy(logits, labels, c.Smoothing),
        _ => throw new InvalidOperationException($"No loss for {this}."),
    };

    /// <summary>How many of the batch are right, a scalar on the device.</summary>
    public Tensor Correct(Tensor logits, Tensor labels) => this switch
    {
        Classes => logits.argmax(1).eq(labels).sum(),
        _ => throw new InvalidOperationException($"No metric for {this}."),
    };
}
