using System.Text.RegularExpressions;

namespace Distillation.Notebooks.Tests;

public class StaticSiteTests
{
    private static MimeBundle Html(string html) => new([("text/html", html), ("text/plain", "plain")]);

    [Fact]
    public void Outputs_show_their_richest_form_and_only_their_own_HTML_is_markup()
    {
        using var press = new Press();
        press.Put(
            "a.ipynb",
            "# A",
            "1 < 2",
            new Output.Text("stdout", "<b>\u001b[31mred\u001b[0m & \u001b]0;title\u0007so on\n"),
            new Output.Text("stderr", "oh"),
            new Output.Shown(Html("<i>as is</i>"), "1"),
            new Output.Shown(new([("image/png", "iVBORw0KGgo="), ("text/plain", "a \"chart\"")]), "2"),
            new Output.Shown(new([("image/svg+xml", "<svg/>"), ("image/png", "iVBORw0KGgo=")]), "3"),
            new Output.Shown(MimeBundle.Of("text/markdown", "*so*"), "4"),
            new Output.Shown(MimeBundle.Of("text/plain", "1 < 2"), "5"),
            new Output.Failed(new("Oops", "1 < 2", ["at <here>"])));
        press.Print();
        var page = press.Page("a.html");
        Assert.Contains("<div class=\"cell code\" id=\"cell:2\" data-count=\"7\">\n<pre class=\"source\"><code><span class=\"n\">1</span> &lt; <span class=\"n\">2</span></code></pre>\n", page);
        Assert.Equal(
            [
                "<pre class=\"stream\">&lt;b&gt;red &amp; so on\n</pre>",
                "<pre class=\"stream stderr\">oh</pre>",
                "<div class=\"html\"><i>as is</i></div>",
                "<img alt=\"a &quot;chart&quot;\" src=\"data:image/png;base64,iVBORw0KGgo=\">",
                "<img alt=\"picture\" src=\"data:image/svg+xml;base64,PHN2Zy8+\">",
                "<p><em>so</em></p>\n",
                "<pre class=\"plain\">1 &lt; 2</pre>",
                "<pre class=\"failure\"><b>Oops</b>: 1 &lt; 2\nat &lt;here&gt;</pre>",
            ],
            Regex.Matches(page, "<div class=\"output scroll\">(.*?)</div>\n(?=<div class=\"output|</div>)", RegexOptions.Singleline).Select(match => match.Groups[1].Value));
    }

    [Fact]
    public void Pages_know_their_neighbours_their_contents_and_their_landmarks()
    {
        using var press = new Press();
        press.Put("00-a.ipynb", "# First & best\n\nIt opens.\n\n## One\n\n### Two `x`\n\n#### Three", "1");
        press.Put("notebooks/01 b.dib", "#!markdown\n\nno title\n\n#!csharp\n\n1 + 1\n\n#!fsharp\n\nlet x = 1\n");
        press.Put("02-c.ipynb", "# Last", "1");
        press.Put("notebooks/.hidden.ipynb", "{");
        press.Put("notebooks/notes.txt", "no notebook");
        Assert.Equal(["index.html", "00-a.html", "01 b.html", "02-c.html"], press.Print().Select(Path.GetFileName));
        Assert.Matches("<nav class=\"beside\"[^>]*><a class=\"next\" rel=\"next\" href=\"01%20b.html\">", press.Page("00-a.html"));
        Assert.Contains("<a class=\"previous\" rel=\"prev\" href=\"00-a.html\"><small>Previous</small> First &amp; best</a><a class=\"next\" rel=\"next\" href=\"02-c.html\">", press.Page("01 b.html"));
        Assert.Contains("<h1>01 b</h1>", press.Page("01 b.html"));
        Assert.Contains("let x = 1", press.Page("01 b.html"));
        Assert.Contains("<li class=\"level-2\"><a href=\"#one\">One</a></li>\n<li class=\"level-3\"><a href=\"#two-x\">Two <code>x</code></a></li>\n</ol>", press.Page("00-a.html"));
        Assert.Contains("<h2><a href=\"00-a.html\">First &amp; best</a></h2>\n<p>It opens.</p>\n<p class=\"facts\">1 section</p>", press.Page("index.html"));
        foreach (var page in Directory.GetFiles(press.Site, "*.html").Select(File.ReadAllText))
        {
            Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", page);
            Assert.Single(Regex.Matches(page, "<main "));
            Assert.Single(Regex.Matches(page, "<h1[ >]"));
            Assert.Single(Regex.Matches(page, "<header "));
            Assert.Single(Regex.Matches(page, "<footer "));
            Assert.All(Regex.Matches(page, "<nav [^>]*>").Select(nav => nav.Value), nav => Assert.Contains("aria-label=", nav));
        }
    }

    [Fact]
    public void The_same_notebooks_give_the_same_bytes()
    {
        using var press = new Press();
        press.Put("a.ipynb", "# A\n\n## B", "var x = 1;", new Output.Shown(Html("<b>1</b>"), "1"));
        press.Print();
        var first = press.Files.Select(file => Convert.ToBase64String(File.ReadAllBytes(Path.Combine(press.Site, "..", file)))).ToList();
        press.Print();
        Assert.Equal(first, press.Files.Select(file => Convert.ToBase64String(File.ReadAllBytes(Path.Combine(press.Site, "..", file)))));
    }

    [NeedsPagePartsFact]
    public void Scripts_are_in_the_site_once_and_only_where_something_needs_them()
    {
        using var press = new Press();
        press.Put("a.ipynb", "# A", "1");
        press.Put("b.ipynb", "# B with $x$", "1");
        press.Put("c.ipynb", "# C", "1", new Output.Returned(Html(ChartPage.Fragment(Figures.Lines("T", "x", "y", new Series("s", [1, 2], [1, 2]))))));
        press.Print();
        Assert.Equal(["assets/site.js"], Scripts("a.html"));
        Assert.Equal(["assets/katex/katex.min.js", "assets/katex/contrib/auto-render.min.js", "assets/site.js"], Scripts("b.html"));
        Assert.Equal(["assets/site.js", "assets/plotly.min.js"], Scripts("c.html"));
        Assert.Equal(20, press.Files.Count(file => file.EndsWith(".woff2", StringComparison.Ordinal)));
        Assert.Contains("site/assets/katex/LICENSE", press.Files);
        Assert.True(press.Page("c.html").Length < 100_000);

        IEnumerable<string> Scripts(string page) => Regex.Matches(press.Page(page), "<script src=\"([^\"]+)\"").Select(match => match.Groups[1].Value);
    }

    [Theory]
    [InlineData("[1]", "output 1 of cell 1 of", "is no object. Take the file from version control")]
    [InlineData("[{\"output_type\": \"figure\"}]", "output 1 of cell 1 of", "is of the type 'figure' instead of stream, display_data, execute_result or error")]
    [InlineData("[{\"output_type\": \"stream\", \"text\": 5}]", "output 1 of cell 1 of", "holds something that is no text")]
    [InlineData("[{\"output_type\": \"display_data\"}]", "output 1 of cell 1 of", "has no 'data'")]
    [InlineData("{}", "cell 1 of", "has no list of outputs")]
    public void Broken_outputs_are_one_sentence_that_says_where(string outputs, string place, string fault)
    {
        using var press = new Press();
        press.Put("notebooks/a.ipynb", $$"""{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "execution_count": 1, "outputs": {{outputs}}}]}""");
        var refusal = press.Refusal();
        Assert.Contains(place, refusal);
        Assert.Contains(fault, refusal);
        Assert.Empty(press.Files);
    }

    [Fact]
    public void Text_without_a_bottom_is_refused_in_one_sentence()
    {
        using var press = new Press();
        press.Put("a.ipynb", new string('>', 5000) + " deep", "1");
        Assert.StartsWith("The text of cell 1 of ", press.Refusal());
        Assert.Empty(press.Files);
    }

    [Fact]
    public void Notebooks_that_would_become_one_page_are_refused()
    {
        using var press = new Press();
        Assert.Equal($"There is no notebook (.ipynb, .dib) in {press.Notebooks}; name a folder that holds some.", press.Refusal());
        press.Put("a.ipynb", "# A", "1");
        press.Put("notebooks/a.dib", "1");
        Assert.EndsWith("would both become a.html; rename one.", press.Refusal());
        File.Move(Path.Combine(press.Notebooks, "a.dib"), Path.Combine(press.Notebooks, "index.dib"));
        Assert.EndsWith("index.dib and the index would both become index.html; rename one.", press.Refusal());
    }
}
