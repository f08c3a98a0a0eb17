using System.Diagnostics;
using System.Text;
using System.Text.Json;
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
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    private static readonly string[] names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

    // Nothing is fetched, nothing remembered, no graphics card needed.
    private static readonly string[] flags =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--hide-scrollbars", "--force-color-profile=srgb", "--virtual-time-budget=60000", "--dump-dom",
    ];

    /// <summary>The browser: what KD_CHROMIUM names, or the first of Chromium and Chrome on the path; null without one.</summary>
    public static string? Find() => Environment.GetEnvironmentVariable("KD_CHROMIUM") is { Length: > 0 } named
        ? File.Exists(named) ? named : null
        : (from name in names
           from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
           let path = Path.Combine(folder, name)
           where File.Exists(path)
           select path).FirstOrDefault();

    /// <summary>Charts as PNG, two dots per pixel, all by one start of the browser.</summary>
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
        var folder = Directory.CreateTempSubdirectory("distillation-").FullName;
        try
        {
            var page = Path.Combine(folder, "page.html");
            File.WriteAllText(page, Page(charts, format));
            return Read(Run(browser, page, Path.Combine(folder, "profile")), charts.Count);
        }
        finally
        {
            Remove(folder);
        }
    }

    // The page draws one chart after another and leaves the pictures as its only text, packed so that nothing in them is markup.
    private static string Page(IReadOnlyList<GenericChart> charts, string format) =>
        $$"""
        <!DOCTYPE html><html><head><meta charset="utf-8"></head><body><div id="place"></div>
        <script>
        const errors = [];
        // Names inside an SVG are drawn by lot; the same chart is to give the same file.
        let state = 1;
        Math.random = () => (state = state * 16807 % 2147483647) / 2147483647;
        console.error = (...words) => errors.push(words.join(' '));
        window.addEventListener('error', event => errors.push(event.message));
        window.addEventListener('unhandledrejection', event => errors.push(String(event.reason)));
        </script>
        <script>{{PlotlyScript.Text.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)}}</script>
        <script>
        const charts = [{{string.Join(",\n", charts.Select(ChartPage.Json))}}];
        (async () => {
          const drawings = [];
          for (const chart of charts) {
            errors.length = 0;
            state = 1;
            let picture = '';
            try {
              const size = { width: chart.layout.width || {{Styling.Width}}, height: chart.layout.height || {{Styling.Height}} };
              const place = document.getElementById('place');
              await Plotly.newPlot(place, chart.data, chart.layout, { staticPlot: true });
              picture = await Plotly.toImage(place, Object.assign({ format: '{{format}}', scale: {{(format == "png" ? 2 : 1)}} }, size));
              Plotly.purge(place);
            } catch (error) { errors.push(String(error)); }
            drawings.push({ dataUri: picture, errors: errors.slice() });
          }
          const bytes = new TextEncoder().encode(JSON.stringify(drawings));
          let packed = '';
          for (let i = 0; i < bytes.length; i += 8192) { packed += String.fromCharCode(...bytes.subarray(i, i + 8192)); }
          document.body.innerHTML = '<pre id="drawings">' + btoa(packed) + '</pre>';
          document.head.innerHTML = '';
        })();
        </script></body></html>
        """;

    private static string Run(string browser, string page, string profile)
    {
        var start = new ProcessStartInfo(browser, [.. flags, $"--user-data-dir={profile}", new Uri(page).AbsoluteUri]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new BadInput($"{browser} does not start; name another Chromium in KD_CHROMIUM.");
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(patience))
        {
            process.Kill(entireProcessTree: true);
            throw new BadInput($"{browser} has not drawn the charts within {patience.TotalSeconds:0} seconds; draw fewer at once, or look at the page that ChartPage.Save writes.");
        }

        return Task.WhenAll(said, complained) is var both && both.Wait(patience) ? both.Result[0] : throw new BadInput($"{browser} does not end what it says; name another Chromium in KD_CHROMIUM.");
    }

    private static IReadOnlyList<Drawing> Read(string document, int count)
    {
        const string start = "<pre id=\"drawings\">";
        var from = document.IndexOf(start, StringComparison.Ordinal);
        var packed = from < 0 ? "" : document[(from + start.Length)..document.IndexOf("</pre>", from, StringComparison.Ordinal)];
        return packed.Length > 0 && JsonSerializer.Deserialize<Drawing[]>(Convert.FromBase64String(packed), JsonSerializerOptions.Web) is { } drawings && drawings.Length == count
            ? drawings
            : throw new BadInput("Chromium came back without the charts; run it once by hand to see what it lacks, or name another one in KD_CHROMIUM.");
    }

    // The browser may still be writing its last lines.
    private static void Remove(string folder)
    {
        for (var attempt = 0; attempt < 10 && Directory.Exists(folder); attempt++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Thread.Sleep(100);
            }
        }
    }
}
