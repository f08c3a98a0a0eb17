using System.Runtime;

namespace Distillation.Notebooks;

/// <summary>Runs the code of a cell on a thread of its own, from which it can be taken back.</summary>
internal static class CellThread
{
    /// <summary>How long a cell has to stop by itself before it is aborted, and again before it is left behind.</summary>
    private static readonly TimeSpan grace = TimeSpan.FromSeconds(0.4);

    /// <summary>
    /// The result of the work. When <paramref name="stop"/> fires, the checks inside of the cell's code end it first; a cell that is inside of a library
    /// then, where there are no checks, is aborted; one that waits for something which never comes, or computes in native code, is left behind.
    /// </summary>
    /// <param name="work">The cell's code.</param>
    /// <param name="execution">The cell.</param>
    /// <param name="mayAbort">Whether the second of these may be tried: it can take the process with it when it meets an exception in flight.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was stopped, one way or another.</exception>
    public static async Task<T> Run<T>(Func<Task<T>> work, Execution execution, bool mayAbort, CancellationToken stop)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var leave = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        // Not disposed: the request may come when the cell has just ended.
        var abort = new CancellationTokenSource();
        using var registration = stop.Register(() =>
        {
            Cells.Interruption.Raise();
            _ = Task.Delay(grace, CancellationToken.None).ContinueWith(_ => AbortUnnoticed(), TaskScheduler.Default);
            _ = Task.Delay(2 * grace, CancellationToken.None).ContinueWith(_ => leave.TrySetCanceled(stop), TaskScheduler.Default);
        });
        var thread = new Thread(() => Begin(work, execution, result, abort.Token), CellStack.Bytes) { IsBackground = true, Name = "cell" };
        thread.Start();
        return await await Task.WhenAny(result.Task, leave.Task).ConfigureAwait(false);

        // Never a cell that is on its way out already.
        void AbortUnnoticed()
        {
            if (mayAbort && !execution.HasNoticed && !result.Task.IsCompleted && !leave.Task.IsCompleted)
            {
                abort.Cancel();
            }
        }
    }

    private static void Begin<T>(Func<Task<T>> work, Execution execution, TaskCompletionSource<T> result, CancellationToken abort)
    {
        CellStack.Begin();
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
