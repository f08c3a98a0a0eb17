using System.Runtime.Versioning;
using Distillation.Cli.Benchmarking;

namespace Distillation.Tests.Cli.Benchmarking;

/// <summary>The protocol of the other side, spoken by a small shell script in its place.</summary>
[SupportedOSPlatform("linux")]
public sealed class PeerTests : IDisposable
{
    private static readonly BenchCase one = new("data", Work.Pipeline, null, null, Datasets.Cifar100, 64);

    private readonly string folder = Directory.CreateTempSubdirectory("kd-peer-").FullName;
    private readonly string? before = Environment.GetEnvironmentVariable("PYTHON");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PYTHON", before);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Lines_become_answers()
    {
        Assert.Equal(
            new PeerAnswer.Ready("1.13.1", "0.14.1", 2, 1, 77),
            PeerAnswer.Parse("""{"event": "ready", "torch": "1.13.1", "torchvision": "0.14.1", "workers": 2, "threads": 1, "parameters": 77, "tried": []}"""));
        Assert.Equal(new PeerAnswer.Measured(640, 2.5), PeerAnswer.Parse("""{"event": "window", "steps": 10, "images": 640, "seconds": 2.5, "imagesPerSecond": 256.0}"""));
        Assert.Equal(new PeerAnswer.Refused("no"), PeerAnswer.Parse("""{"event": "error", "message": "no"}"""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Traceback (most recent call last):")]
    [InlineData("[1]")]
    [InlineData("""{"event": "dance"}""")]
    [InlineData("""{"event": "window", "images": "many", "seconds": 1}""")]
    [InlineData("""{"event": "ready", "torch": "1"}""")]
    public void Any_other_line_is_quoted_and_refused(string line) =>
        Assert.Contains($"'{line}'", Assert.Throws<BadInput>(() => PeerAnswer.Parse(line)).Message);

    [Fact]
    public void It_is_asked_for_windows_and_told_to_quit()
    {
        Speak("""
            echo '{"event": "ready", "torch": "1", "torchvision": "2", "workers": 1, "threads": 2, "parameters": 0}'
            while read -r line; do
              echo "$line" >> FOLDER/heard
              [ "$line" = quit ] && exit
              echo '{"event": "window", "images": 128, "seconds": 0.5}'
            done
            """);

        var (side, absence) = Peer.Start(one, "cpu", CancellationToken.None);
        Assert.Null(absence);
        using (side)
        {
            Assert.Equal(256, side!.Measure(2, 7).Speed);
            Assert.Equal((1, 2), (side.Choice.Workers, side.Choice.Threads));
        }

        Assert.Equal(["measure 2 7", "quit"], File.ReadAllLines(Path.Combine(folder, "heard")));
    }

    [Theory]
    [InlineData("echo \"ModuleNotFoundError: No module named 'torchvision'\" >&2; exit 1", "no module named 'torchvision'")]
    [InlineData(null, "there is no /")]
    public void A_python_without_torch_is_no_failure_and_one_is_told_how_to_get_it(string? script, string why)
    {
        Environment.SetEnvironmentVariable("PYTHON", Path.Combine(folder, "nobody"));
        if (script is not null)
        {
            Speak(script);
        }

        var (side, absence) = Peer.Start(one, "cpu", CancellationToken.None);

        Assert.Null(side);
        Assert.Contains(why, absence);
        Assert.Contains("apt-get install python3-torch python3-torchvision", absence);
    }

    [Theory]
    [InlineData("echo RuntimeError: no memory >&2; exit 1", "broke off (RuntimeError: no memory)")]
    [InlineData("echo '{\"event\": \"ready\", \"torch\": \"1\", \"torchvision\": \"2\", \"workers\": 1, \"threads\": 2, \"parameters\": 5}'; read -r line", "differ: 0 parameters here and 5")]
    [InlineData("echo hello; read -r line", "'hello'")]
    public void A_side_that_breaks_off_or_does_something_else_is_said_so(string script, string why)
    {
        Speak(script);

        Assert.Contains(why, Assert.Throws<BadInput>(() => Peer.Start(one, "cpu", CancellationToken.None)).Message);
    }

    [Fact]
    public void Stopping_ends_a_side_that_is_busy()
    {
        Speak("sleep 600");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        Assert.Throws<OperationCanceledException>(() => Peer.Start(one, "cpu", stop.Token));
    }

    private void Speak(string script)
    {
        var path = Path.Combine(folder, "python");
        File.WriteAllText(path, "#!/bin/bash\n" + script.Replace("FOLDER", folder) + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("PYTHON", path);
    }
}
