using System.Globalization;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Benchmarking;

/// <summary>The operators that work ran, by the time they took: what <c>--profile</c> shows.</summary>
internal static class Profiling
{
    private const int Shown = 25;

    /// <summary>Does work, counting its operators if asked to, and shows them on standard error when it has ended, also when it broke off. Where nothing can count, says why and does the work all the same.</summary>
    public static async Task<int> Around(bool asked, Screen screen, Func<Task<int>> work)
    {
        if (!asked || IsAbsent(screen))
        {
            return await work();
        }

        OperatorProfile.Start();
        try
        {
            return await work();
        }
        finally
        {
            Show(screen, OperatorProfile.Stop());
        }
    }

    /// <summary>Says why nothing can count, if so.</summary>
    public static bool IsAbsent(Screen screen)
    {
        if (OperatorProfile.Absence is { } absence)
        {
            screen.Note(absence);
        }

        return OperatorProfile.Absence is not null;
    }

    /// <summary>Shows the costliest on standard error.</summary>
    public static void Show(Screen screen, IReadOnlyList<OperatorTime> times)
    {
        foreach (var line in Table(times).ToPlain().TrimEnd('\n').Split('\n'))
        {
            screen.Note(line);
        }
    }

    /// <summary>The costliest operators and one line for the rest.</summary>
    public static Sheet Table(IReadOnlyList<OperatorTime> times)
    {
        var whole = Math.Max(times.Sum(time => time.Self.TotalMilliseconds), 1e-9);
        var rest = times.Skip(Shown).ToList();
        return new(
            [new("operator"), new("calls", true), new("ms in itself", true), new("share", true), new("ms with what it calls", true)],
            [
                .. times.Take(Shown).Select(time => Line(time.Name, time.Calls, time.Self, Text($"{time.Total.TotalMilliseconds:N1}"))),
                .. rest.Count == 0 ? [] : new[] { Line($"{rest.Count} others", rest.Sum(time => time.Calls), TimeSpan.FromTicks(rest.Sum(time => time.Self.Ticks)), "") },
            ]);

        string[] Line(string name, long calls, TimeSpan self, string total) =>
            [name, Text($"{calls:N0}"), Text($"{self.TotalMilliseconds:N1}"), Text($"{100 * self.TotalMilliseconds / whole:0.0} %"), total];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
