using System.Runtime;

namespace Distillation.Notebooks;

/// <summary>Runs the code of a cell on a thread of its own, from which it can be taken back.</summary>
internal static class CellThread
{
    /// <summary>How long a cell has to stop by itself before it is aborted, and again before it is left behind.</summary>
    private static readonly TimeSpan grace = TimeSpan.FromSeconds(0.4);

    // Deep recursion in a cell is somebody's exercise; the check in every function ends it in time on any size.
    private const int StackBytes = 8 << 20;

    /// <summary>
    /// The result of the work. When <paramref name="stop"/> fires, the checks inside of the cell's code end it first; a cell that is inside of a library
    /// then, where there are no checks, is aborted; one that waits for something which never comes, or computes in native code, is left behind.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was stopped, one way or another.</exception>
    public static async Task<T> Run<T>(Func<Task<T>> work, Execution execution, CancellationToken stop)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var leave = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var abort = new CancellationTokenSource();
        using var registration = stop.Register(() =>
        {
            Cells.Interruption.Raise();
            abort.CancelAfter(grace);
            _ = Task.Delay(2 * grace, CancellationToken.None).ContinueWith(_ => leave.TrySetCanceled(stop), TaskScheduler.Default);
        });
        var thread = new Thread(() => Begin(work, execution, result, abort.Token), StackBytes) { IsBackground = true, Name = "cell" };
        thread.Start();
        return await await Task.WhenAny(result.Task, leave.Task).ConfigureAwait(false);
    }

    private static void Begin<T>(Func<Task<T>> work, Execution execution, TaskCompletionSource<T> result, CancellationToken abort)
    {
        execution.Begin();
        Task<T>? started = null;
        try
        {
            // Marked obsolete as a warning that an abort may come at any instruction. That is what a person who stops a cell asks for; the
            // engine's own state changes on other threads only.
#pragma warning disable SYSLIB0046
            ControlledExecution.Run(() => started = work(), abort);
#pragma warning restore SYSLIB0046
        }
        catch (OperationCanceledException)
        {
            result.TrySetCanceled(abort);
            return;
        }
        catch (Exception e)
        {
            result.TrySetException(e);
            return;
        }

        started!.ContinueWith(ended => result.TrySetFromTask(ended), TaskScheduler.Default);
    }
}
