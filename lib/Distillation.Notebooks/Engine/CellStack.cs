namespace Distillation.Notebooks;

/// <summary>
/// How much stack the code of a cell may use. The runtime's own guard leaves some tens of kilobytes, which is too little where an exception is
/// thrown for the first time and its handlers are still to be compiled; this leaves more.
/// </summary>
internal static class CellStack
{
    /// <summary>The stack of a cell's thread.</summary>
    public const int Bytes = 16 << 20;

    private const int Reserve = 1 << 20;

    // What code of a cell may use on a thread that is not the cell's own, such as one of the pool's after an 'await': they have 1.5 MB on some systems.
    private const int Elsewhere = 1 << 20;

    // The address below which the thread may not go; 0 where nobody has asked yet.
    private static readonly ThreadLocal<nint> floor = new();

    /// <summary>Called first thing on a thread that was made with <see cref="Bytes"/>.</summary>
    public static void Begin() => floor.Value = Here() - Bytes + Reserve;

    /// <summary>Whether the thread that asks has only the reserve left.</summary>
    public static bool IsNearlyUsedUp()
    {
        var here = Here();
        if (floor.Value == 0)
        {
            floor.Value = here - Elsewhere;
        }

        return here < floor.Value;
    }

    // Stacks grow downwards on every machine that .NET runs on.
    private static unsafe nint Here()
    {
        byte here;
        return (nint)(&here);
    }
}
