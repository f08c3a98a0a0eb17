using System.Collections.Concurrent;
using System.Globalization;

namespace Distillation.Notebooks;

/// <summary>One cell while it runs: where what it gives goes, and whether it is to stop. It follows the cell's code into its tasks and threads.</summary>
/// <param name="sink">Takes every output, one at a time.</param>
/// <param name="ids">The engine's names for displayed values.</param>
/// <param name="limit">How many characters of printed text are kept.</param>
/// <param name="input">Where a line comes from when the cell reads the console; null at its end.</param>
/// <param name="strays">Gets what is thrown where nobody can catch it.</param>
/// <param name="stop">Ends the cell.</param>
internal sealed class Execution(Action<Output> sink, DisplayIds ids, int limit, Func<string?> input, ConcurrentQueue<Exception> strays, CancellationToken stop)
{
    private static readonly AsyncLocal<Execution?> current = new();
    private static readonly Last latest = new();

    private readonly Lock gate = new();
    private int printed;
    private readonly Stopping stopping = new(stop);
    private volatile bool hasNoticed;
    private volatile bool isPressed;

    /// <summary>Whether the cell's own code has met the request to stop, and is on its way out.</summary>
    public bool HasNoticed => hasNoticed;

    /// <summary>Whether the cell is inside of something that listens to the request by itself, such as training, which keeps a checkpoint first.</summary>
    public bool IsListening => stopping.IsHeard && !isPressed;

    /// <summary>Stops also what said that it listens, and did not end.</summary>
    public void Press() => isPressed = true;

    /// <summary>That of the code which asks; null outside cells.</summary>
    public static Execution? Current => current.Value;

    /// <summary>The one that began last: the best guess for code of a cell that has lost its own, as a timer's has.</summary>
    public static Execution? Latest => latest.Cell;

    /// <summary>Makes everything that this thread does from here on part of the cell.</summary>
    public void Begin()
    {
        (current.Value, latest.Cell) = (this, this);
        stopping.Begin();
    }

    /// <summary>Takes an exception of a thread that the cell has started; one that says no more than that the cell is stopped counts as that.</summary>
    public void Stray(Exception exception)
    {
        if (!(stop.IsCancellationRequested && Engine.IsStop(exception)))
        {
            strays.Enqueue(exception);
        }
    }

    /// <summary>A line from whoever sits before the notebook.</summary>
    public string? ReadLine() => input();

    /// <summary>A name for a displayed value that no other cell of this engine has.</summary>
    public string NextId() => ids.Next();

    /// <exception cref="OperationCanceledException">The cell is to stop.</exception>
    public void ThrowIfStopped()
    {
        if (stop.IsCancellationRequested && !IsListening)
        {
            hasNoticed = true;
            throw new OperationCanceledException(stop);
        }
    }

    /// <summary>Passes an output on.</summary>
    public void Emit(Output output)
    {
        lock (gate)
        {
            sink(output);
        }
    }

    /// <summary>Passes printed text on, up to the limit; once that is passed, a sentence says so and the rest is dropped.</summary>
    public void Print(string name, ReadOnlySpan<char> text)
    {
        // Also the place where a cell that prints inside of a library, where no check was put, finds out.
        ThrowIfStopped();
        lock (gate)
        {
            if (text.IsEmpty || printed > limit)
            {
                return;
            }

            var room = Math.Min(limit - printed, text.Length);
            if (room > 0)
            {
                sink(new Output.Text(name, text[..room].ToString()));
            }

            printed += room;
            if (room < text.Length)
            {
                printed = limit + 1;
                sink(new Output.Text("stderr", $"\n… this cell prints more than {limit.ToString("N0", CultureInfo.InvariantCulture)} characters; the rest is left out.\n"));
            }
        }
    }

    private sealed class Last
    {
        public volatile Execution? Cell;
    }
}

/// <summary>Names for displayed values, in the order in which an engine shows them: a later cell can tell which of an earlier one's it means.</summary>
internal sealed class DisplayIds
{
    private int given;

    /// <summary>1, 2, …: numbers, so that the events of a run are the same every time.</summary>
    public string Next() => Interlocked.Increment(ref given).ToString(CultureInfo.InvariantCulture);
}
