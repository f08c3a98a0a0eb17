using System.Text;

namespace Distillation.Notebooks.Site;

/// <summary>A heading of a page.</summary>
/// <param name="Level">1 … 6.</param>
/// <param name="Id">What a link calls it.</param>
/// <param name="Html">What it says, without links.</param>
/// <param name="Text">The same without markup.</param>
internal sealed record Heading(int Level, string Id, string Html, string Text);

/// <summary>Names for the headings of one page, made as GitHub makes them, so that a link that works there works here.</summary>
internal sealed class HeadingNames
{
    private readonly HashSet<string> taken = [];

    /// <summary>The name of the next heading with this text; a second one of the same text gets a number.</summary>
    public string Next(string text)
    {
        var name = Slug(text);
        var free = Enumerable.Range(0, int.MaxValue).Select(i => i == 0 ? name : $"{name}-{i}").First(one => one.Length > 0 && !taken.Contains(one));
        taken.Add(free);
        return free;
    }

    // Letters, digits, hyphens and underscores in lower case; blanks become hyphens, the rest goes.
    private static string Slug(string text) => text.Trim().ToLowerInvariant().EnumerateRunes()
        .Where(rune => Rune.IsLetterOrDigit(rune) || rune.Value is ' ' or '-' or '_')
        .Aggregate(new StringBuilder(), (slug, rune) => slug.Append(rune.Value == ' ' ? "-" : rune.ToString())).ToString();
}
