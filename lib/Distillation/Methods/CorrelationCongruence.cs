namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Correlation congruence (Peng et al. 2019), CC, as its authors gave it to RepDistiller: both embeddings go through linear layers that learn. The paper's own formula is
    /// <see cref="Losses.CorrelationCongruence"/>.
    /// </summary>
    /// <param name="weight">0.02, as in RepDistiller.</param>
    /// <param name="kd">Weight of the soft labels; 0, or 1 for CC + KD.</param>
    /// <param name="length">Length of the embedded vectors.</param>
    public static Method Cc(Schedule? weight = null, Schedule? kd = null, int length = 128) => Guided(
        "cc", "Peng et al.: Correlation Congruence for Knowledge Distillation, ICCV 2019", Knowledge.Relation, [new("length", length)], weight ?? 0.02, kd ?? 0,
        (teacher, student) => new Guide(step => Related(
            step.Player("student embedding").Call(step.Student().Embedding), own => Losses.NeighbourCongruence(own, step.Player("teacher embedding").Call(step.Teacher().Embedding))))
        {
            Adapters = [Adapter("student embedding", student.Taps[^1].Shape, Layer.Linear("linear", length)), Adapter("teacher embedding", teacher.Taps[^1].Shape, Layer.Linear("linear", length))],
        });
}
