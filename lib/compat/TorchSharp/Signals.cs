using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>
/// Keeps the process's answers to signals while libraries are loaded. Debian 13's libtorch brings OpenMPI along and with it UCX, which on loading takes over memory faults, division faults and the
/// terminal's hang-up: from then on a NullReferenceException would end the process with a backtrace instead of being thrown.
/// </summary>
internal static unsafe class Signals
{
    // SIGHUP, SIGILL, SIGBUS, SIGFPE and SIGSEGV on Linux. Not SIGINT and SIGTERM: nobody takes those, and another thread may be registering for them just now.
    private static readonly int[] Guarded = [1, 4, 7, 8, 11];

    // glibc's struct sigaction has 152 bytes, musl's as many.
    private const int Room = 256;

    /// <summary>What <paramref name="load"/> returns; the signals are answered after it as before it.</summary>
    internal static nint Keep(Func<nint> load)
    {
        if (!OperatingSystem.IsLinux()) return load();
        var answers = new byte[Guarded.Length * Room];
        fixed (byte* first = answers)
        {
            for (var i = 0; i < Guarded.Length; i++) _ = sigaction(Guarded[i], null, first + i * Room);
            try
            {
                return load();
            }
            finally
            {
                for (var i = 0; i < Guarded.Length; i++) _ = sigaction(Guarded[i], first + i * Room, null);
            }
        }
    }

    [DllImport("libc")] private static extern int sigaction(int signal, byte* answer, byte* previous);
}
