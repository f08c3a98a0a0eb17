using System.CommandLine;
using Distillation.Cli.Terminal;
using Distillation.Notebooks;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd notebook</c>: notebooks without a browser.</summary>
internal static class Notebook
{
    /// <summary>The command with its subcommands.</summary>
    public static Verb Verb(GlobalOptions options, Screen screen) => new(
        new Command("notebook", "execute notebooks and keep what they show") { Run(options, screen), NotebookHtml.Write(screen), NotebookJupyter.Register(screen), NotebookJupyter.Kernel(screen) },
        [
            new("./kd notebook run notebooks/00-what-does-a-teacher-know.ipynb", "execute all cells, write the outputs into the file"),
            new("./kd notebook run notebooks/00-what-does-a-teacher-know.ipynb --budget smoke --output seen.ipynb", "in seconds, into another file"),
            new("./kd notebook run notebooks/00-what-does-a-teacher-know.ipynb --only-cells 1,3-5", "some of the cells"),
            .. NotebookHtml.Examples,
            .. NotebookJupyter.Examples,
        ]);

    private static Command Run(GlobalOptions options, Screen screen)
    {
        var file = new Argument<string>("file") { Description = "a notebook: .ipynb or .dib" };
        var budget = new Option<string?>("--budget") { Description = "smoke, laptop, night or paper: what Budget.Current is in the cells", HelpName = "name" };
        var only = new Option<string?>("--only-cells") { Description = "only these code cells, counted from 1, such as 1,3-5", HelpName = "n,n-n" };
        var output = new Option<string?>("--output") { Description = "the .ipynb to write; the notebook itself without", HelpName = "file" };
        var timeout = new Option<double?>("--timeout") { Description = "stop a cell after so many seconds", HelpName = "seconds" };
        var command = new Command("run", "execute the cells in order and write their outputs into the notebook") { file, budget, only, output, timeout };
        command.SetAction(async (parse, stop) =>
        {
            var request = new RunRequest(parse.GetValue(file)!)
            {
                Output = parse.GetValue(output),
                Budget = parse.GetValue(budget) is { } name ? Budget.Named(name, "--budget") : null,
                Only = parse.GetValue(only) is { } cells ? CellChoice.Parse(cells) : null,
                Timeout = parse.GetValue(timeout) switch
                {
                    null => null,
                    > 0 and < 1e6 and var seconds => TimeSpan.FromSeconds(seconds),
                    var other => throw new BadInput($"--timeout must be above 0 seconds and below a million, not {other}."),
                },
            };
            options.ForCells(parse);
            await Runner.Run(request, screen.Note, stop);
            return CommandLine.Done;
        });
        return command;
    }
}
