namespace Distillation;

/// <summary>What the learners of a stream ask of a batch: its views and the teachers' answers about them.</summary>
internal sealed class Needs
{
    private readonly Dictionary<string, View> views = [];
    private readonly HashSet<(string View, int Teacher)> answers = [];

    /// <summary>The views.</summary>
    public IEnumerable<View> Views => views.Values;

    /// <summary>The answers: a view's name and a teacher's number.</summary>
    public IEnumerable<(string View, int Teacher)> Answers => answers;

    /// <summary>Whether something was asked of a batch that is not here.</summary>
    public bool Misses(Batch batch) => batch.Made.Any(one => !views.ContainsKey(one.View.Name)) || batch.Answered.Any(one => !answers.Contains((one.View, one.Teacher)));

    /// <summary>Takes in what was asked of a batch; true where something was new.</summary>
    public bool Grow(Batch batch)
    {
        var grown = Misses(batch);
        batch.Made.ToList().ForEach(one => views[one.View.Name] = one.View);
        answers.UnionWith(batch.Answered.Select(one => (one.View, one.Teacher)));
        return grown;
    }

    /// <summary>The view of a name.</summary>
    public View Named(string view) => views[view];
}
