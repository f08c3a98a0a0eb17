namespace Distillation;

public static partial class Methods
{
    /// <summary>Variational information distillation (Ahn et al. 2019), VID: every stage of the teacher is predicted from the student's, with a learned variance per channel.</summary>
    /// <param name="weight">Weight of the sum over stages; 1.</param>
    /// <param name="kd">Weight of the soft labels; 0, or 1 for VID + KD.</param>
    public static Method Vid(Schedule? weight = null, Schedule? kd = null) => Guided(
        "vid", "Ahn et al.: Variational Information Distillation for Knowledge Transfer, CVPR 2019", Knowledge.Feature, [], weight ?? 1, kd ?? 0,
        (teacher, student) =>
        {
            var stages = StageTaps.Stages(teacher, student);
            return new Guide(step => stages.Select(pair =>
            {
                var regressor = step.Player($"regressor {pair.Student.Name}");
                var (own, guide) = Losses.SameSize(step.Student()[pair.Student.Name], step.Teacher()[pair.Teacher.Name]);
                return Losses.VariationalInformation(regressor.Call(own), regressor["raw_variance"], guide).mean();
            }).Aggregate((sum, stage) => sum + stage))
            {
                Adapters = [.. stages.Select(pair => Adapter(
                    $"regressor {pair.Student.Name}",
                    pair.Student.Shape with { Height = Math.Min(pair.Student.Shape.Height, pair.Teacher.Shape.Height), Width = Math.Min(pair.Student.Shape.Width, pair.Teacher.Shape.Width) },
                    Predictor(pair.Teacher.Shape.Channels)))],
            };
        });

    // Three 1x1 convolutions with ReLU between; a starts where softplus(a) + 1e-5 is 5. The larger of two maps is pooled before.
    private static Layer Predictor(long channels) => Layer.Conv("conv1", channels, kernel: 1).Then(Layer.Relu)
        .Then(Layer.Conv("conv2", channels, kernel: 1)).Then(Layer.Relu)
        .Then(Layer.Conv("conv3", channels, kernel: 1))
        .Then(Layer.Declare("raw_variance", [channels], new Initializer.Constant(Math.Log(Math.Exp(5 - 1e-5) - 1))));
}
