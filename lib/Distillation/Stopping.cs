namespace Distillation;

/// <summary>
/// How a host that runs other people's code (a notebook's kernel, its cells) asks long work inside of it to stop, without a token in every call. Work that listens ends
/// where it loses nothing: training between two steps, with a checkpoint.
/// </summary>
/// <param name="token">Fires when everything is to stop.</param>
public sealed class Stopping(CancellationToken token)
{
    private static readonly AsyncLocal<Stopping?> current = new();

    private int listeners;

    /// <summary>Whether work goes on that listens: it will end by itself, and tearing it away would lose what it is about to keep.</summary>
    public bool IsHeard => Volatile.Read(ref listeners) > 0;

    /// <summary>From here on this speaks to what this thread does and to the tasks and threads that it starts.</summary>
    public void Begin() => current.Value = this;

    /// <summary>Does work that stops where the token it is given says so: that of its caller, or the host's.</summary>
    /// <param name="own">The caller's token.</param>
    /// <param name="work">The work; throws OperationCanceledException once it has stopped.</param>
    public static T Listen<T>(CancellationToken own, Func<CancellationToken, T> work)
    {
        if (current.Value is not { } host)
        {
            return work(own);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(own, host.Token);
        Interlocked.Increment(ref host.listeners);
        try
        {
            return work(either.Token);
        }
        finally
        {
            Interlocked.Decrement(ref host.listeners);
        }
    }

    private CancellationToken Token => token;
}
