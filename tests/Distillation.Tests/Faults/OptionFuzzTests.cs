using System.Diagnostics;
using Distillation.Cli;
using Distillation.Cli.Terminal;

namespace Distillation.Tests.Faults;

/// <summary>Random command lines at the program: whatever is typed ends with an exit code that has a meaning and, where it is refused, with a sentence.</summary>
public sealed class OptionFuzzTests : IDisposable
{
    private readonly FuzzPlace place = new();
    private readonly (string Folder, string? Data, string? Results) before = (Environment.CurrentDirectory, Environment.GetEnvironmentVariable("KD_DATA"), Environment.GetEnvironmentVariable("KD_RESULTS"));

    public OptionFuzzTests() => Set(place.Current, place.Data, place.Results);

    public void Dispose()
    {
        Set(before.Folder, before.Data, before.Results);
        place.Dispose();
    }

    private static void Set(string folder, string? data, string? results)
    {
        Environment.CurrentDirectory = folder;
        Environment.SetEnvironmentVariable("KD_DATA", data);
        Environment.SetEnvironmentVariable("KD_RESULTS", results);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_thousand_random_command_lines_end_with_a_meaning_and_a_sentence_and_touch_nothing_else()
    {
        var lists = new OptionLists(place, new Random(8));
        var (untouched, program) = (place.Untouchable, Listing(AppContext.BaseDirectory));
        var codes = new Dictionary<int, int>();
        var faults = new List<string>();
        // Stopped before it begins: everything is read and checked, nothing is downloaded or trained.
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        for (var i = 0; i < 1000; i++)
        {
            var args = lists.Next();
            using var output = new StringWriter();
            using var error = new StringWriter();
            var allocated = GC.GetTotalAllocatedBytes();
            var code = await CommandLine.Run(args, Screen.Plain(output, error), stop.Token);
            allocated = GC.GetTotalAllocatedBytes() - allocated;

            codes[code] = codes.GetValueOrDefault(code) + 1;
            var fault = Fault(code, error.ToString(), args.Contains("--verbose")) ?? (allocated > 400 << 20 ? $"allocates {allocated} bytes" : null);
            faults.AddRange(fault is null ? [] : [$"{i}: kd {string.Join(' ', args.Select(arg => $"'{arg}'"))} {fault}"]);
        }

        Assert.Equal([], faults);
        Assert.Equal(untouched, place.Untouchable);
        Assert.Equal(program, Listing(AppContext.BaseDirectory));
        // All three happen: a list that is always refused at its first word would show nothing.
        Assert.Equal([0, 2, 130], codes.Keys.Order());
        Assert.All(codes.Values, count => Assert.InRange(count, 20, 960));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Thirty_random_command_lines_at_the_program_itself_end_the_same_way()
    {
        var lists = new OptionLists(place, new Random(80));
        var untouched = place.Untouchable;
        for (var i = 0; i < 30; i++)
        {
            // An argument of a process holds no zero, and a process no lone half of a character.
            var args = lists.Next().Where(arg => !arg.Any(c => c is '\0' or (>= '\ud800' and <= '\udfff'))).ToArray();
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "kd.dll"), .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
            // A proxy where nobody listens: what would be downloaded is refused at once.
            (start.Environment["http_proxy"], start.Environment["https_proxy"], start.Environment["no_proxy"]) = ("http://127.0.0.1:9", "http://127.0.0.1:9", "");
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            // What would go on (a download, a bench) is stopped as Ctrl-C does.
            if (!process.WaitForExit(TimeSpan.FromSeconds(5)))
            {
                using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
                await kill.WaitForExitAsync();
                var ended = process.WaitForExit(TimeSpan.FromSeconds(20));
                // Nothing goes on beside the other tests, nor after them.
                process.Kill(entireProcessTree: true);
                Assert.True(ended, $"{i}: {string.Join(' ', args)} does not end");
            }

            await Task.WhenAll(output, error);
            var fault = Fault(process.ExitCode, await error, args.Contains("--verbose"));
            Assert.True(fault is null, $"{i}: kd {string.Join(' ', args)} {fault}");
        }

        Assert.Equal(untouched, place.Untouchable);
    }

    // What is wrong with an ending, or null.
    private static string? Fault(int code, string error, bool verbose)
    {
        var lines = error.TrimEnd('\n').Split('\n');
        return code is not (0 or 2 or 130) ? $"ends with {code}: {error}"
            : verbose ? null
            : error.Contains("   at ", StringComparison.Ordinal) ? $"shows a stack trace: {error}"
            : code == 2 && !(error.EndsWith(".\n", StringComparison.Ordinal) && lines[^1].Length > 20 && lines[^1].Contains(' ')) ? $"is refused without a sentence: {error}"
            : null;
    }

    private static string Listing(string folder) => string.Join('\n', Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(path => $"{path} {(File.Exists(path) ? $"{new FileInfo(path).Length} {File.GetLastWriteTimeUtc(path).Ticks}" : "")}"));
}
