using static TorchSharp.torch;

namespace Distillation;

public static partial class Losses
{
    /// <summary>
    /// The mean squared difference of two last maps plus that of what a classifier reads of them, the means over pixels of their positive parts (the code of Liu et al. 2023, FCFD).
    /// </summary>
    /// <param name="student">[B, C, H, W], carried to the teacher's shape.</param>
    /// <param name="teacher">[B, C, H, W]; no gradient flows into it.</param>
    /// <returns>[B], at least 0.</returns>
    public static Tensor LastMap(Tensor student, Tensor teacher)
    {
        Guard.Map(student, nameof(student));
        return Hint(student, teacher) + Hint(Read(student), Read(teacher));

        static Tensor Read(Tensor map) => Full(map).relu().mean([2, 3]);
    }
}
