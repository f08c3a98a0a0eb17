using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Norm and direction of the embedding (Wang et al. 2023), ND, which its authors add to others: <c>Methods.Hinton() + Methods.Nd()</c> is their KD++. Of another length, the student's embedding goes
    /// through a linear layer. Centres are the means of what the teacher has embedded of each class so far, where the authors average the training images once before.
    /// </summary>
    /// <param name="weight">1.</param>
    /// <param name="kd">Weight of the soft labels; 0.</param>
    public static Method Nd(Schedule? weight = null, Schedule? kd = null) => Guided(
        "nd", "Wang et al.: Improving Knowledge Distillation via Regularizing Feature Norm and Direction, 2023", Knowledge.Feature, [], weight ?? 1, kd ?? 0,
        (teacher, student) =>
        {
            var (own, guide) = (student.Taps[^1].Shape, teacher.Taps[^1].Shape);
            return new Guide((step, memory) =>
            {
                var (mine, hers) = (step.Student().Embedding, step.Teacher().Embedding);
                using (no_grad())
                {
                    memory["sums"].index_add_(0, step.Labels, hers, 1);
                }

                // A sum has the direction of the mean.
                return (Losses.NormDirection(own == guide ? mine : step.Player("embedding").Call(mine), hers, memory["sums"].index_select(0, step.Labels)).mean(), memory);
            })
            {
                Adapters = own == guide ? [] : [Adapter("embedding", own, Layer.Linear("linear", guide.Channels).Then(Layer.BatchNorm("bn")))],
                Opening = opening => Memory.Empty.With("sums", zeros(student.Classes, guide.Channels, ScalarType.Float32, opening.Labels.device)),
            };
        });
}
