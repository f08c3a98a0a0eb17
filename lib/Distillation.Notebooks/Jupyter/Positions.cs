namespace Distillation.Notebooks.Jupyter;

/// <summary>Jupyter counts a text's characters in Unicode code points; .NET in UTF-16 units, of which some characters take two.</summary>
internal static class Positions
{
    /// <summary>The UTF-16 position of a cursor; the end of the text for a cursor behind it or below 0.</summary>
    public static int ToUnits(string text, int codePoints)
    {
        var position = 0;
        for (var i = 0; (i < codePoints || codePoints < 0) && position < text.Length; i++)
        {
            position += char.IsHighSurrogate(text[position]) && position + 1 < text.Length && char.IsLowSurrogate(text[position + 1]) ? 2 : 1;
        }

        return position;
    }

    /// <summary>How many code points lie before a UTF-16 position.</summary>
    public static int ToCodePoints(string text, int units) => units - Enumerable.Range(1, Math.Max(0, units - 1)).Count(i => char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1]));
}
