using TorchSharp;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// One batch of a stream with everything that experiments in lockstep share: its images per view and the teachers' answers. Each is computed when first asked, and once.
/// What is computed here belongs to <paramref name="home"/>, the scope of the batch, whichever experiment asked first.
/// </summary>
/// <param name="images">[B, C, H, W] normalised, or noise [B, n].</param>
/// <param name="labels">[B] Int64; null where the feed has none.</param>
/// <param name="indices">[B] Int64; null where the images are of no training set.</param>
/// <param name="progress">How far the stream is.</param>
/// <param name="key">What this step's draws come from.</param>
/// <param name="teachers">The frozen teachers.</param>
/// <param name="home">The scope of the batch.</param>
/// <param name="clock">Where time is accounted, or null.</param>
/// <param name="vary">Training images by their indices, those of the batch where none are given, under an augmentation, the recipe's own where none is given, normalised; null where the feed has no training images.</param>
public sealed class Batch(
    Tensor images, Tensor? labels, Tensor? indices, Progress progress, Key key, IReadOnlyList<FrozenNetwork> teachers, DisposeScope home, StageClock? clock = null,
    Func<Tensor?, Augmentation?, Key, Tensor>? vary = null)
{
    private readonly Dictionary<string, (View View, Tensor Images)> views = [];
    private readonly Dictionary<(string View, int Teacher), Activations> answers = [];

    /// <summary>How many samples there are.</summary>
    public long Size => images.shape[0];

    /// <summary>[B], Int64.</summary>
    /// <exception cref="InvalidOperationException">The feed has no labels.</exception>
    public Tensor Labels => labels ?? throw new InvalidOperationException("This method's feed has no labels; its objective may not ask for them.");

    /// <summary>[B], Int64: where the images stand in the training set.</summary>
    /// <exception cref="InvalidOperationException">The feed is of no training set.</exception>
    public Tensor Indices => indices ?? throw new InvalidOperationException("This method's feed has no training images; its objective may not ask for their indices.");

    /// <summary>Whether there are labels.</summary>
    public bool HasLabels => labels is not null;

    /// <summary>Whether the images stand in a training set.</summary>
    internal bool HasIndices => indices is not null;

    /// <summary>How far the stream is.</summary>
    public Progress Progress => progress;

    /// <summary>What this step's draws come from.</summary>
    public Key Key => key;

    /// <summary>How many frozen teachers there are.</summary>
    public int Teachers => teachers.Count;

    /// <summary>Where time is accounted, or null.</summary>
    public StageClock? Clock => clock;

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
        var draws = key.Fold("view").Fold(view.Name);
        var made = !view.Anew ? view.Of(images, draws)
            : vary is not null ? vary(null, view.From, draws)
            : throw new InvalidOperationException($"This method's feed has no training images; its objective may not ask for the view '{view.Name}'.");
        views[view.Name] = (view, ReferenceEquals(made, images) ? images : made.Into(home));
        return views[view.Name].Images;
    }

    /// <summary>Other training images under the recipe's augmentation, normalised: [m, C, H, W].</summary>
    /// <param name="others">[m] Int64: where they stand in the training set.</param>
    /// <param name="purpose">What their draws are named after.</param>
    /// <exception cref="InvalidOperationException">The feed is of no training set.</exception>
    public Tensor Training(Tensor others, string purpose)
    {
        using var quiet = no_grad();
        clock?.Mark(Stage.Loss);
        var made = (vary ?? throw new InvalidOperationException("This method's feed has no training images; its objective may not ask for others."))(others, null, key.Fold("training").Fold(purpose));
        clock?.Mark(Stage.Data);
        return made;
    }

    /// <summary>A frozen teacher's answer for a view: running statistics, no history, computed once for everybody.</summary>
    /// <param name="view">The view.</param>
    /// <param name="teacher">Its number, from 0.</param>
    /// <exception cref="BadInput">The experiment has no such teacher.</exception>
    public Activations Teacher(View view, int teacher = 0)
    {
        if (answers.TryGetValue((view.Name, teacher), out var known))
        {
            return known;
        }

        var seen = Images(view);
        // The plain images are asked about once, whoever asks first: a method that runs alone computes what it computes in lockstep, bit for bit.
        var plain = view.PlainFirst ? Teacher(View.Plain, teacher) : null;
        using var scope = NewDisposeScope();
        var answer = plain is null ? Ask(seen, teacher) : plain.FollowedBy(Ask(seen.narrow(0, Size, seen.shape[0] - Size), teacher));
        return answers[(view.Name, teacher)] = answer.Each(value => value.Into(home));
    }

    /// <summary>A frozen teacher's answer for images that a step made itself: with history exactly when the images have one.</summary>
    public Activations Ask(Tensor made, int teacher = 0)
    {
        var asked = Frozen(teacher);
        clock?.Mark(Stage.Loss);
        var answer = asked.Apply(made);
        clock?.Mark(Stage.Teacher);
        return answer;
    }

    /// <summary>The views that were asked for so far, with their images.</summary>
    internal IReadOnlyList<(View View, Tensor Images)> Made => [.. views.Values];

    /// <summary>The teachers' answers that were asked for so far.</summary>
    internal IReadOnlyList<(string View, int Teacher, Activations Answer)> Answered => [.. answers.Select(pair => (pair.Key.View, pair.Key.Teacher, pair.Value))];

    /// <summary>Images of a view that somebody else has made.</summary>
    internal void Give(View view, Tensor made) => views[view.Name] = (view, made);

    /// <summary>A teacher's answer that somebody else has asked for.</summary>
    internal void Give(string view, int teacher, Activations answer) => answers[(view, teacher)] = answer;

    /// <summary>A frozen teacher itself.</summary>
    public FrozenNetwork Frozen(int teacher = 0) => teacher < teachers.Count
        ? teachers[teacher]
        : throw new BadInput(teachers.Count == 0
            ? "This method asks a teacher and the experiment has none; give it one, or choose a method without a teacher."
            : $"This method asks for teacher {teacher + 1} and the experiment has {teachers.Count}; give it more.");
}
