using System.Diagnostics;

namespace Distillation.Chaos;

/// <summary>One kill: when it came and what was lying about half-written.</summary>
/// <param name="After">Since the program was started.</param>
/// <param name="Aim">What was waited for: a moment, or a file of a table being written.</param>
/// <param name="HalfWritten">The names of the files that were being written.</param>
public sealed record Kill(TimeSpan After, string Aim, IReadOnlyList<string> HalfWritten);

/// <summary>What came out of one series: killed so and so often, and how the files differ from those of a run that nobody killed.</summary>
public sealed record Ordeal(IReadOnlyList<Kill> Kills, IReadOnlyList<string> Differences);

/// <summary>
/// The real program, killed (SIGKILL) at random moments and started again until it ends by itself; its weights and its rows must then be those of an uninterrupted run, bit for bit.
/// Columns that a clock decides are left out: when it ended, seconds, images per second.
/// </summary>
public sealed class KillAndGoOn(string program, IReadOnlyList<string> arguments, string folder, Random random)
{
    // Every kind of file the program writes, and twice as often any moment at all.
    private static readonly string[] Aims = ["", "checkpoints", "", "weights", "", "epochs", "", "runs"];

    /// <summary>The uninterrupted run.</summary>
    public (string Results, TimeSpan Seconds) Calm()
    {
        var results = Path.Combine(folder, "calm");
        var clock = Stopwatch.StartNew();
        using var process = Start(results);
        process.WaitForExit();
        return process.ExitCode == 0 ? (results, clock.Elapsed) : throw new InvalidOperationException($"The uninterrupted run ended with {process.ExitCode}.");
    }

    /// <summary>Kills the program so many times, over as many runs as that takes, and compares each run that was let end.</summary>
    /// <param name="calm">The results of the uninterrupted run.</param>
    /// <param name="length">How long that took.</param>
    /// <param name="kills">How many.</param>
    public IEnumerable<Ordeal> Run(string calm, TimeSpan length, int kills)
    {
        for (var (round, done) = (0, 0); done < kills; round++)
        {
            var results = Path.Combine(folder, $"round{round}");
            var killed = new List<Kill>();
            // A few kills per run; then it may end.
            while (killed.Count < Math.Min(4, kills - done) && KillOnce(results, length, Aims[(done + killed.Count) % Aims.Length]) is { } kill)
            {
                killed.Add(kill);
            }

            using (var last = Start(results))
            {
                last.WaitForExit();
                var differences = last.ExitCode == 0 ? Compare(calm, results).ToList() : [$"exit code {last.ExitCode}"];
                done += killed.Count;
                yield return new Ordeal(killed, differences);
            }

            Directory.Delete(results, recursive: true);
        }
    }

    // Null when the program ended before it could be killed.
    private Kill? KillOnce(string results, TimeSpan length, string aim)
    {
        var clock = Stopwatch.StartNew();
        var moment = length * random.NextDouble();
        using var process = Start(results);
        while (!process.HasExited && (aim.Length == 0 ? clock.Elapsed < moment : HalfWritten(results, aim).Count == 0))
        {
            Thread.Sleep(aim.Length == 0 ? 1 : 0);
        }

        if (process.HasExited)
        {
            return null;
        }

        process.Kill();
        process.WaitForExit();
        return new Kill(clock.Elapsed, aim.Length == 0 ? "any moment" : $"a file of {aim}", HalfWritten(results, ""));
    }

    private static IReadOnlyList<string> HalfWritten(string results, string table)
    {
        try
        {
            return !Directory.Exists(results) ? []
                : [.. Directory.EnumerateFiles(results, "*.tmp", SearchOption.AllDirectories).Where(file => table.Length == 0 || Path.GetFileName(Path.GetDirectoryName(file)) == table).Select(file => Path.GetFileName(file))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private Process Start(string results)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments, "--results", results]) { RedirectStandardError = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private static IEnumerable<string> Compare(string calm, string results)
    {
        var (expected, actual) = (new ResultStore(calm), new ResultStore(results));
        var (here, there) = (expected.Runs().OrderBy(run => run.Id, StringComparer.Ordinal).Select(row => Timeless(row)).ToList(), actual.Runs().OrderBy(run => run.Id, StringComparer.Ordinal).Select(row => Timeless(row)).ToList());
        if (!here.SequenceEqual(there))
        {
            yield return "rows of runs differ";
        }

        if (!expected.Epochs().Select(row => Timeless(row)).SequenceEqual(actual.Epochs().Select(row => Timeless(row))))
        {
            yield return "rows of epochs differ";
        }

        foreach (var file in Directory.EnumerateFiles(calm, "*.safetensors", SearchOption.AllDirectories))
        {
            var other = Path.Combine(results, Path.GetRelativePath(calm, file));
            if (!File.Exists(other) || !File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(other)))
            {
                yield return $"{Path.GetFileName(file)} differs";
            }
        }

        foreach (var left in Directory.EnumerateFiles(results, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(results, file)).Except(
            Directory.EnumerateFiles(calm, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(calm, file))))
        {
            yield return $"{left} is left over";
        }
    }

    private static RunRow Timeless(RunRow row) => row with { Finished = default, Seconds = 0, ImagesPerSecond = 0 };

    private static EpochRow Timeless(EpochRow row) => row with { Seconds = 0, ImagesPerSecond = 0 };
}
