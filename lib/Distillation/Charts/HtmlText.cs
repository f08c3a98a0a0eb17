namespace Distillation;

/// <summary>Text inside HTML.</summary>
internal static class HtmlText
{
    /// <summary>What markup would be is written as text; letters of all alphabets stay readable in the source.</summary>
    public static string Escaped(string text) => System.Security.SecurityElement.Escape(text)!.Replace("&apos;", "&#39;", StringComparison.Ordinal);
}
