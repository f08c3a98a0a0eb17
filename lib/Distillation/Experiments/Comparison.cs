namespace Distillation;

/// <summary>A published number beside what was measured here.</summary>
/// <param name="Paper">The published number.</param>
/// <param name="Ours">Mean ± std over our seeds for the same data set, pair and method; null where nothing was run.</param>
/// <param name="Difference">Ours minus the paper's in points of accuracy (0 … 100), last with last or best with best epoch; null where the protocols do not agree.</param>
/// <param name="Reason">A sentence that says why there is no difference; empty where there is one.</param>
public sealed record ComparisonRow(PublishedValue Paper, SummaryRow? Ours, double? Difference, string Reason)
{
    /// <summary>Whether ours is what the paper's number is of: the same exit, the same variant. A result of the plain network may stand beside the number of an exit, and then does not answer it.</summary>
    public bool Answers { get; init; } = true;
}

/// <summary>A published table beside our results. Rows are joined on data set, teacher, student and method, never on position.</summary>
/// <param name="Table">The published table.</param>
/// <param name="Rows">One row per published accuracy in the table's order; several where we ran it with several settings.</param>
/// <param name="Elsewhere">Results of ours that the table has no number for.</param>
[TypeFormatterSource(typeof(ShowingSource))]
public sealed record Comparison(PublishedTable Table, Sequence<ComparisonRow> Rows, Sequence<SummaryRow> Elsewhere)
{
    /// <summary>The rows for which there is a result of ours.</summary>
    public Comparison Measured => this with { Rows = [.. Rows.Where(row => row.Ours is not null)] };
}

/// <summary>Our results beside the published ones.</summary>
public static class Comparisons
{
    /// <summary>The table beside results that differ in more than their seed.</summary>
    public static Comparison CompareWith(this IEnumerable<SummaryRow> results, PublishedTable table)
    {
        var ours = results.ToList();
        var joined =
            from paper in table.Values
            where paper.Metric == "accuracy"
            from row in ours.Where(row => Joins(paper, row.Example)).Select(row => (SummaryRow?)row).DefaultIfEmpty()
            let isThere = IsThere(paper, row)
            select Compare(table.Protocol, paper, row is null ? null : At(paper, row), isThere) with { Answers = row is not null && isThere && !IsOtherTeacher(paper, row.Example) };
        return new Comparison(table, [.. joined], [.. ours.Where(row => !table.Values.Any(paper => paper.Metric == "accuracy" && Joins(paper, row.Example)))]);
    }

    /// <summary>The table beside runs, summarized over their seeds.</summary>
    public static Comparison CompareWith(this IEnumerable<RunRow> runs, PublishedTable table) => runs.Summarize().CompareWith(table);

    // Labels alone are the same whichever teacher is beside them; where the paper's teacher is not known, any may stand there.
    private static bool Joins(PublishedValue paper, RunRow ours) =>
        paper.Dataset == ours.Dataset
        && (IsOfJointTeacher(paper) ? ours.Method == "exits" && ours.Student == WithCopies(paper.Student) : paper.Student == ours.Student && Called(paper) == Name(ours))
        && (paper.Teacher is "" || (ours.Teacher == WithCopies(paper.Teacher) ? IsOfJointTeachers(paper) : !IsOfJointTeachers(paper) && paper.Teacher == Trunk(ours.Teacher))) && (paper.Method != "oto" || IsStarred(paper) == (RunSettings.Of(ours, "augmented") == 1))
        && (Called(paper) != Others || ours.TrainImages == 0) && (paper.Method != "dafl" || PublishedSettings.GeneratorLosses.All(loss => PublishedSettings.Has(paper, loss.Name) == (RunSettings.Of(ours, loss.Setting) != 0)))
        && (PublishedSettings.Factor(paper) is not { } factor || RunSettings.Of(ours, "factor") == factor);

    private const string Others = "kd-unlabelled";

    // HSAKD's teachers that learned together with their exits, which copy what is left of the network, and the students of such.
    private static bool IsOfJointTeacher(PublishedValue paper) => paper.Variant == "teacher, joint";

    private static bool IsOfJointTeachers(PublishedValue paper) => paper.Variant == "joint teacher";

    private static string WithCopies(string network) => $"{network}+copied4";

    // What the papers have as a variant of KD is a method of its own here.
    private static string Called(PublishedValue paper) => (paper.Method, paper.Variant) switch
    {
        ("kd", "noise") => "kd-noise",
        ("kd", "alternative data") => Others,
        ("kd", "meta data") => "kd-meta",
        _ => paper.Method,
    };

    // A teacher with exits stands where the published one does, and only OtO's is the published one.
    private static bool IsOtherTeacher(PublishedValue paper, RunRow ours) => paper.Teacher != "" && paper.Method != "oto" && !IsOfJointTeachers(paper) && paper.Teacher != ours.Teacher;

    private static string? Trunk(string? network) => network?.Split('+')[0];

    private static bool IsStarred(PublishedValue paper) => paper.Variant.EndsWith("starred", StringComparison.Ordinal);

    // Which of a run's exits the paper's number belongs to; null for the answer of the network.
    private static string? Exit(PublishedValue paper) => paper.Variant.Split(',')[0] is var exit && (exit == "ensemble" || exit.StartsWith("exit-", StringComparison.Ordinal)) ? exit : null;

    private static bool IsThere(PublishedValue paper, SummaryRow? ours) =>
        paper.IsPlain || IsOfJointTeacher(paper) || IsOfJointTeachers(paper) || PublishedSettings.IsAblation(paper) || PublishedSettings.Factor(paper) is not null || IsOfThoseImages(paper, ours) || (ours is not null && Exit(paper) is { } exit && ours.Exits.Any(one => one.Exit == exit));

    // Noise is noise; what learned from a part of the other images is still a result for them, and what learned from others is not.
    private static bool IsOfThoseImages(PublishedValue paper, SummaryRow? ours) =>
        Called(paper) is var called && called != paper.Method && (called != Others || (ours is not null && RunSettings.OtherImages(ours.Example).Split(" images of ")[^1].Split(" (")[0] == PublishedSettings.OtherImages(paper)));

    // What is judged in every epoch is one of them; of the others only the last epoch's accuracy is known.
    private static SummaryRow At(PublishedValue paper, SummaryRow ours) =>
        Exit(paper) is { } exit && ours.Exits.FirstOrDefault(one => one.Exit == exit) is { Accuracy: var accuracy } && Math.Abs(accuracy.Mean - ours.Last.Mean) > 1e-9
            ? ours with { Last = accuracy, Best = new MeanStd(double.NaN, null, accuracy.Count) }
            : ours;

    // A feature method that is usually alone and was run with a part of KD is another row of the papers: 'at+kd'. So is MLKD with standardised logits.
    private static string Name(RunRow ours)
    {
        if (ours.Method == "mlkd" && RunSettings.Of(ours, "standardized") == 1)
        {
            return "mlkd+lskd";
        }

        return RunSettings.Usual(ours, "kd") == 0 && RunSettings.Of(ours, "kd") is { } kd && kd != 0 ? $"{ours.Method}+kd" : ours.Method;
    }

    private static ComparisonRow Compare(PublishedProtocol protocol, PublishedValue paper, SummaryRow? ours, bool isThere)
    {
        if (ours is null)
        {
            return new(paper, null, null, "Not run here.");
        }

        var reservations = Reservations(protocol, paper, ours.Example, isThere).ToList();
        return reservations.Count == 0
            ? new(paper, ours, (100 * (paper.Epoch == ReportedEpoch.Last ? ours.Last : ours.Best).Mean) - (double)paper.Value!.Value, "")
            : new(paper, ours, null, Sentence(reservations));
    }

    // Why a difference would say nothing, the gravest reason first.
    private static IEnumerable<string> Reservations(PublishedProtocol protocol, PublishedValue paper, RunRow ours, bool isThere)
    {
        var known = KnownTraining.Of(protocol, paper);
        var differing = string.Join(", ", known.Differing(ours));
        var whole = Datasets.All.FirstOrDefault(dataset => dataset.Name == ours.Dataset)?.TrainCount;
        return new[]
        {
            (paper.Value is null && paper.Caveat == "", "the paper has no value here"),
            (paper.Caveat != "", $"of the paper's number: {paper.Caveat}"),
            (!isThere && Called(paper) != Others, $"the paper's number is of the variant '{paper.Variant}', ours of the plain network"),
            (IsOtherTeacher(paper, ours), $"ours had the teacher '{ours.Teacher}'"),
            (Called(paper) == Others && RunSettings.OtherImages(ours) != PublishedSettings.OtherImages(paper), $"ours learned from {(RunSettings.OtherImages(ours) is { Length: > 0 } others ? others : "images that are not known")}, the paper's from {PublishedSettings.OtherImages(paper)}"),
            (paper.Trust is Trust.MemoryMedium or Trust.MemoryLow, "the paper's number is from memory"),
            (ours.SubsetSeed is not null && ours.Method == "kd-meta", "what was recorded is of a part of the training images"),
            ((ours.SubsetSeed is not null && ours.Method != "kd-meta") || ours.TrainImages is > 0 and var seen && seen < whole, whole is null ? $"ours saw only {ours.TrainImages} images" : $"ours saw {ours.TrainImages} of {whole} images"),
            (RunSettings.Outdated(ours) is not null, $"ours is of version {RunSettings.Outdated(ours)?.Then} of the method, which is at {RunSettings.Outdated(ours)?.Now} now"),
            (known.Size is { } size && RunSettings.Size(ours) is { } shown && shown != size, $"ours saw images of {RunSettings.Size(ours)} pixels, the paper's of {known.Size}"),
            (known.Epochs is null, "the paper's number of epochs is not known"),
            (known.Epochs is { } epochs && epochs != ours.Epochs, $"ours ran {Count(ours.Epochs, "epoch")}, the paper's {known.Epochs}"),
            (RunSettings.Of(ours, RunSettings.Steps) is { } own && Steps(known, ours) is { } usual && own != usual, $"ours took {RunSettings.Of(ours, RunSettings.Steps)?.At(0):0} steps an epoch, the paper's {Steps(known, ours)?.At(0):0}"),
            (known.Making(ours) != "", $"ours made its images otherwise: {known.Making(ours)}"),
            (known.Batch is { } batch && batch != ours.BatchSize, $"ours had batches of {ours.BatchSize}, the paper's {known.Batch}"),
            (paper.Epoch == ReportedEpoch.Unknown, "whether the paper's number is of the last or the best epoch is not known"),
            (known.Doubt != "", known.Doubt),
            (differing != "", $"other than the paper's: {differing}"),
        }
        .Where(pair => pair.Item1).Select(pair => pair.Item2);
    }

    // How many images are made for an epoch: as the number's own experiment has it, or as the method does.
    private static Schedule? Steps(KnownTraining known, RunRow ours) =>
        known.Experiment?.Method is { } method && method.Name == ours.Method && method.Settings.FirstOrDefault(setting => setting.Name == RunSettings.Steps) is { } own ? own.Value : RunSettings.Usual(ours, RunSettings.Steps);

    private static string Sentence(IEnumerable<string> parts)
    {
        var text = string.Join("; ", parts);
        return $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
    }

    private static string Count(long number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";
}
