using System.Collections.Immutable;

namespace Distillation;

/// <summary>Opcodes of Python's pickle: as constants those that the machine knows, by name also those that it refuses.</summary>
internal static class Opcode
{
    public const byte Mark = (byte)'(', Stop = (byte)'.', None = (byte)'N', Proto = 0x80;
    public const byte BinInt = (byte)'J', BinInt1 = (byte)'K', BinInt2 = (byte)'M', Long1 = 0x8a, BinFloat = (byte)'G', NewTrue = 0x88, NewFalse = 0x89;
    public const byte BinUnicode = (byte)'X', BinString = (byte)'T', ShortBinString = (byte)'U';
    public const byte EmptyTuple = (byte)')', Tuple1 = 0x85, Tuple2 = 0x86, Tuple3 = 0x87, Tuple = (byte)'t';
    public const byte EmptyList = (byte)']', Append = (byte)'a', Appends = (byte)'e', EmptyDict = (byte)'}', SetItem = (byte)'s', SetItems = (byte)'u';
    public const byte BinPut = (byte)'q', LongBinPut = (byte)'r', BinGet = (byte)'h', LongBinGet = (byte)'j';
    public const byte Global = (byte)'c', Reduce = (byte)'R', Build = (byte)'b', BinPersId = (byte)'Q';

    private static readonly ImmutableDictionary<byte, string> refused = new Dictionary<byte, string>
    {
        [(byte)'0'] = "POP",
        [(byte)'1'] = "POP_MARK",
        [(byte)'2'] = "DUP",
        [(byte)'F'] = "FLOAT",
        [(byte)'I'] = "INT",
        [(byte)'L'] = "LONG",
        [(byte)'S'] = "STRING",
        [(byte)'V'] = "UNICODE",
        [(byte)'P'] = "PERSID",
        [(byte)'B'] = "BINBYTES",
        [(byte)'C'] = "SHORT_BINBYTES",
        [(byte)'d'] = "DICT",
        [(byte)'l'] = "LIST",
        [(byte)'g'] = "GET",
        [(byte)'p'] = "PUT",
        [(byte)'i'] = "INST",
        [(byte)'o'] = "OBJ",
        [0x81] = "NEWOBJ",
        [0x82] = "EXT1",
        [0x83] = "EXT2",
        [0x84] = "EXT4",
        [0x8b] = "LONG4",
        [0x8c] = "SHORT_BINUNICODE",
        [0x8d] = "BINUNICODE8",
        [0x8e] = "BINBYTES8",
        [0x8f] = "EMPTY_SET",
        [0x90] = "ADDITEMS",
        [0x91] = "FROZENSET",
        [0x92] = "NEWOBJ_EX",
        [0x93] = "STACK_GLOBAL",
        [0x94] = "MEMOIZE",
        [0x95] = "FRAME",
        [0x96] = "BYTEARRAY8",
        [0x97] = "NEXT_BUFFER",
        [0x98] = "READONLY_BUFFER",
    }.ToImmutableDictionary();

    /// <summary>The name of an opcode that Python knows and the machine does not; null for a byte that is no opcode.</summary>
    public static string? NameOf(byte code) => refused.GetValueOrDefault(code);
}
