using System.CommandLine;
using Spectre.Console;

namespace Distillation.Cli;

/// <summary>Runs the command line; the one place where errors become sentences and exit codes.</summary>
internal static class Run
{
    private const int Unexpected = 1;
    private const int Bad = 2;
    private const int Interrupted = 130;

    /// <summary>0: done. 2: bad input, one sentence. 130: interrupted by Ctrl-C. 1: anything else.</summary>
    public static async Task<int> Guarded(RootCommand root, string[] args, GlobalOptions globals)
    {
        var parse = root.Parse(args);
        if (parse.Errors.Count > 0)
        {
            Say($"{parse.Errors[0].Message.TrimEnd('.')}; './kd {parse.CommandResult.Command.Name} --help' shows what it takes.".Replace("./kd Distillation.Cli ", "./kd ", StringComparison.Ordinal));
            return Bad;
        }

        // An interrupted grid ends between two steps; only if it does not end by itself is the process ended.
        var settings = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };
        try
        {
            return await (args.Length == 0 ? root.Parse(["--help"]) : parse).InvokeAsync(settings);
        }
        catch (Exception e)
        {
            if (parse.GetValue(globals.Verbose))
            {
                Terminal.Error.WriteLine(e.ToString());
            }

            switch (e)
            {
                case BadInput:
                    Say(e.Message);
                    return Bad;
                case OperationCanceledException:
                    Say("interrupted: runs that had ended are kept, the one that was running is not; the same command goes on from there.");
                    return Interrupted;
                default:
                    Say($"{e.GetType().Name}: {e.Message.Split('\n')[0]} (--verbose shows the stack trace)");
                    return Unexpected;
            }
        }
    }

    private static void Say(string sentence) => Terminal.Error.MarkupLineInterpolated($"[red]{sentence}[/]");
}
