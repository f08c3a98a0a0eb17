namespace Parquet.Format;

/// <summary>The eight ways in which Parquet stores a value; the numbers are the format's.</summary>
internal enum Physical { Boolean, Int32, Int64, Int96, Float, Double, ByteArray, FixedLenByteArray }

/// <summary>What the values of a column mean, as far as a flat record can hold them.</summary>
internal enum Kind { Bool, Int32, UInt32, Int64, UInt64, Float, Double, Text, Bytes, Date, Millis, Micros, Nanos, Int96, Nested, Other }

/// <summary>
/// One column at the root of a schema. <see cref="Type"/> is null for a group or a list, which a flat record cannot hold.
/// Annotations come in two generations, the converted type (a number) and the logical type (a union whose field number says which).
/// </summary>
internal sealed record Leaf(string Name, Physical? Type, bool Optional, int? Converted = null, Struct? Logical = null)
{
    private const int Repeated = 2;

    public Kind Kind { get; } = KindOf(Type, Converted, Logical);

    private static Kind KindOf(Physical? type, int? converted, Struct? logical) => (
        type, logical?.Fields.Select(f => (short?)f.Key).FirstOrDefault(), converted) switch
    {
        (null, _, _) => Kind.Nested,
        (Physical.Boolean, _, _) => Kind.Bool,
        (Physical.Float, _, _) => Kind.Float,
        (Physical.Double, _, _) => Kind.Double,
        (Physical.Int96, _, _) => Kind.Int96,
        (Physical.Int32, 6, _) or (Physical.Int32, null, 6) => Kind.Date,
        (Physical.Int32, null, 13) => Kind.UInt32,
        (Physical.Int32, null, null or 11 or 12 or 15 or 16 or 17) => Kind.Int32,
        (Physical.Int32, 10, _) => IsUnsigned(logical!, 32) ? Kind.UInt32 : Kind.Int32,
        (Physical.Int64, 8, _) => UnitOf(logical!),
        (Physical.Int64, null, 9) => Kind.Millis,
        (Physical.Int64, null, 10) => Kind.Micros,
        (Physical.Int64, null, 14) => Kind.UInt64,
        (Physical.Int64, null, null or 18) => Kind.Int64,
        (Physical.Int64, 10, _) => IsUnsigned(logical!, 64) ? Kind.UInt64 : Kind.Int64,
        (Physical.ByteArray, 1 or 4 or 12, _) or (Physical.ByteArray, null, 0 or 4 or 19) => Kind.Text,
        (Physical.ByteArray, null, null) => Kind.Bytes,
        _ => Kind.Other,
    };

    private static Kind UnitOf(Struct logical) => logical.Child(8)?.Child(2)?.Fields.Select(f => (int)f.Key).FirstOrDefault() switch
    {
        1 => Kind.Millis,
        2 => Kind.Micros,
        3 => Kind.Nanos,
        _ => Kind.Other,
    };

    private static bool IsUnsigned(Struct logical, int bits) => logical.Child(10) is { } integer && integer.Bool(2) == false && integer.Int(1) == bits;

    public Struct ToThrift() => new()
    {
        [1] = (int?)Type, [3] = Optional ? 1 : 0, [4] = Name, [6] = Converted, [10] = Logical,
    };

    /// <summary>The columns at the root of a schema, which the file stores as a tree laid out depth first.</summary>
    public static IReadOnlyList<Leaf> FromThrift(Struct[] elements)
    {
        if (elements.Length == 0)
            throw new InvalidDataException("the schema is empty");
        var columns = new List<Leaf>();
        var at = 1;
        for (var left = elements[0].Int(5) ?? 0; left > 0; left--)
        {
            var element = elements[at];
            var flat = element.Int(5) is null or 0 && element.Int(3) != Repeated;
            columns.Add(new Leaf(
                element.Text(4) ?? "", flat ? (Physical?)element.Int(1) : null, element.Int(3) == 1, element.Int(6), element.Child(10)));
            at = After(elements, at);
        }
        return columns;
    }

    private static int After(Struct[] elements, int at)
    {
        // Counted instead of called again for each child: a damaged file may claim any depth.
        for (var open = 1L; open > 0; at++, open--)
            open += elements[at].Int(5) ?? 0;
        return at;
    }

    public override string ToString() => $"{Name}: {(Type is null ? "nested" : Kind == Kind.Other ? Type.ToString() : Kind.ToString())}{(Optional ? "?" : "")}";
}
