using System.IO.Compression;

namespace Parquet;

/// <summary>How the pages of a file are compressed; the numbers are those of the Parquet format.</summary>
public enum CompressionMethod
{
    None = 0,
    Snappy = 1,
    Gzip = 2,
    Lzo = 3,
    Brotli = 4,
    LZ4 = 5,
    Zstd = 6,
    Lz4Raw = 7,
}

/// <summary>What a caller may choose; nothing here changes the values, only their layout and how names and types are matched.</summary>
public class ParquetOptions
{
    /// <summary>Rows per row group when <see cref="RowGroupSize"/> is not set.</summary>
    public const int DefaultRowGroupSize = 1_000_000;

    /// <summary>None, Gzip and Snappy can be written; Zstd can be read where the system has libzstd.</summary>
    public CompressionMethod CompressionMethod { get; set; } = CompressionMethod.Snappy;

    /// <summary>How hard Gzip tries; the other methods have no levels here.</summary>
    public CompressionLevel CompressionLevel { get; set; } = CompressionLevel.Optimal;

    /// <summary>Rows per row group, at least 1.</summary>
    public int? RowGroupSize { get; set; }

    /// <summary>Reading: a column belongs to the property whose name differs only in case.</summary>
    public bool PropertyNameCaseInsensitive { get; set; }

    /// <summary>Reading: bytes that no annotation calls text may fill a string property.</summary>
    public bool TreatByteArrayAsString { get; set; }
}
