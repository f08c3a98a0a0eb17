using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Tests.Jupyter;

/// <summary>The program registers its kernel, and the clients that people use start it and work with it.</summary>
public sealed class RealClientTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("jupyter-").FullName;

    [NeedsZeroMqFact]
    public void The_program_registers_its_kernel_and_takes_it_away()
    {
        var file = Path.Combine(folder, "share", "jupyter", "kernels", "distillation-csharp", "kernel.json");
        var (code, said) = Run("dotnet", [Program, "notebook", "jupyter", "--prefix", folder]);
        Assert.True(code == 0, said);
        Assert.Contains($"Registered: {file}", said);
        var specification = JsonNode.Parse(File.ReadAllText(file))!;
        Assert.Equal([Program, "notebook", "kernel", "{connection_file}"], specification["argv"]!.AsArray().Skip(1).Select(word => (string)word!));
        Assert.Equal(("C#", "message"), ((string?)specification["language"], (string?)specification["interrupt_mode"]));

        (code, said) = Run("dotnet", [Program, "notebook", "jupyter", "--prefix", folder, "--remove"]);
        Assert.True(code == 0, said);
        Assert.False(Directory.Exists(Path.GetDirectoryName(file)));
        Assert.Contains("There is no kernel distillation-csharp", Run("dotnet", [Program, "notebook", "jupyter", "--prefix", folder, "--remove"]).Said);
    }

    [NeedsZeroMqFact]
    public void A_kernel_without_a_connection_file_says_so()
    {
        var (code, said) = Run("dotnet", [Program, "notebook", "kernel", Path.Combine(folder, "none.json")]);
        Assert.Equal(2, code);
        Assert.StartsWith("Cannot read the connection file", said);
    }

    [NeedsJupyterFact]
    [Trait("Category", "Slow")]
    public void Nbconvert_executes_a_notebook()
    {
        Register();
        var (code, said, cells) = Convert(Notebook("distillation-csharp", "var n = 20;\nConsole.WriteLine(n);", "2 * n + 2", "HTML(\"<b>x</b>\").Display();\nConsole.Error.WriteLine(\"é😀\");"));
        Assert.True(code == 0, said);
        Assert.Equal(["20\n"], Texts(cells[0]["outputs"]![0]!["text"]));
        Assert.Equal(["42"], Texts(cells[1]["outputs"]![0]!["data"]!["text/plain"]));
        Assert.Equal(["<b>x</b>"], Texts(cells[2]["outputs"]![0]!["data"]!["text/html"]));
        Assert.Equal(("stderr", "é😀\n"), ((string?)cells[2]["outputs"]![1]!["name"], Texts(cells[2]["outputs"]![1]!["text"]).Single()));
        Assert.Equal([1, 2, 3], cells.Select(cell => (int)cell["execution_count"]!));
    }

    [NeedsJupyterFact]
    [Trait("Category", "Slow")]
    public void Nbconvert_puts_an_update_into_the_output_of_the_earlier_cell()
    {
        Register();
        var (code, said, cells) = Convert(Notebook("distillation-csharp", "var shown = display(\"0 %\");", "display(\"beside it\"); shown.Update(\"100 %\");"));
        Assert.True(code == 0, said);
        Assert.Equal(["100 %"], Texts(cells[0]["outputs"]![0]!["data"]!["text/plain"]));
        Assert.Equal(["beside it"], Texts(cells[1]["outputs"]!.AsArray().Single()!["data"]!["text/plain"]));
    }

    [NeedsJupyterFact]
    [Trait("Category", "Slow")]
    public void A_notebook_of_dotnet_Interactive_runs_where_the_kernel_has_its_name()
    {
        Register("--name", ".net-csharp");
        var (code, said, cells) = Convert(Notebook(".net-csharp", "#!csharp\ndisplay(6 * 7);"));
        Assert.True(code == 0, said);
        Assert.Equal(["42"], Texts(cells[0]["outputs"]![0]!["data"]!["text/plain"]));
    }

    [NeedsJupyterFact]
    [Trait("Category", "Slow")]
    public void A_failing_cell_fails_the_conversion_with_its_message()
    {
        Register();
        var (code, said, _) = Convert(Notebook("distillation-csharp", "var x = 1;", "throw new InvalidOperationException(\"so it goes\");"));
        Assert.Equal(1, code);
        Assert.Contains("InvalidOperationException: so it goes", said);
        Assert.Contains("cell 2, line 1", said);
    }

    [NeedsJupyterFact]
    [Trait("Category", "Slow")]
    public void A_cell_that_takes_too_long_is_interrupted_and_the_next_one_runs()
    {
        Register();
        var (code, said, cells) = Convert(
            Notebook("distillation-csharp", "var n = 20;", "while (true) { }", "n + 1"),
            "--allow-errors", "--ExecutePreprocessor.timeout=8", "--ExecutePreprocessor.interrupt_on_timeout=True");
        Assert.True(code == 0, said);
        Assert.Equal("Interrupted", (string?)cells[1]["outputs"]![0]!["ename"]);
        Assert.Equal(["21"], Texts(cells[2]["outputs"]![0]!["data"]!["text/plain"]));
    }

    [NeedsJupyterFact]
    [Trait("Category", "Slow")]
    public void Jupyters_own_suite_for_kernels_passes()
    {
        Register();
        var (code, said) = Run(Python.Path!, [Path.Combine(Root, "tests", "Distillation.Notebooks.Tests", "Jupyter", "kernel_suite.py"), "-v"]);
        Assert.True(code == 0, said);
        // What is left out: clearing an output and paging, which this kernel does not do.
        Assert.Contains("OK (skipped=2)", said);
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "kd.dll");

    private static string Root { get; } = typeof(RealClientTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(entry => entry.Key == "RepositoryRoot").Value!;

    private static IEnumerable<string> Texts(JsonNode? text) => text is JsonArray lines ? lines.Select(line => (string)line!) : [(string)text!];

    private static string Notebook(string kernel, params string[] cells) => new JsonObject
    {
        ["cells"] = new JsonArray([.. cells.Select((source, i) => (JsonNode)new JsonObject { ["cell_type"] = "code", ["execution_count"] = null, ["id"] = $"cell-{i}", ["metadata"] = new JsonObject(), ["outputs"] = new JsonArray(), ["source"] = source })]),
        ["metadata"] = new JsonObject { ["kernelspec"] = new JsonObject { ["display_name"] = kernel, ["language"] = "C#", ["name"] = kernel } },
        ["nbformat"] = 4,
        ["nbformat_minor"] = 5,
    }.ToJsonString();

    private void Register(params string[] more)
    {
        var (code, said) = Run("dotnet", [Program, "notebook", "jupyter", "--prefix", folder, .. more]);
        Assert.True(code == 0, said);
    }

    private (int Code, string Said, IReadOnlyList<JsonNode> Cells) Convert(string notebook, params string[] options)
    {
        var (from, to) = (Path.Combine(folder, "in.ipynb"), Path.Combine(folder, "out.ipynb"));
        File.WriteAllText(from, notebook);
        var (code, said) = Run(Python.Path!, ["-m", "nbconvert", "--to", "notebook", "--execute", .. options, "--output", to, from]);
        return (code, said, File.Exists(to) ? [.. JsonNode.Parse(File.ReadAllText(to))!["cells"]!.AsArray().Select(cell => cell!)] : []);
    }

    private (int Code, string Said) Run(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["JUPYTER_PATH"] = Path.Combine(folder, "share", "jupyter");
        start.Environment["JUPYTER_DATA_DIR"] = Path.Combine(folder, "data");
        start.Environment["JUPYTER_RUNTIME_DIR"] = Path.Combine(folder, "runtime");
        start.Environment["OMP_WAIT_POLICY"] = "passive";
        using var process = Process.Start(start)!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
        }

        process.WaitForExit();
        return (process.ExitCode, string.Concat(said.Result));
    }
}

/// <summary>A Python that has Jupyter's clients.</summary>
internal static class Python
{
    private static readonly Lazy<string?> path = new(() => new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(HasClients));

    /// <summary>Where it is, or null.</summary>
    public static string? Path => path.Value;

    private static bool HasClients(string python)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import nbconvert, nbclient, jupyter_kernel_test"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A test with Jupyter's own clients: skipped, saying why, where they are not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsJupyterFactAttribute : FactAttribute
{
    public NeedsJupyterFactAttribute() =>
        Skip = Distillation.Notebooks.Jupyter.KernelProcess.IsPossible && Python.Path is not null ? null : "Jupyter's clients are not installed here: 'apt-get install libzmq5 jupyter-nbconvert python3-nbclient python3-jupyter-kernel-test'.";
}
