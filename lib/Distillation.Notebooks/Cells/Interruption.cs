using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Distillation.Notebooks.Cells;

/// <summary>
/// What the engine puts into the loops and functions of a cell (<see cref="Distillation.Notebooks.Instrumentation"/>), so that a cell which never
/// ends can be stopped. Not meant to be called by hand.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Interruption
{
    private static readonly Flag anybody = new();

    /// <summary>At the start of every round of a loop. As long as nothing was interrupted in this process it costs one read of a field.</summary>
    /// <exception cref="OperationCanceledException">The cell that this code belongs to is to stop.</exception>
    public static void Check()
    {
        if (anybody.IsUp)
        {
            Execution.Current?.ThrowIfStopped();
        }
    }

    /// <summary>At the start of every function: recursion without end becomes an exception instead of the end of the process.</summary>
    /// <exception cref="InsufficientExecutionStackException">The stack is nearly used up.</exception>
    public static void Enter()
    {
        if (CellStack.IsNearlyUsedUp() || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new InsufficientExecutionStackException("A function calls itself too deeply: the stack is used up.");
        }

        Check();
    }

    /// <summary>The same where only an expression fits: before the value that an object's field begins with.</summary>
    /// <returns>True.</returns>
    /// <exception cref="InsufficientExecutionStackException">The stack is nearly used up.</exception>
    public static bool Entered()
    {
        Enter();
        return true;
    }

    /// <summary>From now on everybody looks closer. Never taken back: what an interrupted cell left running in the background must stop as well.</summary>
    internal static void Raise() => anybody.IsUp = true;

    private sealed class Flag
    {
        public volatile bool IsUp;
    }
}
