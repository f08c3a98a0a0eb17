namespace Distillation;

/// <summary>
/// A network in pieces: what stands before the stages, the stages, what makes the last map a vector, the classifier. Exits are put between the pieces and made of them.
/// </summary>
/// <param name="Stem">From images to what the first stage reads.</param>
/// <param name="Stages">One after another; an exit may follow each.</param>
/// <param name="Head">From the last stage's map to the pooled vector, which it taps.</param>
/// <param name="Classifier">From the pooled vector to a number of logits.</param>
public sealed record Trunk(Layer Stem, Sequence<TrunkStage> Stages, Layer Head, Func<long, Layer> Classifier)
{
    /// <summary>All of it in a row, with something after a stage.</summary>
    /// <param name="classes">Number of logits.</param>
    /// <param name="after">What follows a stage, by its number from 0.</param>
    public Layer Whole(long classes, Func<int, Layer> after) =>
        Layer.Chain([Stem, .. Stages.SelectMany((stage, i) => new[] { stage.Layer.Tap(stage.Tap), after(i) }), Head, Classifier(classes)]);
}

/// <summary>A stage of a trunk.</summary>
/// <param name="Tap">The name its output is kept under, such as <c>f1</c>.</param>
/// <param name="Layer">What it does.</param>
public sealed record TrunkStage(string Tap, Layer Layer)
{
    /// <summary>The stage once more on its own output, in the same size; null where there is no such thing.</summary>
    public Layer? Again { get; init; }
}
