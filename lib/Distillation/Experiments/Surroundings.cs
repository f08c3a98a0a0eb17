using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>What a result depends on beside the experiment: versions, device, threads, revision. Read once, kept in every row.</summary>
/// <param name="Device">Such as <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Threads">Threads that libtorch computes an operator with.</param>
/// <param name="TorchSharp">The package's version; a stand-in says that it is one.</param>
/// <param name="Libtorch">The native library's version.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="GitRevision">The revision of the working copy, with a plus when it has changes; null outside of one.</param>
public sealed record Surroundings(string Device, int Threads, string TorchSharp, string Libtorch, string Runtime, string? GitRevision)
{
    /// <summary>What is here now.</summary>
    /// <param name="device">What is computed on.</param>
    /// <param name="root">The folder whose revision counts.</param>
    public static Surroundings Read(Device device, string root) => new(
        device.ToString(),
        get_num_threads(),
        typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown",
        torch.__version__,
        RuntimeInformation.FrameworkDescription,
        Git(root, "rev-parse --short=12 HEAD") is { Length: > 0 } revision ? revision + (Git(root, "status --porcelain --untracked-files=no") is { Length: > 0 } ? "+" : "") : null);

    private static string? Git(string root, string arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var text = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? text : null;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return null;
        }
    }
}
