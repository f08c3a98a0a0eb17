using System.Diagnostics;
using System.Globalization;

namespace Distillation.Notebooks.Jupyter;

/// <summary>A process that is a kernel: what a kernel specification starts.</summary>
public static class KernelProcess
{
    /// <summary>Whether libzmq is on this machine.</summary>
    public static bool IsPossible => ZeroMq.IsHere;

    /// <summary>Makes sure that a kernel could run here.</summary>
    /// <exception cref="BadInput">libzmq is not installed.</exception>
    public static void RequireLibrary() => ZeroMq.Require();

    /// <summary>Serves the clients of a connection file until one of them shuts it down, the token fires, or Jupyter itself is gone.</summary>
    /// <param name="connectionFile">What Jupyter put in the place of {connection_file}.</param>
    /// <param name="note">Told about messages that were dropped.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadInput">The file is no connection file, a port is taken, or libzmq is missing.</exception>
    public static async Task Serve(string connectionFile, Action<string> note, CancellationToken stop)
    {
        using var kernel = Kernel.Start(Connection.Read(connectionFile), Directory.GetCurrentDirectory(), note);
        using var orphaned = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _ = WatchParent(orphaned);
        _ = Task.Run(WarmUp, CancellationToken.None);
        try
        {
            await kernel.Ended.WaitAsync(orphaned.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody is left to tell.
        }
    }

    // The compiler's first sentence takes it a second or two: another engine lets it say that before anybody waits.
    private static async Task WarmUp()
    {
        using var engine = new Engine(new(Directory.GetCurrentDirectory()));
        await engine.Execute("warm-up", "1 + 1", _ => { }).ConfigureAwait(false);
    }

    // Jupyter names itself in the environment of its kernels; one that was killed cannot shut them down.
    private static async Task WatchParent(CancellationTokenSource orphaned)
    {
        if (OperatingSystem.IsWindows() || !int.TryParse(Environment.GetEnvironmentVariable("JPY_PARENT_PID"), CultureInfo.InvariantCulture, out var parent) || parent <= 1)
        {
            return;
        }

        while (IsAlive(parent))
        {
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(1), orphaned.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }

        await orphaned.CancelAsync().ConfigureAwait(false);
    }

    private static bool IsAlive(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
