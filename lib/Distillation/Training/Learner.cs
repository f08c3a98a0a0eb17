namespace Distillation;

/// <summary>A network that is to learn: what it is, how it starts, what it learns from.</summary>
/// <param name="Name">What tables and progress call it.</param>
/// <param name="Student">The network.</param>
/// <param name="Start">Its first weights; training copies them.</param>
/// <param name="Method">How teacher and student become a loss.</param>
/// <param name="Teachers">The frozen teachers' networks, for the method to look at; empty without.</param>
/// <param name="Task">What the labels mean.</param>
/// <param name="Recipe">Optimizer, rate, clipping and averaging; epochs, batch size and augmentation are the stream's.</param>
/// <param name="Key">What its dropout, its players and its memory draw from.</param>
public sealed record Learner(string Name, Network Student, Weights Start, Method Method, Sequence<Network> Teachers, LearningTask Task, Recipe Recipe, Key Key)
{
    /// <summary>What the method makes of the networks.</summary>
    public Prepared Prepare() => Method.Prepare(Teachers, Student);

    // How the student (null) or a player is trained in a phase.
    internal Practice PracticeOf(Player? player, Stretch stretch) =>
        player?.Practice ?? stretch.Phase.Practice(new Practice(Recipe.Optimizer, Recipe.Rate, Recipe.ClipNorm));
}
