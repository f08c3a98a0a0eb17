using Parquet.Serialization;

namespace ParquetTests;

/// <summary>
/// Files that DuckDB 1.5.5, hyparquet-writer 0.17.0 and arrow-rs (parquet-wasm 0.8.0) wrote, read without any of them; peers/golden.mjs makes them.
/// </summary>
public sealed class GoldenTests
{
    public sealed record Counted
    {
        public int Row { get; init; }
    }

    public sealed record Widened
    {
        public long Row { get; init; }

        public long? Count { get; init; }

        public double? Ratio { get; init; }
    }

    public sealed record Others
    {
        public int Tiny { get; init; }

        public int Small { get; init; }

        public int UTiny { get; init; }

        public int USmall { get; init; }

        public long UInt { get; init; }

        public long UBig { get; init; }

        public DateTime Day { get; init; }

        public DateTime Millis { get; init; }

        public DateTime Nanos { get; init; }

        public DateTime Zoned { get; init; }
    }

    public sealed record Bytes
    {
        public string? Blob { get; init; }
    }

    [Theory]
    [InlineData("duckdb-v1-snappy")]
    [InlineData("duckdb-v1-gzip")]
    [InlineData("arrow-v1-snappy")]
    public async Task The_table_is_read_as_its_writer_meant_it(string file) =>
        Assert.Equal(Sample.Table(300), (await ParquetSerializer.DeserializeAsync<Sample>(Files.Golden(file))).Data);

    /// <summary>Parquet.Net 6.1.0 stops at booleans in runs, and at times in steps.</summary>
    [StandInTheory]
    [InlineData("duckdb-v2-zstd")]
    [InlineData("duckdb-v2-plain")]
    [InlineData("hyparquet-snappy")]
    [InlineData("hyparquet-gzip")]
    [InlineData("hyparquet-delta")]
    [InlineData("hyparquet-lengths")]
    [InlineData("arrow-v2-zstd")]
    [InlineData("arrow-v2-gzip")]
    public async Task A_table_in_newer_encodings_is_read_as_its_writer_meant_it(string file) =>
        Assert.Equal(Sample.Table(300), (await ParquetSerializer.DeserializeAsync<Sample>(Files.Golden(file))).Data);

    [StandInTheory]
    [InlineData("duckdb-v1-snappy")]
    [InlineData("hyparquet-delta")]
    public async Task Optional_and_required_columns_both_fill_plain_properties_and_wider_ones(string file)
    {
        Assert.Equal(Enumerable.Range(0, 300), (await ParquetSerializer.DeserializeAsync<Counted>(Files.Golden(file))).Data.Select(r => r.Row));
        Assert.Equal(
            Sample.Table(300).Select((s, i) => new Widened { Row = i, Count = s.Count, Ratio = s.Ratio }),
            (await ParquetSerializer.DeserializeAsync<Widened>(Files.Golden(file))).Data);
    }

    [StandInFact]
    public async Task What_a_peer_stored_beside_the_rows_is_found() =>
        Assert.Equal("a peer", (await ParquetSerializer.DeserializeAsync<Sample>(Files.Golden("hyparquet-snappy"))).CustomMetadata["made by"]);

    [StandInFact]
    public async Task Small_and_unsigned_integers_dates_and_every_unit_of_time_are_read() => Assert.Equal(
        Enumerable.Range(0, 10).Select(i => new Others
        {
            Tiny = i - 5, Small = i * 100, UTiny = i * 25, USmall = i * 6000, UInt = i * 400_000_000L, UBig = i * 4_000_000_000L,
            Day = new DateTime(2024, 2, 27).AddDays(i), Millis = new DateTime(1970, 1, 1).AddMilliseconds(i * 1001L),
            Nanos = new DateTime(1970, 1, 1).AddMicroseconds(i * 1001), Zoned = new DateTime(1970, 1, 1).AddMicroseconds(i * 1001),
        }),
        (await ParquetSerializer.DeserializeAsync<Others>(Files.Golden("duckdb-types"))).Data);

    [StandInFact]
    public async Task Bytes_are_text_only_when_the_caller_says_so()
    {
        var read = await ParquetSerializer.DeserializeAsync<Bytes>(Files.Golden("duckdb-types"), new() { TreatByteArrayAsString = true });
        Assert.Equal("bytes 9", read.Data[9].Blob);
        await Refused<Bytes>("duckdb-types", "column 'Blob': it holds Bytes values, which do not fit Bytes.Blob (String); set TreatByteArrayAsString if they are text.");
    }

    [Fact]
    public async Task Columns_that_are_not_flat_are_skipped() =>
        Assert.Equal(new int?[] { 0, 1, 2 }, (await ParquetSerializer.DeserializeAsync<Nested>(Files.Golden("duckdb-nested"))).Data.Take(3).Select(r => r.Row));

    public sealed record Nested
    {
        public int? Row { get; init; }
    }

    public sealed record WithList
    {
        public int? List { get; init; }
    }

    public sealed record WithPrice
    {
        public int? Price { get; init; }
    }

    public sealed record Narrow
    {
        public int? Total { get; init; }
    }

    public sealed record NeverNull
    {
        public int Count { get; init; }
    }

    [StandInFact]
    public Task A_list_does_not_fit_a_property() =>
        Refused<WithList>("duckdb-nested", "column 'List': it holds groups or lists, which do not fit WithList.List (Int32); change the property's type.");

    [StandInFact]
    public Task A_decimal_is_not_taken_for_an_integer() =>
        Refused<WithPrice>("duckdb-types", "column 'Price': it holds annotated Int32 values, which do not fit WithPrice.Price (Int32); change the property's type.");

    [StandInFact]
    public Task A_long_is_not_squeezed_into_an_int() =>
        Refused<Narrow>("duckdb-v1-snappy", "column 'Total': it holds Int64 values, which do not fit Narrow.Total (Int32); change the property's type.");

    [StandInFact]
    public Task A_null_does_not_become_zero() =>
        Refused<NeverNull>("hyparquet-snappy", "column 'Count': row 3 of the row group is null, which NeverNull.Count cannot be; make it nullable.");

    [StandInFact]
    public async Task A_compression_that_cannot_be_read_is_named()
    {
        await Refused<Counted>("duckdb-brotli", "column 'Row': it is compressed with Brotli, which cannot be read; write it with Snappy, Gzip, Zstd or no compression.");
        await Refused<Counted>("duckdb-lz4", "column 'Row': it is compressed with Lz4Raw, which cannot be read; write it with Snappy, Gzip, Zstd or no compression.");
    }

    private static async Task Refused<T>(string file, string sentence)
        where T : class, new()
    {
        var error = await Assert.ThrowsAsync<ParquetException>(() => ParquetSerializer.DeserializeAsync<T>(Files.Golden(file)));
        Assert.Equal($"{Files.Golden(file)} cannot be read: {sentence}", error.Message);
    }
}
