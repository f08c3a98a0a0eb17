using System.Diagnostics;

namespace Distillation;

/// <summary>What a step spends its time on.</summary>
public enum Stage
{
    /// <summary>Choosing, augmenting and normalising images.</summary>
    Data,

    /// <summary>The teachers' answers.</summary>
    Teacher,

    /// <summary>The student's forward pass.</summary>
    Student,

    /// <summary>Everything else of the objective, players and counting included.</summary>
    Loss,

    /// <summary>The backward pass.</summary>
    Backward,

    /// <summary>Clipping, updates, averaging.</summary>
    Optimizer,
}

/// <summary>
/// A clock that gives the time since its last mark to a stage. On a device that computes behind the program's back the stages tell when work was handed over, not when it was done.
/// </summary>
public sealed class StageClock
{
    private readonly double[] seconds = new double[Enum.GetValues<Stage>().Length];
    private long last = Stopwatch.GetTimestamp();

    /// <summary>Seconds per stage so far.</summary>
    public IReadOnlyDictionary<Stage, double> Seconds => Enum.GetValues<Stage>().ToDictionary(stage => stage, stage => seconds[(int)stage]);

    /// <summary>Gives the time since the last mark to a stage.</summary>
    public void Mark(Stage stage)
    {
        var now = Stopwatch.GetTimestamp();
        seconds[(int)stage] += Stopwatch.GetElapsedTime(last, now).TotalSeconds;
        last = now;
    }

    /// <summary>Forgets the time since the last mark.</summary>
    public void Skip() => last = Stopwatch.GetTimestamp();
}
