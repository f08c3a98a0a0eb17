namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Activation boundaries (Heo et al. 2019), AB, as RepDistiller runs it: for 30 epochs the student's stages, through connectors where shapes differ, learn which neurons of the teacher are on; then the
    /// student learns from labels alone. A stage counts half as much as the next one.
    /// </summary>
    /// <param name="weight">Of the sum over stages; 3/1000.</param>
    /// <param name="kd">Weight of the soft labels in the second phase; 0, or 1 for AB + KD.</param>
    /// <param name="epochs">Of the first phase, for a second one of 240; 30.</param>
    public static Method Ab(Schedule? weight = null, Schedule? kd = null, int epochs = 30)
    {
        var margin = weight ?? 0.003;
        return Guided(
            "ab", "Heo et al.: Knowledge Transfer via Distillation of Activation Boundaries Formed by Hidden Neurons, AAAI 2019", Knowledge.Feature, [new("epochs", epochs)], margin, kd ?? 0,
            (teacher, student) =>
            {
                var stages = StageTaps.BeforeActivation(teacher, student);
                return Guide.None with
                {
                    Front = Front("boundaries", "ab", margin, step => stages
                        .Select((pair, i) => Losses.ActivationBoundary(Connected(step, pair), step.Teacher()[pair.Teacher.Name]).mean() * Math.Pow(2, i + 1 - stages.Count))
                        .Aggregate((sum, stage) => sum + stage), epochs) with
                    {
                        Trains = student.Reaching(stages[^1].Student.Name).Contains,
                    },
                    Adapters = [.. stages.Where(pair => pair.Student.Shape != pair.Teacher.Shape).Select(pair => Adapter(
                        $"connector {pair.Student.Name}", pair.Student.Shape, Regressor(pair.Student.Shape, pair.Teacher.Shape, relu: false)))],
                    Plays = _ => false,
                };
            });

        static TorchSharp.torch.Tensor Connected(Step step, (Tap Student, Tap Teacher) pair) => pair.Student.Shape == pair.Teacher.Shape
            ? step.Student()[pair.Student.Name]
            : step.Player($"connector {pair.Student.Name}").Call(step.Student()[pair.Student.Name]);
    }
}
