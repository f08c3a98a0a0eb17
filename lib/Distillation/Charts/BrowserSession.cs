using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plotly.NET;

namespace Distillation;

/// <summary>
/// A Chromium that draws one chart after another, over the pipe of its DevTools protocol: starting it and reading plotly.js takes longer than drawing. It ends with the
/// process that started it, however that ends: its pipe is closed then.
/// </summary>
internal sealed class BrowserSession : IDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    // Nothing is fetched, nothing remembered, no graphics card needed.
    private static readonly string[] flags =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--hide-scrollbars", "--force-color-profile=srgb", "--remote-debugging-pipe",
    ];

    // The protocol speaks over the descriptors 3 and 4. The shell outlives the browser by taking its folder away.
    private const string Shell = "folder=$1; shift; \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1; rm -rf \"$folder\"";

    // A place to draw in, and what draws: the promise of a picture, or of what went wrong.
    private const string Page =
        """
        document.open();
        document.write('<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><div id="place"></div></body></html>');
        document.close();
        const errors = [];
        // Names inside an SVG are drawn by lot; the same chart is to give the same file.
        let state = 1;
        Math.random = () => (state = state * 16807 % 2147483647) / 2147483647;
        console.error = (...words) => errors.push(words.join(' '));
        window.addEventListener('error', event => errors.push(event.message));
        window.addEventListener('unhandledrejection', event => errors.push(String(event.reason)));
        const draw = async (chart, format, scale, width, height) => {
          errors.length = 0;
          state = 1;
          let picture = '';
          try {
            const size = { width: chart.layout.width || width, height: chart.layout.height || height };
            const place = document.getElementById('place');
            await Plotly.newPlot(place, chart.data, chart.layout, { staticPlot: true });
            picture = await Plotly.toImage(place, Object.assign({ format, scale }, size));
            Plotly.purge(place);
          } catch (error) { errors.push(String(error)); }
          return JSON.stringify({ dataUri: picture, errors });
        };
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("distillation-").FullName;
    private readonly Process process;
    private readonly byte[] buffer = new byte[1 << 16];
    private readonly List<byte> read = [];
    private readonly string? page;
    private int sent;

    /// <summary>Starts a browser.</summary>
    /// <param name="browser">The program.</param>
    /// <param name="script">plotly.js.</param>
    /// <exception cref="BadInput">It does not start or does not answer.</exception>
    public BrowserSession(string browser, string script)
    {
        Browser = browser;
        var start = new ProcessStartInfo("/bin/sh", ["-c", Shell, "sh", folder, browser, .. flags, $"--user-data-dir={folder}", "about:blank"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            Directory.Delete(folder);
            throw new BadInput($"{browser} cannot be started from here: there is no /bin/sh.", e);
        }

        try
        {
            var target = Ask("Target.createTarget", new() { ["url"] = "about:blank" })["targetId"]!;
            page = (string)Ask("Target.attachToTarget", new() { ["targetId"] = target.DeepClone(), ["flatten"] = true })["sessionId"]!;
            Evaluate(Page);
            Evaluate($"{script}\n;0");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The program.</summary>
    public string Browser { get; }

    /// <summary>Draws a chart.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="format">png (two dots per pixel) or svg.</param>
    /// <exception cref="BadInput">The browser does not answer.</exception>
    public Drawing Draw(GenericChart chart, string format)
    {
        var answer = (string?)Evaluate($"draw({ChartPage.Json(chart)}, '{format}', {(format == "png" ? 2 : 1)}, {Styling.Width}, {Styling.Height})");
        return answer is not null && JsonSerializer.Deserialize<Drawing>(answer, JsonSerializerOptions.Web) is { } drawing ? drawing : throw Silent();
    }

    /// <summary>Ends the browser, and takes its folder away.</summary>
    public void Dispose()
    {
        try
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(TimeSpan.FromSeconds(5));
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }

        process.Dispose();
        Remove(folder);
    }

    private JsonNode? Evaluate(string expression)
    {
        var answer = Ask("Runtime.evaluate", new() { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        return answer["exceptionDetails"] is null ? answer["result"]?["value"] : throw new BadInput($"plotly.js does not run in {Browser}; name another Chromium in KD_CHROMIUM.");
    }

    // One question, and everything that is said until its answer: JSON with a zero byte behind it.
    private JsonNode Ask(string method, JsonObject parameters)
    {
        var clock = Stopwatch.StartNew();
        var question = new JsonObject { ["id"] = ++sent, ["method"] = method, ["params"] = parameters };
        if (page is not null)
        {
            question["sessionId"] = page;
        }

        try
        {
            process.StandardInput.BaseStream.Write([.. Encoding.UTF8.GetBytes(question.ToJsonString()), 0]);
            process.StandardInput.BaseStream.Flush();
            while (true)
            {
                var message = Next(clock);
                if ((int?)message["id"] == sent)
                {
                    return message["result"] ?? throw Silent();
                }
            }
        }
        catch (IOException e)
        {
            throw new BadInput(Silent().Message, e);
        }
    }

    private JsonNode Next(Stopwatch clock)
    {
        int end;
        while ((end = read.IndexOf(0)) < 0)
        {
            var more = process.StandardOutput.BaseStream.ReadAsync(buffer).AsTask();
            if (patience - clock.Elapsed is var left && (left < TimeSpan.Zero || !more.Wait(left)))
            {
                throw new BadInput($"{Browser} has not drawn a chart within {patience.TotalSeconds:0} seconds; look at the page that ChartPage.Save writes, or name another Chromium in KD_CHROMIUM.");
            }

            read.AddRange(more.Result > 0 ? buffer.AsSpan(0, more.Result) : throw Silent());
        }

        var message = JsonNode.Parse(Encoding.UTF8.GetString([.. read[..end]]))!;
        read.RemoveRange(0, end + 1);
        return message;
    }

    private BadInput Silent() => new($"{Browser} came back without a chart; run it once by hand to see what it lacks, or name another Chromium in KD_CHROMIUM.");

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
