using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>Many segments of a student's map, each held to the whole of a teacher's.</summary>
public static partial class Losses
{
    /// <summary>
    /// The sum over N segments of the mean squared difference to the teacher's map (Liu et al. 2023, NORM, equation 3, as in the authors' code: a mean over channels and pixels). The i-th segment is the
    /// i-th C channels of the student's expanded map.
    /// </summary>
    /// <param name="student">[B, N·C, H_S, W_S]: the expanded map.</param>
    /// <param name="teacher">[B, C, H_T, W_T]; no gradient flows into it. The larger of the two is max-pooled to the smaller.</param>
    /// <returns>[B], at least 0.</returns>
    /// <exception cref="ArgumentException">The student's channels are no multiple of the teacher's.</exception>
    public static Tensor ManyToOne(Tensor student, Tensor teacher)
    {
        Guard.Map(student, nameof(student));
        Guard.Map(teacher, nameof(teacher));
        Guard.SameBatch(student, nameof(student), teacher, nameof(teacher));
        var (own, channels) = (student.shape[1], teacher.shape[1]);
        if (own % channels != 0)
        {
            throw new ArgumentException($"student must have a multiple of the teacher's {channels} channels, not {own}.", nameof(student));
        }

        var (s, t) = (Full(student), Full(teacher.detach()));
        (s, t) = student.shape[2].CompareTo(teacher.shape[2]) switch
        {
            > 0 => (F.adaptive_max_pool2d(s, [t.shape[2], t.shape[3]]), t),
            < 0 => (s, F.adaptive_max_pool2d(t, [s.shape[2], s.shape[3]])),
            _ => (s, t),
        };
        Guard.SameShape(s.narrow(1, 0, channels), nameof(student), t, nameof(teacher));
        // Every segment is compared with the one target, which is not copied N times.
        return (s.unflatten(1, own / channels, channels) - t.unsqueeze(1)).square().mean([2, 3, 4]).sum(1);
    }

    /// <summary>Logits with mean 0 and variance 1 per sample, as a layer normalisation without parameters makes them, times a number (the code of NORM, Liu et al. 2023).</summary>
    /// <param name="logits">[B, C].</param>
    /// <param name="scale">The standard deviation they get, above 0.</param>
    /// <returns>[B, C].</returns>
    public static Tensor LayerNormalize(Tensor logits, double scale = 2.5)
    {
        Guard.Logits(logits, nameof(logits));
        Guard.Positive(scale, nameof(scale));
        var centred = logits - logits.mean([1], keepdim: true);
        return centred * (scale / (centred.square().mean([1], keepdim: true) + 1e-7).sqrt());
    }
}
