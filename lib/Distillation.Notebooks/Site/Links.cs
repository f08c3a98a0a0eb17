namespace Distillation.Notebooks.Site;

/// <summary>Where the links of a notebook lead once it is a page.</summary>
/// <param name="Root">Files below this folder may be taken into the site.</param>
/// <param name="Folder">The notebook's folder, from which its links start.</param>
/// <param name="Pages">The pages of the site by the full paths of their notebooks.</param>
internal sealed record Links(string Root, string Folder, IReadOnlyDictionary<string, string> Pages)
{
    private static readonly string[] schemes = ["http", "https", "mailto"];

    /// <summary>Where a link leads.</summary>
    /// <param name="address">As it stands in the notebook.</param>
    /// <param name="attachments">The pictures that its cell carries.</param>
    public Destination Of(string address, IReadOnlyDictionary<string, MimeBundle> attachments) =>
        address.StartsWith('#') ? new Destination.Elsewhere(address)
        : address.StartsWith("//", StringComparison.Ordinal) ? new Destination.Remote($"https:{address}")
        : address.StartsWith("attachment:", StringComparison.Ordinal) ? Attached(Uri.UnescapeDataString(address["attachment:".Length..]), attachments)
        : address.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase) ? new Destination.Elsewhere(address)
        : IsRemote(address) ? new Destination.Remote(address)
        : Scheme(address) is { } scheme ? new Destination.Nowhere($"a page does not follow links of the kind '{scheme}:'")
        : Near(address);

    /// <summary>Whether a link leads to the network or to a person, openly.</summary>
    public static bool IsRemote(string address) => Scheme(address) is { } scheme && schemes.Contains(scheme, StringComparer.OrdinalIgnoreCase);

    /// <summary>A path below the site as a link is written.</summary>
    public static string Written(string path) => string.Join('/', path.Split('/', '\\').Select(Uri.EscapeDataString));

    private Destination Near(string address)
    {
        var end = address.IndexOfAny(['#', '?']) is >= 0 and var cut ? cut : address.Length;
        var (name, rest) = (Uri.UnescapeDataString(address[..end]), address[end..]);
        var path = Path.GetFullPath(Path.Combine(Folder, name));
        var inside = Path.GetRelativePath(Root, path);
        return Pages.TryGetValue(path, out var page) ? new Destination.Elsewhere(Written(page) + rest)
            : name.Length == 0 ? new Destination.Nowhere("it names nothing")
            : inside.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(inside) ? new Destination.Nowhere($"it leaves {Root}")
            : File.Exists(path) ? new Destination.Taken(path, $"files/{inside.Replace('\\', '/')}", rest)
            : new Destination.Nowhere(Directory.Exists(path) ? "it is a folder" : "there is no such file");
    }

    private static Destination Attached(string name, IReadOnlyDictionary<string, MimeBundle> attachments) =>
        attachments.TryGetValue(name, out var bundle) && bundle.Forms.FirstOrDefault(form => form.Mime.StartsWith("image/", StringComparison.Ordinal)) is { Mime: { } mime, Text: var text }
            ? new Destination.Elsewhere($"data:{mime};base64,{text.ReplaceLineEndings("")}")
            : new Destination.Nowhere("the cell has no such attachment");

    // Letters before the first colon, where no path has begun before it; one letter is a drive.
    private static string? Scheme(string address) => address.IndexOfAny([':', '/', '?', '#']) is > 1 and var colon && address[colon] == ':' && address[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.')
        ? address[..colon]
        : null;
}

/// <summary>Where a link leads.</summary>
internal abstract record Destination
{
    private Destination()
    {
    }

    /// <summary>A place that is there without the network: this page, another page, a picture in the text.</summary>
    public sealed record Elsewhere(string Address) : Destination;

    /// <summary>A place on the network: a link may lead there, a picture is not fetched from there.</summary>
    public sealed record Remote(string Address) : Destination;

    /// <summary>A file that comes along.</summary>
    /// <param name="Source">Where it lies now.</param>
    /// <param name="Path">Where it lies in the site.</param>
    /// <param name="Rest">What follows the path in the link.</param>
    public sealed record Taken(string Source, string Path, string Rest) : Destination;

    /// <summary>No place at all.</summary>
    public sealed record Nowhere(string Why) : Destination;
}
