namespace Distillation;

/// <summary>Which epoch of a run a number belongs to.</summary>
public enum ReportedEpoch
{
    /// <summary>The source does not say.</summary>
    Unknown,

    /// <summary>The last one.</summary>
    Last,

    /// <summary>The one with the best test accuracy.</summary>
    Best,
}

/// <summary>How sure it is that a number was published as it stands here.</summary>
public enum Trust
{
    /// <summary>As printed by the publisher.</summary>
    Printed,

    /// <summary>Read in a public repository, of the authors or of others who list it.</summary>
    Repository,

    /// <summary>From memory, medium confidence.</summary>
    MemoryMedium,

    /// <summary>From memory, low confidence.</summary>
    MemoryLow,
}

/// <summary>How the numbers of a published table came about, as far as that is known.</summary>
/// <param name="Epochs">Passes over the training images; null where unknown, where it differs from number to number, or where there are no such passes.</param>
/// <param name="Batch">Images per step; null where unknown, or where it differs from number to number.</param>
/// <param name="Recipe">The recipe of <see cref="Recipes"/> that it follows: <c>crd</c>, or <c>dafl</c> for those of DAFL's authors, which are of teachers and of students that learn from generated images; null for none of them.</param>
/// <param name="Training">In words: optimizer, rates, augmentation.</param>
/// <param name="Epoch"><c>last</c>, <c>best</c>, or null where unknown or different from number to number.</param>
/// <param name="Seeds">Over how many runs the numbers are means; null where unknown.</param>
public sealed record PublishedProtocol(int? Epochs, int? Batch, string? Recipe, string Training, string? Epoch, int? Seeds);

/// <summary>One number that was published.</summary>
/// <param name="Table">The id of its table.</param>
/// <param name="Dataset">As in <see cref="Datasets"/>; also sets that do not load by name.</param>
/// <param name="Teacher">Empty where there is none, or it is not known.</param>
/// <param name="Student">The network that was judged; a teacher's own accuracy stands here too, with the method <c>none</c>.</param>
/// <param name="Method">As <see cref="Method.Name"/>; <c>none</c> for labels alone, a plus sign between two that were combined.</param>
/// <param name="Variant">Empty, or what sets the number apart: <c>teacher</c>, <c>student alone</c>, <c>exit-1</c> …, <c>ensemble</c>, other data.</param>
/// <param name="Metric"><c>accuracy</c>, <c>flops</c> or <c>parameters</c>.</param>
/// <param name="Epoch">Which epoch it belongs to.</param>
/// <param name="Value">With exactly the published digits; null where the table has a gap.</param>
/// <param name="Unit"><c>%</c>, or <c>K</c>, <c>M</c>, <c>G</c> for counts.</param>
/// <param name="Spread">The published deviation over seeds.</param>
/// <param name="Trust">How sure it is.</param>
/// <param name="Caveat">What keeps the number from being compared as it stands; empty for nothing.</param>
public sealed record PublishedValue(
    string Table, string Dataset, string Teacher, string Student, string Method, string Variant, string Metric, ReportedEpoch Epoch,
    decimal? Value, string Unit, decimal? Spread, Trust Trust, string Caveat)
{
    /// <summary>Whether it is the answer of one network, trained and judged in the ordinary way.</summary>
    public bool IsPlain => Variant is "" or "teacher" or "student alone";
}

/// <summary>A published table: where it stands and every number in it.</summary>
/// <param name="Id">The name of its file in <c>data/published</c>.</param>
/// <param name="Title">What it is about.</param>
/// <param name="Source">The paper or repository.</param>
/// <param name="Number">Which table of the source, where that is known.</param>
/// <param name="Link">Where to read it, where that is known.</param>
/// <param name="Protocol">How its numbers came about.</param>
/// <param name="Trust">How sure most of its numbers are; each has its own.</param>
/// <param name="Notes">What else a reader should know.</param>
/// <param name="Values">The numbers, in the order of the source.</param>
public sealed record PublishedTable(
    string Id, string Title, string Source, string? Number, string? Link, PublishedProtocol Protocol, Trust Trust, string Notes, Sequence<PublishedValue> Values);
