namespace Distillation.Notebooks;

/// <summary>What a cell is for.</summary>
public enum CellKind
{
    /// <summary>It is executed.</summary>
    Code,

    /// <summary>It is read.</summary>
    Markdown,

    /// <summary>It is left alone.</summary>
    Raw,
}

/// <summary>A cell of a notebook, whatever file it came from.</summary>
/// <param name="Kind">Code, text or neither.</param>
/// <param name="Language">The kernel that a code cell is for: csharp, fsharp, …</param>
/// <param name="Source">Its text, lines ending in \n.</param>
/// <param name="Tags">The tags of its metadata; raises-exception lets it fail.</param>
public sealed record NotebookCell(CellKind Kind, string Language, string Source, IReadOnlyList<string> Tags)
{
    /// <summary>A cell of C#.</summary>
    public static NotebookCell Code(string source) => new(CellKind.Code, "csharp", source, []);

    /// <summary>A cell of prose.</summary>
    public static NotebookCell Markdown(string source) => new(CellKind.Markdown, "markdown", source, []);

    /// <summary>Whether it may end in an exception without that being a failure: nbconvert's convention.</summary>
    public bool MayFail => Tags.Contains("raises-exception");
}
