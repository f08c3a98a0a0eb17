using System.Text;

namespace Distillation.Notebooks.Jupyter;

/// <summary>
/// Gathers what a cell prints into few messages: a client gets text after at most a twentieth of a second, and a cell that prints letter by letter
/// does not send a message for each.
/// </summary>
/// <param name="publish">Takes stdout or stderr, and the text.</param>
internal sealed class PrintedText(Action<string, string> publish)
{
    private const int Enough = 32 * 1024;
    private static readonly TimeSpan delay = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private readonly StringBuilder waiting = new();
    private string stream = "stdout";
    private bool isDue;

    /// <summary>Adds text.</summary>
    public void Add(string name, string text)
    {
        lock (gate)
        {
            if (name != stream)
            {
                Flush();
                stream = name;
            }

            waiting.Append(text);
            if (waiting.Length >= Enough)
            {
                Flush();
            }
            else if (!isDue)
            {
                isDue = true;
                _ = Task.Delay(delay).ContinueWith(_ => Flush(), TaskScheduler.Default);
            }
        }
    }

    /// <summary>Publishes what waits: before anything else is shown, and at the end.</summary>
    public void Flush()
    {
        lock (gate)
        {
            isDue = false;
            if (waiting.Length > 0)
            {
                publish(stream, waiting.ToString());
                waiting.Clear();
            }
        }
    }
}
