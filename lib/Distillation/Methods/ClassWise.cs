using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Class-wise self-knowledge distillation (Yun et al. 2020), CS-KD: what the student says about another image of the same class teaches it about this one. The other image is drawn for every image and step, from
    /// all training images of the class, and is seen without history; as in the authors' code, batch normalisation is in training mode for it too.
    /// </summary>
    /// <param name="weight">1; 3 for the paper's fine-grained data sets.</param>
    /// <param name="hard">Of the labels; 1.</param>
    /// <param name="temperature">τ; 4.</param>
    public static Method CsKd(Schedule? weight = null, Schedule? hard = null, double temperature = 4)
    {
        var (own, labels, tau) = (weight ?? 1, hard ?? 1, Temperature(temperature));
        return new Method(
            "cs-kd", 1, "Yun et al.: Regularizing Class-wise Predictions via Self-knowledge Distillation, CVPR 2020", Knowledge.Response, Scheme.Self, new Teacher.Self(),
            [new("weight", own), new("hard", labels), new("temperature", tau)],
            (_, student) => new Prepared([new Phase("training", ["labels", "cs-kd"], (step, memory) =>
            {
                var answer = step.Student().Logits;
                var partners = new ClassDraw(memory["order"], memory["first"], memory["count"]).Same(step.Labels, step.Key.Fold("partners"));
                return new Outcome([new Term("labels", step.TaskLoss(), labels), new Term("cs-kd", Losses.Hinton(answer, About(step, partners), tau).mean(), own)], memory);
            })])
            {
                Opening = opening => ClassDraw.Of(opening.Labels, student.Classes).Keep(Memory.Empty),
            });

        static Tensor About(Step step, Tensor partners)
        {
            using var quiet = no_grad();
            return step.Student(step.Training(partners, "partners"), step.Pass with { Key = step.Pass.Key?.Fold("partners") }).Logits;
        }
    }
}
