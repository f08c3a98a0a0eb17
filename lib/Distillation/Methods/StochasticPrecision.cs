using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Stochastic precision ensemble (Boo et al. 2021), SPEQ: the student is its own teacher, on the same weights, with each activation's precision drawn anew in every step: <paramref name="high"/> bits
    /// with probability <paramref name="chance"/>, else those that the student has. The teacher's pass has no history, sees the same batch statistics (or the running averages) and dropout masks, and moves no running average. Its
    /// answer is followed in direction (<see cref="Losses.CosineDistance"/>), which the authors found better than KL. A student in floating point is quantized first.
    /// </summary>
    /// <param name="chance">u, 0 … 1: 0 is quantization-aware training alone, 1 a teacher with high precision throughout, ½ the authors' choice.</param>
    /// <param name="high">n_H, bits; 8 in the paper.</param>
    /// <param name="temperature">τ; 2. Ours: the paper sweeps it, and its best value is not known to us.</param>
    /// <param name="weight">λ, weight of the teacher's part; 1. Ours, like the factor τ² inside.</param>
    /// <param name="cosine">Whether answers are compared in direction; if not, by τ² KL.</param>
    /// <param name="weights">Bits of weights for a student that is not quantized.</param>
    /// <param name="activations">Bits of activations for a student that is not quantized.</param>
    /// <param name="running">Whether the teacher's pass normalises with the running averages, as a frozen teacher would, and not with the batch's statistics; no. Ours: the paper's choice is not known to us.</param>
    /// <exception cref="BadInput">A number is out of its range, or the student has no activations that could be quantized.</exception>
    public static Method Speq(double chance = 0.5, int high = 8, double temperature = 2, Schedule? weight = null, bool cosine = true, int weights = 2, int activations = 2, bool running = false)
    {
        if (chance is not (>= 0 and <= 1) || high is not (>= 2 and <= 32))
        {
            throw new BadInput($"An activation of SPEQ's teacher has 2 to 32 bits with a probability between 0 and 1, not {high} with {chance}.");
        }

        var (tau, soft, name) = (Temperature(temperature), weight ?? 1, cosine ? "cosine" : "kl");
        return new Method(
            "speq", 1, "Boo, Shin, Choi, Sung: Stochastic Precision Ensemble: Self-Knowledge Distillation for Quantized Deep Neural Networks, AAAI 2021", Knowledge.Response, Scheme.Self, new Teacher.Self(),
            [new("chance", chance), new("high", high), new("temperature", tau), new("weight", soft), new("cosine", cosine ? 1 : 0), new("weights", weights), new("activations", activations), .. running ? [new Setting("running", 1)] : Array.Empty<Setting>()],
            (_, student) =>
            {
                var quantized = student.Clips.Count > 0 ? student : student.Quantize(weights, activations);
                return quantized.Clips.Count > 0
                    ? new Prepared(["labels", name], step =>
                    {
                        // Asked first, so that it is the student whose answers are counted.
                        var own = step.Student().Logits;
                        var guide = Ensemble(step, high, chance, running ? Statistics.Running : Statistics.Batch);
                        return [new Term("labels", step.TaskLoss(), 1), new Term(name, Apart(step.Distributions(own), step.Distributions(guide)).mean(), soft)];
                    })
                    {
                        Student = ReferenceEquals(quantized, student) ? null : quantized,
                    }
                    : throw new BadInput($"'{student.Name}' has no activations that could be quantized, and SPEQ's teacher would be its student; choose a network with some.");
            })
        { Family = Family.Quantized };

        Tensor Apart(Tensor own, Tensor guide) => cosine ? Losses.CosineDistance(own, guide, tau) : Losses.Hinton(own, guide, tau);
    }

    // The student itself at the precisions that this step draws.
    private static Tensor Ensemble(Step step, int high, double chance, Statistics statistics)
    {
        using var quiet = no_grad();
        return step.Student(View.Plain, step.Pass with { Statistics = statistics, Update = false, Bits = Precisions.Drawn(step.Key.Fold("precision"), high, chance) }).Logits;
    }
}
