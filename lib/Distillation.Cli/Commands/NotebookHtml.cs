using System.CommandLine;
using Distillation.Cli.Terminal;
using Distillation.Notebooks.Site;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd notebook html</c>: the notebooks as pages.</summary>
internal static class NotebookHtml
{
    /// <summary>Lines for the help of <c>./kd notebook</c>.</summary>
    public static IReadOnlyList<Example> Examples { get; } =
    [
        new("./kd notebook html", "all notebooks as pages that need no network, with what they showed when they last ran"),
    ];

    /// <summary>Writes the site.</summary>
    public static Command Write(Screen screen)
    {
        var folder = new Argument<string?>("folder") { Description = "where the notebooks lie; this project's without", Arity = ArgumentArity.ZeroOrOne };
        var output = new Option<string?>("--output") { Description = "where the pages go: a new or empty folder, or an earlier site; artifacts/site without", HelpName = "folder" };
        var command = new Command("html", "write the notebooks as a static site: an index and a page for each, run by nobody, read anywhere") { folder, output };
        command.SetAction(parsed =>
        {
            var request = new SiteRequest(parsed.GetValue(folder) ?? Path.Combine(GlobalOptions.RepositoryRoot, "notebooks"), parsed.GetValue(output) ?? Path.Combine(Artifacts, "site"));
            var pages = StaticSite.Write(request, screen.Note);
            screen.Note($"{pages.Count - 1} {(pages.Count == 2 ? "notebook" : "notebooks")}; begin with {pages[0]}");
            return CommandLine.Done;
        });
        return command;
    }

    private static string Artifacts => Environment.GetEnvironmentVariable("ArtifactsPath") is { Length: > 0 } named ? named : Path.Combine(GlobalOptions.RepositoryRoot, "artifacts");
}
