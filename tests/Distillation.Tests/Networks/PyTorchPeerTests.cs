using System.Diagnostics;
using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Both directions with PyTorch itself on the other end, where it is installed.</summary>
public sealed class PyTorchPeerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("peer-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [NeedsPyTorchTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void PyTorch_loads_what_was_exported_strictly_with_and_without_batch_counts(bool counts)
    {
        using var scope = NewDisposeScope();
        var network = Networks.ResNet(8, classes: 10, shortcut: Shortcut.Padding);
        var (weights, path) = (Zoo.Filled(network), Path.Combine(folder, "ours.safetensors"));
        weights.Export(path, new ExportOptions(Counts: counts), new Dictionary<string, string> { ["format"] = "pt" });

        var answer = JsonDocument.Parse(Python.Ask("peer.py", "load", "resnet8-a", path)).RootElement;

        Assert.Equal(counts ? 7 : 0, answer.GetProperty("counts").GetInt32());
        var ours = network.Apply(weights, Zoo.Images(network), Pass.Evaluation).Logits;
        Assert.True(Golden.Apart(Golden.Numbers(answer.GetProperty("logits")), Golden.Flat(ours)) < 1e-5);
    }

    [NeedsPyTorchTheory]
    [InlineData("zip")]
    [InlineData("legacy")]
    [InlineData("module")]
    [InlineData("half")]
    public void What_PyTorch_saves_now_is_imported_with_its_values(string kind)
    {
        using var scope = NewDisposeScope();
        var network = Networks.ResNet(8, classes: 10);
        var path = Path.Combine(folder, "theirs.pth");
        Python.Ask("peer.py", "save", "resnet8", path, kind);

        var (weights, report) = network.Import(path, CPU);
        using var filled = Zoo.Filled(network);

        Assert.Equal(kind == "module" ? "module." : "", report.Prefix);
        if (kind == "half")
        {
            filled.Parameters.copy_(filled.Parameters.to_type(ScalarType.Float16));
            filled.Buffers.copy_(filled.Buffers.to_type(ScalarType.Float16));
        }

        Assert.Equal(Toy.Bits(filled), Toy.Bits(weights));
    }
}

/// <summary>The Python that tests/golden/make.sh uses, if it has PyTorch.</summary>
internal static class Python
{
    private static readonly Lazy<string?> missing = new(() =>
    {
        try
        {
            return Run(["-c", "import torch"]) is (0, _, _) ? null : $"{Program} has no PyTorch (on Debian: python3-torch); PYTHON names another interpreter.";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"There is no {Program}; install python3-torch, or let PYTHON name an interpreter with PyTorch.";
        }
    });

    /// <summary>Why there is nobody to ask; null when there is.</summary>
    public static string? Missing => missing.Value;

    private static string Program => Environment.GetEnvironmentVariable("PYTHON") is { Length: > 0 } set ? set : "/usr/bin/python3";

    /// <summary>What a script of tests/golden prints.</summary>
    public static string Ask(string script, params string[] arguments)
    {
        var (code, output, error) = Run(["-W", "ignore", script, .. arguments]);
        return code == 0 ? output : throw new InvalidOperationException($"{script} {string.Join(' ', arguments)} ended with {code}: {error}");
    }

    private static (int Code, string Output, string Error) Run(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            WorkingDirectory = Path.Combine(Golden.RepositoryRoot, "tests", "golden"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        (start.Environment["OMP_NUM_THREADS"], start.Environment["PYTHONDONTWRITEBYTECODE"]) = ("1", "1");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}

/// <summary>A test with PyTorch on the other end: skipped, saying why, where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsPyTorchTheoryAttribute : TheoryAttribute
{
    public NeedsPyTorchTheoryAttribute() => Skip = Python.Missing;
}
