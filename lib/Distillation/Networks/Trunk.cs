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

    /// <summary>What stands behind a stage, or behind a tap inside of one, in a row; null where no stage has that tap.</summary>
    /// <param name="tap">The tap's name.</param>
    /// <param name="classes">Number of logits.</param>
    public Layer? After(string tap, long classes) =>
        Stages.Select((stage, i) => (Number: i, Left: stage.Tap == tap ? Layer.Identity : stage.Inside.Where(place => place.Tap == tap).Select(place => place.Left.Tap(stage.Tap)).FirstOrDefault()))
            .FirstOrDefault(place => place.Left is not null) is { Left: { } left, Number: var number }
            ? Layer.Chain([left, .. Stages.Skip(number + 1).Select(stage => stage.Layer.Tap(stage.Tap)), Head, Classifier(classes)])
            : null;
}

/// <summary>A stage of a trunk.</summary>
/// <param name="Tap">The name its output is kept under, such as <c>f1</c>.</param>
/// <param name="Layer">What it does.</param>
public sealed record TrunkStage(string Tap, Layer Layer)
{
    /// <summary>The stage once more on its own output, in the same size; null where there is no such thing.</summary>
    public Layer? Again { get; init; }

    /// <summary>Taps inside of it, each with what of the stage is left behind it.</summary>
    public Sequence<(string Tap, Layer Left)> Inside { get; init; } = [];
}
