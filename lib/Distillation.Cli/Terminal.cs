using Spectre.Console;

namespace Distillation.Cli;

/// <summary>
/// The two streams: results on standard output, everything said along the way on standard error. Colour and live lines only where the stream is a terminal and NO_COLOR is not set;
/// elsewhere plain text that is never cut to a width.
/// </summary>
internal static class Terminal
{
    private const int NoTerminalWidth = 400;

    /// <summary>Standard output.</summary>
    public static IAnsiConsole Out { get; } = Open(Console.Out, Console.IsOutputRedirected);

    /// <summary>Standard error.</summary>
    public static IAnsiConsole Error { get; } = Open(Console.Error, Console.IsErrorRedirected);

    private static IAnsiConsole Open(TextWriter writer, bool redirected)
    {
        var plain = redirected || Environment.GetEnvironmentVariable("TERM") == "dumb";
        var colour = !plain && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Yes,
            ColorSystem = colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = plain ? InteractionSupport.No : InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(writer),
        });
        if (plain)
        {
            console.Profile.Width = NoTerminalWidth;
        }

        return console;
    }
}
