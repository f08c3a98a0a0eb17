using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Distillation.Notebooks.Tests;

/// <summary><c>./kd notebook run</c> as somebody types it.</summary>
public class ProgramTests
{
    private static string Notebook(Bench bench, params string[] cells)
    {
        var path = Path.Combine(bench.Folder, "a.ipynb");
        NotebookFile.Write(path, Ipynb.Create([.. cells.Select(NotebookCell.Code)]).ToBytes());
        return path;
    }

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "kd.dll"), "notebook", "run", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static (int Code, string Out, string Error) End(Process process)
    {
        using (process)
        {
            var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            var ended = process.WaitForExit(TimeSpan.FromMinutes(1));
            // Nothing goes on beside the other tests, nor after them.
            process.Kill(entireProcessTree: true);
            Assert.True(ended);
            return (process.ExitCode, said.Result, complained.Result);
        }
    }

    [Fact]
    public void A_run_that_succeeds_ends_with_0_and_says_a_line_per_cell_of_which_the_first_takes_under_three_seconds()
    {
        using var bench = new Bench();
        var (code, said, complained) = End(Start(Notebook(bench, "1 + 1", "2 + 2", "3 + 3")));
        Assert.Equal(0, code);
        var seconds = Regex.Matches(said + complained, @"^cell \d of 3: (\d+\.\d) s$", RegexOptions.Multiline).Select(line => double.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(3, seconds.Count);
        // The aims are 3 and 0.5; whatever else this machine does meanwhile gets as much again.
        Assert.InRange(seconds[0], 0, 6);
        Assert.InRange(seconds.Skip(1).Min(), 0, 1);
    }

    [Fact]
    public void Folders_device_and_threads_that_are_asked_for_reach_the_cells()
    {
        using var bench = new Bench();
        var path = Notebook(
            bench, $"#r \"{Path.Combine(AppContext.BaseDirectory, "TorchSharp.dll")}\"", "Console.WriteLine($\"{Environment.GetEnvironmentVariable(\"KD_DATA\")} {Environment.GetEnvironmentVariable(\"KD_RESULTS\")} {Environment.GetEnvironmentVariable(\"KD_DEVICE\")} {TorchSharp.torch.get_num_threads()}\");");

        var (code, _, complained) = End(Start(path, "--data", Path.Combine(bench.Folder, "d"), "--results", Path.Combine(bench.Folder, "r"), "--device", "CPU", "--threads", "3"));

        Assert.True(code == 0, complained);
        Assert.Contains($"{Path.Combine(bench.Folder, "d")} {Path.Combine(bench.Folder, "r")} cpu 3", File.ReadAllText(path));
    }

    [Theory]
    [InlineData("throw new InvalidOperationException(\"so it goes\");", "Cell 2 failed: InvalidOperationException: so it goes")]
    [InlineData("throw new InvalidOperationException(\"in two\\nlines\");", "Cell 2 failed: InvalidOperationException: in two lines")]
    [InlineData("int x = \"text\";", "Cell 2 failed: CompilationError: line 1, column 9: CS0029: ")]
    [InlineData("new System.Threading.Thread(() => throw new Exception(\"alone\")).Start(); System.Threading.Thread.Sleep(500);", "Cell 2 failed: Exception: alone")]
    [InlineData("Environment.Exit(0);", "Cell 2 failed: it ended the whole program (Environment.Exit); the cells after it did not run.")]
    public void A_run_that_fails_ends_with_2_the_cell_s_number_and_its_message(string cell, string sentence)
    {
        using var bench = new Bench();
        var (code, _, complained) = End(Start(Notebook(bench, "1", cell, "3")));
        Assert.Equal(2, code);
        Assert.Contains(sentence, complained);
        Assert.DoesNotContain("   at ", complained);
    }

    [Fact]
    public void An_interrupted_run_ends_with_130_and_keeps_the_outputs_so_far()
    {
        using var bench = new Bench();
        var path = Notebook(bench, "6 * 7", "File.WriteAllText(\"begun\", \"\"); while (true) { }");
        var process = Start(path);
        for (var clock = Stopwatch.StartNew(); !File.Exists(Path.Combine(bench.Folder, "begun")) && clock.Elapsed < TimeSpan.FromSeconds(40);)
        {
            Thread.Sleep(50);
        }

        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            kill.WaitForExit();
        }

        Assert.Equal(130, End(process).Code);
        var cells = JsonNode.Parse(File.ReadAllBytes(path))!["cells"]!;
        Assert.Equal("42", (string)cells[0]!["outputs"]![0]!["data"]!["text/plain"]![0]!);
        Assert.Equal("Interrupted", (string)cells[1]!["outputs"]![0]!["ename"]!);
    }
}
