using System.Text.Json.Serialization;

namespace Distillation;

/// <summary>What one learner did in one epoch.</summary>
/// <param name="Learner">Who.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="Rate">The learning rate of the epoch's last step, or of the first bad one.</param>
/// <param name="Terms">Mean of every term over the epoch's samples (up to the first bad step, if there is one), unweighted, by name.</param>
/// <param name="Objective">Mean of the weighted sum of the student's own terms.</param>
/// <param name="TrainAccuracy">Share of right answers while training, 0 … 1; null where the feed has no labels.</param>
/// <param name="Test">Score on the test split of the weights kept after the epoch: those of the epoch before where this one has a bad step.</param>
/// <param name="Seconds">Wall time of the epoch for everybody in the fold, evaluation included.</param>
/// <param name="ImagesPerSecond">Training images of this learner per second of training time, everybody in the fold running.</param>
/// <param name="FirstBadStep">The first step of the run whose objective was not finite, or that left weights which are not; null when all is well.</param>
public sealed record EpochReport(
    [property: JsonIgnore] Learner Learner, int Epoch, double Rate, IReadOnlyList<(string Name, double Mean)> Terms, double Objective, double? TrainAccuracy, Score Test, double Seconds,
    double ImagesPerSecond, long? FirstBadStep);

/// <summary>How far a fold is, for whoever shows it.</summary>
/// <param name="Epoch">The epoch in progress, from 1.</param>
/// <param name="Epochs">How many there are.</param>
/// <param name="Step">Steps done in all.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="ImagesPerSecond">Student images trained per second since the last report, summed over learners.</param>
/// <param name="Left">Time left at the pace so far.</param>
public sealed record FoldProgress(int Epoch, int Epochs, long Step, long Steps, double ImagesPerSecond, TimeSpan Left);

/// <summary>Who watches a fold. All are called between steps and must be quick.</summary>
/// <param name="OnProgress">A few times a second.</param>
/// <param name="OnEpoch">After an epoch of one learner.</param>
/// <param name="OnReplay">With a recorder, once per learner: null where its steps are replayed, else why they are not.</param>
public sealed record Watcher(Action<FoldProgress>? OnProgress = null, Action<EpochReport>? OnEpoch = null, Action<Learner, string?>? OnReplay = null);

/// <summary>What a learner became.</summary>
/// <param name="Learner">Who.</param>
/// <param name="Last">
/// The weights after the last epoch; where an objective stopped being finite, those after the last epoch that was well, or the first weights. Whoever receives them owns them.
/// </param>
/// <param name="Epochs">One report per epoch.</param>
/// <param name="Seconds">Wall time of the fold it was in; where it went on from a checkpoint, with the time before.</param>
/// <param name="SideBySide">How many learners the fold began with.</param>
public sealed record Learned(Learner Learner, Weights Last, IReadOnlyList<EpochReport> Epochs, double Seconds, int SideBySide);
