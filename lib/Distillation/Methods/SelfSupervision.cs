using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Knowledge distillation meets self-supervision (Xu et al. 2020), SSKD, in its two phases: for 60 epochs a head on the frozen teacher learns to tell which image a rotated one came from; then the student
    /// learns labels and soft labels of the images, soft labels of the rotated ones, and how alike these are to all images of the batch. Rotated images are those of the batch, where the authors crop
    /// each rotation anew.
    /// </summary>
    /// <param name="weight">Of the likenesses; 10.</param>
    /// <param name="kd">Of the images' soft labels; 0.9.</param>
    /// <param name="hard">Of the labels; 0.1.</param>
    /// <param name="transformed">Of the rotated images' soft labels; 2.7.</param>
    /// <param name="epochs">Of the first phase, for a second one of 240; 60.</param>
    public static Method Sskd(Schedule? weight = null, Schedule? kd = null, Schedule? hard = null, Schedule? transformed = null, int epochs = 60)
    {
        const double Share = 0.75, Warmth = 0.5;
        var (alike, soft, labels, rotated) = (weight ?? 10, kd ?? 0.9, hard ?? 0.1, transformed ?? 2.7);
        return new Method(
            "sskd", 1, "Xu et al.: Knowledge Distillation Meets Self-Supervision, ECCV 2020", Knowledge.Relation, Scheme.Offline, new Teacher.Frozen(),
            [new("weight", alike), new("kd", soft), new("hard", labels), new("transformed", rotated), new("epochs", epochs)],
            (teachers, student) => new Prepared(
            [
                Front("head", "head", 1, step => Losses.CrossEntropy(Likenesses(step, "teacher", step.Teacher(Rotations.View)), Own(step)).mean(), epochs) with
                {
                    // By 10 after half of it and after three quarters.
                    Practice = practice => practice with { Rate = new Schedule.MultiStep(practice.Rate.At(0), 0.1, [0.5, 0.75]) },
                    Trains = _ => false,
                    Plays = name => name == "teacher head",
                },
                new Phase("training", ["labels", "kd", "transformed", "sskd"], (step, memory) =>
                {
                    var (own, guide) = (step.Student(Rotations.View), step.Teacher(Rotations.View));
                    return new Outcome(
                    [
                        new Term("labels", step.TaskLoss(Rotations.Upright(own.Logits)), labels),
                        new Term("kd", Losses.Hinton(Rotations.Upright(own.Logits), Rotations.Upright(guide.Logits), StandardTemperature).mean(), soft),
                        new Term("transformed", Losses.Selected(Rotations.Turned(own.Logits), Rotations.Turned(guide.Logits), step.Labels.repeat(Rotations.Count - 1), StandardTemperature, share: 1), rotated),
                        new Term("sskd", Losses.Selected(Likenesses(step, "student", own), Likenesses(step, "teacher", guide), Own(step), Warmth, Share), alike),
                    ], memory);
                })
                { Plays = name => name == "student head" },
            ])
            {
                Players = [Adapter("teacher head", teachers[0].Taps[^1].Shape, Projection(teachers[0].Taps[^1].Shape)), Adapter("student head", student.Taps[^1].Shape, Projection(student.Taps[^1].Shape))],
                Views = [View.Plain, Rotations.View],
            });

        // Which of the batch's images each rotated one came from.
        static Tensor Own(Step step) => arange(step.Labels.shape[0], ScalarType.Int64, step.Labels.device).repeat(Rotations.Count - 1);

        static Tensor Likenesses(Step step, string whose, Activations answer)
        {
            var seen = step.Player($"{whose} head").Call(answer.Embedding);
            return Losses.Likeness(Rotations.Turned(seen), Rotations.Upright(seen));
        }

        static Layer Projection(Shape shape) => Layer.Linear("0", shape.Channels).Then(Layer.Relu).Then(Layer.Linear("1", shape.Channels));
    }
}
