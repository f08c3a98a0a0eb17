using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>
/// One argument of an operator on its way to libtorch. The object keeps its tensor, array or string alive until the call returns.
/// </summary>
internal readonly struct Arg
{
    internal readonly object? Object;
    internal readonly long Bits;
    internal readonly Tag Tag;

    private Arg(Tag tag, long bits, object? o = null) => (Tag, Bits, Object) = (tag, bits, o);

    /// <summary>Whatever the operator's schema says.</summary>
    internal static Arg Default => default;
    internal static Arg Null => new(Tag.None, 0);

    private static Arg Of(Tag tag, object? o) => o is null ? Null : new(tag, 0, o);

    public static implicit operator Arg(Tensor? t) => t is null ? Null : new(Tag.Tensor, t.Handle, t);
    public static implicit operator Arg(long v) => new(Tag.Int, v);
    public static implicit operator Arg(double v) => new(Tag.Double, BitConverter.DoubleToInt64Bits(v));
    public static implicit operator Arg(bool v) => new(Tag.Bool, v ? 1 : 0);
    public static implicit operator Arg(ScalarType v) => (long)v;
    public static implicit operator Arg(long? v) => v is { } x ? x : Null;
    public static implicit operator Arg(double? v) => v is { } x ? x : Null;
    public static implicit operator Arg(bool? v) => v is { } x ? x : Null;
    public static implicit operator Arg(ScalarType? v) => v is { } x ? x : Null;
    public static implicit operator Arg(Scalar? v) => v is null ? Null : new(v.Tag, v.Bits);
    public static implicit operator Arg(Device? v) => v is null ? Null : new(Tag.Device, v.Packed);
    public static implicit operator Arg(Generator? v) => v is null ? Null : new(Tag.Generator, v.Handle, v);
    public static implicit operator Arg(string? v) => Of(Tag.String, v);
    public static implicit operator Arg(long[]? v) => Of(Tag.Ints, v);
    public static implicit operator Arg(double[]? v) => Of(Tag.Doubles, v);
    public static implicit operator Arg(Tensor?[]? v) => Of(Tag.Tensors, v);
}

/// <summary>Calls an operator of libtorch by the name and overload of its schema, as in "add.Tensor"; arguments left out take the schema's defaults.</summary>
internal static unsafe class Op
{
    private const int Most = 20, Scratch = 48;

    private struct Entry
    {
        internal string? Name;
        internal nint Handle;
    }

    private static readonly Lock Gate = new();
    private static Entry[] table = new Entry[1024];

    internal static Tensor Call(string op, params ReadOnlySpan<Arg> args)
    {
        Value result;
        Run(op, args, &result, 1);
        return Tensor.Own(result.Pointer);
    }

    /// <summary>Runs an operator that writes into its first argument, and gives that back.</summary>
    internal static Tensor Into(Tensor target, string op, params ReadOnlySpan<Arg> args)
    {
        Run(op, args, null, 0);
        return target;
    }

    internal static (Tensor, Tensor) Pair(string op, params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc Value[2];
        Run(op, args, results, 2);
        return (Tensor.Own(results[0].Pointer), Tensor.Own(results[1].Pointer));
    }

    internal static (Tensor, Tensor, Tensor) Triple(string op, params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc Value[3];
        Run(op, args, results, 3);
        return (Tensor.Own(results[0].Pointer), Tensor.Own(results[1].Pointer), Tensor.Own(results[2].Pointer));
    }

    internal static Tensor[] Many(string op, params ReadOnlySpan<Arg> args)
    {
        Value result;
        Run(op, args, &result, 1);
        var tensors = new Tensor[result.Count];
        for (var i = 0; i < tensors.Length; i++) tensors[i] = Tensor.Own(((nint*)result.Pointer)[i]);
        return tensors;
    }

    /// <summary>For operators that return a number: its bits, and whether they are an integer, a float or a bool.</summary>
    internal static Value Number(string op, params ReadOnlySpan<Arg> args)
    {
        Value result;
        Run(op, args, &result, 1);
        return result;
    }

    [SkipLocalsInit]
    private static void Run(string op, ReadOnlySpan<Arg> args, Value* results, int room)
    {
        var values = stackalloc Value[Most];
        var scratch = stackalloc long[Scratch];
        var used = 0;
        for (var i = 0; i < args.Length; i++)
        {
            ref readonly var arg = ref args[i];
            var value = values + i;
            value->Bits = arg.Bits;
            value->Tag = arg.Tag;
            if (arg.Tag is >= Tag.String and <= Tag.Tensors) value->Pointer = Spread(arg, scratch, ref used, out value->Count);
        }
        var count = Native.shim_call(Find(op), values, args.Length, results, room);
        // The loop keeps the last use of every argument behind the call: a finalizer must not free a tensor that libtorch still reads.
        for (var i = 0; i < args.Length; i++) GC.KeepAlive(args[i].Object);
        Native.Check(count);
    }

    // Lists become flat memory: on the caller's stack when they are short, else in an array that does not move.
    private static nint Spread(in Arg arg, long* scratch, ref int used, out int count)
    {
        var items = arg.Object switch { string s => (s.Length * 3 + 7) / 8, Array a => a.Length, _ => 0 };
        var room = items <= Scratch - used ? scratch + used : Pinned(items);
        if (room == scratch + used) used += items;
        count = items;
        switch (arg.Object)
        {
            case long[] longs: longs.CopyTo(new Span<long>(room, items)); break;
            case double[] doubles: doubles.CopyTo(new Span<double>(room, items)); break;
            case Tensor?[] tensors: for (var i = 0; i < items; i++) room[i] = tensors[i] is { } t ? t.Handle : 0; break;
            case string text: count = Encoding.UTF8.GetBytes(text, new Span<byte>(room, items * 8)); break;
        }
        return (nint)room;
    }

    [ThreadStatic] private static List<long[]>? pinned;

    private static long* Pinned(int items)
    {
        pinned ??= [];
        if (pinned.Count > 8) pinned.Clear();   // no operator takes more than a few lists, so the oldest are long done
        var array = GC.AllocateUninitializedArray<long>(items, pinned: true);
        pinned.Add(array);
        return (long*)Unsafe.AsPointer(ref array[0]);
    }

    // Names are literals, so a call site finds its operator by reference: a hash of the object and, nearly always, one comparison.
    private static nint Find(string name)
    {
        var entries = table;
        for (var i = RuntimeHelpers.GetHashCode(name); ; i++)
        {
            ref var entry = ref entries[i & (entries.Length - 1)];
            if (ReferenceEquals(entry.Name, name)) return entry.Handle;
            if (entry.Name is null) return Add(name);
        }
    }

    private static nint Add(string name)
    {
        lock (Gate)
        {
            var parts = name.Split('.', 2);
            nint handle;
            fixed (byte* op = Encoding.UTF8.GetBytes($"aten::{parts[0]}\0"), overload = Encoding.UTF8.GetBytes($"{parts.ElementAtOrDefault(1)}\0"))
                Native.Check(Native.shim_find(op, overload, &handle));
            var known = table.Where(e => e.Name is not null).Append(new Entry { Name = name, Handle = handle }).ToArray();
            var next = new Entry[BitOperations.RoundUpToPowerOf2((uint)Math.Max(table.Length, known.Length * 4))];
            foreach (var entry in known)
            {
                var i = RuntimeHelpers.GetHashCode(entry.Name!);
                while (next[i & (next.Length - 1)].Name is not null) i++;
                next[i & (next.Length - 1)] = entry;
            }
            Volatile.Write(ref table, next);
            return handle;
        }
    }
}
