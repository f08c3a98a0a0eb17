using System.Globalization;

namespace Distillation.Notebooks;

/// <summary>Some code cells by their numbers.</summary>
/// <param name="Ranges">First and last of each range, from 1.</param>
public sealed record CellChoice(IReadOnlyList<(int First, int Last)> Ranges)
{
    /// <summary>Reads numbers and ranges with commas: 1,3-5.</summary>
    /// <exception cref="BadInput">It is something else.</exception>
    public static CellChoice Parse(string text) =>
        new([.. text.Split(',', StringSplitOptions.TrimEntries).Select(piece => piece.Split('-', StringSplitOptions.TrimEntries) switch
        {
            [var one] when Number(one) is { } n => (n, n),
            [var from, var to] when Number(from) is { } first && Number(to) is { } last && first <= last => (first, last),
            _ => throw new BadInput($"--only-cells {text} cannot be read; write numbers and ranges with commas, such as 1,3-5."),
        })]);

    /// <summary>Whether a cell is among them.</summary>
    public bool Has(int number) => Ranges.Any(range => range.First <= number && number <= range.Last);

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n > 0 ? n : null;
}
