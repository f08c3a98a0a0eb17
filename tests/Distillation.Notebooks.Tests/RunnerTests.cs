using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Tests;

public class RunnerTests
{
    private static Task Run(string path, Func<RunRequest, RunRequest>? change = null, List<string>? progress = null, CancellationToken stop = default) =>
        Runner.Run(change?.Invoke(new RunRequest(path)) ?? new RunRequest(path), (progress ?? []).Add, stop);

    private static string Copy(Bench bench, string name)
    {
        var path = Path.Combine(bench.Folder, name);
        File.Copy(Path.Combine(Bench.Notebooks, name), path);
        return path;
    }

    private static JsonNode Cell(string path, int index) => JsonNode.Parse(File.ReadAllBytes(path))!["cells"]![index]!;

    [Fact]
    public async Task A_notebook_gets_every_kind_of_output_and_a_second_run_gives_the_same_bytes()
    {
        using var bench = new Bench();
        var path = Copy(bench, "kinds.ipynb");
        File.Copy(Path.Combine(Bench.Notebooks, "tools.csx"), Path.Combine(bench.Folder, "tools.csx"));
        var progress = new List<string>();
        await Run(path, progress: progress);
        var first = File.ReadAllBytes(path);
        Assert.Equal(JsonNode.Parse(File.ReadAllBytes(Path.Combine(Bench.Notebooks, "kinds.ipynb")))!["cells"]!.AsArray().Count(cell => (string)cell!["cell_type"]! == "code"), progress.Count);
        Assert.Matches(@"^cell 1 of 6: \d+\.\d s$", progress[0]);
        Assert.Equal("execute_result", (string)Cell(path, 1)["outputs"]![0]!["output_type"]!);
        Assert.Equal(1, (int)Cell(path, 1)["outputs"]![0]!["execution_count"]!);
        Assert.Equal(["stream", "stream", "display_data"], Cell(path, 2)["outputs"]!.AsArray().Select(output => (string)output!["output_type"]!));
        Assert.Equal("error", (string)Cell(path, 3)["outputs"]![0]!["output_type"]!);
        Assert.Contains("<table>", Cell(path, 4)["outputs"]![0]!["data"]!["text/html"]!.ToJsonString().Replace("\\u003C", "<").Replace("\\u003E", ">"));
        await Run(path);
        Assert.Equal(first, File.ReadAllBytes(path));
        Assert.Equal(File.ReadAllText(Path.Combine(Bench.Notebooks, "kinds.ipynb")), File.ReadAllText(path));
    }

    [Fact]
    public async Task A_cell_that_fails_ends_the_run_with_its_number_and_the_other_outputs_are_kept()
    {
        using var bench = new Bench();
        var path = Copy(bench, "fails.ipynb");
        var later = Cell(path, 2).ToJsonString();
        var refused = await Assert.ThrowsAsync<BadInput>(() => Run(path));
        Assert.Equal("Cell 2 failed: InvalidOperationException: no further", refused.Message);
        Assert.Equal("[\"before\\n\"]", Cell(path, 0)["outputs"]![0]!["text"]!.ToJsonString());
        Assert.Equal("InvalidOperationException", (string)Cell(path, 1)["outputs"]![0]!["ename"]!);
        Assert.Equal(later, Cell(path, 2).ToJsonString());
    }

    [Theory]
    [InlineData("throw new ArgumentException(\"never\");", "ArgumentException: never")]
    [InlineData("var a = ;", "CompilationError: line 1, column 9: CS1525: ")]
    [InlineData("#r \"gone/Missing.dll\"", "MissingAssembly: Line 1: there is no assembly gone/Missing.dll")]
    [InlineData("#!import gone.ipynb", "ImportError: Line 1: There is no notebook gone.ipynb")]
    [InlineData("#!fsharp", "CommandError: Line 1: there is no command #!fsharp here")]
    [InlineData("int Down(int n) => 1 + Down(n);\nDown(0)", "InsufficientExecutionStackException: ")]
    public async Task Whatever_a_cell_does_wrong_is_one_sentence_and_the_other_cells_keep_their_outputs(string code, string sentence)
    {
        using var bench = new Bench();
        var path = Path.Combine(bench.Folder, "a.ipynb");
        NotebookFile.Write(path, Ipynb.Create([NotebookCell.Code("\"before\""), NotebookCell.Code("1"), NotebookCell.Code("\"behind\"")]).ToBytes());
        await Run(path);
        var (before, behind) = (Cell(path, 0).ToJsonString(), Cell(path, 2).ToJsonString());
        var text = File.ReadAllText(path).Replace("\"1\"", System.Text.Json.JsonSerializer.Serialize(code), StringComparison.Ordinal);
        File.WriteAllText(path, text);
        Assert.StartsWith($"Cell 2 failed: {sentence}", (await Assert.ThrowsAsync<BadInput>(() => Run(path))).Message);
        Assert.Equal((before, behind), (Cell(path, 0).ToJsonString(), Cell(path, 2).ToJsonString()));
        Assert.Equal("error", (string)Cell(path, 1)["outputs"]!.AsArray()[^1]!["output_type"]!);
        Assert.Equal([path], Directory.GetFiles(bench.Folder));
    }

    [Fact]
    public async Task A_cell_that_prints_ten_million_characters_leaves_a_file_that_can_be_opened()
    {
        using var bench = new Bench();
        var path = Path.Combine(bench.Folder, "a.ipynb");
        NotebookFile.Write(path, Ipynb.Create([NotebookCell.Code("for (var i = 0; i < 100_000; i++) Console.WriteLine(new string('x', 99));"), NotebookCell.Code("6 * 7")]).ToBytes());
        await Run(path);
        Assert.InRange(new FileInfo(path).Length, 1_000_000, 2_000_000);
        Assert.Contains("the rest is left out", Cell(path, 0)["outputs"]![1]!["text"]!.ToJsonString());
        Assert.Equal("42", (string)Cell(path, 1)["outputs"]![0]!["data"]!["text/plain"]![0]!);
    }

    [Fact]
    public async Task A_cell_that_takes_longer_than_the_timeout_is_stopped_and_said_so()
    {
        using var bench = new Bench();
        var path = bench.Put("endless.dib", "#!csharp\n\nvar x = 1;\n\n#!csharp\n\nwhile (true) { }\n\n");
        var output = Path.Combine(bench.Folder, "out.ipynb");
        var refused = await Assert.ThrowsAsync<BadInput>(() => Run(path, request => request with { Timeout = TimeSpan.FromSeconds(5), Output = output }));
        Assert.Equal("Cell 2 failed: it took longer than the 5 s of --timeout and was stopped.", refused.Message);
        Assert.Equal("Interrupted", (string)Cell(output, 1)["outputs"]![0]!["ename"]!);
    }

    [Fact]
    public async Task Only_the_chosen_cells_run_and_the_others_keep_what_they_have()
    {
        using var bench = new Bench();
        var path = Copy(bench, "fails.ipynb");
        var before = (Cell(path, 1).ToJsonString(), Cell(path, 2).ToJsonString());
        await Run(path, request => request with { Only = CellChoice.Parse("1") });
        Assert.Equal(before, (Cell(path, 1).ToJsonString(), Cell(path, 2).ToJsonString()));
        Assert.Equal(1, (int)Cell(path, 0)["execution_count"]!);
        Assert.Equal($"{path} has 3 code cells, and --only-cells asks for number 5.", (await Assert.ThrowsAsync<BadInput>(() => Run(path, request => request with { Only = CellChoice.Parse("2-5") }))).Message);
        Assert.Throws<BadInput>(() => CellChoice.Parse("3-1"));
        Assert.Throws<BadInput>(() => CellChoice.Parse("one"));
    }

    [Fact]
    public async Task The_budget_reaches_the_cells_and_their_folder_is_the_notebooks()
    {
        using var bench = new Bench();
        var here = Directory.GetCurrentDirectory();
        bench.Put("note.txt", "beside");
        var path = bench.Put("budget.dib", $"#!csharp\n\n#r \"{Path.Combine(AppContext.BaseDirectory, "Distillation.dll")}\"\nusing Distillation;\nConsole.Write(Budget.Current.Name + \" \" + File.ReadAllText(\"note.txt\"));\n\n");
        var output = Path.Combine(bench.Folder, "out.ipynb");
        await Run(path, request => request with { Budget = Budget.Smoke, Output = output });
        Assert.Equal("smoke beside", (string)Cell(output, 0)["outputs"]![0]!["text"]![0]!);
        Assert.Equal(here, Directory.GetCurrentDirectory());
        Assert.Equal("laptop", Budget.Current.Name);
    }

    [Fact]
    public async Task A_notebook_that_was_changed_while_it_ran_is_not_overwritten()
    {
        using var bench = new Bench();
        var path = Path.Combine(bench.Folder, "a.ipynb");
        NotebookFile.Write(path, Ipynb.Create([NotebookCell.Code("File.AppendAllText(\"a.ipynb\", \" \");")]).ToBytes());
        Assert.Contains("was changed while it ran", (await Assert.ThrowsAsync<BadInput>(() => Run(path))).Message);
        Assert.EndsWith("\n ", File.ReadAllText(path));
    }

    [Fact]
    public async Task What_a_cell_gave_is_in_the_file_before_the_next_one_begins()
    {
        using var bench = new Bench();
        var path = Path.Combine(bench.Folder, "a.ipynb");
        NotebookFile.Write(path, Ipynb.Create([NotebookCell.Code("Console.Write(\"first\")"), NotebookCell.Code("File.Copy(\"a.ipynb\", \"seen.ipynb\", true);\n2")]).ToBytes());
        await Run(path);
        var seen = Path.Combine(bench.Folder, "seen.ipynb");
        Assert.Equal("first", (string)Cell(seen, 0)["outputs"]![0]!["text"]![0]!);
        Assert.Empty(Cell(seen, 1)["outputs"]!.AsArray());
        await Run(path);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(seen));
        Assert.Equal(["a.ipynb", "seen.ipynb"], Directory.GetFiles(bench.Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_notebook_that_was_changed_is_run_to_its_end_all_the_same()
    {
        using var bench = new Bench();
        var path = Path.Combine(bench.Folder, "a.ipynb");
        NotebookFile.Write(path, Ipynb.Create([NotebookCell.Code("1"), NotebookCell.Code("File.AppendAllText(\"a.ipynb\", \" \");"), NotebookCell.Code("File.WriteAllText(\"end.txt\", \"reached\");")]).ToBytes());
        Assert.Contains("was changed while it ran", (await Assert.ThrowsAsync<BadInput>(() => Run(path))).Message);
        Assert.EndsWith("\n ", File.ReadAllText(path));
        Assert.Equal("execute_result", (string)Cell(path, 0)["outputs"]![0]!["output_type"]!);
        Assert.Equal("reached", File.ReadAllText(Path.Combine(bench.Folder, "end.txt")));
    }

    [Fact]
    public async Task A_run_that_is_stopped_keeps_the_outputs_so_far()
    {
        using var bench = new Bench();
        var path = Path.Combine(bench.Folder, "a.ipynb");
        NotebookFile.Write(path, Ipynb.Create([NotebookCell.Code("1"), NotebookCell.Code("while (true) ;")]).ToBytes());
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Runner.Run(new(path), _ => stop.CancelAfter(300), stop.Token));
        Assert.Equal("execute_result", (string)Cell(path, 0)["outputs"]![0]!["output_type"]!);
        Assert.Equal("Interrupted", (string)Cell(path, 1)["outputs"]![0]!["ename"]!);
    }

    [Fact]
    public async Task What_is_no_notebook_is_refused_in_a_sentence()
    {
        using var bench = new Bench();
        Assert.Equal("There is no notebook gone.ipynb.", (await Assert.ThrowsAsync<BadInput>(() => Run("gone.ipynb"))).Message);
        Assert.EndsWith("its name must end in .ipynb or .dib.", (await Assert.ThrowsAsync<BadInput>(() => Run(bench.Put("a.txt", "")))).Message);
        Assert.EndsWith("must end in .ipynb: no other kind of notebook keeps outputs.", (await Assert.ThrowsAsync<BadInput>(() => Run(bench.Put("a.dib", "1"), request => request with { Output = "b.html" }))).Message);
    }
}
