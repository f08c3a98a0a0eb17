using Spectre.Console;

namespace Distillation.Cli.Terminal;

/// <summary>
/// Where a command speaks: results on <paramref name="Out"/>, progress and complaints on <paramref name="Err"/>. Colours, borders and moving
/// displays are for terminals only; NO_COLOR turns colours off there too.
/// </summary>
/// <param name="Out">Standard output.</param>
/// <param name="Err">Standard error.</param>
/// <param name="OutIsTerminal">Whether a person reads the output.</param>
/// <param name="ErrIsTerminal">Whether a person watches the progress.</param>
internal sealed record Screen(IAnsiConsole Out, IAnsiConsole Err, bool OutIsTerminal, bool ErrIsTerminal)
{
    /// <summary>That of this process.</summary>
    public static Screen OfProcess()
    {
        var canMove = Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "");
        var (outIs, errIs) = (canMove && !Console.IsOutputRedirected, canMove && !Console.IsErrorRedirected);
        return new(ConsoleOn(Console.Out, outIs), ConsoleOn(Console.Error, errIs), outIs, errIs);
    }

    /// <summary>Text for files and tests: no escape sequence, no line broken.</summary>
    public static Screen Plain(TextWriter output, TextWriter error) => new(ConsoleOn(output, false), ConsoleOn(error, false), false, false);

    /// <summary>A line of output as it is.</summary>
    public void Line(string text = "") => Out.Profile.Out.Writer.WriteLine(text);

    /// <summary>A line beside the output, for whoever watches.</summary>
    public void Note(string text) => Err.Write(new Text(OneLine(text) + Environment.NewLine));

    /// <summary>A complaint: red on a terminal.</summary>
    public void Error(string sentence) => Err.Write(new Text(OneLine(sentence) + Environment.NewLine, new Style(Color.Red)));

    // What a user or a file wrote is told as it is, but for characters that would move the cursor or change the terminal.
    private static string OneLine(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '�' : c)) : text;

    private static IAnsiConsole ConsoleOn(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
            // Build servers would switch colours on in files.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        if (!isTerminal)
        {
            console.Profile.Width = 10_000;
        }

        return console;
    }
}
