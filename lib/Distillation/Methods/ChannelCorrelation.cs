namespace Distillation;

public static partial class Methods
{
    /// <summary>Inter-channel correlation (Liu et al. 2021), ICKD-C: which channels of the last map fire together.</summary>
    /// <param name="weight">2.5.</param>
    /// <param name="kd">Weight of the soft labels; 0, or 1 for ICKD + KD.</param>
    public static Method Ickd(Schedule? weight = null, Schedule? kd = null) => Guided(
        "ickd", "Liu et al.: Exploring Inter-Channel Correlation for Diversity-preserved Knowledge Distillation, ICCV 2021", Knowledge.Relation, [], weight ?? 2.5, kd ?? 0,
        (teacher, student) =>
        {
            var (own, guide) = StageTaps.Last(teacher, student);
            return new Guide(step => Losses.ChannelCorrelation(step.Player("embedding").Call(step.Student()[own.Name]), step.Teacher()[guide.Name]).mean())
            {
                Adapters = [Adapter("embedding", own.Shape, Layer.Conv("conv", guide.Shape.Channels, kernel: 1, padding: 0).Then(Layer.BatchNorm("bn")))],
            };
        });
}
