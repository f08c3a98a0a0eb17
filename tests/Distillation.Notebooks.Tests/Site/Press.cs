using System.Text.Json.Nodes;
using Distillation.Notebooks.Site;

namespace Distillation.Notebooks.Tests;

/// <summary>A folder of notebooks, and the site that is made of them.</summary>
internal sealed class Press : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("press-").FullName;

    public Press()
    {
        Notebooks = Directory.CreateDirectory(Path.Combine(folder, "notebooks")).FullName;
        Site = Path.Combine(folder, "out", "site");
    }

    /// <summary>Where the notebooks lie.</summary>
    public string Notebooks { get; }

    /// <summary>Where the site goes.</summary>
    public string Site { get; }

    /// <summary>What was said about links.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>What lies in the site and beside it.</summary>
    public IReadOnlyList<string> Files => Directory.Exists(Path.Combine(folder, "out"))
        ? [.. Directory.EnumerateFileSystemEntries(Path.Combine(folder, "out"), "*", SearchOption.AllDirectories).Where(File.Exists).Select(path => Path.GetRelativePath(Path.Combine(folder, "out"), path)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Puts a file into the folder, by its path from there.</summary>
    public string Put(string name, string text)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Puts a notebook into its place: text, then code with what it showed.</summary>
    public string Put(string name, string text, string code, params Output[] outputs)
    {
        var notebook = Ipynb.Create([NotebookCell.Markdown(text), NotebookCell.Code(code)]).With(new Dictionary<int, (int, JsonArray)> { [1] = (7, OutputJson.Array(outputs, 7)) });
        var path = Path.Combine(Notebooks, name);
        File.WriteAllBytes(path, notebook.ToBytes());
        return path;
    }

    /// <summary>Makes the site.</summary>
    public IReadOnlyList<string> Print() => StaticSite.Write(new(Notebooks, Site), Notes.Add);

    /// <summary>A page of the site.</summary>
    public string Page(string name) => File.ReadAllText(Path.Combine(Site, name));

    /// <summary>The message with which the site is refused.</summary>
    public string Refusal() => Assert.Throws<BadInput>(Print).Message;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(folder, recursive: true);
}

/// <summary>Skipped, and said so, where <c>./kd</c> has not fetched what pages with charts and formulas need.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsPagePartsFactAttribute : FactAttribute
{
    /// <summary>Looks for them.</summary>
    public NeedsPagePartsFactAttribute() => Skip = Katex.Find() is null || PlotlyScript.Find() is null ? "KaTeX or plotly.js has not been fetched; './kd setup' does where npm is installed" : null!;
}

/// <summary>Skipped, and said so, without a browser or what pages need.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsReaderFactAttribute : FactAttribute
{
    /// <summary>Looks for them.</summary>
    public NeedsReaderFactAttribute() => Skip = Browser.Find() is null || Katex.Find() is null || PlotlyScript.Find() is null ? "needs Chromium (apt-get install chromium), and KaTeX and plotly.js (./kd setup)" : null!;
}
