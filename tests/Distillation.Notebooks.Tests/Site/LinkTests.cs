namespace Distillation.Notebooks.Tests;

public class LinkTests
{
    [Fact]
    public void Links_between_notebooks_lead_to_pages_files_come_along_and_dead_links_are_only_words()
    {
        using var press = new Press();
        press.Put("docs/how to.md", "how");
        press.Put("notebooks/b 2.dib", "#!markdown\n\n# B\n");
        press.Put(
            "a.ipynb",
            "# A\n\n[b](b%202.dib#b) [here](#a) [doc](../docs/how%20to.md#x) [out](https://example.org/x?y=1) [mail](mailto:a@example.org) [gone](c.ipynb) [folder](../docs) [root](../../../etc/passwd) [ref][r]\n\n[r]: b%202.dib",
            "1");
        press.Print();
        var page = press.Page("a.html");
        Assert.Contains("<a href=\"b%202.html#b\">b</a> <a href=\"#a\">here</a> <a href=\"files/docs/how%20to.md#x\">doc</a> <a href=\"https://example.org/x?y=1\">out</a> <a href=\"mailto:a@example.org\">mail</a>", page);
        Assert.Contains("<em>gone</em> <em>folder</em> <em>root</em> <a href=\"b%202.html\">ref</a>", page);
        Assert.Equal("how", press.Page("files/docs/how to.md"));
        Assert.Equal(
            ["the link to c.ipynb leads nowhere: there is no such file", "the link to ../docs leads nowhere: it is a folder"],
            press.Notes.Take(2).Select(note => note[(note.IndexOf(": ", StringComparison.Ordinal) + 2)..]));
        Assert.Contains("it leaves ", press.Notes[2]);
    }

    [Fact]
    public void Pictures_come_along_and_none_is_fetched_from_a_network()
    {
        using var press = new Press();
        press.Put("pictures/x.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        var path = press.Put("a.ipynb", "# A\n\n![near](../pictures/x.svg) ![far](https://example.org/x.png) ![carried](attachment:y.png)", "1");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"cell_type\": \"markdown\",", "\"cell_type\": \"markdown\", \"attachments\": {\"y.png\": {\"image/png\": \"iVBORw0KGgo=\"}},"));
        press.Print();
        Assert.Contains(
            "<img src=\"files/pictures/x.svg\" alt=\"near\" /> <a href=\"https://example.org/x.png\">far</a> <img src=\"data:image/png;base64,iVBORw0KGgo=\" alt=\"carried\" />",
            press.Page("a.html"));
        Assert.Empty(press.Notes);
    }
}
