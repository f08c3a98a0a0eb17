using System.Diagnostics;
using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Distillation.Benchmarks;

// What single calls cost here and in PyTorch's own Python, in one run on one machine. Words choose groups: operators, augmentations, losses.
(string Group, Type Of, double Per, string Unit)[] groups =
[
    ("operators", typeof(OperatorCalls), OperatorCalls.Calls, "nanoseconds per call, 4x4 float32"),
    ("augmentations", typeof(Augmentations), Augmentations.Images, "nanoseconds per 3x32x32 image, batch 64; PyTorch: torchvision on a PIL image"),
    ("losses", typeof(LossCalls), 1, "nanoseconds per call with its backward, logits [64, 100]"),
];
var config = ManualConfig.CreateEmpty()
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(15))
    .AddLogger(args.Contains("--verbose") ? ConsoleLogger.Default : NullLogger.Instance)
    .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance);
var words = args.Where(word => !word.StartsWith('-')).ToList();
if (words.Find(word => groups.All(group => group.Group != word)) is { } unknown)
{
    Console.Error.WriteLine($"There is no group '{unknown}'; choose from {string.Join(", ", groups.Select(group => group.Group))}.");
    return 2;
}

var (peer, absence) = Python();
foreach (var (group, of, per, unit) in groups.Where(group => words.Count == 0 || words.Contains(group.Group)))
{
    Console.WriteLine($"{group,-28}{"here",12}{"PyTorch",12}{"ratio",10}   {unit}, one thread");
    foreach (var report in BenchmarkRunner.Run(of, config).Reports)
    {
        var name = report.BenchmarkCase.Descriptor.WorkloadMethod.Name;
        var here = report.ResultStatistics!.Median / per;
        var there = peer.TryGetValue($"{group}.{name.ToLowerInvariant()}", out var time) ? time : (double?)null;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-28}{here,12:N0}{there,12:N0}{here / there,10:0.00}"));
    }

    Console.WriteLine();
}

if (absence is not null)
{
    Console.WriteLine(absence);
}

return 0;

static (IReadOnlyDictionary<string, double> Times, string? Absence) Python()
{
    var program = Environment.GetEnvironmentVariable("PYTHON") is { Length: > 0 } named ? named : "/usr/bin/python3";
    var absence = $"{program} has no torch here: 'apt-get install python3-torch python3-torchvision' brings it, or let the variable PYTHON name a Python that has both.";
    try
    {
        using var python = Process.Start(new ProcessStartInfo(program, [Path.Combine(AppContext.BaseDirectory, "calls.py")]) { RedirectStandardOutput = true })!;
        var times = python.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .ToDictionary(parts => parts[0], parts => double.Parse(parts[1], CultureInfo.InvariantCulture));
        return (times, times.Keys.Any(name => name.StartsWith("augmentations", StringComparison.Ordinal)) ? null : absence);
    }
    catch (System.ComponentModel.Win32Exception)
    {
        return (new Dictionary<string, double>(), absence);
    }
}
