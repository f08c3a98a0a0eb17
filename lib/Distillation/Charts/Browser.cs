using System.Text;
using Plotly.NET;

namespace Distillation;

/// <summary>What a chart became: a picture, or what the browser said instead.</summary>
/// <param name="DataUri"><c>data:image/png;base64,…</c> or <c>data:image/svg+xml,…</c>; empty where it could not be drawn.</param>
/// <param name="Errors">What was written to the console as an error while it was drawn.</param>
public sealed record Drawing(string DataUri, IReadOnlyList<string> Errors)
{
    /// <summary>The bytes of the PNG or SVG file.</summary>
    public byte[] Bytes => DataUri.Split(',', 2) switch
    {
        [var head, var body] when head.EndsWith(";base64", StringComparison.Ordinal) => Convert.FromBase64String(body),
        [_, var body] => Encoding.UTF8.GetBytes(Uri.UnescapeDataString(body)),
        _ => [],
    };
}

/// <summary>Charts as pictures, drawn by a headless Chromium: what GitHub and a printed page can show.</summary>
public static class Browser
{
    /// <summary>How long a browser waits for the next chart before it is ended.</summary>
    private static readonly TimeSpan idle = TimeSpan.FromSeconds(20);

    private static readonly string[] names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

    private static readonly Waiting waiting = new();

    /// <summary>The browser: what KD_CHROMIUM names, or the first of Chromium and Chrome on the path; null without one.</summary>
    public static string? Find() => Environment.GetEnvironmentVariable("KD_CHROMIUM") is { Length: > 0 } named
        ? File.Exists(named) ? named : null
        : (from name in names
           from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
           let path = Path.Combine(folder, name)
           where File.Exists(path)
           select path).FirstOrDefault();

    /// <summary>Charts as PNG, two dots per pixel. The browser that drew them waits a while for the next ones.</summary>
    /// <exception cref="BadInput">There is no browser, no plotly.js, or the browser did not answer.</exception>
    public static IReadOnlyList<Drawing> Png(params IReadOnlyList<GenericChart> charts) => Draw(charts, "png");

    /// <summary>Charts as SVG.</summary>
    /// <exception cref="BadInput">There is no browser, no plotly.js, or the browser did not answer.</exception>
    public static IReadOnlyList<Drawing> Svg(params IReadOnlyList<GenericChart> charts) => Draw(charts, "svg");

    /// <summary>Writes a chart as a picture; the ending of the path, .png or .svg, says as which.</summary>
    /// <exception cref="BadInput">It cannot be drawn, or the path ends otherwise.</exception>
    public static void Save(GenericChart chart, string path)
    {
        var format = Path.GetExtension(path) switch
        {
            ".png" => "png",
            ".svg" => "svg",
            var other => throw new BadInput($"A chart is written as .png or .svg, not as '{other}': name another file than {path}."),
        };
        var drawing = Draw([chart], format)[0];
        File.WriteAllBytes(path, drawing.DataUri.Length > 0 ? drawing.Bytes : throw new BadInput($"The chart for {path} could not be drawn: {string.Join("; ", drawing.Errors)}"));
    }

    private static IReadOnlyList<Drawing> Draw(IReadOnlyList<GenericChart> charts, string format)
    {
        if (charts.Count == 0)
        {
            return [];
        }

        var browser = Find() ?? throw new BadInput("Pictures of charts are drawn by Chromium, which is not installed; install it (on Debian: apt-get install chromium) or name it in KD_CHROMIUM. Charts in pages need none.");
        return waiting.Draw(browser, charts, format);
    }

    // The browser of this process, if one is there; one drawing at a time.
    private sealed class Waiting
    {
        private readonly Lock gate = new();
        private readonly Timer timer;
        private BrowserSession? session;

        public Waiting() => timer = new(_ => End());

        public IReadOnlyList<Drawing> Draw(string browser, IReadOnlyList<GenericChart> charts, string format)
        {
            lock (gate)
            {
                try
                {
                    timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                    if (session?.Browser != browser)
                    {
                        End();
                        session = new(browser, PlotlyScript.Text);
                    }

                    return [.. charts.Select(chart => session!.Draw(chart, format))];
                }
                catch
                {
                    // Also when the cell that draws was interrupted: what comes next would read the answer to this.
                    End();
                    throw;
                }
                finally
                {
                    timer.Change(idle, Timeout.InfiniteTimeSpan);
                }
            }
        }

        private void End()
        {
            lock (gate)
            {
                session?.Dispose();
                session = null;
            }
        }
    }
}
