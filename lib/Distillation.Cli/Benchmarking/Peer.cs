using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Distillation.Cli.Benchmarking;

/// <summary>The other side: tests/Benchmarks/peer/peer.py in a process that waits while it is not its turn.</summary>
internal sealed class Peer : ISide
{
    private readonly Process process;
    private readonly CancellationTokenRegistration stopping;
    private readonly CancellationToken stop;
    private readonly Task<string> complaints;

    private Peer(Process process, CancellationToken stop)
    {
        (this.process, this.stop) = (process, stop);
        complaints = process.StandardError.ReadToEndAsync(CancellationToken.None);
        stopping = stop.Register(Kill);
    }

    /// <inheritdoc/>
    public string Name => "peer";

    /// <summary>What it found best on this machine.</summary>
    public PeerAnswer.Ready Choice { get; private set; } = new("", "", 0, 0, 0);

    /// <summary>The Python that is asked: the variable PYTHON, or the system's.</summary>
    public static string Python => Environment.GetEnvironmentVariable("PYTHON") is { Length: > 0 } named ? named : "/usr/bin/python3";

    /// <summary>Starts it for a case; it looks for its best numbers of processes and threads first, which takes some seconds.</summary>
    /// <returns>The side, or a sentence that says why there is none.</returns>
    /// <exception cref="BadInput">It broke off.</exception>
    public static (Peer? Side, string? Absence) Start(BenchCase one, string device, CancellationToken stop)
    {
        var start = new ProcessStartInfo(Python, Arguments(one, device)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // Plain PyTorch in the user's own surroundings: without what ./kd has tuned for this program.
        foreach (var tuned in (Environment.GetEnvironmentVariable("KD_TUNED") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            start.Environment.Remove(tuned);
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            return (null, Missing($"there is no {Python}"));
        }

        var peer = new Peer(process, stop);
        try
        {
            peer.Choice = peer.Answer() as PeerAnswer.Ready ?? throw new BadInput("The Python side did not begin by saying that it is ready.");
            if (peer.Choice.Parameters != Ours.Parameters(one))
            {
                throw new BadInput($"The networks of '{one.Name}' differ: {Ours.Parameters(one)} parameters here and {peer.Choice.Parameters} in tests/Benchmarks/peer/networks.py; make them the same.");
            }

            return (peer, null);
        }
        catch (ModuleMissing missing)
        {
            peer.Dispose();
            return (null, Missing(missing.Message));
        }
        catch
        {
            peer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Window Measure(int warm, int steps)
    {
        process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"measure {warm} {steps}"));
        process.StandardInput.Flush();
        return Answer() switch
        {
            PeerAnswer.Measured(var images, var seconds) => new(images, seconds),
            var other => throw new BadInput($"The Python side answered {other} where a measurement was due."),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopping.Dispose();
        try
        {
            process.StandardInput.WriteLine("quit");
            process.StandardInput.Close();
            process.WaitForExit(TimeSpan.FromSeconds(3));
        }
        catch (IOException)
        {
            // It does not listen any more.
        }

        Kill();
        process.Dispose();
    }

    /// <summary>What the script is started with.</summary>
    internal static IReadOnlyList<string> Arguments(BenchCase one, string device) =>
    [
        Path.Combine(GlobalOptions.RepositoryRoot, "tests", "Benchmarks", "peer", "peer.py"),
        "--work", one.Students > 1 ? "distill" : one.Work.ToString().ToLowerInvariant(),
        .. one.Teacher is { } teacher ? new[] { "--teacher", teacher } : [],
        .. one.Student is { } student ? new[] { "--student", student } : [],
        "--data-set", one.Dataset.Name,
        "--batch", one.Batch.ToString(CultureInfo.InvariantCulture),
        "--device", device,
    ];

    private static string Missing(string what) =>
        $"Plain PyTorch is not measured: {what}; 'apt-get install python3-torch python3-torchvision' brings it, or let the variable PYTHON name a Python that has torch, torchvision and numpy.";

    private PeerAnswer Answer()
    {
        if (process.StandardOutput.ReadLine() is { } line)
        {
            return PeerAnswer.Parse(line);
        }

        stop.ThrowIfCancellationRequested();
        var last = complaints.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "it said nothing";
        throw last.StartsWith("ModuleNotFoundError", StringComparison.Ordinal)
            ? new ModuleMissing($"{Python} has {last[(last.IndexOf(':') + 1)..].Trim().ToLowerInvariant()}")
            : new BadInput($"The Python side broke off ({last.Trim()}); run {string.Join(' ', Python, "tests/Benchmarks/peer/peer.py")} by itself to see why.");
    }

    // Its loader processes too.
    private void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    private sealed class ModuleMissing(string what) : Exception(what);
}
