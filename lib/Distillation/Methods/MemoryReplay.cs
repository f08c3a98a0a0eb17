using static TorchSharp.torch;

namespace Distillation;

/// <summary>What MrKD makes of the copies it remembers.</summary>
public enum Replay
{
    /// <summary>A small fully connected network joins their logits, and learns to from the labels.</summary>
    Ensemble,

    /// <summary>Every copy is a teacher of its own; the mean of their losses.</summary>
    Each,

    /// <summary>The mean of their logits is the teacher.</summary>
    Mean,
}

public static partial class Methods
{
    // Only the abstract of the article was at hand. It gives the three parts and none of their numbers: these are ours, and notebook 01 sweeps them.
    private const int ReplayCopies = 3;
    private const double ReplayTemperature = 3;
    private const double ReplayWeight = 1;
    private const int ReplayWidth = 1;
    private const double ReplayCorrect = 0.9;

    // 10 of 200 epochs.
    private const double ReplayEvery = 1 / 20.0;

    /// <summary>
    /// Memory-replay knowledge distillation (Wang, Zhang, Li 2021), MrKD: every κ epochs a copy of the student is remembered, at most n of them; a small fully connected network joins what they say about the
    /// batch; where its first class is not the label it is corrected, and it teaches the student beside the labels. That network learns from the labels alone, with the recipe's optimizer and rate and a momentum of
    /// its own; while there are fewer copies than n, the oldest fills the missing places too (which copy should, is not known here: that is ours as well), and before the first it practises on the student's own answers. The share of images that were corrected is the term <c>wrong</c>, of weight 0;
    /// how many of each class were is remembered as <c>wrong.teacher</c>, <c>wrong.copies</c> (the mean over copies) and <c>seen</c>. The article's numbers are not known here: the defaults are ours.
    /// </summary>
    /// <param name="weight">λ, of what the copies say; 1.</param>
    /// <param name="every">κ in epochs; 0 is a twentieth of the run, at least one epoch.</param>
    /// <param name="copies">n; 3.</param>
    /// <param name="temperature">τ; 3.</param>
    /// <param name="hard">Of the labels; 1.</param>
    /// <param name="replay">What the copies become: their ensemble, each by itself (1), or their mean (2).</param>
    /// <param name="adjustment">Where they are wrong: nothing (0), the two values trade places (1, the default), the label's is raised to the largest (2), a smoothed label (3).</param>
    /// <param name="width">Hidden units of the ensemble per class; 1.</param>
    /// <param name="correct">What a smoothed label gives to the true class; 0.9.</param>
    /// <exception cref="BadInput">A number is outside its range, or κ as long as the run.</exception>
    public static Method MrKd(
        Schedule? weight = null, int every = 0, int copies = ReplayCopies, double temperature = ReplayTemperature, Schedule? hard = null, Replay replay = Replay.Ensemble,
        Adjustment adjustment = Adjustment.Shift, int width = ReplayWidth, double correct = ReplayCorrect)
    {
        var (own, labels, tau) = (weight ?? ReplayWeight, hard ?? 1, Temperature(temperature));
        Check(every is >= 0 and <= 100_000, $"MrKD keeps a copy every 1 or more epochs (0 is a twentieth of the run), not every {every}.");
        Check(copies is >= 1 and <= 64, $"MrKD remembers 1 to 64 copies, not {copies}.");
        Check(width is >= 1 and <= 1024, $"MrKD's ensemble has 1 to 1,024 hidden units per class, not {width}.");
        Check(correct is > 0 and < 1, $"A smoothed label gives the true class a probability between 0 and 1, not {correct}.");
        return new Method(
            "mrkd", 1, "Wang, Zhang, Li: Memory-Replay Knowledge Distillation, Sensors 2021", Knowledge.Response, Scheme.Self, new Teacher.Remembered(),
            [
                new("weight", own), new("every", every), new("copies", copies), new("temperature", tau), new("hard", labels),
                new("replay", (int)replay), new("adjustment", (int)adjustment), new("width", width), new("correct", correct),
            ],
            (_, student) =>
            {
                Check(adjustment != Adjustment.Smooth || correct > 1.0 / student.Classes, $"A label smoothed to {correct} is not the first of {student.Classes} classes; take more than {1.0 / student.Classes:0.###}.");
                return new Prepared([new Phase("training", ["labels", "mrkd", "wrong", .. replay == Replay.Ensemble ? new[] { "ensemble" } : []], Objective)
                {
                    AfterEpoch = (milestone, memory) => milestone.Progress.Epoch % Every(milestone.Progress) == 0 ? Remember(milestone.Student, memory) : memory,
                }])
                {
                    Players = replay == Replay.Ensemble ? [Joining(copies, student.Classes, width)] : [],
                    Opening = opening => new[] { "seen", "wrong.teacher", "wrong.copies" }.Aggregate(Memory.Empty, (memory, name) => memory.With(name, zeros(student.Classes, ScalarType.Float32, opening.Student.Device))),
                };
            });

        Outcome Objective(Step step, Memory memory)
        {
            Check(Every(step.Progress) < step.Progress.Epochs || step.Progress.Epochs == 1, $"MrKD keeps its first copy after {every} epochs and the run has {step.Progress.Epochs}; take a smaller 'every', or 0 for a twentieth of the run.");
            var answer = step.Student().Logits;
            var said = Enumerable.Range(1, Kept(memory)).Select(age => step.Remembered(memory.Weights(Copy(age), step.Weights.Weights.Table)).Logits).ToList();
            var joined = replay == Replay.Ensemble ? step.Player("ensemble").Call(cat([.. Enumerable.Range(0, copies).Select(slot => said.Count == 0 ? answer.detach() : said[Math.Min(slot, said.Count - 1)])], 1)) : null;
            var teacher = said.Count == 0 ? null : replay == Replay.Ensemble ? joined!.detach() : stack(said).mean([0]);
            // Each by itself is counted as their mean is.
            var wrong = teacher is null ? zeros_like(step.Labels, ScalarType.Float32) : Count(step.Labels, teacher, said, memory);
            var taught = teacher is null ? answer.sum() * 0
                : replay == Replay.Each ? Losses.Replayed(answer, said, step.Labels, tau, adjustment, correct).mean()
                : Losses.Hinton(answer, Losses.Adjusted(teacher, step.Labels, adjustment, tau, correct), tau).mean();
            return new Outcome(
            [
                new Term("labels", step.TaskLoss(), labels), new Term("mrkd", taught, own), new Term("wrong", wrong.mean(), 0),
                .. joined is null ? [] : new[] { new Term("ensemble", step.TaskLoss(joined), 1) { Player = "ensemble" } },
            ], memory);
        }

        int Every(Progress progress) => every > 0 ? every : Math.Max(1, (int)Math.Round(progress.Epochs * ReplayEvery));

        // The newest is copy 1; what was copy n is forgotten.
        Memory Remember(Weights student, Memory memory) => Enumerable.Range(1, Math.Min(Kept(memory), copies - 1)).Reverse().Aggregate(memory, (so, age) => so
            .With($"{Copy(age + 1)}.parameters", so[$"{Copy(age)}.parameters"]).With($"{Copy(age + 1)}.buffers", so[$"{Copy(age)}.buffers"])).With(Copy(1), student);

        int Kept(Memory memory) => Enumerable.Range(1, copies).TakeWhile(age => memory.Has($"{Copy(age)}.parameters")).Count();

        static string Copy(int age) => $"copy {age}";
    }

    // Whose first class is not the label, [B]; counted by class.
    private static Tensor Count(Tensor labels, Tensor teacher, IReadOnlyList<Tensor> copies, Memory memory)
    {
        using var quiet = no_grad();
        var wrong = Wrong(teacher);
        memory["seen"].index_add_(0, labels, ones_like(wrong), 1);
        memory["wrong.teacher"].index_add_(0, labels, wrong, 1);
        memory["wrong.copies"].index_add_(0, labels, stack([.. copies.Select(Wrong)]).mean([0]), 1);
        return wrong;

        Tensor Wrong(Tensor logits) => logits.argmax(1).ne(labels).to_type(ScalarType.Float32);
    }

    private static Player Joining(int copies, long classes, int width) =>
        Adapter("ensemble", Shape.Vector(copies * classes), Layer.Linear("fc1", width * classes).Then(Layer.BatchNorm("bn")).Then(Layer.Relu).Then(Layer.Linear("fc2", classes)));

    private static void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new BadInput(otherwise);
        }
    }
}
