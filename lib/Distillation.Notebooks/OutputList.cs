using System.Text;

namespace Distillation.Notebooks;

/// <summary>Gathers what a cell gives until it has ended; what a task that it left behind still prints falls away.</summary>
internal sealed class OutputList
{
    private readonly List<Output> finished = [];
    private readonly StringBuilder words = new();
    private string stream = "stdout";
    private bool isClosed;

    /// <summary>Takes an output. Text of one stream is joined as it comes: a cell may print it letter by letter.</summary>
    public void Add(Output output)
    {
        lock (finished)
        {
            if (isClosed)
            {
                return;
            }

            if (output is Output.Text(var name, var text))
            {
                Flush(name != stream);
                stream = name;
                words.Append(text);
            }
            else
            {
                Flush(true);
                finished.Add(output);
            }
        }
    }

    /// <summary>What has come, in order. Nothing is taken after that.</summary>
    public IReadOnlyList<Output> Close()
    {
        lock (finished)
        {
            Flush(true);
            isClosed = true;
            return [.. finished];
        }
    }

    private void Flush(bool isDone)
    {
        if (isDone && words.Length > 0)
        {
            finished.Add(new Output.Text(stream, words.ToString()));
            words.Clear();
        }
    }
}
