using System.Text;

namespace Distillation.Notebooks;

/// <summary>
/// The console belongs to the process, cells run one beside the other: what is written goes to the cell whose code writes it, and to the real
/// console where no cell does.
/// </summary>
internal static class ConsoleRouting
{
    private static readonly Places places = new();

    /// <summary>Puts the routing into place, before every cell: whoever sets the console's encoding, as some libraries do, takes the reader away.</summary>
    public static void Install() => places.Take();

    private sealed class Places
    {
        private readonly Lock gate = new();
        private TextReader? reader;

        public void Take()
        {
            lock (gate)
            {
                if (reader is null)
                {
                    Console.SetOut(new Writer("stdout", Console.Out));
                    Console.SetError(new Writer("stderr", Console.Error));
                }

                if (reader is null || !ReferenceEquals(Console.In, reader))
                {
                    Console.SetIn(new Reader(Console.In));
                    reader = Console.In;
                }
            }
        }
    }

    private sealed class Writer(string name, TextWriter real) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Write([value]);

        public override void Write(string? value) => Write(value.AsSpan());

        public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

        public override void Write(ReadOnlySpan<char> buffer)
        {
            if (Execution.Current is { } cell)
            {
                cell.Print(name, buffer);
            }
            else
            {
                real.Write(buffer);
            }
        }

        // In one piece, so that lines of two threads do not mix.
        public override void WriteLine(string? value) => Write(value + "\n");

        public override void WriteLine() => Write('\n');

        public override void Flush()
        {
            if (Execution.Current is null)
            {
                real.Flush();
            }
        }
    }

    private sealed class Reader(TextReader real) : TextReader
    {
        public override string? ReadLine() => Execution.Current is { } cell ? cell.ReadLine() : real.ReadLine();

        public override int Read() => Execution.Current is null ? real.Read() : -1;

        public override int Peek() => Execution.Current is null ? real.Peek() : -1;
    }
}
