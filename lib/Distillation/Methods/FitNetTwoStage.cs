namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// FitNets (Romero et al. 2015) as in the paper: first the student up to a middle map learns, through a regressor, to give the teacher's (equation 3, as a mean); then the whole student learns from
    /// labels and soft labels, whose weight λ falls from 4 to 1 (section 2.3). The soft part is KL, which has the gradient of the paper's cross-entropy, without τ².
    /// </summary>
    /// <param name="weight">Of the hint in the first stage; 100.</param>
    /// <param name="kd">λ in the second stage; falls from 4 to 1.</param>
    /// <param name="map">Which map, counted from the stem's 0; 2.</param>
    /// <param name="temperature">τ; 3.</param>
    /// <param name="epochs">Of the first stage, for a second one of 240; 30, as long as RepDistiller gives to other methods. The paper waits until a validation error stops falling.</param>
    public static Method FitNetTwoStage(Schedule? weight = null, Schedule? kd = null, int map = 2, double temperature = 3, int epochs = 30)
    {
        var (hint, soft, tau) = (weight ?? 100, kd ?? new Schedule.Linear(4, 1), Temperature(temperature));
        return new Method(
            "fitnet-two-stage", 1, "Romero et al.: FitNets: Hints for Thin Deep Nets, ICLR 2015", Knowledge.Feature, Scheme.Offline, new Teacher.Frozen(),
            [new("weight", hint), new("kd", soft), new("map", map), new("temperature", tau), new("epochs", epochs)],
            (teachers, student) =>
            {
                var (own, guide) = StageTaps.Numbered(teachers[0], student, map);
                return new Prepared(
                [
                    Front("hint", "hint", hint, step => Losses.Hint(step.Player("regressor").Call(step.Student()[own.Name]), step.Teacher()[guide.Name]).mean(), epochs) with
                    {
                        Trains = student.Reaching(own.Name).Contains,
                    },
                    new Phase("training", ["labels", "kd"], (step, memory) => new Outcome(
                    [
                        new Term("labels", step.TaskLoss(), 1),
                        new Term("kd", Losses.KlDivergence(step.Student().Logits, step.Teacher().Logits, tau).mean(), soft),
                    ], memory))
                    { Plays = _ => false },
                ])
                { Players = [Adapter("regressor", own.Shape, Regressor(own.Shape, guide.Shape))] };
            });
    }
}
