using System.Text;
using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Tests;

public class DocumentTests
{
    // As another program might write it: odd blanks, escapes, unknown keys, the keys of a cell in another order.
    private const string Odd =
        """
        {
          "nbformat": 4,  "nbformat_minor": 5,
          "metadata": { "kernelspec": {"name": ".net-csharp"}, "mine": [1,2 ,3] },
          "cells": [
            {"id": "a1", "cell_type": "markdown", "metadata": {}, "source": "Caf\u00e9 \/ ☕"},
            {"outputs": [ ], "source": ["1 +\n", " 1"], "metadata": {"tags":["raises-exception"]}, "execution_count": null, "id": "b2", "cell_type": "code" },
            {"cell_type": "code", "id": "c3", "metadata": {"dotnet_interactive": {"language": "fsharp"}}, "source": "let x = 1", "execution_count": 7,
             "outputs": [{"output_type": "stream", "name": "stdout", "text": "kept"}]}
          ]
        }

        """;

    [Fact]
    public void Writing_outputs_back_changes_the_outputs_and_no_other_byte()
    {
        var notebook = Ipynb.Parse(Encoding.UTF8.GetBytes(Odd), "odd.ipynb");
        Assert.Equal(["Café / ☕", "1 +\n 1", "let x = 1"], notebook.Cells.Select(cell => cell.Source));
        Assert.Equal(["markdown", "csharp", "fsharp"], notebook.Cells.Select(cell => cell.Language));
        Assert.Equal([false, true, false], notebook.Cells.Select(cell => cell.MayFail));
        var written = notebook.With(new Dictionary<int, (int, JsonArray)> { [1] = (1, OutputJson.Array([new Output.Text("stdout", "né\n\"2\"")], 1)) });
        var expected = Odd.Replace("\"outputs\": [ ]", "\"outputs\": [\n        {\n          \"name\": \"stdout\",\n          \"output_type\": \"stream\",\n          \"text\": [\n            \"né\\n\",\n            \"\\\"2\\\"\"\n          ]\n        }\n      ]").Replace("\"execution_count\": null", "\"execution_count\": 1");
        Assert.Equal(expected, Encoding.UTF8.GetString(written.ToBytes()));
    }

    [Fact]
    public void Outputs_that_say_the_same_in_other_words_stay_as_they_are_written()
    {
        var notebook = Ipynb.Parse(Encoding.UTF8.GetBytes(Odd.Replace("\"text\": \"kept\"", "\"text\": [\"k\\u0065pt\"]")), "odd.ipynb");
        var again = notebook.With(new Dictionary<int, (int, JsonArray)> { [2] = (7, OutputJson.Array([new Output.Text("stdout", "kept")], 7)) });
        Assert.Equal(notebook.ToBytes(), again.ToBytes());
    }

    [Fact]
    public void An_older_notebook_gets_ids_and_the_kernels_name()
    {
        const string Old = "{\n \"cells\": [\n  {\n   \"cell_type\": \"code\",\n   \"metadata\": {},\n   \"source\": []\n  }\n ],\n \"metadata\": {},\n \"nbformat\": 4,\n \"nbformat_minor\": 2\n}\n";
        var written = JsonNode.Parse(Ipynb.Parse(Encoding.UTF8.GetBytes(Old), "old.ipynb").With(new Dictionary<int, (int, JsonArray)> { [0] = (1, []) }).ToBytes())!;
        Assert.Equal(5, (int)written["nbformat_minor"]!);
        Assert.Equal(8, ((string)written["cells"]![0]!["id"]!).Length);
        Assert.Equal(1, (int)written["cells"]![0]!["execution_count"]!);
        Assert.Equal(".net-csharp", (string)written["metadata"]!["kernelspec"]!["name"]!);
        Assert.Equal("polyglot-notebook", (string)written["metadata"]!["language_info"]!["name"]!);
    }

    [Fact]
    public void A_new_notebook_has_the_metadata_that_dotnet_interactive_writes_and_reads_back()
    {
        var notebook = Ipynb.Create([NotebookCell.Markdown("# Title\n\ntext"), NotebookCell.Code("var x = 1;\nx")]);
        Assert.Equal(["# Title\n\ntext", "var x = 1;\nx"], notebook.Cells.Select(cell => cell.Source));
        var json = JsonNode.Parse(notebook.ToBytes())!;
        Assert.Equal("csharp", (string)json["cells"]![1]!["metadata"]!["polyglot_notebook"]!["kernelName"]!);
        Assert.Equal("csharp", (string)json["cells"]![1]!["metadata"]!["dotnet_interactive"]!["language"]!);
        Assert.Equal(".NET (C#)", (string)json["metadata"]!["kernelspec"]!["display_name"]!);
        Assert.Equal("csharp", (string)json["metadata"]!["polyglot_notebook"]!["kernelInfo"]!["defaultKernelName"]!);
        Assert.Equal(notebook.ToBytes(), Ipynb.Create(notebook.Cells).ToBytes());
    }

    [Theory]
    [InlineData("", "nb.ipynb is no notebook: line 1 is not valid JSON.")]
    [InlineData("{\n \"cells\": [\n", "nb.ipynb is no notebook: line 3 is not valid JSON.")]
    [InlineData("[]", "nb.ipynb is JSON but no notebook: it has no 'nbformat'.")]
    [InlineData("{\"nbformat\": 3}", "nb.ipynb is a notebook of format 3; this reads format 4")]
    [InlineData("{\"nbformat\": 4}", "nb.ipynb is a notebook without 'cells'.")]
    [InlineData("{\"nbformat\": 4, \"cells\": {}}", "nb.ipynb is no notebook")]
    [InlineData("{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"figure\"}]}", "nb.ipynb is no notebook: entry 1 of its cells has the type 'figure' instead of")]
    [InlineData("{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"code\", \"source\": [1]}]}", "nb.ipynb is no notebook: entry 1 of its cells has no 'source'.")]
    public void A_broken_notebook_is_one_sentence(string text, string sentence) =>
        Assert.StartsWith(sentence, Assert.Throws<BadInput>(() => Ipynb.Parse(Encoding.UTF8.GetBytes(text), "nb.ipynb")).Message);

    [Fact]
    public void Every_cell_of_a_committed_notebook_has_an_id_of_its_own_as_nbformat_asks()
    {
        var notebooks = new[] { Path.Combine(Bench.Notebooks, "..", "..", "notebooks"), Bench.Notebooks }.SelectMany(folder => Directory.GetFiles(folder, "*.ipynb"));
        Assert.All(notebooks, path =>
        {
            var ids = JsonNode.Parse(File.ReadAllBytes(path))!["cells"]!.AsArray().Select(cell => (string?)cell!["id"]).ToList();
            Assert.All(ids, id => Assert.Matches("^[A-Za-z0-9_-]{1,64}$", id));
            Assert.Equal(ids.Distinct(), ids);
        });
    }

    [Fact]
    public void A_plain_text_notebook_is_written_as_it_was_read()
    {
        var text = $"#!meta\n\n{Dib.CSharpMeta}\n\n#!markdown\n\n# Title\n\n#!csharp\n\n#!time\nvar x = 1;\n\nx\n\n#!fsharp\n\nlet y = 2\n\n";
        var dib = Dib.Parse(text);
        Assert.Equal(["# Title", "#!time\nvar x = 1;\n\nx", "let y = 2"], dib.Cells.Select(cell => cell.Source));
        Assert.Equal(["markdown", "csharp", "fsharp"], dib.Cells.Select(cell => cell.Language));
        Assert.Equal(text, dib.ToText());
        Assert.Equal(["1 + 1"], Dib.Parse("1 + 1\n").Cells.Select(cell => cell.Source));
    }

    [Fact]
    public void A_file_is_replaced_whole_and_nothing_is_left_beside_it()
    {
        using var bench = new Bench();
        var path = bench.Put("a.txt", "old");
        NotebookFile.Write(path, "new"u8.ToArray());
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(bench.Folder));
        NotebookFile.Write(Path.Combine(bench.Folder, "new.txt"), "first"u8.ToArray());
        File.CreateSymbolicLink(Path.Combine(bench.Folder, "link.txt"), path);
        NotebookFile.Write(Path.Combine(bench.Folder, "link.txt"), "through"u8.ToArray());
        Assert.Equal("through", File.ReadAllText(path));
        Assert.StartsWith("Choose another place", Assert.Throws<BadInput>(() => NotebookFile.Write(Path.Combine(bench.Folder, "no", "b.txt"), [])).Message.Split(". ")[1]);
    }
}
