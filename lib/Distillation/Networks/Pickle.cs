using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Distillation;

/// <summary>
/// A machine for pickles of protocol 2 that executes nothing: strings, numbers, tuples, lists, dicts, and the few names of <see cref="PickleGlobals"/>. Any other opcode or
/// global is refused by its name. It allocates in proportion to the bytes it reads.
/// </summary>
internal sealed class Pickle
{
    private readonly ByteReader input;
    private readonly string path;
    private readonly Func<PickleTuple, object> persistent;
    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = new();
    private readonly Dictionary<uint, object?> memo = [];

    private Pickle(ByteReader input, string path, Func<PickleTuple, object> persistent) => (this.input, this.path, this.persistent) = (input, path, persistent);

    /// <summary>The value of the next pickle of a stream.</summary>
    /// <param name="input">Left behind the pickle.</param>
    /// <param name="path">The file, for sentences.</param>
    /// <param name="persistent">What a persistent id stands for.</param>
    /// <exception cref="BadInput">It needs more than a state_dict does.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static object? Load(ByteReader input, string path, Func<PickleTuple, object> persistent)
    {
        var machine = new Pickle(input, path, persistent);
        while (true)
        {
            var at = input.Position;
            var code = input.Byte();
            if (code == Opcode.Stop)
            {
                return machine.Pop();
            }

            machine.Do(code, at);
        }
    }

    /// <summary>For pickles in which nothing is kept outside.</summary>
    public static object NothingOutside(PickleTuple id) => throw new InvalidDataException();

    private void Do(byte code, long at)
    {
        switch (code)
        {
            case Opcode.Proto:
                var protocol = input.Byte();
                if (protocol != 2)
                {
                    throw Refused($"the pickle protocol {protocol} instead of 2");
                }

                break;
            case Opcode.None: stack.Add(null); break;
            case Opcode.NewTrue: stack.Add(true); break;
            case Opcode.NewFalse: stack.Add(false); break;
            case Opcode.BinInt: stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(input.Take(4))); break;
            case Opcode.BinInt1: stack.Add((long)input.Byte()); break;
            case Opcode.BinInt2: stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(input.Take(2))); break;
            case Opcode.Long1: stack.Add(Whole(input.Take(input.Byte()))); break;
            case Opcode.BinFloat: stack.Add(BinaryPrimitives.ReadDoubleBigEndian(input.Take(8))); break;
            case Opcode.BinUnicode: stack.Add(Encoding.UTF8.GetString(input.Take(input.Length()))); break;
            // Strings of Python 2.
            case Opcode.BinString: stack.Add(Encoding.Latin1.GetString(input.Take(input.Length()))); break;
            case Opcode.ShortBinString: stack.Add(Encoding.Latin1.GetString(input.Take(input.Byte()))); break;
            case Opcode.Mark: marks.Push(stack.Count); break;
            case Opcode.EmptyTuple: stack.Add(new PickleTuple([])); break;
            case Opcode.Tuple1: stack.Add(new PickleTuple([Pop()])); break;
            case Opcode.Tuple2: stack.Add(Pop() is var second ? new PickleTuple([Pop(), second]) : null); break;
            case Opcode.Tuple3: stack.Add((Pop(), Pop()) is var (third, middle) ? new PickleTuple([Pop(), middle, third]) : null); break;
            case Opcode.Tuple: stack.Add(new PickleTuple([.. PopMarked()])); break;
            case Opcode.EmptyList: stack.Add(new PickleList([])); break;
            case Opcode.Append: Extend([Pop()]); break;
            case Opcode.Appends: Extend(PopMarked()); break;
            case Opcode.EmptyDict: stack.Add(new PickleDict([])); break;
            case Opcode.SetItem: Set(Pop() is var value ? [Pop(), value] : []); break;
            case Opcode.SetItems: Set(PopMarked()); break;
            case Opcode.BinPut: memo[input.Byte()] = Top(); break;
            case Opcode.LongBinPut: memo[BinaryPrimitives.ReadUInt32LittleEndian(input.Take(4))] = Top(); break;
            case Opcode.BinGet: stack.Add(Remembered(input.Byte())); break;
            case Opcode.LongBinGet: stack.Add(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(input.Take(4)))); break;
            case Opcode.Global: stack.Add(Named(new Global(input.Line(), input.Line()))); break;
            case Opcode.Reduce: stack.Add(Pop() is PickleTuple arguments ? Called(Pop(), arguments) : throw new InvalidDataException()); break;
            case Opcode.Build: Build(Pop()); break;
            case Opcode.BinPersId: stack.Add(Pop() is PickleTuple id ? persistent(id) : throw new InvalidDataException()); break;
            default: throw Opcode.NameOf(code) is { } name ? Refused($"the pickle opcode {name} (byte {at})") : new InvalidDataException();
        }
    }

    // A state_dict carries its version numbers as an attribute (_metadata); nothing here reads them.
    private void Build(object? state)
    {
        if (Top() is not PickleDict)
        {
            throw Refused($"to set the attributes of {(Top() is { } owner ? $"a {owner.GetType().Name}" : "nothing")}");
        }

        if (state is not PickleDict)
        {
            throw new InvalidDataException();
        }
    }

    private Global Named(Global global) => PickleGlobals.Knows(global) ? global : throw Refused($"'{global}'");

    private object Called(object? function, PickleTuple arguments) =>
        PickleGlobals.Call(function, arguments)
        ?? throw (function is Global global ? Refused($"to call '{global}' in a way that no state_dict does") : new InvalidDataException());

    private void Set(IReadOnlyList<object?> items)
    {
        if (Top() is not PickleDict dict || items.Count % 2 != 0)
        {
            throw new InvalidDataException();
        }

        for (var i = 0; i < items.Count; i += 2)
        {
            dict.Items.Add((items[i], items[i + 1]));
        }
    }

    private void Extend(IReadOnlyList<object?> items)
    {
        if (Top() is not PickleList list)
        {
            throw new InvalidDataException();
        }

        list.Items.AddRange(items);
    }

    private object? Remembered(uint index) => memo.TryGetValue(index, out var value) ? value : throw new InvalidDataException();

    private object? Top() => stack.Count > 0 ? stack[^1] : throw new InvalidDataException();

    private object? Pop()
    {
        var top = Top();
        stack.RemoveAt(stack.Count - 1);
        return top;
    }

    private List<object?> PopMarked()
    {
        var mark = marks.TryPop(out var last) && last <= stack.Count ? last : throw new InvalidDataException();
        var items = stack[mark..];
        stack.RemoveRange(mark, items.Count);
        return items;
    }

    // Little-endian two's complement. What no long holds is no size of anything.
    private static object Whole(ReadOnlySpan<byte> bytes) => new BigInteger(bytes) is var number && number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number;

    private BadInput Refused(string what) => new(
        $"{path} needs {what}, which no state_dict does; nothing of it was executed. Save the network's state_dict() instead: torch.save(model.state_dict(), 'weights.pth').");
}

/// <summary>Bytes in order, from a stream whose length is known: nothing is taken that is not there.</summary>
internal sealed class ByteReader(Stream stream)
{
    private const int LongestLine = 1000;
    private readonly long length = stream.Length;

    /// <summary>Bytes taken so far.</summary>
    public long Position { get; private set; } = stream.Position;

    /// <summary>The next byte.</summary>
    public byte Byte()
    {
        var next = stream.ReadByte();
        Position++;
        return next >= 0 ? (byte)next : throw new EndOfStreamException();
    }

    /// <summary>The next bytes.</summary>
    /// <exception cref="EndOfStreamException">There are fewer; nothing has been allocated.</exception>
    public byte[] Take(long count)
    {
        if (count < 0 || count > length - Position || count > Array.MaxLength)
        {
            throw new EndOfStreamException();
        }

        var bytes = new byte[count];
        stream.ReadExactly(bytes);
        Position += count;
        return bytes;
    }

    /// <summary>Four bytes that say how many follow.</summary>
    public long Length() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>Text up to the end of a line, without it.</summary>
    public string Line()
    {
        var bytes = new List<byte>();
        for (var next = Byte(); next != '\n'; next = Byte())
        {
            bytes.Add(bytes.Count < LongestLine ? next : throw new InvalidDataException());
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>Goes on behind the next bytes.</summary>
    /// <exception cref="EndOfStreamException">There are fewer.</exception>
    public void Skip(long count)
    {
        if (count < 0 || count > length - Position)
        {
            throw new EndOfStreamException();
        }

        Position = stream.Position = Position + count;
    }
}
