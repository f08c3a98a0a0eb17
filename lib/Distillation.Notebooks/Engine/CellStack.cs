namespace Distillation.Notebooks;

/// <summary>
/// How much stack the code of a cell may use. The runtime's own guard leaves some tens of kilobytes, and an exception thrown there for the first
/// time needs more than that (its handlers are still to be compiled), which would end the process; this leaves a megabyte.
/// </summary>
internal static class CellStack
{
    /// <summary>The stack of a cell's thread.</summary>
    public const int Bytes = 8 << 20;

    private const int Reserve = 1 << 20;

    // The address below which a thread of ours may not go; 0 on all other threads.
    private static readonly ThreadLocal<nint> floor = new();

    /// <summary>Called first thing on a thread that was made with <see cref="Bytes"/>.</summary>
    public static void Begin() => floor.Value = Here() - Bytes + Reserve;

    /// <summary>Whether the thread that asks is one of these and has only the reserve left.</summary>
    public static bool IsNearlyUsedUp() => Here() < floor.Value;

    // Stacks grow downwards on every machine that .NET runs on.
    private static unsafe nint Here()
    {
        byte here;
        return (nint)(&here);
    }
}
