namespace Distillation;

/// <summary>What somebody who mistyped a name may have meant.</summary>
public static class Nearest
{
    private const int Shown = 3;

    /// <summary>The known names that a mistyped one is close to, the closest first: at most three, none where nothing is close.</summary>
    /// <param name="name">What was typed; case, <c>-</c> and <c>_</c> do not count.</param>
    /// <param name="known">What there is.</param>
    public static IReadOnlyList<string> To(string name, IEnumerable<string> known)
    {
        var plain = Plain(name);
        // A third of the letters may be wrong; beyond that it is another word. A text of any length costs no more than a long name.
        var most = Math.Max(1, Math.Min(plain.Length, 64) / 3);
        return plain.Length is 0 or > 64
            ? []
            : [.. known.Distinct()
                .Select(candidate => (Name: candidate, Away: Distance(plain, Plain(candidate))))
                .Where(pair => pair.Away <= most)
                .OrderBy(pair => pair.Away).ThenBy(pair => pair.Name, StringComparer.Ordinal)
                .Take(Shown).Select(pair => pair.Name)];
    }

    /// <summary>A piece of a sentence to put behind the complaint: <c>"; perhaps mnist is meant"</c>, or nothing where nothing is close.</summary>
    public static string Hint(string name, IEnumerable<string> known) => To(name, known) switch
    {
        [] => "",
        var near => $"; perhaps {string.Join(" or ", near)} is meant",
    };

    /// <summary>
    /// How many letters must be put in, left out, replaced, or exchanged with their neighbour to make one text of the other (optimal string alignment distance).
    /// </summary>
    public static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                rows[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length];
    }

    private static string Plain(string name) => name.Replace("-", "").Replace("_", "").ToLowerInvariant();
}
