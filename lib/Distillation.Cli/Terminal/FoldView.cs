using Spectre.Console;
using Spectre.Console.Rendering;

namespace Distillation.Cli.Terminal;

/// <summary>What is known of one learner.</summary>
internal sealed record LearnerLine(string Name, EpochReport? Last);

/// <summary>A fold as whoever watches sees it: a value that each event turns into the next.</summary>
/// <param name="Title">Who learns from whom.</param>
/// <param name="Learners">One line each, side by side.</param>
/// <param name="Progress">How far it is; null before the first report.</param>
internal sealed record FoldView(string Title, IReadOnlyList<LearnerLine> Learners, FoldProgress? Progress)
{
    private const int BarWidth = 40;

    /// <summary>Before the first step.</summary>
    public static FoldView Of(IReadOnlyList<Experiment> experiments) => new(TitleOf(experiments), [.. experiments.Select(e => new LearnerLine(NameOf(e), null))], null);

    /// <summary>Some steps later.</summary>
    public FoldView After(FoldProgress progress) => this with { Progress = progress };

    /// <summary>An epoch of one learner later.</summary>
    public FoldView After(Experiment experiment, EpochReport report) =>
        this with { Learners = [.. Learners.Select(line => line.Name == NameOf(experiment) ? line with { Last = report } : line)] };

    /// <summary>For a terminal: a table of the learners and a bar that moves.</summary>
    public IRenderable Moving()
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn("learner").AddColumn(Right("epoch")).AddColumn(Right("loss")).AddColumn(Right("training")).AddColumn(Right("test"));
        foreach (var (name, last) in Learners)
        {
            table.AddRow(
                new Text(name),
                new Text(last is null ? "" : $"{last.Epoch}"),
                new Text(last is null ? "" : Amounts.Loss(last.Objective)),
                new Text(last?.TrainAccuracy is { } right ? Amounts.Percent(right) : ""),
                new Text(last is null ? "" : Amounts.Percent(last.Test.Accuracy), new Style(Color.Green)));
        }

        return new Rows(new Text(Title, new Style(decoration: Decoration.Bold)), table, Bar());
    }

    /// <summary>For a file: one line per learner and epoch.</summary>
    public string EpochLine(Experiment experiment, EpochReport report)
    {
        var left = Progress is { } progress && progress.Steps > progress.Step ? $"  {Amounts.Time(progress.Left)} left" : "";
        return $"epoch {report.Epoch}/{experiment.Epochs}  {NameOf(experiment)}  loss {Amounts.Loss(report.Objective)}{(report.TrainAccuracy is { } right ? $"  training {Amounts.Percent(right)}" : "")}"
            + $"  test {Amounts.Percent(report.Test.Accuracy)}  {Amounts.Speed(report.ImagesPerSecond)}{left}";
    }

    /// <summary>The line that stays when a run has ended, or was found.</summary>
    public static string RunLine(RunRow row, bool found) =>
        row.Status != RunRow.Ok ? $"{row.Student} {row.Method} seed {row.Seed}: {row.Status}"
        : found ? $"{row.Student} {row.Method} seed {row.Seed}: {Amounts.Percent(row.LastAccuracy)}, found (run {row.Id})"
        : $"{row.Student} {row.Method} seed {row.Seed}: {Amounts.Percent(row.LastAccuracy)} in {Amounts.Time(TimeSpan.FromSeconds(row.Seconds))} (run {row.Id})";

    /// <summary>The line that says how many images were made of a teacher's record.</summary>
    public static string MadeLine(Experiment experiment, long made, long all) => $"{experiment.Method.Name}: {made} of {all} images made of {experiment.Teacher!.Network.Name}'s activation record";

    /// <summary>The line that says that a run goes on where it was interrupted.</summary>
    public static string ResumedLine(Experiment experiment, long step) => $"{NameOf(experiment)}: going on after step {step} (run {experiment.Id})";

    /// <summary>The line that says which of the two runs: captured steps or ordinary ones.</summary>
    public static string ReplayLine(Experiment experiment, string? reason) =>
        $"{NameOf(experiment)}: {(reason is null ? "its steps are replayed as a CUDA graph" : $"its steps run operator by operator: {reason}")}";

    /// <summary>Such as <c>resnet-8 kd seed 1</c>.</summary>
    public static string NameOf(Experiment experiment) => $"{experiment.Student.Name} {experiment.Method} seed {experiment.Seed}";

    private static string TitleOf(IReadOnlyList<Experiment> experiments)
    {
        var (first, students) = (experiments[0], string.Join(", ", experiments.Select(e => e.Student.Name).Distinct()));
        var teacher = first.Teacher is { } source ? $", teacher {source.Network.Name}" : "";
        var beside = experiments.Count > 1 ? $", {experiments.Count} side by side" : "";
        return $"{students} on {first.Dataset.Images:N0} images of {first.Dataset.Name}{teacher}{beside}, {first.Recipe.Epochs} {(first.Recipe.Epochs == 1 ? "epoch" : "epochs")}";
    }

    private IRenderable Bar()
    {
        if (Progress is not { } now)
        {
            return new Text("starting");
        }

        var full = (int)(BarWidth * now.Step / Math.Max(1, now.Steps));
        var words = $" epoch {Math.Min(now.Epoch, now.Epochs)}/{now.Epochs}  {Amounts.Speed(now.ImagesPerSecond)}  {Amounts.Time(now.Left)} left";
        return new Paragraph().Append(new string('━', full), new Style(Color.Green)).Append(new string('─', BarWidth - full), new Style(Color.Grey)).Append(words);
    }

    private static TableColumn Right(string title) => new TableColumn(title).RightAligned();
}
