using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

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

/// <summary>One weighted part of an objective. <paramref name="Value"/> is a scalar; the objective is the sum of weight · value.</summary>
public readonly record struct Term(string Name, Tensor Value, Schedule Weight);

/// <summary>A number of a method that a run must be able to tell: a temperature, a weight.</summary>
public sealed record Setting(string Name, Schedule Value);

/// <summary>What a method is once it knows its networks: the terms of its objective for a step, always the same ones in the same order.</summary>
/// <param name="Terms">The names of the terms, for the tables.</param>
/// <param name="Objective">From a step to the terms' values.</param>
public sealed record Prepared(Sequence<string> Terms, Func<Step, IReadOnlyList<Term>> Objective);

/// <summary>
/// A published method as a value: how teacher and student become a loss. <see cref="Methods"/> has one factory per method.
/// </summary>
/// <param name="Name">Its short name, as on the command line.</param>
/// <param name="Version">Part of every run's id: a mended method runs again.</param>
/// <param name="Citation">Where it was published.</param>
/// <param name="Knowledge">What is handed over.</param>
/// <param name="Scheme">When the teacher learns.</param>
/// <param name="NeedsTeacher">Whether an experiment must name a teacher.</param>
/// <param name="Settings">Its numbers.</param>
/// <param name="Prepare">From the teacher's network (if any) and the student's to the objective.</param>
public sealed record Method(
    string Name,
    int Version,
    string Citation,
    Knowledge Knowledge,
    Scheme Scheme,
    bool NeedsTeacher,
    Sequence<Setting> Settings,
    Func<Network?, Network, Prepared> Prepare)
{
    /// <summary>Name, version and settings: what makes two methods the same in a run's id.</summary>
    public string Text => $"{Name} v{Version} {JsonSerializer.Serialize(Settings.ToDictionary(s => s.Name, s => s.Value), Options)}";

    /// <inheritdoc/>
    public override string ToString() => Settings.Count == 0 ? Name : $"{Name}({string.Join(", ", Settings.Select(Short))})";

    private static JsonSerializerOptions Options { get; } = new() { DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    private static string Short(Setting setting) =>
        $"{setting.Name} {(setting.Value is Schedule.Constant c ? c.Value.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture) : setting.Value.ToString())}";
}
