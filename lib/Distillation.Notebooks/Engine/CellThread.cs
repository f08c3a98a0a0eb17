using System.Diagnostics;

namespace Distillation.Notebooks;

/// <summary>
/// Runs the code of a cell on a thread of its own, from which the caller can be taken back. The runtime's abort of a thread is not used: where it meets
/// a library in the wrong place (a regular expression that backtracks is one) it ends the whole process instead of the thread.
/// </summary>
internal static class CellThread
{
    /// <summary>How long a cell has to stop by itself before its waiting is interrupted, and again before it is left behind.</summary>
    private static readonly TimeSpan grace = TimeSpan.FromSeconds(0.4);

    /// <summary>How long what listens by itself may take: a step of training, and its checkpoint.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The result of the work. When <paramref name="stop"/> fires, the checks inside of the cell's code end it first; a cell that sleeps or waits for a
    /// lock then is woken; one that trains ends its step and keeps a checkpoint; one that computes inside of a library without calling back, or awaits something that never comes, is left behind.
    /// </summary>
    /// <exception cref="CellLeftBehind">It was stopped, and its thread goes on.</exception>
    /// <exception cref="OperationCanceledException">It was stopped, one way or another.</exception>
    public static async Task<T> Run<T>(Func<Task<T>> work, Execution execution, CancellationToken stop)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => Begin(work, execution, result), CellStack.Bytes) { IsBackground = true, Name = "cell" };
        var leaving = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = stop.Register(() => _ = End(thread, execution, result.Task, leaving, stop));
        thread.Start();
        return await await Task.WhenAny(result.Task, leaving.Task).ConfigureAwait(false);
    }

    private static async Task End<T>(Thread thread, Execution execution, Task<T> result, TaskCompletionSource<T> leaving, CancellationToken stop)
    {
        Cells.Interruption.Raise();
        await Task.Delay(grace, CancellationToken.None).ConfigureAwait(false);
        if (execution.IsListening)
        {
            for (var clock = Stopwatch.StartNew(); execution.IsListening && clock.Elapsed < patience;)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None).ConfigureAwait(false);
            }

            execution.Press();
            await Task.Delay(grace, CancellationToken.None).ConfigureAwait(false);
        }

        if (!result.IsCompleted && !execution.HasNoticed)
        {
            thread.Interrupt();
        }

        await Task.Delay(grace, CancellationToken.None).ConfigureAwait(false);
        leaving.TrySetException(thread.IsAlive ? new CellLeftBehind(stop) : new OperationCanceledException(stop));
        // Nobody looks at it where the cell has ended in time.
        _ = leaving.Task.Exception;
    }

    private static void Begin<T>(Func<Task<T>> work, Execution execution, TaskCompletionSource<T> result)
    {
        CellStack.Begin();
        execution.Begin();
        try
        {
            work().ContinueWith(ended => result.TrySetFromTask(ended), TaskScheduler.Default);
        }
        catch (Exception e)
        {
            result.TrySetException(e);
        }
    }
}

/// <summary>A cell was told to stop and its caller waits no longer, while its thread still computes.</summary>
internal sealed class CellLeftBehind(CancellationToken stop) : OperationCanceledException(stop);
