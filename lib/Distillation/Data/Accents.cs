using System.Globalization;
using System.Text;

namespace Distillation;

/// <summary>
/// Characters without their accents: the canonical decomposition of Unicode (NFD) without its nonspacing marks. From a table of our own, as this program runs without the system's, so that it
/// answers the same everywhere.
/// </summary>
internal static class Accents
{
    // The syllables of Hangul decompose by arithmetic (the Unicode Standard, section 3.12).
    private const int Syllables = 0xAC00, Leads = 0x1100, Vowels = 0x1161, Trails = 0x11A7, VowelCount = 21, TrailCount = 28, SyllableCount = 11_172;

    private static readonly Lazy<IReadOnlyDictionary<Rune, Rune[]>> table = new(Read);

    /// <summary>What is left of a character; nothing of a mark.</summary>
    public static IReadOnlyList<Rune> Stripped(Rune rune) => rune switch
    {
        { IsAscii: true } => [rune],
        _ when Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark => [],
        { Value: >= Syllables and < Syllables + SyllableCount } => Hangul(rune.Value - Syllables),
        _ => table.Value.GetValueOrDefault(rune) ?? [rune],
    };

    private static Rune[] Hangul(int index)
    {
        var (lead, vowel, trail) = (index / (VowelCount * TrailCount), index / TrailCount % VowelCount, index % TrailCount);
        return [new(Leads + lead), new(Vowels + vowel), .. trail == 0 ? [] : new[] { new Rune(Trails + trail) }];
    }

    // A line per result: what is left, a tab, the characters it is left of.
    private static Dictionary<Rune, Rune[]> Read()
    {
        using var stream = typeof(Accents).Assembly.GetManifestResourceStream("accents.txt")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return (from line in reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
                let halves = line.Split('\t')
                from rune in halves[1].EnumerateRunes()
                select (rune, left: halves[0].EnumerateRunes().ToArray())).ToDictionary(pair => pair.rune, pair => pair.left);
    }
}
