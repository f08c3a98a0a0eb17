using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace ParquetTests;

/// <summary>
/// Node with DuckDB and hyparquet, installed once from peers/package-lock.json into the build's artifacts folder, beside bin/ and obj/.
/// </summary>
internal static class Peers
{
    private static readonly Lazy<(string Folder, string? Missing)> Installed = new(Install);

    /// <summary>Why the peers cannot be asked on this machine; null when they can.</summary>
    public static string? Missing => Installed.Value.Missing;

    /// <summary>Runs peers/parquet.mjs and returns what it printed.</summary>
    public static string Ask(params string[] arguments)
    {
        var (code, output, errors) = Run(Installed.Value.Folder, "node", ["parquet.mjs", .. arguments], TimeSpan.FromMinutes(2));
        return code == 0 ? output : throw new InvalidOperationException($"parquet.mjs {string.Join(' ', arguments)} ended with {code}: {errors}");
    }

    private static (string, string?) Install()
    {
        var source = AppContext.BaseDirectory + "peers";
        var version = Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(source, "package-lock.json"))))[..12];
        var folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "peers", version));
        try
        {
            Run(source, "node", ["--version"], TimeSpan.FromMinutes(1));
            if (!Directory.Exists(folder))
            {
                // Installed beside its place and then moved, so that an interrupted start leaves nothing that looks whole.
                var draft = folder + "-" + Environment.ProcessId;
                Directory.CreateDirectory(draft);
                Copy(source, draft);
                var (code, _, errors) = Run(draft, "npm", ["ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"], TimeSpan.FromMinutes(3));
                if (code != 0)
                {
                    Directory.Delete(draft, recursive: true);
                    return (folder, $"npm ci could not install DuckDB and hyparquet: {string.Join(' ', errors.Split('\n').Take(3)).Trim()}");
                }
                Directory.Move(draft, folder);
            }
            Copy(source, folder);
            return (folder, null);
        }
        catch (Win32Exception)
        {
            return (folder, "node and npm are not installed");
        }
        catch (TimeoutException)
        {
            return (folder, "node or npm did not answer within three minutes");
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
    }

    private static (int Code, string Output, string Errors) Run(string folder, string program, string[] arguments, TimeSpan limit)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end within {limit.TotalMinutes} minutes");
        }
        process.WaitForExit();
        return (process.ExitCode, output.Result, errors.Result);
    }
}

/// <summary>
/// A test that asks the peers. Whether they can be asked is found out when the test runs, not when tests are listed, so that a run
/// without these tests installs nothing; where they cannot, the test is reported as skipped, with the reason.
/// </summary>
[XunitTestCaseDiscoverer("Parquet.Tests." + nameof(PeerDiscoverer), "Parquet.Net.Tests")]
internal sealed class PeerFactAttribute : FactAttribute;

internal sealed class PeerDiscoverer(IMessageSink sink) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo attribute) =>
        [new PeerTestCase(sink, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method)];
}

internal sealed class PeerTestCase : XunitTestCase
{
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("for the runner, which restores test cases from text")]
    public PeerTestCase()
    {
    }

    public PeerTestCase(IMessageSink sink, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
        : base(sink, display, options, method)
    {
    }

    public override Task<RunSummary> RunAsync(
        IMessageSink sink, IMessageBus bus, object[] arguments, ExceptionAggregator aggregator, CancellationTokenSource cancellation)
    {
        SkipReason = Peers.Missing;
        return base.RunAsync(sink, bus, arguments, aggregator, cancellation);
    }
}
