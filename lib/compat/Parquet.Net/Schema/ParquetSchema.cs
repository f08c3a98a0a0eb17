using Parquet.Format;

namespace Parquet.Schema;

/// <summary>The columns of a file, in order: names, types and which may be null. Two schemas are equal when all of these are.</summary>
public class ParquetSchema : IEquatable<ParquetSchema>
{
    private readonly string text;

    internal ParquetSchema(IEnumerable<Leaf> columns) => text = string.Join(", ", columns);

    public bool Equals(ParquetSchema? other) => other is not null && text == other.text;

    public override bool Equals(object? obj) => Equals(obj as ParquetSchema);

    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);

    /// <summary>For a person: <c>Id: Int64, Name: Text?</c>.</summary>
    public override string ToString() => text;
}
