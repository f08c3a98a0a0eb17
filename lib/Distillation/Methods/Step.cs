using TorchSharp;
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
}

/// <summary>
/// One batch of a stream with everything that experiments in lockstep share: its images per view and the teacher's answers. Each is computed when first asked, and once.
/// What is computed here belongs to <paramref name="home"/>, the scope of the batch, whichever experiment asked first.
/// </summary>
public sealed class Batch(Tensor images, Tensor labels, Tensor indices, Progress progress, Key key, FrozenNetwork? teacher, DisposeScope home)
{
    private readonly Dictionary<string, (View View, Tensor Images)> views = [];
    private readonly Dictionary<string, Activations> answers = [];

    /// <summary>[B], Int64.</summary>
    public Tensor Labels => labels;

    /// <summary>[B], Int64: where the images stand in the training set.</summary>
    public Tensor Indices => indices;

    /// <summary>How far the stream is.</summary>
    public Progress Progress => progress;

    /// <summary>What this step's draws come from.</summary>
    public Key Key => key;

    /// <summary>Normalised images of a view.</summary>
    public Tensor Images(View view)
    {
        if (views.TryGetValue(view.Name, out var known))
        {
            return known.View.Of.Method == view.Of.Method
                ? known.Images
                : throw new InvalidOperationException($"Two methods in lockstep call different views '{view.Name}'; rename one of them.");
        }

        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var made = view.Of(images, key.Fold("view").Fold(view.Name));
        views[view.Name] = (view, ReferenceEquals(made, images) ? images : made.MoveToOtherDisposeScope(home));
        return views[view.Name].Images;
    }

    /// <summary>The frozen teacher's answer for a view: running statistics, no history.</summary>
    /// <exception cref="BadInput">The experiment has no teacher.</exception>
    public Activations Teacher(View view)
    {
        if (teacher is null)
        {
            throw new BadInput("This method asks a teacher and the experiment has none; give it one, or choose a method without a teacher.");
        }

        if (answers.TryGetValue(view.Name, out var known))
        {
            return known;
        }

        var seen = Images(view);
        using var scope = NewDisposeScope();
        var answer = teacher.Apply(seen);
        return answers[view.Name] = new Activations(
            answer.Logits.MoveToOtherDisposeScope(home), [.. answer.Taps.Select(tap => (tap.Name, tap.Value.MoveToOtherDisposeScope(home)))]);
    }
}

/// <summary>What an objective may ask for in one step of one experiment.</summary>
public sealed class Step(Batch batch, LearningTask task, Func<Tensor, Activations> student)
{
    private readonly Dictionary<string, Activations> answers = [];

    /// <summary>[B], Int64.</summary>
    public Tensor Labels => batch.Labels;

    /// <summary>[B], Int64: where the images stand in the training set.</summary>
    public Tensor Indices => batch.Indices;

    /// <summary>How far the run is.</summary>
    public Progress Progress => batch.Progress;

    /// <summary>What this step's draws come from.</summary>
    public Key Key => batch.Key;

    /// <summary>The images of a view.</summary>
    public Tensor Images(View view) => batch.Images(view);

    /// <summary>The student on a view, in training mode, with history.</summary>
    public Activations Student(View? view = null)
    {
        view ??= View.Plain;
        return answers.TryGetValue(view.Name, out var known) ? known : answers[view.Name] = student(batch.Images(view));
    }

    /// <summary>The teacher on a view, shared by every experiment in lockstep.</summary>
    public Activations Teacher(View? view = null) => batch.Teacher(view ?? View.Plain);

    /// <summary>The task's own loss of the student on the plain view, mean over the batch.</summary>
    public Tensor TaskLoss() => task.Loss(Student().Logits, Labels).mean();
}
