using System.Runtime.ExceptionServices;

namespace Distillation.Notebooks;

/// <summary>
/// Exceptions that nobody can catch: thrown on a thread that a cell has started, in a timer, or by an <c>async void</c>. .NET ends the process for them; here they
/// become the fault of the cell that runs when they come, or of the next one. Those of anybody else end the process as ever.
/// </summary>
internal static class Strays
{
    private static readonly Lazy<bool> isInstalled = new(() =>
    {
        ExceptionHandling.SetUnhandledExceptionHandler(Take);
        return true;
    });

    /// <summary>From now on they are taken.</summary>
    public static void Install() => _ = isInstalled.Value;

    private static bool Take(Exception exception)
    {
        var cell = Execution.Current ?? (Faults.IsOfCells(exception) ? Execution.Latest : null);
        cell?.Stray(exception);
        return cell is not null;
    }
}
