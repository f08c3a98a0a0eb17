using System.Text;

namespace Distillation.Notebooks.Site;

/// <summary>What to make a site of, and where it goes.</summary>
/// <param name="Notebooks">The folder of the notebooks; folders in it are left alone.</param>
/// <param name="Output">The folder of the site: new, empty, or an earlier site.</param>
public sealed record SiteRequest(string Notebooks, string Output);

/// <summary>Notebooks as pages that need no server, no network and no notebook program: an index, and a page per notebook with what its cells showed when they last ran.</summary>
public static class StaticSite
{
    /// <summary>Makes the site. The same notebooks give the same bytes.</summary>
    /// <param name="request">What, and where to.</param>
    /// <param name="note">Takes a sentence about every link that leads nowhere; its words stay on the page.</param>
    /// <returns>The paths of the pages, the index first.</returns>
    /// <exception cref="BadInput">There is no notebook, one is broken, the folder is not free, or something that pages need has not been fetched. The folder is then as it was.</exception>
    public static IReadOnlyList<string> Write(SiteRequest request, Action<string> note)
    {
        var (from, output) = (Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Notebooks)), Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Output)));
        SiteFolder.Check(output);
        var addresses = Addresses(Found(from));
        var links = new Links(Path.GetDirectoryName(from) ?? from, from, addresses);
        var pages = addresses.Select(page => (page.Key, Page: NotebookPage.Of(StoredNotebook.Read(page.Key), page.Value, links))).ToList();
        foreach (var (path, complaint) in pages.SelectMany(page => page.Page.Complaints.Select(complaint => (page.Key, complaint))))
        {
            note($"{path}: {complaint}");
        }

        SiteFolder.Replace(output, Files([.. pages.Select(page => page.Page)]));
        return [Path.Combine(output, Frame.Index), .. pages.Select(page => Path.Combine(output, page.Page.Address))];
    }

    private static Dictionary<string, byte[]> Files(IReadOnlyList<NotebookPage> pages)
    {
        var html = pages.Select((page, i) => (page.Address, Html: page.Html(pages.ElementAtOrDefault(i - 1), pages.ElementAtOrDefault(i + 1)))).Prepend((Address: Frame.Index, Html: IndexPage.Html(pages))).ToList();
        return html.Select(page => (Path: page.Address, Content: Encoding.UTF8.GetBytes(page.Html)))
            .Concat(Assets.For([.. html.Select(page => page.Html)]))
            .Concat(pages.SelectMany(page => page.Taken).DistinctBy(file => file.Key).Select(file => (Path: file.Key, Content: NotebookFile.Bytes(file.Value))))
            .ToDictionary(file => file.Path, file => file.Content);
    }

    private static IReadOnlyList<string> Found(string folder) => !Directory.Exists(folder) ? throw new BadInput($"There is no folder {folder}; name one that holds notebooks (.ipynb, .dib).")
        : Directory.EnumerateFiles(folder).Where(path => (NotebookFile.IsIpynb(path) || NotebookFile.IsDib(path)) && !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } found ? found
        : throw new BadInput($"There is no notebook (.ipynb, .dib) in {folder}; name a folder that holds some.");

    // A page is called as its notebook is.
    private static Dictionary<string, string> Addresses(IReadOnlyList<string> notebooks)
    {
        var addresses = notebooks.ToDictionary(path => path, path => $"{Path.GetFileNameWithoutExtension(path)}.html");
        var twice = addresses.Append(new("the index", Frame.Index)).GroupBy(page => page.Value, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? addresses : throw new BadInput($"{string.Join(" and ", twice.Select(page => page.Key))} would both become {twice.Key}; rename one.");
    }
}
