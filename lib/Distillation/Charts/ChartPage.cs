using System.Globalization;
using System.Net;
using System.Text;
using Plotly.NET;

namespace Distillation;

/// <summary>Charts in pages that need nothing from a network.</summary>
public static class ChartPage
{
    // Draws every chart of the page that is not drawn yet; in a dark scheme with light ink on the page's own ground. A chart never becomes wider than its page.
    private const string Drawer =
        """
        window.distillationCharts = function () {
          const scheme = window.matchMedia('(prefers-color-scheme: dark)');
          const paper = window.matchMedia('print');
          // The page's own word, where it decides for itself; the reader's, where it leaves that open. Paper is light.
          const isDark = function () {
            const schemes = getComputedStyle(document.documentElement).colorScheme;
            return !paper.matches && schemes.includes('dark') && (scheme.matches || !schemes.includes('light'));
          };
          const dress = function (layout, dark) {
            if (!dark) { return layout; }
            const axes = Object.keys(layout).filter(key => /^[xy]axis\d*$/.test(key));
            axes.forEach(key => { layout[key] = Object.assign({}, layout[key], { gridcolor: '#3d3d3d', linecolor: '#8a8a8a', tickcolor: '#8a8a8a' }); });
            (layout.annotations || []).forEach(note => { note.font = Object.assign({}, note.font, { color: '#c8c8c8' }); });
            layout.font = Object.assign({}, layout.font, { color: '#dddddd' });
            layout.paper_bgcolor = 'rgba(0,0,0,0)';
            layout.plot_bgcolor = 'rgba(0,0,0,0)';
            return layout;
          };
          // Pictures keep their proportions: on a narrow page they are lower, too.
          const fit = function (layout, share) {
            const margin = Object.assign({ t: 49, b: 49 }, layout.margin);
            layout.height = margin.t + margin.b + (layout.height - margin.t - margin.b) * share;
          };
          // On a narrow page a title takes more lines, and its chart more height.
          const wrap = function (layout, characters) {
            const before = layout.title.text.split('<br>').length;
            const lines = [];
            layout.title.text.replace(/<br>/g, ' ').split(' ').forEach(word => {
              if (lines.length && lines[lines.length - 1].length + 1 + word.length <= characters) { lines[lines.length - 1] += ' ' + word; } else { lines.push(word); }
            });
            layout.title.text = lines.join('<br>');
            layout.margin = Object.assign({}, layout.margin, { t: ((layout.margin || {}).t || 49) + 21 * (lines.length - before) });
            layout.height = (layout.height || 400) + 21 * (lines.length - before);
            layout.title.y = 1 - (10 + 10.4 * (lines.length - 1)) / layout.height;
          };
          const words = text => new DOMParser().parseFromString((text || '').replace(/<br>/g, ' '), 'text/html').body.textContent;
          const draw = function (place) {
            const chart = JSON.parse(place.querySelector('script[type="application/json"]').textContent);
            const dark = isDark();
            let figure = place.querySelector('.figure');
            if (!figure) {
              place.querySelectorAll('.picture').forEach(picture => picture.remove());
              figure = document.createElement('div');
              figure.className = 'figure';
              figure.setAttribute('role', 'img');
              figure.setAttribute('aria-label', words((chart.layout.title || {}).text) || 'chart');
              figure.style.cssText = 'width:100%;max-width:' + (chart.layout.width || 600) + 'px';
              place.appendChild(figure);
            }
            if (figure.clientWidth < chart.layout.width && chart.data.every(trace => trace.type === 'image')) { fit(chart.layout, figure.clientWidth / chart.layout.width); }
            if (chart.layout.title && figure.clientWidth < (chart.layout.width || 600)) { wrap(chart.layout, figure.clientWidth / 9); }
            figure.style.height = (chart.layout.height || 400) + 'px';
            delete chart.layout.width;
            chart.layout.autosize = true;
            if (dark) { chart.data.forEach(trace => { if (trace.error_y) { trace.error_y.color = '#c8c8c8'; } }); }
            Plotly.react(figure, chart.data, dress(chart.layout, dark), { responsive: true, displayModeBar: false });
          };
          document.querySelectorAll('.distillation-chart:not([data-drawn])').forEach(place => {
            place.setAttribute('data-drawn', '');
            draw(place);
            scheme.addEventListener('change', () => draw(place));
            paper.addEventListener('change', () => draw(place));
            window.addEventListener('schemechange', () => draw(place));
          });
        };
        """;

    private const string DrawerScript = $"<script>{Drawer}\ndistillationCharts();</script>";

    private const string Style =
        """
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 Helvetica, Arial, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
        table { border-collapse: collapse; } th, td { padding: .2rem .6rem; } thead th { border-bottom: 1px solid #888; cursor: pointer; }
        img { max-width: 100%; } pre { overflow-x: auto; }
        @media (prefers-color-scheme: dark) { body { color: #ddd; background: #1b1b1b; } }
        """;

    /// <summary>
    /// A chart as a part of a page or as a notebook's output: drawn where the page has <see cref="Script()"/>, before or after; elsewhere the picture is seen. The same chart gives the same text.
    /// </summary>
    /// <param name="chart">The chart.</param>
    /// <param name="picture">Shown until the chart is drawn; an address, or a data address.</param>
    /// <param name="note">Shown instead of a picture until the chart is drawn: its title, and why there is none.</param>
    public static string Fragment(GenericChart chart, string? picture = null, string? note = null)
    {
        var image = picture is null ? note is null ? "" : $"<p class=\"picture\"><b>{HtmlText.Escaped(Title(chart))}</b> <small>{HtmlText.Escaped(note)}</small></p>" : $"<img class=\"picture\" style=\"max-width:100%\" width=\"{Size(chart).Width}\" alt=\"{HtmlText.Escaped(Title(chart))}\" src=\"{picture}\">";
        return $"<div class=\"distillation-chart\"><script type=\"application/json\">{Json(chart)}</script>{image}</div><script>if (window.distillationCharts) distillationCharts();</script>";
    }

    /// <summary>plotly.js and what draws the page's charts: once per page. A page that turns its color-scheme itself says so by an event <c>schemechange</c> on its window.</summary>
    /// <exception cref="BadInput">plotly.js has not been fetched.</exception>
    public static string Script() => $"<script>{PlotlyScript.Text.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)}</script>\n{DrawerScript}";

    /// <summary>The same for a page of a site that keeps plotly.js, <see cref="PlotlyScript.Text"/>, once for all its pages.</summary>
    /// <param name="plotly">The script's address.</param>
    public static string Script(string plotly) => $"<script src=\"{HtmlText.Escaped(plotly)}\"></script>\n{DrawerScript}";

    /// <summary>A whole page.</summary>
    /// <param name="title">Of the window, and the heading.</param>
    /// <param name="parts">HTML, such as what <see cref="Fragment"/> and <see cref="Showing.Html(object?)"/> give.</param>
    public static string Html(string title, params IEnumerable<string> parts) => new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .Append(CultureInfo.InvariantCulture, $"<title>{HtmlText.Escaped(title)}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{Style}\n</style>\n</head>\n<body>\n<h1>{HtmlText.Escaped(title)}</h1>\n")
        .AppendJoin('\n', parts)
        .Append(CultureInfo.InvariantCulture, $"\n{Script()}\n</body>\n</html>\n").ToString();

    /// <summary>Writes a page with charts; it can be looked at anywhere.</summary>
    public static void Save(string path, string title, params IEnumerable<GenericChart> charts) => File.WriteAllText(path, Html(title, charts.Select(chart => Fragment(chart))));

    /// <summary>The chart as JSON that can stand inside a script element.</summary>
    internal static string Json(GenericChart chart) => GenericChart.toJson(chart).Replace("<", "\\u003c", StringComparison.Ordinal);

    /// <summary>Its title as plain text; empty for none.</summary>
    internal static string Title(GenericChart chart) => System.Text.Json.Nodes.JsonNode.Parse(GenericChart.toJson(chart))?["layout"]?["title"]?["text"] is { } text
        ? WebUtility.HtmlDecode(((string)text!).Replace("<br>", " ", StringComparison.Ordinal))
        : "";

    /// <summary>Its size in pixels.</summary>
    internal static (int Width, int Height) Size(GenericChart chart) => System.Text.Json.Nodes.JsonNode.Parse(GenericChart.toJson(chart))?["layout"] is { } layout
        ? ((int?)layout["width"] ?? Styling.Width, (int?)layout["height"] ?? Styling.Height)
        : (Styling.Width, Styling.Height);
}
