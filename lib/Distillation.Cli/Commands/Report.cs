using System.CommandLine;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd report</c>: all published tables beside everything that was measured, as HTML and Markdown.</summary>
internal static class Report
{
    /// <summary>The command.</summary>
    public static Verb Verb(GlobalOptions options, Screen screen)
    {
        var to = new Option<string?>("--to") { Description = "the folder for report.html and report.md (the folder of results without)", HelpName = "folder" };
        var command = new Command("report", "write all published tables beside everything measured here, with how much of each was, as report.html and report.md") { to };
        command.SetAction(parsed =>
        {
            var store = options.ResultStore(parsed);
            var folder = parsed.GetValue(to) ?? store.Folder;
            var coverage = store.Runs(screen.Note).Summarize().Coverage();
            Written(folder, "report.html", coverage.ToHtml());
            Written(folder, "report.md", coverage.ToMarkdown());
            screen.Note(Coverages.Sentence(coverage));
            screen.Note($"{Path.Combine(folder, "report.html")} and {Path.Combine(folder, "report.md")} written");
        });
        return new(command, [new("./kd report", "everything, beside the results"), new("./kd report --to pages", "in another folder")]);
    }

    private static void Written(string folder, string name, string text)
    {
        if (string.IsNullOrWhiteSpace(folder) || folder.Contains('\0') || File.Exists(folder))
        {
            throw new BadInput($"'{folder}' cannot hold a report: it is no name of a folder; choose another with --to.");
        }

        var path = Path.Combine(folder, name);
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"{path} cannot be written ({e.Message.TrimEnd('.')}); name another folder with --to.", e);
        }
    }
}
