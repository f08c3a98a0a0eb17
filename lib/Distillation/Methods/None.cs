namespace Distillation;

/// <summary>One factory per published method.</summary>
public static partial class Methods
{
    /// <summary>The labels alone: what every method is compared with, and how teachers are trained.</summary>
    public static Method None { get; } = new(
        "none", 1, "no distillation", Knowledge.None, Scheme.Offline, new Teacher.None(), [],
        (_, _) => new Prepared(["labels"], step => [new Term("labels", step.TaskLoss(), 1)]));
}
