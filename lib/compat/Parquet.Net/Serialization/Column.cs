using System.Reflection;
using System.Text.Json.Serialization;
using Parquet.Format;
using Parquet.Serialization.Attributes;

namespace Parquet.Serialization;

/// <summary>A property of <typeparamref name="T"/> as a column: rows to pages and back.</summary>
internal interface IColumn<T>
{
    Leaf Leaf { get; }

    bool CanRead { get; }

    bool CanWrite { get; }

    (byte[] Bytes, int Uncompressed) WritePage(T[] rows, ParquetOptions options);

    /// <summary>How pages of the file's column <paramref name="stored"/> fill the rows from an index on; a type that does not fit is refused here.</summary>
    Action<T[], int, Page> Filler(Leaf stored, ParquetOptions options);
}

internal delegate bool TryGet<T, V>(T row, out V value);

/// <summary><paramref name="Clear"/> is null where the property cannot be null, <paramref name="Set"/> where it cannot be set.</summary>
internal sealed record Column<T, V>(Leaf Leaf, string Property, TryGet<T, V>? TryGet, Action<T, V>? Set, Action<T>? Clear) : IColumn<T>
{
    public bool CanRead => Set is not null;

    public bool CanWrite => TryGet is not null;

    public (byte[] Bytes, int Uncompressed) WritePage(T[] rows, ParquetOptions options)
    {
        var values = new List<V>(rows.Length);
        var present = new bool[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            if (present[i] = TryGet!(rows[i], out var value))
                values.Add(value);
            else if (!Leaf.Optional)
                throw new ParquetException($"{Property} is marked as required but null in a row; set it or take [ParquetRequired] away.");
        }
        return Page.Write(values.ToArray(), Leaf.Optional ? present : null, rows.Length, Leaf, options.CompressionMethod, options.CompressionLevel);
    }

    public Action<T[], int, Page> Filler(Leaf stored, ParquetOptions options)
    {
        var convert = Conversions.Find(stored, typeof(V), options)
            ?? throw new ParquetException(
                $"it holds {(stored.Kind == Kind.Nested ? "groups or lists" : stored.Kind == Kind.Other ? $"annotated {stored.Type} values" : $"{stored.Kind} values")}, "
                + $"which do not fit {Property} ({typeof(V).Name}); "
                + (stored.Kind == Kind.Bytes ? "set TreatByteArrayAsString if they are text" : "change the property's type"));
        return (rows, start, page) =>
        {
            var values = (V[])convert(page.Values);
            for (int i = 0, next = 0; i < page.Count; i++)
            {
                if (page.Present?[i] ?? true)
                    Set!(rows[start + i], values[next++]);
                else if (Clear is not null)
                    Clear(rows[start + i]);
                else
                    throw new ParquetException($"row {start + i} of the row group is null, which {Property} cannot be; make it nullable");
            }
        };
    }
}

/// <summary>The columns of a record type: its public properties in order, or a sentence that says which of them no flat record can have.</summary>
internal static class Columns
{
    public static IReadOnlyList<IColumn<T>> Of<T>() => Cache<T>.Columns.Value;

    private static class Cache<T>
    {
        public static readonly Lazy<IReadOnlyList<IColumn<T>>> Columns = new(Find<T>);
    }

    private static IReadOnlyList<IColumn<T>> Find<T>()
    {
        var columns = typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(p => p.GetIndexParameters().Length == 0)
            .Where(p => !p.IsDefined(typeof(ParquetIgnoreAttribute)) && !p.IsDefined(typeof(JsonIgnoreAttribute)))
            .OrderBy(p => p.GetCustomAttribute<JsonPropertyOrderAttribute>()?.Order ?? 0)
            .Select(Make<T>)
            .ToArray();
        return columns.Length > 0 ? columns : throw new ParquetException($"{typeof(T).Name} has no public properties, so there is nothing to write or read.");
    }

    private static IColumn<T> Make<T>(PropertyInfo property) => TypeCodeOf(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) switch
    {
        TypeCode.Boolean => Value<T, bool>(property, Physical.Boolean),
        TypeCode.Int32 => Value<T, int>(property, Physical.Int32),
        TypeCode.Int64 => Value<T, long>(property, Physical.Int64),
        TypeCode.Single => Value<T, float>(property, Physical.Float),
        TypeCode.Double => Value<T, double>(property, Physical.Double),
        TypeCode.DateTime => Timestamp<T>(property, property.GetCustomAttribute<ParquetTimestampAttribute>()),
        TypeCode.String => Text<T>(property),
        TypeCode.Object when property.PropertyType == typeof(byte[]) => Bytes<T>(property),
        _ => throw Unsupported<T>(property),
    };

    // An enumeration has the code of the integer below it, but is none.
    private static TypeCode TypeCodeOf(Type type) => type.IsEnum ? TypeCode.Object : Type.GetTypeCode(type);

    private static ParquetException Unsupported<T>(PropertyInfo property) => new(
        $"{typeof(T).Name}.{property.Name} is a {property.PropertyType.Name}; a flat record holds bool, int, long, float, double, string, byte[], DateTime and their nullables: "
        + "change the type or mark the property with [ParquetIgnore].");

    private static IColumn<T> Timestamp<T>(PropertyInfo property, ParquetTimestampAttribute? timestamp)
    {
        if (timestamp is null)
            return Value<T, DateTime>(property, Physical.Int96);
        var micros = timestamp.Resolution == ParquetTimestampResolution.Microseconds;
        var logical = new Struct { [8] = new Struct { [1] = timestamp.IsAdjustedToUTC, [2] = new Struct { [(short)(micros ? 2 : 1)] = new Struct() } } };
        return Value<T, DateTime>(property, Physical.Int64, micros ? 10 : 9, timestamp.UseLogicalTimestamp ? logical : null);
    }

    private static IColumn<T> Text<T>(PropertyInfo property)
    {
        var (get, set) = (Getter<T, string?>(property), Setter<T, string?>(property));
        return new Column<T, string>(
            LeafOf(property, Physical.ByteArray, optional: true, converted: 0, new Struct { [1] = new Struct() }), NameOf<T>(property),
            get is null ? null : (row, out value) => (value = get(row)!) is not null,
            set, set is null ? null : row => set(row, null));
    }

    private static IColumn<T> Bytes<T>(PropertyInfo property)
    {
        var (get, set) = (Getter<T, byte[]?>(property), Setter<T, byte[]?>(property));
        return new Column<T, byte[]>(
            LeafOf(property, Physical.ByteArray, optional: true, converted: null, logical: null), NameOf<T>(property),
            get is null ? null : (row, out value) => (value = get(row)!) is not null,
            set, set is null ? null : row => set(row, null));
    }

    private static IColumn<T> Value<T, V>(PropertyInfo property, Physical type, int? converted = null, Struct? logical = null)
        where V : struct
    {
        if (property.PropertyType == typeof(V))
        {
            var plain = Getter<T, V>(property);
            return new Column<T, V>(
                LeafOf(property, type, optional: false, converted, logical), NameOf<T>(property),
                plain is null ? null : (row, out value) => { value = plain(row); return true; }, Setter<T, V>(property), Clear: null);
        }
        var (get, set) = (Getter<T, V?>(property), Setter<T, V?>(property));
        return new Column<T, V>(
            LeafOf(property, type, optional: true, converted, logical), NameOf<T>(property),
            get is null ? null : (row, out value) =>
            {
                var found = get(row);
                value = found.GetValueOrDefault();
                return found.HasValue;
            },
            set is null ? null : (row, value) => set(row, value), set is null ? null : row => set(row, null));
    }

    private static Leaf LeafOf(PropertyInfo property, Physical type, bool optional, int? converted, Struct? logical) => new(
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? property.Name, type,
        optional && !property.IsDefined(typeof(ParquetRequiredAttribute)), converted, logical);

    private static string NameOf<T>(PropertyInfo property) => $"{typeof(T).Name}.{property.Name}";

    private static Func<T, P>? Getter<T, P>(PropertyInfo property) => property.GetMethod is not { } get ? null
        : typeof(T).IsValueType ? row => (P)property.GetValue(row)! : get.CreateDelegate<Func<T, P>>();

    // A record struct is written but never read into (DeserializeAsync asks for a class).
    private static Action<T, P>? Setter<T, P>(PropertyInfo property) =>
        property.SetMethod is not { } set || typeof(T).IsValueType ? null : set.CreateDelegate<Action<T, P>>();
}
