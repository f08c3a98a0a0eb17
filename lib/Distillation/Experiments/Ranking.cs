using MathNet.Numerics.Statistics;

namespace Distillation;

/// <summary>Where a setting came in, seed by seed; 1 is the highest accuracy after the last epoch, equal ones share the mean of their places.</summary>
/// <param name="Example">One of its runs.</param>
/// <param name="Places">Per seed, in the order of <see cref="Ranking.Seeds"/>.</param>
public sealed record RankRow(RunRow Example, Sequence<double> Places)
{
    /// <summary>The mean place.</summary>
    public double Mean => Places.Average();
}

/// <summary>Settings ranked within each seed.</summary>
/// <param name="Seeds">The seeds that every setting was run with.</param>
/// <param name="Rows">The best mean place first.</param>
/// <param name="Agreement">
/// Kendall's W over the seeds, corrected for ties: 1 when every seed ranks alike, about 1 / seeds when ranks are chance; null for fewer than two seeds or settings, or where all are equal.
/// </param>
[TypeFormatterSource(typeof(ShowingSource))]
public sealed record Ranking(Sequence<long> Seeds, Sequence<RankRow> Rows, double? Agreement);

/// <summary>How stable an order of methods is over seeds.</summary>
public static class Rankings
{
    /// <summary>Ranks settings that ran on one ground. Only seeds that all of them ended well with take part.</summary>
    /// <exception cref="BadInput">No seed was run with all of them.</exception>
    public static Ranking Rank(this IEnumerable<RunRow> runs)
    {
        var settings = Summaries.Good(runs).GroupBy(Summaries.Setting).Select(setting => setting.DistinctBy(run => run.Seed).ToDictionary(run => run.Seed)).ToList();
        var seeds = settings.Count == 0 ? [] : settings.Select(setting => setting.Keys.AsEnumerable()).Aggregate((all, next) => all.Intersect(next)).Order().ToList();
        if (seeds.Count == 0)
        {
            throw new BadInput("No seed was run with every one of these settings, so they cannot be ranked against each other; run them with the same seeds.");
        }

        // Per seed the places of all settings; a higher accuracy is a lower place.
        var places = seeds.Select(seed => ArrayStatistics.RanksInplace([.. settings.Select(setting => -setting[seed].LastAccuracy)], RankDefinition.Average)).ToList();
        return new(
            [.. seeds],
            [.. settings.Select((setting, i) => new RankRow(setting[seeds[0]], [.. places.Select(seed => seed[i])])).OrderBy(row => row.Mean)],
            Agreement(places));
    }

    // W = 12 S / (m² (n³ - n) - m Σ (t³ - t)), with m seeds, n settings, S the squared deviations of the sums of places, t the sizes of ties within a seed (Kendall and Babington Smith 1939).
    private static double? Agreement(IReadOnlyList<double[]> places)
    {
        var (m, n) = (places.Count, places[0].Length);
        if (m < 2 || n < 2)
        {
            return null;
        }

        var sums = Enumerable.Range(0, n).Select(i => places.Sum(seed => seed[i])).ToList();
        var spread = sums.Sum(sum => Math.Pow(sum - (m * (n + 1) / 2.0), 2));
        var ties = places.Sum(seed => seed.GroupBy(place => place).Sum(tie => Math.Pow(tie.Count(), 3) - tie.Count()));
        var most = (m * m * (Math.Pow(n, 3) - n)) - (m * ties);
        return most > 0 ? 12 * spread / most : null;
    }
}
