using Distillation.Notebooks.Site;

namespace Distillation.Notebooks.Tests;

public class SiteFolderTests
{
    [Fact]
    public void A_site_replaces_the_one_before_it_and_leaves_nothing_of_it_or_beside_it()
    {
        using var press = new Press();
        var old = press.Put("old.ipynb", "# Old", "1");
        press.Print();
        Assert.Contains("site/old.html", press.Files);
        File.Delete(old);
        press.Put("new.ipynb", "# New", "1");
        Assert.Equal([Path.Combine(press.Site, "index.html"), Path.Combine(press.Site, "new.html")], press.Print());
        Assert.Equal(["site/.site.json", "site/assets/site.css", "site/assets/site.js", "site/index.html", "site/new.html"], press.Files);
    }

    [Fact]
    public void A_folder_with_somebodys_files_is_refused_and_stays_as_it_is()
    {
        using var press = new Press();
        press.Put("a.ipynb", "# A", "1");
        press.Put("out/site/mine.txt", "mine");
        Assert.Equal($"{press.Site} holds mine.txt, which './kd notebook html' has not written; nothing is overwritten: name a new or empty folder with --output, or move that away.", press.Refusal());
        Assert.Equal(["site/mine.txt"], press.Files);
        File.Delete(Path.Combine(press.Site, "mine.txt"));
        press.Print();
        press.Put("out/site/assets/mine.css", "mine");
        var before = press.Files;
        Assert.Contains("holds assets/mine.css", press.Refusal());
        Assert.Equal(before, press.Files);
    }

    [Fact]
    public void A_broken_notebook_leaves_the_site_as_it_was()
    {
        using var press = new Press();
        press.Put("a.ipynb", "# A", "1");
        press.Print();
        var before = press.Files.Select(file => (file, File.ReadAllText(Path.Combine(press.Site, "..", file)))).ToList();
        press.Put("a.ipynb", "# Changed", "1");
        press.Put("notebooks/b.ipynb", "{\"nbformat\": 4,");
        Assert.EndsWith("b.ipynb is no notebook: line 1 is not valid JSON. Take it from version control, or open and save it in an editor for notebooks.", press.Refusal());
        Assert.Equal(before, press.Files.Select(file => (file, File.ReadAllText(Path.Combine(press.Site, "..", file)))));
    }

    [Fact]
    public void What_a_killed_writing_left_is_swept_away_and_its_old_site_comes_back()
    {
        using var press = new Press();
        press.Put("a.ipynb", "# A", "1");
        press.Print();
        // No process has this number: it is above the highest that Linux gives.
        const string Dead = "2147483647";
        Directory.Move(press.Site, $"{press.Site}.{Dead}.old");
        press.Put($"out/site.{Dead}.new/.site.json", "{\"Files\": [\"a.html\"]}");
        press.Put($"out/site.{Dead}.new/a.html", "half");
        press.Put("out/site.2024.old/mine.txt", "somebody's");
        File.WriteAllText(press.Put("notebooks/b.ipynb", ""), "{");
        Assert.NotEmpty(press.Refusal());
        File.Delete(Path.Combine(press.Notebooks, "b.ipynb"));
        press.Print();
        Assert.Equal(["site.2024.old/mine.txt", "site/.site.json", "site/a.html", "site/assets/site.css", "site/assets/site.js", "site/index.html"], press.Files);
    }

    [Fact]
    public void A_place_that_is_no_folder_is_refused_in_one_sentence()
    {
        using var press = new Press();
        press.Put("a.ipynb", "# A", "1");
        press.Put("out/site", "a file");
        Assert.Equal($"{press.Site} is a file, so no site can be written there; name another folder with --output.", press.Refusal());
        press.Put("out/b", "a file");
        Assert.Contains("cannot be written", Assert.Throws<BadInput>(() => StaticSite.Write(new(press.Notebooks, Path.Combine(press.Site, "..", "b", "c")), _ => { })).Message);
    }

    [Fact]
    public void Another_package_than_the_pinned_KaTeX_is_refused()
    {
        using var press = new Press();
        var package = press.Put("katex.tgz", "something else");
        Assert.Equal($"{package} is not KaTeX {Katex.Version}: its sha512 is another one; remove it and run './kd setup'.", Assert.Throws<BadInput>(() => Katex.Load(package)).Message);
    }
}
