using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Distillation.Tests;

public sealed class PageTests
{
    private static readonly string[] elsewhere = ["src=\"http", "src='http", "href=\"http", "url(http", "@import", "//cdn", "fetch(", "XMLHttpRequest", "requirejs"];

    [NeedsPlotlyFact]
    public void A_page_has_plotly_once_and_takes_nothing_from_a_network()
    {
        var page = ChartPage.Html("Results", Sample.Charts().Select(chart => ChartPage.Fragment(chart.Chart)).Append(Showing.Html(Sample.Comparison)!));
        var own = page.Replace(PlotlyScript.Text.Replace("</script", "<\\/script"), "", StringComparison.Ordinal);

        Assert.Equal(12, Regex.Count(own, "class=\"distillation-chart\""));
        Assert.True(own.Length < page.Length - 4_000_000 && own.Length < 1_000_000, $"{own.Length} of {page.Length}");
        Assert.All(elsewhere, word => Assert.DoesNotContain(word, own));
    }

    [Fact]
    public void A_fragment_is_the_same_text_for_the_same_chart_and_no_title_ends_its_script()
    {
        var one = ChartPage.Fragment(Figures.Lines("</script><b>", "x", "y", new Series("</script>", [1], [1])));

        Assert.Equal(one, ChartPage.Fragment(Figures.Lines("</script><b>", "x", "y", new Series("</script>", [1], [1]))));
        Assert.Equal(2, Regex.Count(one, "</script>"));
    }

    [Fact]
    public void Another_file_than_the_pinned_plotly_is_refused()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "alert(1)");
            Assert.Contains("its sha256 is another one", Assert.Throws<BadInput>(() => PlotlyScript.Load(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_picture_of_another_kind_is_refused() =>
        Assert.Contains("'.gif'", Assert.Throws<BadInput>(() => Browser.Save(Sample.Charts()[0].Chart, "chart.gif")).Message);

    [NeedsBrowserFact]
    [Trait("Category", "Slow")]
    public void Chromium_draws_every_chart_as_png_and_svg_without_an_error()
    {
        var charts = Sample.Charts();
        foreach (var (drawings, start) in new[] { (Browser.Png([.. charts.Select(chart => chart.Chart)]), "\u0089PNG"), (Browser.Svg([.. charts.Select(chart => chart.Chart)]), "<svg") })
        {
            Assert.All(charts.Zip(drawings), pair =>
            {
                Assert.True(pair.Second.Errors.Count == 0, $"{pair.First.Name}: {string.Join("; ", pair.Second.Errors)}");
                Assert.StartsWith(start, System.Text.Encoding.Latin1.GetString(pair.Second.Bytes));
                Assert.True(pair.Second.Bytes.Length > 2_000, pair.First.Name);
            });
        }
    }

    [NeedsBrowserFact]
    [Trait("Category", "Slow")]
    public void A_page_draws_itself_in_Chromium_and_asks_for_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("page-").FullName;
        try
        {
            var page = Path.Combine(folder, "page.html");
            ChartPage.Save(page, "Charts", Sample.Charts().Select(chart => chart.Chart));
            using var browser = Process.Start(new ProcessStartInfo(
                Browser.Find()!,
                [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--enable-logging=stderr", "--virtual-time-budget=20000", $"--user-data-dir={folder}/profile", "--dump-dom", new Uri(page).AbsoluteUri,
                ])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var console = browser.StandardError.ReadToEndAsync();
            var document = browser.StandardOutput.ReadToEnd();
            browser.WaitForExit();

            Assert.Equal(Sample.Charts().Count, Regex.Count(document, "class=\"figure js-plotly-plot\""));
            Assert.DoesNotMatch("CONSOLE", console.Result);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>Skipped, and said so, where <c>./kd</c> has not fetched plotly.js.</summary>
internal sealed class NeedsPlotlyFactAttribute : FactAttribute
{
    public NeedsPlotlyFactAttribute() => Skip = PlotlyScript.Find() is null ? "plotly.js has not been fetched; './kd setup' does where npm is installed" : null!;
}

/// <summary>Skipped, and said so, without a browser or plotly.js.</summary>
internal sealed class NeedsBrowserFactAttribute : FactAttribute
{
    public NeedsBrowserFactAttribute() => Skip = Browser.Find() is null || PlotlyScript.Find() is null ? "needs Chromium (apt-get install chromium) and plotly.js (./kd setup)" : null!;
}
