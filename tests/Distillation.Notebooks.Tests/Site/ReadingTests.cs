using Distillation.Notebooks.Site;
using Microsoft.Playwright;

namespace Distillation.Notebooks.Tests;

public class ReadingTests
{
    private const string Background = "() => getComputedStyle(document.body).backgroundColor";
    private const string ChartInk = "() => getComputedStyle(document.querySelector('.distillation-chart .gtitle')).fill";
    private const string White = "rgb(255, 255, 255)";

    private static MimeBundle Chart() => new([("text/html", ChartPage.Fragment(Figures.Lines("A finding that is long enough to take two lines on a telephone", "x", "y", new Series("s", [1, 2, 3], [1, 4, 9])))), ("text/plain", "chart")]);

    private static void Sample(Press press)
    {
        press.Put(
            "a.ipynb",
            "# Everything at once\n\nWords, $a_i$ and\n\n$$\\mathcal{L} = \\sum_{i=1}^{n} a_i b_i c_i d_i e_i f_i g_i h_i i_i j_i k_i l_i m_i n_i o_i p_i q_i,\n\\qquad x$$\n\n## A [link](#a-link--code) & `code`\n\nThis is `code_that_is_long_enough_to_be_broken_somewhere_on_a_telephone`.\n\n"
            + "| a | b | c |\n| --- | --- | ---: |\n| some words | `some_long_name_of_something`, `another_long_name` | $\\tau$ |\n\n<details><summary>Solution</summary>\n\n$x^2$\n\n</details>\n\n> quoted\n\n![picture](../x.svg)\n",
            "// A comment, and a line that is longer than a telephone is wide: \"text\", 1.5, nameof(Math.PI)\nvar x = Math.Sqrt(2.0); // " + new string('x', 200),
            new Output.Text("stdout", new string('y', 300)),
            new Output.Text("stderr", "oh"),
            new Output.Shown(Chart(), "1"),
            new Output.Shown(new([("text/html", Formula.Of("Hinton") is var formula ? $"<div><b>{formula.Name}</b> $$ {formula.Latex} $$</div>" : "")]), "2"),
            new Output.Shown(MimeBundle.Of("text/latex", "$$ x^2 $$"), "3"),
            new Output.Failed(new("Oops", "it failed", [])));
        press.Put("x.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"20\"><rect width=\"900\" height=\"20\"/></svg>");
        press.Put("notebooks/b.dib", "#!markdown\n\n# Second\n");
    }

    private static async Task Look(IReadOnlyList<string> pages)
    {
        await using var reader = await Reader.Start();
        foreach (var path in pages)
        {
            foreach (var (width, dark) in Reader.Widths.SelectMany(width => new[] { (width, false), (width, true) }))
            {
                var faults = await reader.Faulted(path, width, dark);
                Assert.True(faults.Count == 0, $"{Path.GetFileName(path)}, {width} pixels, {(dark ? "dark" : "light")}:\n{string.Join('\n', faults)}");
            }
        }
    }

    [NeedsReaderFact]
    [Trait("Category", "Slow")]
    public async Task Every_page_is_whole_on_a_telephone_and_on_a_desk_by_day_and_by_night()
    {
        using var press = new Press();
        Sample(press);
        await Look(press.Print());
    }

    [NeedsReaderFact]
    [Trait("Category", "Slow")]
    public async Task Every_page_of_the_committed_notebooks_is_whole_on_a_telephone_and_on_a_desk_by_day_and_by_night()
    {
        using var press = new Press();
        await Look(StaticSite.Write(new(Path.Combine(Bench.Notebooks, "..", "..", "notebooks"), press.Site), press.Notes.Add));
        Assert.Empty(press.Notes);
    }

    [NeedsReaderFact]
    public async Task Whatever_is_wrong_with_a_page_is_seen()
    {
        using var press = new Press();
        press.Put(
            "a.ipynb",
            "# Wrong\n\n$\\frac{1$ and [nowhere](#nowhere)",
            "1",
            new Output.Shown(MimeBundle.Of("text/html", "<img src=\"http://127.0.0.1:9/x.png\" alt=\"far\"><p style=\"color:#aaa;background:#fff\">pale</p><p>$$ never closed</p>"), "1"),
            new Output.Shown(MimeBundle.Of("text/html", "<div class=\"distillation-chart\"><script type=\"application/json\">{}</script></div><script>throw new Error('by a cell')</script>"), "2"),
            new Output.Shown(MimeBundle.Of("text/html", "<div style=\"position:absolute;width:3000px\">wide</div>"), "3"));
        var page = press.Print()[1];
        File.AppendAllText(page, "<div style=\"width:3000px;color:#aaa;background:#fff\">wide</div>");
        await using var reader = await Reader.Start();
        var faults = string.Join('\n', await reader.Faulted(page, 390, dark: false));
        Assert.Contains("pixels too wide", faults);
        Assert.Contains("the page asks for http://127.0.0.1:9/x.png", faults);
        Assert.Contains("a script fails: ", faults);
        Assert.Contains("by a cell", faults);
        Assert.Contains("chart 1 is not drawn", faults);
        Assert.Contains("the formula \\frac{1 is wrong", faults);
        Assert.Contains("the picture far is not there", faults);
        Assert.Contains("the link #nowhere leads nowhere", faults);
        Assert.Contains("LaTeX is left in the text", faults);
        Assert.Contains("'pale' in <p class=\"\"> has a contrast of 2.32", faults);
    }

    [NeedsReaderFact]
    public async Task The_switch_turns_the_page_and_its_charts_and_is_remembered_on_the_next_page()
    {
        using var press = new Press();
        Sample(press);
        var pages = press.Print();
        await using var reader = await Reader.Start();
        List<string> faults = [];
        var page = await reader.Open(pages[1], 390, dark: false, faults);
        Assert.Equal(White, await page.EvaluateAsync<string>(Background));
        var ink = await page.EvaluateAsync<string>(ChartInk);
        await page.GetByRole(AriaRole.Button, new() { Name = "Use dark colours" }).ClickAsync();
        Assert.NotEqual(White, await page.EvaluateAsync<string>(Background));
        Assert.NotEqual(ink, await page.EvaluateAsync<string>(ChartInk));
        await page.GotoAsync(new Uri(pages[2]).AbsoluteUri);
        Assert.NotEqual(White, await page.EvaluateAsync<string>(Background));
        await page.GetByRole(AriaRole.Button, new() { Name = "Use light colours" }).ClickAsync();
        Assert.Equal(White, await page.EvaluateAsync<string>(Background));
        Assert.Empty(faults);
    }

    [NeedsReaderFact]
    public async Task Solutions_open_contents_fold_on_a_telephone_and_paper_is_white()
    {
        using var press = new Press();
        Sample(press);
        var path = press.Print()[1];
        await using var reader = await Reader.Start();
        List<string> faults = [];
        var page = await reader.Open(path, 390, dark: true, faults);
        var solution = page.Locator("main details .katex").First;
        Assert.False(await solution.IsVisibleAsync());
        await page.GetByText("Solution").ClickAsync();
        Assert.True(await solution.IsVisibleAsync());

        var entry = page.GetByRole(AriaRole.Navigation, new() { Name = "Contents" }).GetByRole(AriaRole.Link);
        Assert.False(await entry.IsVisibleAsync());
        await page.SetViewportSizeAsync(1280, 900);
        await entry.ClickAsync();
        Assert.EndsWith("#a-link--code", page.Url);

        var ink = await page.EvaluateAsync<string>(ChartInk);
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        Assert.Equal(White, await page.EvaluateAsync<string>(Background));
        Assert.False(await page.Locator("header.top").IsVisibleAsync());
        await page.WaitForFunctionAsync($"ink => ({ChartInk})() !== ink", ink);
        Assert.Empty(faults);
    }

    [NeedsReaderFact]
    public async Task Without_scripts_everything_can_be_read()
    {
        using var press = new Press();
        Sample(press);
        var path = press.Print()[1];
        File.WriteAllText(path, File.ReadAllText(path).Replace("<script src=", "<script data-src=", StringComparison.Ordinal));
        await using var reader = await Reader.Start();
        var page = await reader.Open(path, 390, dark: true, []);
        Assert.Contains("a_i", await page.InnerTextAsync("main"));
        Assert.True(await page.GetByText("Contents", new() { Exact = true }).IsVisibleAsync());
        Assert.False(await page.Locator("button.scheme").IsVisibleAsync());
        Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"));
    }
}
