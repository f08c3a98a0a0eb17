using System.Globalization;

namespace Distillation;

/// <summary>Sentences that say what numbers show: the titles of charts. Means, deviations and differences come in as shares (0 … 1) and are said in points and percent.</summary>
public static class Findings
{
    /// <summary>What a method is called where it is read: <c>none</c> is learning from labels.</summary>
    public static string Called(string method) => method == "none" ? "labels" : method;

    /// <summary>Such as "kd is 1.20 ± 0.30 points above labels"; a difference no larger than its deviation is not told as one.</summary>
    /// <param name="what">The first of the two.</param>
    /// <param name="difference">The first minus the second, over paired seeds.</param>
    /// <param name="than">The second.</param>
    public static string Difference(string what, MeanStd difference, string than) => difference switch
    {
        { Std: { } std } when Math.Abs(difference.Mean) <= std => $"{what} and {than} differ by no more than their seeds do ({Points(difference.Mean, true)} ± {Points(std)} points)",
        { Std: { } std } => $"{what} is {Points(Math.Abs(difference.Mean))} ± {Points(std)} points {Side(difference.Mean)} {than}",
        _ => $"{what} is {Points(Math.Abs(difference.Mean))} points {Side(difference.Mean)} {than} (one seed)",
    };

    /// <summary>Such as "at is 0.42 points above kd, between 0.10 and 0.74 with 95 % confidence"; an interval that includes zero is said to.</summary>
    public static string Interval(string what, PairedDifference pair, string than) => pair switch
    {
        { Low: { } low, High: { } high } => string.Create(
            CultureInfo.InvariantCulture,
            $"{what} is {Points(Math.Abs(pair.Difference.Mean))} points {Side(pair.Difference.Mean)} {than}; the {100 * pair.Confidence:0.#} % interval from {Points(low, true)} to {Points(high, true)} {(pair.IncludesZero ? "includes" : "does not include")} zero ({pair.Difference.Count} seeds)"),
        _ => $"{what} is {Points(Math.Abs(pair.Difference.Mean))} points {Side(pair.Difference.Mean)} {than} with its one seed, which gives no interval",
    };

    /// <summary>How many of several settings can be told from what they are compared with.</summary>
    public static string Of(IReadOnlyList<PairedDifference> pairs, string than)
    {
        var (above, below) = (pairs.Count(pair => !pair.IncludesZero && pair.Difference.Mean > 0), pairs.Count(pair => !pair.IncludesZero && pair.Difference.Mean < 0));
        return string.Create(CultureInfo.InvariantCulture, $"Of {pairs.Count} rows {Are(above)} above {than} and {below} below with {100 * pairs.Select(pair => pair.Confidence).DefaultIfEmpty(0.95).First():0.#} % confidence; {pairs.Count - above - below} cannot be told from it");
    }

    /// <summary>Whether seeds agree about who is best.</summary>
    public static string Of(Ranking ranking)
    {
        var first = ranking.Rows.Where(row => row.Places.Any(place => place < 2)).Select(row => Called(row.Example.Method)).ToList();
        var agreement = ranking.Agreement is { } w ? string.Create(CultureInfo.InvariantCulture, $"; Kendall's W is {w:0.00}") : "";
        return first.Count == 1 ? $"{first[0]} is first with every seed{agreement}" : $"Over {ranking.Seeds.Count} seeds {first.Count} methods come first{agreement}";
    }

    /// <summary>Which of several settings is best and by how much over the next.</summary>
    public static string Best(IReadOnlyList<(string Name, MeanStd Accuracy)> settings)
    {
        var ranked = settings.OrderByDescending(setting => setting.Accuracy.Mean).ToList();
        var first = ranked[0];
        return ranked.Count == 1
            ? $"{first.Name} reaches {first.Accuracy.Percent()} %"
            : (first.Accuracy.Mean - ranked[1].Accuracy.Mean) is var lead && lead <= Math.Max(first.Accuracy.Std ?? 0, ranked[1].Accuracy.Std ?? 0)
                ? $"{first.Name} ({first.Accuracy.Percent()} %) and {ranked[1].Name} ({ranked[1].Accuracy.Percent()} %) lead, too close to tell apart"
                : $"{first.Name} is best with {first.Accuracy.Percent()} %, {Points(lead)} points above {ranked[1].Name}";
    }

    /// <summary>How the methods that were run stand against labels alone; without such runs, which is best.</summary>
    public static string Of(IReadOnlyList<(string Name, SummaryRow Row)> rows)
    {
        var paired = rows.Where(row => row.Row.OverLabels is not null).ToList();
        return paired switch
        {
            [] => Best([.. rows.Select(row => (row.Name, row.Row.Last))]),
            [var only] => Difference(only.Name, only.Row.OverLabels!.Value, "labels"),
            _ when paired.MaxBy(row => row.Row.OverLabels!.Value.Mean) is var best =>
                $"Of {paired.Count} methods {Are(paired.Count(row => row.Row.OverLabels is { Mean: var mean, Std: var std } && mean > (std ?? 0)))} above labels; {Difference(best.Name, best.Row.OverLabels!.Value, "labels")}",
            _ => "",
        };
    }

    /// <summary>How far our numbers are from the published ones, over the rows whose protocols agree.</summary>
    public static string Of(Comparison comparison)
    {
        var differences = comparison.Rows.Select(row => row.Difference).OfType<double>().ToList();
        var measured = comparison.Rows.Count(row => row.Ours is not null);
        return differences.Count switch
        {
            0 => measured == 0 ? "Nothing of this table was run here" : "Ours beside the published numbers, whose protocol is another: no difference is taken",
            1 => $"Ours is {Two(Math.Abs(differences[0]))} points {Side(differences[0])} the published number",
            _ => $"Ours is within one point of the published number in {differences.Count(d => Math.Abs(d) <= 1)} of {differences.Count} rows; on average {Two(Math.Abs(differences.Average()))} points {Side(differences.Average())}",
        };
    }

    private static string Are(int count) => $"{count} {(count == 1 ? "is" : "are")}";

    private static string Side(double difference) => difference < 0 ? "below" : "above";

    private static string Points(double share, bool signed = false) => (100 * share).ToString(signed ? "+0.00;-0.00;0.00" : "0.00", CultureInfo.InvariantCulture);

    private static string Two(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
