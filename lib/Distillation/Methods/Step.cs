using static TorchSharp.torch;

namespace Distillation;

/// <summary>How far a run is.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="Epochs">How many there will be.</param>
/// <param name="Step">Steps done since the start, from 0.</param>
/// <param name="Steps">How many there will be.</param>
public readonly record struct Progress(int Epoch, int Epochs, long Step, long Steps)
{
    /// <summary>From 0 to 1, what schedules are asked with.</summary>
    public double Fraction => Steps == 0 ? 0 : (double)Step / Steps;
}

/// <summary>
/// One way to look at a batch, such as rotated or strongly augmented: a function of the augmented images and a key. Views of one name are one view, computed once for all experiments in
/// lockstep; so the name carries every number that the function uses.
/// </summary>
public sealed record View(string Name, Func<Tensor, Key, Tensor> Of)
{
    /// <summary>The images as the recipe's augmentation made them.</summary>
    public static View Plain { get; } = new("plain", (images, _) => images);

    /// <summary>
    /// What the training images of the batch are varied by instead of the recipe's augmentation, with draws of their own; null for a view that is made of the augmented images. <see cref="Of"/> is not
    /// asked then.
    /// </summary>
    public Augmentation? From { get; init; }

    /// <summary>Whether the training images of the batch are varied once more, by <see cref="From"/> or, without it, by the recipe's own augmentation.</summary>
    public bool Anew { get; init; }

    /// <summary>The training images under the recipe's augmentation, drawn once more.</summary>
    public static View Again { get; } = new("again", (images, _) => images) { Anew = true };

    /// <summary>The training images under another augmentation.</summary>
    public static View Augmented(Augmentation augmentation) => new($"augmented: {augmentation}", (images, _) => images) { From = augmentation, Anew = true };

    /// <summary>Whether its first images are those of the plain view in their order, with others behind them: answers about them are then there and need not be asked for again.</summary>
    public bool PlainFirst { get; init; }
}

/// <summary>What an objective may ask for in one step of one experiment. Everything is computed when first asked, and once.</summary>
/// <param name="batch">What is shared with the experiments in lockstep.</param>
/// <param name="task">What the labels mean.</param>
/// <param name="student">The student, as the method trains it.</param>
/// <param name="players">The method's players by name.</param>
/// <param name="views">The views the method has declared.</param>
/// <param name="pass">How networks are applied in this step unless an objective says otherwise: in training mode.</param>
/// <param name="progress">How far the phase is.</param>
public sealed class Step(
    Batch batch, LearningTask task, Playing student, IReadOnlyDictionary<string, Playing> players, IReadOnlyList<View> views, Pass pass, Progress progress)
{
    private Dictionary<(string View, Pass Pass, bool History), Activations> answers = [];
    private Func<Tensor, Tensor>? seen;

    /// <summary>[B], Int64.</summary>
    public Tensor Labels => batch.Labels;

    /// <summary>[B], Int64: where the images stand in the training set.</summary>
    public Tensor Indices => batch.Indices;

    /// <summary>How far the phase is; where a method has one, the run. For the value of a schedule <see cref="Now"/> is the better question.</summary>
    public Progress Progress => Looked(progress);

    /// <summary>A schedule's value at this step.</summary>
    public double Now(Schedule schedule)
    {
        pass.Glances?.Ask(schedule);
        return schedule.At(progress.Fraction);
    }

    /// <summary>What this step's draws come from.</summary>
    public Key Key => Looked(batch.Key);

    /// <summary>How networks are applied in this step: batch statistics, running averages updated, dropout drawn. Other passes are made from it with <c>with</c>.</summary>
    public Pass Pass => pass;

    /// <summary>The images of a view.</summary>
    /// <exception cref="InvalidOperationException">The method has not declared the view.</exception>
    public Tensor Images(View view) => batch.Images(Declared(view));

    /// <summary>Other training images under the recipe's augmentation, normalised: [m, C, H, W]. They are this experiment's own; whoever asks twice computes twice.</summary>
    /// <param name="indices">[m] Int64: where they stand in the training set.</param>
    /// <param name="purpose">What their draws are named after.</param>
    public Tensor Training(Tensor indices, string purpose) => Looked(batch).Training(indices, purpose);

    /// <summary>The student on a view with history; in training mode, with a dropout mask of its own for each view, unless a pass says otherwise.</summary>
    public Activations Student(View? view = null, Pass? how = null)
    {
        view ??= View.Plain;
        var chosen = how ?? (view.Name == View.Plain.Name ? pass : pass with { Key = pass.Key?.Fold(view.Name) });
        var question = (view.Name, chosen, is_grad_enabled());
        return Seen(answers.TryGetValue(question, out var known) ? known : answers[question] = Asked(Images(view), chosen));
    }

    /// <summary>The student on images that the objective made itself.</summary>
    public Activations Student(Tensor images, Pass? how = null) => Seen(Asked(images, how));

    private Activations Asked(Tensor images, Pass? how)
    {
        batch.Clock?.Mark(Stage.Loss);
        var answer = student.Apply(images, how ?? pass);
        batch.Clock?.Mark(Stage.Student);
        return answer;
    }

    /// <summary>Weights of the student's kind that the method remembers, on a view: running statistics, no history, no exits on the way.</summary>
    public Activations Remembered(Weights weights, View? view = null)
    {
        using var quiet = no_grad();
        var images = Images(view ?? View.Plain);
        batch.Clock?.Mark(Stage.Loss);
        var answer = new Playing(student.Network, weights, Pass.Evaluation with { Exits = false }).Apply(images);
        batch.Clock?.Mark(Stage.Teacher);
        return Seen(answer);
    }

    /// <summary>The student's weights, for terms on a parameter itself.</summary>
    public Playing Weights => student;

    /// <summary>A frozen teacher on a view, shared by every experiment in lockstep.</summary>
    /// <param name="view">The view; plain by default.</param>
    /// <param name="teacher">Its number, from 0.</param>
    public Activations Teacher(View? view = null, int teacher = 0) => Seen(batch.Teacher(Declared(view ?? View.Plain), teacher));

    /// <summary>A frozen teacher on images that the objective made itself: with history exactly when the images have one.</summary>
    public Activations Teacher(Tensor images, int teacher = 0) => Seen(batch.Ask(images, teacher));

    /// <summary>A frozen teacher itself, for terms on one of its parameters.</summary>
    public FrozenNetwork Frozen(int teacher = 0) => batch.Frozen(teacher);

    /// <summary>All frozen teachers on a view, in the experiment's order.</summary>
    public IReadOnlyList<Activations> Teachers(View? view = null) => [.. Enumerable.Range(0, batch.Teachers).Select(teacher => Teacher(view, teacher))];

    /// <summary>A player of the method.</summary>
    /// <exception cref="InvalidOperationException">The method has no such player.</exception>
    public Playing Player(string name) => players.TryGetValue(name, out var player)
        ? player
        : throw new InvalidOperationException($"This method has no player '{name}'; it has {(players.Count == 0 ? "none" : string.Join(", ", players.Keys))}.");

    /// <summary>The task's own loss of the student on the plain view, mean over the batch.</summary>
    public Tensor TaskLoss() => TaskLoss(View.Plain);

    /// <summary>The task's own loss of the student on a view, mean over the batch.</summary>
    public Tensor TaskLoss(View view) => TaskLoss((seen is null ? this : With(null)).Student(view).Logits);

    /// <summary>The task's own loss of any logits [B, classes], mean over the batch.</summary>
    public Tensor TaskLoss(Tensor logits) => task.Loss(logits, Labels).mean();

    /// <summary>The logits as one row for each distribution that the task asks for: what a loss over softmaxes takes. See <see cref="LearningTask.Distributions"/>.</summary>
    public Tensor Distributions(Tensor logits) => task.Distributions(logits);

    // The step as a method in a sum sees it: its own players under their own names; what was computed is shared.
    internal Step Of(string part, IReadOnlyList<View> declared) => new(batch, task, student, players.Below(part), declared, pass, progress) { answers = answers, seen = seen };

    // The step with every answer's logits but the labels' changed by a function.
    internal Step With(Func<Tensor, Tensor>? logits) => new(batch, task, student, players, views, pass, progress) { answers = answers, seen = logits };

    // What changes from step to step without being a tensor.
    private T Looked<T>(T value)
    {
        pass.Glances?.Look();
        return value;
    }

    private Activations Seen(Activations answer) => seen is null ? answer : answer with { Logits = seen(answer.Logits) };

    // The logits that the training accuracy is counted with: the plain view's, or those of a method that has declared another view in its place. An objective that leaves the plain view out is not disturbed
    // by the counting.
    internal Tensor? Counted()
    {
        if (!batch.HasLabels)
        {
            return null;
        }

        var plain = views.Any(view => view.Name == View.Plain.Name);
        var known = views.Where(view => view.PlainFirst || !plain).Select(view => view.Name).Prepend(View.Plain.Name);
        if (known.SelectMany(view => answers.Where(pair => pair.Key.View == view)).Select(pair => pair.Value).FirstOrDefault() is { } answer)
        {
            return answer.Logits.narrow(0, 0, batch.Size);
        }

        using var quiet = no_grad();
        return Asked(batch.Images(View.Plain), pass with { Update = false }).Logits;
    }

    private View Declared(View view) => views.Any(known => known.Name == view.Name)
        ? view
        : throw new InvalidOperationException($"This method asks for the view '{view.Name}' and has declared {string.Join(", ", views.Select(known => known.Name))}; name it among the views of what Prepare returns.");
}
