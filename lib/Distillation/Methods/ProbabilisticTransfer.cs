namespace Distillation;

public static partial class Methods
{
    /// <summary>Probabilistic knowledge transfer (Passalis and Tefas 2018), PKT: who is whose neighbour in the batch.</summary>
    /// <param name="weight">30,000, as in RepDistiller.</param>
    /// <param name="kd">Weight of the soft labels; 0, or 1 for PKT + KD.</param>
    public static Method Pkt(Schedule? weight = null, Schedule? kd = null) => Guided(
        "pkt", "Passalis, Tefas: Learning Deep Representations with Probabilistic Knowledge Transfer, ECCV 2018", Knowledge.Relation, [], weight ?? 30_000, kd ?? 0,
        (_, _) => new Guide(step => Losses.ProbabilisticTransfer(step.Student().Embedding, step.Teacher().Embedding)));
}
