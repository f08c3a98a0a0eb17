using System.Globalization;

namespace Distillation.Notebooks;

/// <summary>One cell while it runs: where what it gives goes, and whether it is to stop. It follows the cell's code into its tasks and threads.</summary>
/// <param name="sink">Takes every output, one at a time.</param>
/// <param name="limit">How many characters of printed text are kept.</param>
/// <param name="input">Where a line comes from when the cell reads the console; null at its end.</param>
/// <param name="stop">Ends the cell.</param>
internal sealed class Execution(Action<Output> sink, int limit, Func<string?> input, CancellationToken stop)
{
    private static readonly AsyncLocal<Execution?> current = new();

    private readonly Lock gate = new();
    private int printed;
    private int shown;
    private volatile bool hasNoticed;

    /// <summary>Whether the cell's own code has met the request to stop, and is on its way out.</summary>
    public bool HasNoticed => hasNoticed;

    /// <summary>That of the code which asks; null outside cells.</summary>
    public static Execution? Current => current.Value;

    /// <summary>Makes everything that this thread does from here on part of the cell.</summary>
    public void Begin() => current.Value = this;

    /// <summary>A line from whoever sits before the notebook.</summary>
    public string? ReadLine() => input();

    /// <summary>A name for a displayed value: 1, 2, …</summary>
    public string NextId() => Interlocked.Increment(ref shown).ToString(CultureInfo.InvariantCulture);

    /// <exception cref="OperationCanceledException">The cell is to stop.</exception>
    public void ThrowIfStopped()
    {
        if (stop.IsCancellationRequested)
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
}
