namespace Distillation.Notebooks.Cells;

/// <summary>What cells call without naming where it comes from; names and meanings are those of .NET Interactive's C# kernel.</summary>
public static class Shows
{
    /// <summary>Shows a value now.</summary>
    /// <param name="value">Anything.</param>
    /// <param name="mimeTypes">Only these forms of it; all that it has when none is named.</param>
    public static DisplayedValue display(object? value, params string[] mimeTypes) => DisplayedValue.Show(Formatter.Format(value, mimeTypes));

    /// <summary>Text that is markup already.</summary>
    public static Markup HTML(string content) => new("text/html", content);

    /// <summary>A script for the page.</summary>
    public static void Javascript(string content) => display(new Markup("application/javascript", content));

    /// <summary>A style for the page.</summary>
    public static void CSS(string content) => display(new Markup("text/html", $"<style>{content}</style>"));
}

/// <summary>The same as methods of the value.</summary>
public static class ShowExtensions
{
    /// <summary>Shows a value now.</summary>
    /// <param name="value">Anything.</param>
    /// <param name="mimeTypes">Only these forms of it; all that it has when none is named.</param>
    public static DisplayedValue Display(this object? value, params string[] mimeTypes) => Shows.display(value, mimeTypes);

    /// <summary>Shows text that is in a mime type already: Markdown, SVG, base64 of a PNG.</summary>
    public static DisplayedValue DisplayAs(this string value, string mimeType) => DisplayedValue.Show(MimeBundle.Of(mimeType, value));
}

/// <summary>Text in a known mime type; showing it shows the text as it is.</summary>
public sealed record Markup(string MimeType, string Content)
{
    /// <inheritdoc/>
    public override string ToString() => Content;
}

/// <summary>Something that was shown and can be replaced by something newer, such as progress.</summary>
public sealed class DisplayedValue
{
    private readonly string id;

    private DisplayedValue(string id) => this.id = id;

    /// <summary>Shows another value in this place.</summary>
    public void Update(object? updatedValue)
    {
        Interruption.Check();
        Execution.Current?.Emit(new Output.Updated(Formatter.Format(updatedValue), id));
    }

    internal static DisplayedValue Show(MimeBundle data)
    {
        var id = Execution.Current?.NextId() ?? "0";
        // A library that shows its progress gives the cell a place to stop.
        Interruption.Check();
        Execution.Current?.Emit(new Output.Shown(data, id));
        return new(id);
    }
}
