using F = TorchSharp.torch.nn.functional;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Factor transfer (Kim, Park, Kwak 2018), FT: for 30 epochs a paraphraser learns to compress the teacher's last map and to restore it; then the student learns from labels, and a translator of its last
    /// map to give the paraphraser's factors. Factors are compared as RepDistiller does, by their attention maps, or as the authors' code does, whole.
    /// </summary>
    /// <param name="weight">200, as in RepDistiller; for the original form 500, as in the authors' code.</param>
    /// <param name="kd">Weight of the soft labels; 0, or 1 for FT + KD.</param>
    /// <param name="original">Whether the whole factor is normalised (Jangho-Kim/Factor-Transfer-pytorch) instead of its attention map (RepDistiller).</param>
    /// <param name="rate">Of the teacher's channels, the share that a factor has; 0.5.</param>
    /// <param name="epochs">Of the first phase, for a second one of 240; 30.</param>
    /// <exception cref="BadInput">The share is not in (0, 1].</exception>
    public static Method Ft(Schedule? weight = null, Schedule? kd = null, bool original = false, double rate = 0.5, int epochs = 30) => Guided(
        "ft", "Kim, Park, Kwak: Paraphrasing Complex Network: Network Compression via Factor Transfer, NeurIPS 2018", Knowledge.Feature,
        [new("original", original ? 1 : 0), new("rate", rate), new("epochs", epochs)], weight ?? (original ? 500 : 200), kd ?? 0,
        (teacher, student) =>
        {
            var (own, guide) = StageTaps.Last(teacher, student);
            var factors = rate is > 0 and <= 1 ? Math.Max(1, (long)(guide.Shape.Channels * rate)) : throw new BadInput($"A factor has a share of the teacher's channels above 0 and at most 1, not {rate}.");
            return new Guide(step => Losses.FactorTransfer(
                step.Player("translator").Call(step.Student()[own.Name]), step.Player("paraphraser").Detached().Call(step.Teacher()[guide.Name], "encoder"), whole: original).mean())
            {
                Front = Front("paraphraser", "paraphraser", 1, step =>
                {
                    var paraphraser = step.Player("paraphraser");
                    return Losses.Hint(paraphraser.Call(paraphraser.Call(step.Teacher()[guide.Name], "encoder"), "decoder"), step.Teacher()[guide.Name]).mean();
                }, epochs) with
                {
                    // A fifth of the student's rate: 0.01, as in RepDistiller.
                    Practice = practice => practice with { Rate = practice.Rate.At(0) / 5 },
                    Trains = _ => false,
                    Plays = name => name == "paraphraser",
                },
                Adapters =
                [
                    new("paraphraser", Network.Parts("paraphraser", ("encoder", guide.Shape, Encoder(guide.Shape.Channels, factors, normalise: false)), ("decoder", guide.Shape with { Channels = factors }, Layer.Chain(
                        Leaky(Layer.ConvTransposed("0", factors, 3, padding: 1, bias: true)), Leaky(Layer.ConvTransposed("1", guide.Shape.Channels, 3, padding: 1, bias: true)), Leaky(Layer.ConvTransposed("2", guide.Shape.Channels, 3, padding: 1, bias: true)))))),
                    Adapter("translator", own.Shape, Encoder(own.Shape.Channels, factors, normalise: true)),
                ],
                Plays = name => name == "translator",
            };
        });

    private static Layer Encoder(long channels, long factors, bool normalise) => Layer.Chain(new[] { channels, factors, factors }.Select((outputs, i) =>
        Leaky(Layer.Conv($"{i}", outputs, bias: true).Then(normalise ? Layer.BatchNorm($"{i}.bn") : Layer.Identity))));

    private static Layer Leaky(Layer layer) => layer.Then(Layer.Map("leaky relu 0.1", x => F.leaky_relu(x, 0.1)));
}
