using Distillation.Notebooks.Site;

namespace Distillation.Notebooks.Tests;

public class ProseTests
{
    private static readonly Links links = new("/site", "/site/notebooks", new Dictionary<string, string> { ["/site/notebooks/01 a.ipynb"] = "01 a.html" });

    private static string Html(string markdown) => new Prose(links).Html(markdown, new Dictionary<string, MimeBundle>());

    [Fact]
    public void Formulas_keep_their_LaTeX_whatever_Markdown_would_make_of_it() =>
        Assert.Equal(
            "<p>With <span class=\"math\">a_i * b_i &lt; \\{c\\}</span> and <span class=\"math\">x*y*z</span>, but <code>$not$</code> and $5 or $6:</p>\n<p><span class=\"math display\">p_c = \\frac{1}{2},\n\\qquad q\\_r</span></p>\n<div class=\"math display\">\\sum_i\\\\ x_i</div>\n",
            Html("With $a_i * b_i < \\{c\\}$ and $x*y*z$, but `$not$` and $5 or $6:\n\n$$p_c = \\frac{1}{2},\n\\qquad q\\_r$$\n\n$$\n\\sum_i\\\\ x_i\n$$\n"));

    [Fact]
    public void Tables_scroll_in_a_frame_and_may_hold_formulas_with_bars_in_code() =>
        Assert.Equal(
            "<div class=\"scroll\">\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th style=\"text-align: right;\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td><span class=\"math\">x_1, x_2</span></td>\n<td style=\"text-align: right;\"><code>y</code></td>\n</tr>\n</tbody>\n</table>\n</div>\n",
            Html("| a | b |\n| --- | ---: |\n| $x_1, x_2$ | `y` |\n"));

    [Fact]
    public void Solutions_fold_and_what_they_hold_is_Markdown_still() =>
        Assert.Equal(
            "<details><summary>Solution</summary>\n<p>It is <span class=\"math\">x</span>.</p>\n<pre class=\"source\"><code><span class=\"k\">var</span> x = <span class=\"n\">1</span>;</code></pre>\n</details>\n<p>after</p>\n",
            Html("<details><summary>Solution</summary>\n\nIt is $x$.\n\n```csharp\nvar x = 1;\n```\n\n</details>\n\nafter\n"));

    [Theory]
    [InlineData("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("a <img src=x onerror=alert(1)> b", "<p>a &lt;img src=x onerror=alert(1)&gt; b</p>")]
    [InlineData("a <b onclick='x()' title=\"&quot;\">b</b>", "<p>a <b title=\"&quot;\">b</b></p>")]
    [InlineData("a <span style=\"position:fixed\">b</span> <!-- c --> d", "<p>a <span>b</span>  d</p>")]
    [InlineData("<details open><summary>x</summary>", "<details open><summary>x</summary>\n</details>")]
    [InlineData("</div></main> and <u>so on", "&lt;/main&gt; and <u>so on\n</u>")]
    [InlineData("<iframe src=\"https://example.org\"></iframe>", "&lt;iframe src=&quot;https://example.org&quot;&gt;&lt;/iframe&gt;")]
    [InlineData("[x](javascript:alert(1)) <javascript:alert(1)> <https://example.org/?a=1&b=2>", "<p><em>x</em> javascript:alert(1) <a href=\"https://example.org/?a=1&amp;b=2\">https://example.org/?a=1&amp;b=2</a></p>")]
    [InlineData("a < b & c", "<p>a &lt; b &amp; c</p>")]
    public void Nothing_that_a_text_cell_holds_runs_or_breaks_its_page(string markdown, string html) => Assert.Equal(html, Html(markdown).Trim());

    [Fact]
    public void Headings_are_named_as_GitHub_names_them_and_no_name_comes_twice()
    {
        var prose = new Prose(links);
        prose.Html("# A `b`, c? & d_e-f\n\n## Why $\\tau^2$?\n\n[x](#why-tau2)", new Dictionary<string, MimeBundle>());
        Assert.Contains("id=\"why-tau2-1\"", prose.Html("## Why $\\tau^2$? [here](01%20a.ipynb)\n", new Dictionary<string, MimeBundle>())[..40].Replace("-here", "-1"));
        prose.Html("## Why $\\tau^2$?\n\n## Why $\\tau^2$?\n", new Dictionary<string, MimeBundle>());
        Assert.Equal(["a-b-c--d_e-f", "why-tau2", "why-tau2-here", "why-tau2-1", "why-tau2-2"], prose.Headings.Select(heading => heading.Id));
        Assert.Equal("Why <span class=\"math\">\\tau^2</span>? here", prose.Headings[2].Html);
        Assert.DoesNotContain("id=", prose.Html("# made by a cell", new Dictionary<string, MimeBundle>(), isOutput: true));
    }

    [Theory]
    [InlineData("# Title\n\nFirst *words* with a [link](x).\n\nSecond.", "First <em>words</em> with a link.")]
    [InlineData("One. Two is done. On the way it\n\n1. goes", "One. Two is done.")]
    [InlineData("Only a beginning\n\n* of a list", "Only a beginning")]
    public void A_page_opens_with_its_first_whole_sentences(string markdown, string opening)
    {
        var prose = new Prose(links);
        prose.Html(markdown, new Dictionary<string, MimeBundle>());
        Assert.Equal(opening, prose.Opening);
    }
}
