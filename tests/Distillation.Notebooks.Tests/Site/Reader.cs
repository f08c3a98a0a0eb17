using Microsoft.Playwright;

namespace Distillation.Notebooks.Tests;

/// <summary>
/// A person before a screen: pages in the installed Chromium, steered by Playwright, which brings its own driver along; so a machine needs a browser from its distribution, and neither Node.js nor a download.
/// </summary>
internal sealed class Reader(IPlaywright playwright, IBrowser browser) : IAsyncDisposable
{
    /// <summary>A telephone and a desk, in pixels.</summary>
    public static IReadOnlyList<int> Widths { get; } = [390, 1280];

    // Everything that can be seen to be wrong with a page, as sentences.
    private const string Faults =
        """
        () => {
          const faults = [];
          const count = (selector, within = document) => within.querySelectorAll(selector).length;
          const root = document.documentElement;
          if (root.scrollWidth > root.clientWidth) { faults.push(`the page is ${root.scrollWidth - root.clientWidth} pixels too wide`); }

          document.querySelectorAll('.distillation-chart').forEach((chart, i) => {
            const drawn = chart.querySelector('.js-plotly-plot .main-svg');
            if (!drawn || drawn.getBoundingClientRect().height < 50) { faults.push(`chart ${i + 1} is not drawn`); }
          });

          document.querySelectorAll('.math').forEach(formula => {
            if (count('.katex', formula) !== 1) { faults.push(`the formula ${formula.textContent} is not typeset`); }
          });
          document.querySelectorAll('.katex-error').forEach(formula => faults.push(`the formula ${formula.textContent} is wrong: ${formula.title}`));
          document.fonts.forEach(font => { if (font.status === 'error') { faults.push(`the font ${font.family} is not there`); } });
          if (count('.katex') && ![...document.fonts].some(font => font.family.startsWith('KaTeX') && font.status === 'loaded')) { faults.push('formulas have no font of their own'); }

          document.querySelectorAll('img').forEach(image => {
            if (!image.complete || !image.naturalWidth) { faults.push(`the picture ${image.alt} is not there`); }
            if (!image.hasAttribute('alt')) { faults.push('a picture has no words'); }
          });
          document.querySelectorAll('a[href]').forEach(link => {
            if (link.hash && link.pathname === location.pathname && !document.getElementById(decodeURIComponent(link.hash.slice(1)))) { faults.push(`the link ${link.hash} leads nowhere`); }
          });

          // Contrast as WCAG 2.2 defines it: relative luminance of ink and of the first ground below it.
          const parts = colour => (colour.match(/[\d.]+/g) || []).map(Number);
          const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
          const ground = element => { for (let at = element; at; at = at.parentElement) { const c = parts(getComputedStyle(at).backgroundColor); if (c.length === 3 || c[3] > 0) { return c; } } return [255, 255, 255]; };
          const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const pale = new Set();
          while (words.nextNode()) {
            const element = words.currentNode.parentElement;
            const text = words.currentNode.textContent;
            if (!text.trim()) { continue; }
            if (text.includes('$$') && !element.closest('pre, code, script, style')) { faults.push(`LaTeX is left in the text: ${text.trim().slice(0, 60)}`); }
            if (element.closest('script, style, svg, .katex-mathml') || !element.getClientRects().length) { continue; }
            const [ink, paper] = [light(parts(getComputedStyle(element).color)), light(ground(element))];
            const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
            if (contrast < 4.5) { pale.add(`'${text.trim().slice(0, 30)}' in <${element.tagName.toLowerCase()} class="${element.className}"> has a contrast of ${contrast.toFixed(2)}`); }
          }
          return [...faults, ...pale];
        }
        """;

    /// <summary>Starts the browser.</summary>
    public static async Task<Reader> Start()
    {
        var playwright = await Playwright.CreateAsync();
        return new(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Distillation.Browser.Find(), Args = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"] }));
    }

    /// <summary>Opens a file and waits until everything that it brings is there. Nothing else is let through.</summary>
    /// <param name="path">The page.</param>
    /// <param name="width">Of the window, in pixels.</param>
    /// <param name="dark">Whether the reader's system is dark.</param>
    /// <param name="faults">Gets what the browser complains of, and what it would have fetched.</param>
    public async Task<IPage> Open(string path, int width, bool dark, List<string> faults)
    {
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light });
        await context.RouteAsync(url => !IsHere(url), route =>
        {
            faults.Add($"the page asks for {route.Request.Url}");
            return route.AbortAsync();
        });
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                faults.Add($"the console says: {message.Text}");
            }
        };
        page.PageError += (_, error) => faults.Add($"a script fails: {error}");
        page.RequestFailed += (_, request) => faults.Add($"{request.Url} is not there");
        await page.GotoAsync(new Uri(path).AbsoluteUri, new() { WaitUntil = WaitUntilState.NetworkIdle });
        await page.EvaluateAsync("() => document.fonts.ready.then(() => null)");
        return page;
    }

    /// <summary>What is wrong with a file in a window, as sentences; empty for nothing.</summary>
    public async Task<IReadOnlyList<string>> Faulted(string path, int width, bool dark)
    {
        var faults = new List<string>();
        var page = await Open(path, width, dark, faults);
        faults.AddRange(await page.EvaluateAsync<string[]>(Faults));
        await page.Context.CloseAsync();
        return faults;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }

    private static bool IsHere(string url) => url.StartsWith("file:", StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal) || url.StartsWith("blob:", StringComparison.Ordinal);
}
