using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Tests;

/// <summary>Values that are displayed in one cell and replaced by another.</summary>
public class DisplayTests
{
    private static string Plain(JsonNode file, int cell, int output) => string.Concat(file["cells"]![cell]!["outputs"]![output]!["data"]!["text/plain"]!.AsArray().Select(line => (string)line!));

    [Fact]
    public async Task A_later_cell_updates_the_output_of_an_earlier_one_and_no_other_and_two_runs_give_the_same_bytes()
    {
        using var bench = new Bench();
        var path = Path.Combine(bench.Folder, "updates.ipynb");
        NotebookFile.Write(path, Ipynb.Create([.. new[]
        {
            "var first = display(\"first\"); display(\"beside it\");",
            "var second = display(\"second\");",
            "first.Update(\"first, at last\"); second.Update(\"half way\"); display(\"third\"); second.Update(\"second, at last\");",
        }.Select(NotebookCell.Code)]).ToBytes());
        await Runner.Run(new(path), _ => { }, default);
        var bytes = File.ReadAllBytes(path);
        var file = JsonNode.Parse(bytes)!;
        Assert.Equal(
            ["first, at last", "beside it", "second, at last", "third"],
            [Plain(file, 0, 0), Plain(file, 0, 1), Plain(file, 1, 0), Plain(file, 2, 0)]);
        Assert.Single(file["cells"]![2]!["outputs"]!.AsArray());
        await Runner.Run(new(path), _ => { }, default);
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task Names_of_displayed_values_are_counted_through_a_run()
    {
        using var bench = new Bench();
        var ids = new List<string>();
        foreach (var code in new[] { "display(1); display(2);", "#!markdown\ntext", "display(3);\n#!time" })
        {
            ids.AddRange((await bench.Run(code)).Outputs.OfType<Output.Shown>().Select(shown => shown.Id));
        }

        Assert.Equal(["1", "2", "3", "4", "5"], ids);
    }
}
