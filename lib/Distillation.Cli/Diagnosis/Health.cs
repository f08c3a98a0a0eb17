using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Parquet.Serialization;
using TorchSharp;
using static TorchSharp.torch;

namespace Distillation.Cli.Diagnosis;

/// <summary>A package, or what stands in for it.</summary>
internal sealed record Package(string Name, string Version, bool StandIn)
{
    /// <summary>From the version that its assembly carries: a stand-in says in it that it is one.</summary>
    public static Package Of(string name, Assembly assembly) =>
        Of(name, assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "unknown");

    /// <summary>From a version.</summary>
    public static Package Of(string name, string version) => new(name, version.Split('+')[0], version.Contains("stand-in", StringComparison.Ordinal));
}

/// <summary>The native library and what it computes on.</summary>
/// <param name="Version">Its own word; null when it does not load.</param>
/// <param name="Path">The file that was loaded.</param>
/// <param name="Devices">cpu, and every GPU.</param>
/// <param name="Threads">How many compute one operator.</param>
/// <param name="Fault">Why it does not load; null when it does.</param>
internal sealed record Libtorch(string? Version, string? Path, IReadOnlyList<string> Devices, int Threads, string? Fault)
{
    /// <summary>Loads it.</summary>
    public static Libtorch Load()
    {
        try
        {
            var version = torch.__version__;
            var devices = Enumerable.Range(0, cuda.is_available() ? cuda.device_count() : 0).Select(i => $"cuda:{i}").Prepend("cpu");
            using var process = Process.GetCurrentProcess();
            var path = process.Modules.Cast<ProcessModule>().Select(module => module.FileName).FirstOrDefault(file => System.IO.Path.GetFileName(file).Contains("torch_cpu", StringComparison.Ordinal));
            return new(version, path ?? "an unknown place", [.. devices], get_num_threads(), null);
        }
        catch (Exception e)
        {
            return new(null, null, [], 0, $"does not load ({(e.InnerException ?? e).Message.Split('\n')[0].TrimEnd('.')}): run './kd setup', or see whether TORCH_HOME names a libtorch");
        }
    }
}

/// <summary>A data set: read whole, or why it cannot be.</summary>
internal sealed record DataSetState(string Name, long TrainImages, long TestImages, string? Fault, bool IsFetched)
{
    /// <summary>Reads it, which checks every length and label; a folder of images is only counted.</summary>
    public static DataSetState Read(DataFolder folder, Dataset dataset)
    {
        try
        {
            var (train, test) = folder.Count(dataset);
            return new(dataset.Name, train, test, null, DataLoading.IsFetched(dataset));
        }
        catch (BadInput e)
        {
            return new(dataset.Name, 0, 0, e.Message, DataLoading.IsFetched(dataset));
        }
    }
}

/// <summary>Everything that <c>./kd doctor</c> knows.</summary>
internal sealed record Health(
    string? Sdk, string Runtime, string Feed, IReadOnlyList<Package> Packages, Libtorch Libtorch, Machine Machine,
    string DataFolder, IReadOnlyList<DataSetState> DataSets, string ResultsFolder, int Runs, NotebookParts Notebooks, bool Jpeg)
{
    /// <summary>Of this machine, now.</summary>
    /// <param name="data">Where data sets are looked for.</param>
    /// <param name="results">Where results are.</param>
    /// <param name="warn">Told about result files that cannot be read.</param>
    public static Health Read(DataFolder data, ResultStore results, Action<string> warn)
    {
        var libtorch = Libtorch.Load();
        return new(
            Sdks(),
            RuntimeInformation.FrameworkDescription,
            GlobalOptions.PackageFeed,
            [
                Package.Of("TorchSharp", typeof(torch).Assembly),
                Package.Of("Parquet.Net", typeof(ParquetSerializer).Assembly),
                Package.Of("Plotly.NET", typeof(Plotly.NET.GenericChart).Assembly),
                Package.Of("Plotly.NET.CSharp", typeof(Plotly.NET.CSharp.Chart).Assembly),
            ],
            libtorch,
            Machine.Here(),
            data.Path,
            libtorch.Fault is null ? [.. Datasets.All.Select(dataset => DataSetState.Read(data, dataset))] : [],
            results.Folder,
            Readable(results, warn),
            NotebookParts.Here(),
            Distillation.Jpeg.IsPossible);
    }

    // Both tables are read, so that a damaged file of either is told; the runs are counted.
    private static int Readable(ResultStore results, Action<string> warn)
    {
        _ = results.Epochs(warn);
        return results.Runs(warn).Count;
    }

    // Asked in the repository, whose global.json chooses among several.
    private static string? Sdks()
    {
        try
        {
            using var dotnet = Process.Start(
                new ProcessStartInfo("dotnet", "--version") { WorkingDirectory = GlobalOptions.RepositoryRoot, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var version = dotnet.StandardOutput.ReadToEnd().Trim();
            dotnet.WaitForExit();
            return dotnet.ExitCode == 0 ? version : null;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
