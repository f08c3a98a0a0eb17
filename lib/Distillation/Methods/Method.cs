using System.Text.Json;
using System.Text.Json.Serialization;

namespace Distillation;

/// <summary>What is handed over, after the survey (Gou et al. 2021, section 2).</summary>
public enum Knowledge
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>What the teacher answers.</summary>
    Response,

    /// <summary>What it computes on the way.</summary>
    Feature,

    /// <summary>How samples or layers relate.</summary>
    Relation,
}

/// <summary>When the teacher learns, after the survey (section 3).</summary>
public enum Scheme
{
    /// <summary>Before the student.</summary>
    Offline,

    /// <summary>With the student.</summary>
    Online,

    /// <summary>The student is its own teacher.</summary>
    Self,
}

/// <summary>The family of algorithms, after the survey (section 5 on distillation algorithms).</summary>
public enum Family
{
    /// <summary>None of the others.</summary>
    Plain,

    /// <summary>Something learns to fool, or to make training data.</summary>
    Adversarial,

    /// <summary>Several teachers.</summary>
    MultiTeacher,

    /// <summary>Teacher and student see different kinds of data.</summary>
    CrossModal,

    /// <summary>A graph of samples or features is handed over.</summary>
    Graph,

    /// <summary>Attention maps are handed over, or attention decides what is.</summary>
    Attention,

    /// <summary>The training images are not there.</summary>
    DataFree,

    /// <summary>The student, or the teacher, computes in few bits.</summary>
    Quantized,

    /// <summary>What was learned before is kept while something new is learned.</summary>
    Lifelong,

    /// <summary>The student's structure is searched for.</summary>
    ArchitectureSearch,
}

/// <summary>A number of a method that a run must be able to tell: a temperature, a weight.</summary>
public sealed record Setting(string Name, Schedule Value);

/// <summary>
/// A published method as a value: how teacher and student become a loss. <see cref="Methods"/> has one factory per method.
/// </summary>
/// <param name="Name">Its short name, as on the command line.</param>
/// <param name="Version">Part of every run's id: a mended method runs again.</param>
/// <param name="Citation">Where it was published.</param>
/// <param name="Knowledge">What is handed over.</param>
/// <param name="Scheme">When the teacher learns.</param>
/// <param name="Teacher">Where its guidance comes from.</param>
/// <param name="Settings">Its numbers.</param>
/// <param name="Prepare">From the frozen teachers' networks (if any) and the student's to what happens.</param>
[TypeFormatterSource(typeof(ShowingSource))]
public sealed record Method(
    string Name,
    int Version,
    string Citation,
    Knowledge Knowledge,
    Scheme Scheme,
    Teacher Teacher,
    Sequence<Setting> Settings,
    Func<Sequence<Network>, Network, Prepared> Prepare)
{
    private readonly Sequence<Method>? parts;

    /// <summary>Its family of algorithms.</summary>
    public Family Family { get; init; }

    /// <summary>What its batches are made of.</summary>
    public Feed Feed { get; init; } = new Feed.Own();

    /// <summary>
    /// In a sum, behind other methods: what this one makes of them together, in place of terms of its own; a wrapper such as logit standardisation, or another optimizer. Null for most.
    /// </summary>
    public Func<Sequence<Method>, Prepared, Prepared>? Around { get; init; }

    /// <summary>Whether an experiment must name a teacher.</summary>
    public bool NeedsTeacher => Teacher.Count.Least > 0;

    /// <summary>The methods that this one is the sum of; a method that is no sum is its own only part.</summary>
    public Sequence<Method> Parts
    {
        get => parts ?? this;
        init => parts = value;
    }

    /// <summary>
    /// Both at once: <c>Methods.Hinton() + Methods.At(weight: 1000)</c>. A term that both have under one name, such as the labels, counts once, with the first one's weight.
    /// </summary>
    /// <exception cref="BadInput">They do not fit together.</exception>
    public static Method operator +(Method first, Method second) => Composition.Of([.. first.Parts, .. second.Parts]);

    /// <summary>Name, version, settings and what it learns from where that is not the training images: what makes two methods the same in a run's id.</summary>
    public string Text => $"{Name} v{Version}{(parts is null ? "" : $" of {string.Join(", ", parts.Select(part => $"v{part.Version}"))}")}{(Feed is Feed.Own ? "" : $" on {Feed}")} {JsonSerializer.Serialize(Settings.ToDictionary(s => s.Name, s => s.Value), Options)}";

    /// <inheritdoc/>
    public override string ToString() => Settings.Count == 0 ? Name : $"{Name}({string.Join(", ", Settings.Select(Short))})";

    private static JsonSerializerOptions Options { get; } = new() { DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    private static string Short(Setting setting) =>
        $"{setting.Name} {(setting.Value is Schedule.Constant c ? c.Value.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture) : setting.Value.ToString())}";
}
