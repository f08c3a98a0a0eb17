using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Distillation.Cli.Commands;
using Distillation.Cli.Terminal;

namespace Distillation.Cli;

/// <summary>From arguments to an exit code. Here, and nowhere else, a failure becomes a sentence.</summary>
internal static class CommandLine
{
    /// <summary>The command did what it was asked to.</summary>
    public const int Done = 0;

    /// <summary>Something that should not happen did.</summary>
    public const int Broken = 1;

    /// <summary>What was given cannot be used.</summary>
    public const int Refused = 2;

    /// <summary>Ctrl-C.</summary>
    public const int Interrupted = 130;

    /// <summary>Runs the command that the arguments name.</summary>
    public static async Task<int> Run(string[] args, Screen screen, CancellationToken stop)
    {
        var options = new GlobalOptions();
        var parsed = Root(options, screen).Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Action is ParseErrorAction)
        {
            screen.Error($"{Fault(parsed)}; '{Typed(parsed.CommandResult.Command)} --help' shows what there is.");
            return Refused;
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = screen.Out.Profile.Out.Writer, Error = screen.Err.Profile.Out.Writer },
                stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            screen.Error("Stopped. What has been done is kept; the same command goes on from here.");
            return Interrupted;
        }
        catch (Exception e) when (Cause(e) is BadInput refused)
        {
            screen.Error(refused.Message);
            return Trace(refused, Refused);
        }
        catch (Exception e)
        {
            screen.Error($"{e.GetType().Name}: {e.Message.Split('\n')[0].TrimEnd('.')}.{(parsed.GetValue(options.Verbose) ? "" : " Run again with --verbose for the stack trace.")}");
            return Trace(e, Broken);
        }

        int Trace(Exception e, int code)
        {
            if (parsed.GetValue(options.Verbose))
            {
                screen.Err.Profile.Out.Writer.WriteLine(e);
            }

            return code;
        }
    }

    // Why a line cannot be read, without a full stop.
    private static string Fault(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is [var first, ..])
        {
            var here = parsed.CommandResult.Command;
            var upwards = here.Parents.OfType<Command>().SelectMany(above => above.Options.Where(option => option.Recursive));
            var known = here.Options.Concat(upwards).Select(option => option.Name).Concat(here.Subcommands.Select(verb => verb.Name));
            return $"There is no command or option '{first}' here{Nearest.Hint(first, known)}";
        }

        var error = parsed.Errors[0];
        return error.SymbolResult is OptionResult { Option: var option, Tokens: [.., var token] } && error.Message.StartsWith("Cannot parse", StringComparison.Ordinal)
            ? $"{option.Name} takes {Kind(Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType)}, not '{token.Value}'"
            : error.Message.TrimEnd('.');
    }

    private static string Kind(Type type) => type == typeof(bool) ? "true or false" : type == typeof(int) || type == typeof(long) ? "a whole number" : "a number";

    /// <summary>Every command and option there is.</summary>
    internal static RootCommand Root(GlobalOptions options, Screen screen)
    {
        Verb[] verbs = [Demo.Verb(options, screen), Train.Verb(options, screen), MethodList.Verb(options, screen), Results.Verb(options, screen), Reproduce.Verb(options, screen), Report.Verb(options, screen), Evaluate.Verb(options, screen), Import.Verb(screen), Export.Verb(options, screen), Notebook.Verb(options, screen), Bench.Verb(options, screen), Doctor.Verb(options, screen), .. Script.Verbs];
        var root = new RootCommand("Knowledge distillation in C#: train, compare and take apart.");
        options.AddTo(root);
        foreach (var verb in verbs)
        {
            root.Subcommands.Add(verb.Command);
        }

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, verbs);
        return root;
    }

    // A command as it is typed, with those that it is under: './kd notebook run'.
    private static string Typed(Command command) => command is RootCommand ? "./kd" : $"{Typed(command.Parents.OfType<Command>().First())} {command.Name}";

    // What a task or a static constructor wrapped.
    private static Exception Cause(Exception e) => e is AggregateException or TypeInitializationException or System.Reflection.TargetInvocationException && e.InnerException is { } inner ? Cause(inner) : e;

    private sealed class HelpWithExamples(HelpAction plain, IReadOnlyList<Verb> verbs) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parsed)
        {
            plain.Invoke(parsed);
            var here = parsed.CommandResult.Command;
            var typed = Typed(here);
            var examples = verbs.SelectMany(verb => here is RootCommand ? verb.Examples.Take(1) : verb.Examples.Where(example => example.Line == typed || example.Line.StartsWith($"{typed} ", StringComparison.Ordinal))).ToList();
            if (examples.Count == 0)
            {
                return Done;
            }

            var width = examples.Max(example => example.Line.Length);
            var output = parsed.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            examples.ForEach(example => output.WriteLine($"  {example.Line.PadRight(width)}  {example.Meaning}"));
            output.WriteLine();
            return Done;
        }
    }
}
