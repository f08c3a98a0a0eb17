using System.Reflection;

// The current folder, the console and the environment belong to the whole process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Distillation.Notebooks.Tests;

/// <summary>An engine on a folder of its own, and what its cells gave.</summary>
internal sealed class Bench : IDisposable
{
    private readonly Engine engine;
    private int cells;

    public Bench(int printLimit = 1_000_000)
    {
        Folder = Directory.CreateTempSubdirectory("notebook-").FullName;
        engine = new(new EngineOptions(Folder) { PrintLimit = printLimit });
    }

    /// <summary>The folder that relative paths start from.</summary>
    public string Folder { get; }

    /// <summary>The engine itself.</summary>
    public Engine Engine => engine;

    /// <summary>Where tests find the notebooks of tests/notebooks.</summary>
    public static string Notebooks { get; } = Path.Combine(
        typeof(Bench).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(entry => entry.Key == "RepositoryRoot").Value!, "tests", "notebooks");

    /// <summary>Executes a cell; cells are called cell 1, cell 2, …</summary>
    public async Task<Ran> Run(string code, CancellationToken stop = default)
    {
        var outputs = new OutputList();
        var end = await engine.Execute($"cell {++cells}", code, outputs.Add, stop);
        return new(end, outputs.Close());
    }

    /// <summary>Executes a cell that must succeed, and gives its value as text.</summary>
    public async Task<string?> Value(string code)
    {
        var ran = await Run(code);
        Assert.True(ran.End.Fault is null, ran.End.Fault?.Message);
        return ran.Value?["text/plain"];
    }

    /// <summary>Puts a file into the folder.</summary>
    public string Put(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        engine.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>What a cell gave and how it ended.</summary>
internal sealed record Ran(CellEnd End, IReadOnlyList<Output> Outputs)
{
    /// <summary>The value of its trailing expression.</summary>
    public MimeBundle? Value => Outputs.OfType<Output.Returned>().SingleOrDefault()?.Data;

    /// <summary>What it printed on a stream.</summary>
    public string Printed(string stream = "stdout") => string.Concat(Outputs.OfType<Output.Text>().Where(text => text.Name == stream).Select(text => text.Content));

    /// <summary>The fault it ended with.</summary>
    public CellFault Fault => End.Fault ?? throw new InvalidOperationException("The cell did not fail.");
}
