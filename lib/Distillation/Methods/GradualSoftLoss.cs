namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Gradual soft loss reducing (Shin, Boo, Sung 2019), GSLR: knowledge distillation whose mixture goes from the teacher to the labels, (1 - λ(t)) · CE + λ(t) · τ² KL(softmax(z_T/τ) ‖ softmax(z_S/τ)), made
    /// for students in few bits. Students start from their own float network (<c>Experiment.Start</c>) and are <c>network.Quantize(weights: 2)</c>.
    /// </summary>
    /// <param name="weight">λ over the training, from 0 to 1. The curve is ours, as the paper's could not be checked: from 1 to 0 along a line; <see cref="Gslr"/> has others.</param>
    /// <param name="temperature">τ; 4.</param>
    /// <exception cref="BadInput">λ is below 0 or above 1 at its ends, or the temperature not above 0.</exception>
    public static Method GradualSoftLoss(Schedule? weight = null, Schedule? temperature = null)
    {
        var share = weight ?? Gslr.Linear();
        if (share.At(0) is not (>= 0 and <= 1) || share.At(1) is not (>= 0 and <= 1))
        {
            throw new BadInput($"The share of the soft loss goes from 0 to 1, not from {share.At(0)} to {share.At(1)}; it is 1 for the teacher alone and 0 for the labels alone.");
        }

        var mixed = Hinton(temperature, share, new Schedule.Rest(share));
        return mixed with
        {
            Name = "gslr",
            Citation = "Shin, Boo, Sung: Knowledge Distillation for Optimization of Quantized Deep Neural Networks, SiPS 2020",
            Family = Family.Quantized,
            Settings = [.. mixed.Settings.Where(setting => setting.Name != "hard")],
        };
    }
}

/// <summary>Ways in which the share of the soft loss goes down. All three are ours: the paper says that it is lowered, and which curve it took could not be checked.</summary>
public static class Gslr
{
    /// <summary>Along a line to nothing.</summary>
    /// <param name="first">λ at the start.</param>
    public static Schedule Linear(double first = 1) => new Schedule.Linear(first, 0);

    /// <summary>Along half a cosine to nothing.</summary>
    /// <param name="first">λ at the start.</param>
    public static Schedule Cosine(double first = 1) => new Schedule.Cosine(first);

    /// <summary>A tenth at each point, as learning rates are lowered: by default where the CIFAR-100 protocol lowers its own.</summary>
    /// <param name="first">λ at the start.</param>
    /// <param name="points">Shares of the training.</param>
    public static Schedule Step(double first = 1, Sequence<double>? points = null) => new Schedule.MultiStep(first, 0.1, points ?? [150.0 / 240, 180.0 / 240, 210.0 / 240]);
}
