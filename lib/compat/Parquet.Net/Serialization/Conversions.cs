using System.Text;
using Parquet.Format;

namespace Parquet.Serialization;

/// <summary>From what a file stores to what a property holds; only conversions that lose nothing.</summary>
internal static class Conversions
{
    /// <summary>Turns the array of a <see cref="Page"/> into an array of <paramref name="target"/>; null where the types do not fit.</summary>
    public static Func<Array, Array>? Find(Leaf stored, Type target, ParquetOptions options) => (stored.Kind, Type.GetTypeCode(target)) switch
    {
        (Kind.Bool, TypeCode.Boolean) or (Kind.Int32, TypeCode.Int32) or (Kind.Int64, TypeCode.Int64)
            or (Kind.Float, TypeCode.Single) or (Kind.Double, TypeCode.Double) => same => same,
        (Kind.Int32, TypeCode.Int64) => Map<int, long>(n => n),
        (Kind.UInt32, TypeCode.Int64) => Map<int, long>(n => unchecked((uint)n)),
        (Kind.UInt64, TypeCode.Int64) => Map<long, long>(n => n >= 0 ? n : throw new ParquetException("a value is larger than a long can hold")),
        (Kind.Int32, TypeCode.Double) => Map<int, double>(n => n),
        (Kind.Float, TypeCode.Double) => Map<float, double>(x => x),
        (Kind.Bytes or Kind.Text, TypeCode.Object) when target == typeof(byte[]) => same => same,
        (Kind.Text, TypeCode.String) => Map<byte[], string>(Encoding.UTF8.GetString),
        (Kind.Bytes, TypeCode.String) when options.TreatByteArrayAsString => Map<byte[], string>(Encoding.UTF8.GetString),
        (Kind.Int96, TypeCode.DateTime) => Map<long, DateTime>(ticks => new DateTime(ticks)),
        (Kind.Nanos, TypeCode.DateTime) => Map<long, DateTime>(n => Since1970(n / 100, 1)),
        (Kind.Micros, TypeCode.DateTime) => Map<long, DateTime>(n => Since1970(n, TimeSpan.TicksPerMicrosecond)),
        (Kind.Millis, TypeCode.DateTime) => Map<long, DateTime>(n => Since1970(n, TimeSpan.TicksPerMillisecond)),
        (Kind.Date, TypeCode.DateTime) => Map<int, DateTime>(n => Since1970(n, TimeSpan.TicksPerDay)),
        _ => null,
    };

    private static Func<Array, Array> Map<A, B>(Converter<A, B> convert) => values => Array.ConvertAll((A[])values, convert);

    private static DateTime Since1970(long count, long ticks) => new(checked(DateTime.UnixEpoch.Ticks + count * ticks));
}
