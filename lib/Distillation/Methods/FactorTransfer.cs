using static TorchSharp.torch;
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
            var factors = new Factors(teacher, student, 0, "", original, rate);
            return new Guide(factors.Transfer)
            {
                Front = [Paraphrasing(epochs, factors)],
                Adapters = [.. factors.Players],
                Plays = name => name == factors.Translator,
            };
        });

    // The phase in which paraphrasers learn to compress their teachers' maps, at a fifth of the student's rate: 0.01, as in RepDistiller.
    private static Phase Paraphrasing(int epochs, params IReadOnlyList<Factors> factors) =>
        Front("paraphraser", "paraphraser", 1, step => factors.Select(one => one.Paraphrase(step)).Aggregate((sum, one) => sum + one), epochs) with
        {
            Practice = practice => practice with { Rate = practice.Rate.At(0) / 5 },
            Trains = _ => false,
            Plays = name => factors.Any(one => one.Paraphraser == name),
        };

    // Paraphraser and translator between the student and one of its teachers.
    private sealed class Factors(Network teacher, Network student, int number, string suffix, bool original, double rate)
    {
        private readonly Tap own = StageTaps.Last(teacher, student).Student;
        private readonly Tap guide = StageTaps.Last(teacher, student).Teacher;
        private readonly double share = rate is > 0 and <= 1 ? rate : throw new BadInput($"A factor has a share of the teacher's channels above 0 and at most 1, not {rate}.");

        public string Paraphraser => $"paraphraser{suffix}";

        public string Translator => $"translator{suffix}";

        private long Channels => Math.Max(1, (long)(guide.Shape.Channels * share));

        public IReadOnlyList<Player> Players =>
        [
            new(Paraphraser, Network.Parts("paraphraser", ("encoder", guide.Shape, Encoder(guide.Shape.Channels, Channels, normalise: false)), ("decoder", guide.Shape with { Channels = Channels }, Layer.Chain(
                Leaky(Layer.ConvTransposed("0", Channels, 3, padding: 1, bias: true)), Leaky(Layer.ConvTransposed("1", guide.Shape.Channels, 3, padding: 1, bias: true)), Leaky(Layer.ConvTransposed("2", guide.Shape.Channels, 3, padding: 1, bias: true)))))),
            new(Translator, Network.Parts("translator", ("", own.Shape, Encoder(own.Shape.Channels, Channels, normalise: true)))),
        ];

        public Tensor Paraphrase(Step step)
        {
            var paraphraser = step.Player(Paraphraser);
            return Losses.Hint(paraphraser.Call(paraphraser.Call(Map(step), "encoder"), "decoder"), Map(step)).mean();
        }

        public Tensor Transfer(Step step) => Losses.FactorTransfer(
            step.Player(Translator).Call(step.Student()[own.Name]), step.Player(Paraphraser).Detached().Call(Map(step), "encoder"), whole: original).mean();

        private Tensor Map(Step step) => step.Teacher(teacher: number)[guide.Name];
    }

    private static Layer Encoder(long channels, long factors, bool normalise) => Layer.Chain(new[] { channels, factors, factors }.Select((outputs, i) =>
        Leaky(Layer.Conv($"{i}", outputs, bias: true).Then(normalise ? Layer.BatchNorm($"{i}.bn") : Layer.Identity))));

    private static Layer Leaky(Layer layer) => layer.Then(Layer.Map("leaky relu 0.1", x => F.leaky_relu(x, 0.1)));
}
