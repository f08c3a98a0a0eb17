using Markdig.Extensions.Mathematics;
using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Syntax;

namespace Distillation.Notebooks.Site;

/// <summary>
/// Formulas in a line of text as GitHub and Jupyter find them: <c>$…$</c> tight around its content and not before a digit, so that prices are none; <c>$$…$$</c> also over several lines, which the
/// parser that comes with the library does not read.
/// </summary>
internal sealed class FormulaParser : InlineParser
{
    public FormulaParser() => OpeningCharacters = ['$'];

    /// <inheritdoc/>
    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        var text = slice.AsSpan();
        var dollars = text.StartsWith("$$") ? 2 : 1;
        if (slice.PeekCharExtra(-1) is '\\' or '$' || End(text, dollars) is not { } end)
        {
            return false;
        }

        var start = processor.GetSourcePosition(slice.Start, out var line, out var column);
        processor.Inline = new MathInline
        {
            Delimiter = '$',
            DelimiterCount = dollars,
            Content = new StringSlice(slice.Text, slice.Start + dollars, slice.Start + end - 1),
            Span = new SourceSpan(start, processor.GetSourcePosition(slice.Start + end + dollars - 1)),
            Line = line,
            Column = column,
        };
        slice.Start += end + dollars;
        return true;
    }

    // Where the content ends; null where no formula begins.
    private static int? End(ReadOnlySpan<char> text, int dollars)
    {
        for (var i = dollars; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '$' && (dollars == 1 || (i + 1 < text.Length && text[i + 1] == '$')))
            {
                return IsFormula(text[dollars..i], text[(i + dollars)..], dollars) ? i : null;
            }
        }

        return null;
    }

    private static bool IsFormula(ReadOnlySpan<char> content, ReadOnlySpan<char> after, int dollars) => !content.IsWhiteSpace()
        && (dollars == 2 || (!char.IsWhiteSpace(content[0]) && !char.IsWhiteSpace(content[^1]) && !(after.Length > 0 && char.IsDigit(after[0]))));
}
