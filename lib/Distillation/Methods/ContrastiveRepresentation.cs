using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Contrastive representation distillation (Tian et al. 2020), CRD: both embeddings, made linear to one length and of norm 1, are to be told from those of other classes' images. Two banks remember
    /// what every training image was embedded to, on the device; negatives are drawn there, with replacement.
    /// </summary>
    /// <param name="weight">0.8.</param>
    /// <param name="kd">Weight of the soft labels; 0, or 1 for CRD + KD.</param>
    /// <param name="negatives">K; 16,384.</param>
    /// <param name="temperature">τ of the scores; 0.07.</param>
    /// <param name="momentum">The share that a row of the bank keeps; 0.5.</param>
    /// <param name="length">Length of the embeddings; 128.</param>
    /// <param name="relaxed">Whether the positive is another image of the class ("relax" in RepDistiller) instead of the image itself ("exact").</param>
    /// <param name="hard">Whether the negatives are the K images of other classes that the teacher's bank holds nearest, instead of drawn ones.</param>
    public static Method Crd(
        Schedule? weight = null, Schedule? kd = null, int negatives = 16_384, double temperature = 0.07, double momentum = 0.5, int length = 128, bool relaxed = false, bool hard = false) => Guided(
        "crd", "Tian, Krishnan, Isola: Contrastive Representation Distillation, ICLR 2020", Knowledge.Feature,
        [
            new("negatives", negatives), new("temperature", Temperature(temperature)), new("momentum", momentum), new("length", length),
            new("relaxed", relaxed ? 1 : 0), new("hard", hard ? 1 : 0),
        ],
        weight ?? 0.8, kd ?? 0,
        (teacher, student) => new Guide((step, memory) =>
        {
            var own = Embedded(step, "student", step.Student().Embedding);
            var guide = Embedded(step, "teacher", step.Teacher().Embedding);
            var draw = new ClassDraw(memory["order"], memory["first"], memory["count"]);
            var positives = relaxed ? draw.Same(step.Labels, step.Key.Fold("positives")) : step.Indices;
            var negative = hard ? draw.Nearest(step.Labels, guide.detach(), memory["teacher"], negatives) : draw.Others(step.Labels, negatives, step.Key.Fold("negatives"));
            var rows = cat([positives.unsqueeze(1), negative], 1);
            var (first, zStudent) = Side(own, memory["teacher"], memory["z.student"]);
            var (second, zTeacher) = Side(guide, memory["student"], memory["z.teacher"]);
            return (first + second, memory.With("z.student", zStudent).With("z.teacher", zTeacher)
                .With("student", Losses.Remembered(memory["student"], step.Indices, own, momentum)).With("teacher", Losses.Remembered(memory["teacher"], step.Indices, guide, momentum)));

            // The first batch decides Z; until then it is remembered as -1.
            (Tensor Loss, Tensor Normalizer) Side(Tensor anchors, Tensor bank, Tensor known)
            {
                var scores = Losses.ContrastiveScores(anchors, bank, rows, temperature);
                var z = known.where(known.gt(0), Losses.ContrastiveNormalizer(scores, bank.shape[0]));
                return (Losses.Contrastive(scores, z, bank.shape[0]).mean(), z);
            }
        })
        {
            Adapters = [Adapter("student embedding", student.Taps[^1].Shape, Layer.Linear("linear", length)), Adapter("teacher embedding", teacher.Taps[^1].Shape, Layer.Linear("linear", length))],
            Opening = opening => ClassDraw.Of(opening.Labels, student.Classes).Keep(Memory.Empty)
                .With("student", Bank(opening, "student", length)).With("teacher", Bank(opening, "teacher", length))
                .With("z.student", full(1, -1f, ScalarType.Float32, opening.Labels.device)).With("z.teacher", full(1, -1f, ScalarType.Float32, opening.Labels.device)),
        });

    private static Tensor Embedded(Step step, string whose, Tensor embedding) => F.normalize(step.Player($"{whose} embedding").Call(embedding), dim: 1);

    // Uniform with the variance of a row of norm 1.
    private static Tensor Bank(Opening opening, string whose, int length) =>
        opening.Key.Fold(whose).Uniform([opening.Labels.shape[0], length], opening.Labels.device).sub_(0.5).mul_(2 * Math.Sqrt(3.0 / length));
}
