using MathNet.Numerics.Distributions;

namespace Distillation;

/// <summary>
/// The mean of differences between runs with the same seed, with the interval in which the true mean lies with a given confidence if differences are normal (Student's t).
/// All in shares (0 … 1) of test accuracy after the last epoch.
/// </summary>
/// <param name="Example">One of the runs.</param>
/// <param name="Against">The run of the reference with the same seed.</param>
/// <param name="Difference">Mean and sample deviation of run minus reference.</param>
/// <param name="Half">Half the width of the interval; null for one pair, which says nothing about its own spread.</param>
/// <param name="Confidence">Such as 0.95.</param>
[TypeFormatterSource(typeof(ShowingSource))]
public sealed record PairedDifference(RunRow Example, RunRow Against, MeanStd Difference, double? Half, double Confidence)
{
    /// <summary>Where the interval begins; null for one pair.</summary>
    public double? Low => Difference.Mean - Half;

    /// <summary>Where the interval ends; null for one pair.</summary>
    public double? High => Difference.Mean + Half;

    /// <summary>Whether the data cannot tell on which side of zero the true difference lies. One pair never can.</summary>
    public bool IncludesZero => Low is not { } low || High is not { } high || (low <= 0 && high >= 0);
}

/// <summary>Comparisons of settings that shared their seeds: the first weights, the batches and the augmentation of a seed are the same for all of them.</summary>
public static class Pairs
{
    /// <summary>
    /// Every setting against a reference on the same ground (data set, student, recipe, teacher; a reference without a teacher may stand beside any), paired by seed. Runs that did not end well and runs without a partner are left out.
    /// </summary>
    /// <param name="runs">The runs, those of the reference among them.</param>
    /// <param name="reference">Which runs are compared with, such as <c>run => run.Method == "kd"</c>; one setting per ground.</param>
    /// <param name="confidence">Of the interval, above 0 and below 1.</param>
    /// <exception cref="BadInput">The reference is of several settings on one ground.</exception>
    public static IReadOnlyList<PairedDifference> Against(this IEnumerable<RunRow> runs, Func<RunRow, bool> reference, double confidence = 0.95)
    {
        if (confidence is not (> 0 and < 1))
        {
            throw new BadInput($"A confidence of {confidence} is no share between 0 and 1; 0.95 is usual.");
        }

        var good = Summaries.Good(runs);
        var references = good.Where(reference).GroupBy(run => (Summaries.Ground(run), run.Seed)).ToDictionary(group => group.Key, group => group.ToList());
        if (references.Values.FirstOrDefault(one => one.Count > 1) is { } several)
        {
            throw new BadInput($"What the runs are compared with must be one setting; '{several[0].MethodText}' and '{several[1].MethodText}' are two.");
        }

        return
        [
            .. from run in good
               where !reference(run)
               group run by Summaries.Setting(run) into setting
               let pairs = (from run in setting
                            where references.ContainsKey((Summaries.Ground(run), run.Seed))
                            let partner = references[(Summaries.Ground(run), run.Seed)][0]
                            where partner.Teacher is null || run.Teacher is null || partner.TeacherId == run.TeacherId
                            select (Run: run, Partner: partner)).ToList()
               where pairs.Count > 0
               let difference = MeanStd.Of([.. pairs.Select(pair => pair.Run.LastAccuracy - pair.Partner.LastAccuracy)])
               select new PairedDifference(pairs[0].Run, pairs[0].Partner, difference, Half(difference, confidence), confidence),
        ];
    }

    // t with n - 1 degrees of freedom times the standard error.
    private static double? Half(MeanStd difference, double confidence) =>
        difference.Std is { } std ? StudentT.InvCDF(0, 1, difference.Count - 1, 0.5 + (confidence / 2)) * std / Math.Sqrt(difference.Count) : null;
}
