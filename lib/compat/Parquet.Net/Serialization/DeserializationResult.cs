using Parquet.Schema;

namespace Parquet.Serialization;

/// <summary>What a file holds: its schema, its rows in order, and the texts that were stored with it.</summary>
public record DeserializationResult<T>(ParquetSchema Schema, IList<T> Data, IReadOnlyDictionary<string, string> CustomMetadata)
    where T : class, new();
