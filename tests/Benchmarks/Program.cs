using System.Diagnostics;
using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Distillation.Benchmarks;

// What one operator call costs here and in PyTorch's own Python, on a 4x4 tensor, in one run on one machine.
var config = ManualConfig.CreateEmpty()
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(15))
    .AddLogger(args.Contains("--verbose") ? ConsoleLogger.Default : NullLogger.Instance)
    .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance);
var ours = BenchmarkRunner.Run<OperatorCalls>(config).Reports
    .ToDictionary(report => report.BenchmarkCase.Descriptor.WorkloadMethod.Name.ToLowerInvariant(), report => report.ResultStatistics!.Median / OperatorCalls.Calls);
var peer = Python();

Console.WriteLine($"{"operator",-10}{"here",12}{"python",12}{"ratio",10}   nanoseconds per call, 4x4 float32, one thread");
foreach (var (name, time) in ours)
{
    var other = peer.TryGetValue(name, out var t) ? t : (double?)null;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-10}{time,12:0}{other,12:0}{(other is null ? null : time / other),10:0.00}"));
}

if (peer.Count == 0)
{
    Console.WriteLine("No /usr/bin/python3 with torch here: install python3-torch to compare.");
}

static Dictionary<string, double> Python()
{
    try
    {
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "operators.py")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var lines = python.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => double.Parse(parts[1], CultureInfo.InvariantCulture));
    }
    catch (System.ComponentModel.Win32Exception)
    {
        return [];
    }
}
