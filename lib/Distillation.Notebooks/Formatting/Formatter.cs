using System.Globalization;
using System.Net;
using GenericChart = Plotly.NET.GenericChart;
using Tensor = TorchSharp.torch.Tensor;

namespace Distillation.Notebooks;

/// <summary>What a value looks like: its forms by mime type.</summary>
public static class Formatter
{
    // Enough for any table or picture a notebook should hold; beyond it the file cannot be opened.
    private const int LongestForm = 16 << 20;
    private const int LongestText = 1_000_000;

    /// <summary>
    /// The forms of a value. A type that brings its own formatters (see <see cref="FormatterSource"/>) is shown by them; charts, tensors and rows of
    /// results by <see cref="Showing"/>; text and numbers as text; other values as text and as HTML.
    /// </summary>
    /// <param name="value">Anything, null included.</param>
    /// <param name="mimeTypes">Only these forms; text that is asked for in another type is taken to be in it.</param>
    public static MimeBundle Format(object? value, params IReadOnlyList<string> mimeTypes)
    {
        var settled = Shape.Settle(value);
        var forms = mimeTypes.Count == 0 ? Forms(settled) : [.. mimeTypes.Select(mime => (mime, Asked(settled, mime)))];
        return new([.. forms.Select(form => (form.Mime, Cut(form.Mime, form.Text)))]);
    }

    /// <summary>One form that the value's type or this library has for it, and nothing else of it is computed; null for a plain value.</summary>
    internal static string? Own(object? value, string mime) =>
        (Borrowed(value) ? null : FormatterSource.Form(value, mime)) ?? (value is Shape ? null : Showing.Form(value, mime));

    /// <summary>Whether somebody else than this class knows how the value is shown.</summary>
    internal static bool IsKnown(object? value) => value is not null && (FormatterSource.IsOf(value.GetType()) || Showing.Knows(value));

    /// <summary>The value on one line, for a cell of a table.</summary>
    internal static string Short(object? value) => Own(value, "text/plain")?.ReplaceLineEndings(" ") ?? PlainText.Short(value);

    private static IReadOnlyList<(string Mime, string Text)> Forms(object? value)
    {
        if (value is Cells.Markup markup)
        {
            return markup.MimeType == "text/plain" ? [(markup.MimeType, markup.Content)] : [(markup.MimeType, markup.Content), .. markup.MimeType.StartsWith("text/", StringComparison.Ordinal) ? new[] { ("text/plain", markup.Content) } : []];
        }

        var own = Own(value);
        var plain = own.Any(form => form.Mime == "text/plain") ? [] : new[] { ("text/plain", PlainText.Of(value)) };
        return own.Count > 0 ? [.. own, .. plain] : Html.Of(value) is { } html ? [("text/html", html), .. plain] : plain;
    }

    // What the packages' own sources say of charts needs a network and has no picture, and what they say of tensors is numbers alone.
    private static bool Borrowed(object? value) => value is GenericChart or Tensor;

    // Lists of rows are .NET's, and have no source of their own.
    private static IReadOnlyList<(string Mime, string Text)> Own(object? value) =>
        !Borrowed(value) && FormatterSource.Forms(value) is { Count: > 0 } own ? own : value is Shape ? [] : Showing.Forms(value);

    private static string Asked(object? value, string mime)
    {
        if (value is not Cells.Markup && Own(value, mime) is { } own)
        {
            return own;
        }

        var forms = value is not Cells.Markup && IsKnown(value) ? [("text/plain", Own(value, "text/plain") ?? PlainText.Of(value))] : Forms(value);
        return forms.FirstOrDefault(form => form.Mime == mime).Text ?? forms.FirstOrDefault(form => form.Mime == "text/plain").Text switch
        {
            { } text when mime == "text/html" => WebUtility.HtmlEncode(text),
            { } text => text,
            null => "",
        };
    }

    private static string Cut(string mime, string text) => (mime, text.Length) switch
    {
        ("text/plain", > LongestText) => string.Create(CultureInfo.InvariantCulture, $"{text[..LongestText]}\n… {text.Length - LongestText:N0} more characters are left out."),
        (_, > LongestForm) when mime.StartsWith("text/", StringComparison.Ordinal) => string.Create(CultureInfo.InvariantCulture, $"This value takes {text.Length:N0} characters as {mime}, which is too much for a notebook."),
        _ => text,
    };
}
