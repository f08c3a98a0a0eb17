namespace Distillation;

/// <summary>One form of a value, as kernels ask for it.</summary>
/// <param name="mimeType">Such as <c>text/html</c>.</param>
public sealed class ShowingFormatter(string mimeType)
{
    /// <summary>One for every form that <see cref="Showing"/> knows; <see cref="ShowingSource"/> hands them out.</summary>
    public static IReadOnlyList<ShowingFormatter> All { get; } = [.. Showing.MimeTypes.Select(mime => new ShowingFormatter(mime))];

    /// <summary>Which form.</summary>
    public string MimeType { get; } = mimeType;

    /// <summary>Writes the form; false for a value that has none like it.</summary>
    public bool Format(object instance, TextWriter writer)
    {
        if (Showing.Form(instance, MimeType) is not { } form)
        {
            return false;
        }

        writer.Write(form);
        return true;
    }
}
