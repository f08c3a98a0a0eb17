namespace Distillation.Notebooks;

/// <summary>While a cell runs: a program that ends then says why, and its exit code is that of a failed cell, whatever the cell asked for.</summary>
internal sealed class ProcessEnd : IDisposable
{
    private const int Failed = 2;

    private readonly EventHandler ended;

    /// <param name="say">Says why.</param>
    /// <param name="stop">Once it has fired, a program that ends does so because somebody outside wants it to.</param>
    public ProcessEnd(Action say, CancellationToken stop)
    {
        ended = (_, _) =>
        {
            if (!stop.IsCancellationRequested)
            {
                say();
                Environment.ExitCode = Failed;
            }
        };
        AppDomain.CurrentDomain.ProcessExit += ended;
    }

    /// <inheritdoc/>
    public void Dispose() => AppDomain.CurrentDomain.ProcessExit -= ended;
}
