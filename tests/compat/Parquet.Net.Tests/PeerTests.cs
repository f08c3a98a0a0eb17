using System.Text.Json;
using Parquet.Serialization;
using Parquet.Serialization.Attributes;

namespace ParquetTests;

/// <summary>Files go to independent readers and come from independent writers, at sizes that the golden files do not have.</summary>
[Trait("Category", "Slow")]
public sealed class PeerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("parquet-peers").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public sealed record Typed
    {
        public bool Flag { get; init; }

        public int Count { get; init; }

        public long Total { get; init; }

        public float Ratio { get; init; }

        public double Score { get; init; }

        public string Name { get; init; } = "";

        public DateTime Moment { get; init; }

        [ParquetTimestamp]
        public DateTime Millis { get; init; }

        [ParquetTimestamp(ParquetTimestampResolution.Microseconds, useLogicalTimestamp: true, isAdjustedToUTC: false)]
        public DateTime Micros { get; init; }
    }

    [PeerFact]
    public async Task DuckDB_and_hyparquet_read_what_is_written_here_under_every_compression_and_layout()
    {
        foreach (var options in new ParquetOptions[]
        {
            new() { CompressionMethod = CompressionMethod.None }, new(), new() { CompressionMethod = CompressionMethod.Gzip }, new() { RowGroupSize = 700 },
        })
        {
            var file = Path.Combine(folder, $"ours-{options.CompressionMethod}-{options.RowGroupSize}.parquet");
            await ParquetSerializer.SerializeAsync(Sample.Table(3000), file, options);
            Assert.Equal(Sample.Table(3000), Sample.FromJson(Peers.Ask("read", "duckdb", file)));
            Assert.Equal(Sample.Table(3000), Sample.FromJson(Peers.Ask("read", "hyparquet", file)));
        }
    }

    [PeerFact]
    public async Task More_rows_than_a_page_holds_reach_DuckDB()
    {
        var file = Path.Combine(folder, "pages.parquet");
        await ParquetSerializer.SerializeAsync(Sample.Table(45_000), file);
        Assert.Equal(Sample.Table(45_000), Sample.FromJson(Peers.Ask("read", "duckdb", file)));
    }

    [PeerFact]
    public async Task An_empty_table_has_columns_for_both_readers()
    {
        var file = Path.Combine(folder, "empty.parquet");
        await ParquetSerializer.SerializeAsync(Array.Empty<Sample>(), file);
        Assert.Empty(Sample.FromJson(Peers.Ask("read", "duckdb", file)));
        Assert.Empty(Sample.FromJson(Peers.Ask("read", "hyparquet", file)));
        Assert.Equal(7, Types(file).Count);
    }

    [PeerFact]
    public async Task DuckDB_sees_the_type_that_each_property_has()
    {
        var file = Path.Combine(folder, "types.parquet");
        var moment = new DateTime(2024, 3, 1, 12, 34, 56, 789);
        await ParquetSerializer.SerializeAsync(
            [
                new Typed
                {
                    Flag = true, Count = -1, Total = long.MaxValue, Ratio = 0.5f, Score = double.MaxValue, Name = "ü€😀",
                    Moment = moment, Millis = moment, Micros = moment.AddMicroseconds(1),
                },
            ],
            file);
        var types = Types(file);
        Assert.Equal(
            ["BOOLEAN", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "VARCHAR"],
            new[] { "Flag", "Count", "Total", "Ratio", "Score", "Name" }.Select(name => types[name]));
        Assert.All(new[] { "Moment", "Millis", "Micros" }, name => Assert.StartsWith("TIMESTAMP", types[name]));
        var row = JsonSerializer.Deserialize<Dictionary<string, string?>[]>(Peers.Ask("read", "duckdb", file))!.Single();
        Assert.Equal(("true", "-1", "9223372036854775807", "ü€😀"), (row["Flag"], row["Count"], row["Total"], row["Name"]));
        Assert.StartsWith("2024-03-01 12:34:56.789", row["Moment"]);
        Assert.StartsWith("2024-03-01 12:34:56.789", row["Millis"]);
        Assert.Equal("2024-03-01 12:34:56.789001", row["Micros"]);
    }

    [PeerFact]
    public async Task What_DuckDB_writes_is_read_here_under_every_compression_version_and_row_group_size()
    {
        foreach (var codec in new[] { "uncompressed", "snappy", "gzip", "zstd" })
            foreach (var version in new[] { "V1", "V2" })
                await Reads(10_000, "duckdb", new { copy = $"COMPRESSION {codec}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048" });
    }

    [PeerFact]
    public async Task What_hyparquet_writes_is_read_here_with_many_pages_and_row_groups()
    {
        await Reads(5000, "hyparquet", new { codec = "SNAPPY", rowGroupSize = 1300, pageSize = 1000 });
        await Reads(5000, "hyparquet", new { codec = "GZIP", rowGroupSize = 10_000, pageSize = 4000 });
        await Reads(5000, "hyparquet", new
        {
            codec = "UNCOMPRESSED", rowGroupSize = 10_000, pageSize = 4000,
            encodings = new
            {
                Count = "DELTA_BINARY_PACKED", Total = "DELTA_BINARY_PACKED", Moment = "DELTA_BINARY_PACKED", Name = "DELTA_BYTE_ARRAY", Score = "BYTE_STREAM_SPLIT",
            },
        });
    }

    private async Task Reads(int rows, string writer, object options)
    {
        var file = Path.Combine(folder, "theirs.parquet");
        Peers.Ask("write", writer, file, rows.ToString(), JsonSerializer.Serialize(options));
        Assert.Equal(Sample.Table(rows), (await ParquetSerializer.DeserializeAsync<Sample>(file)).Data);
    }

    private static Dictionary<string, string> Types(string file) => JsonSerializer.Deserialize<Dictionary<string, string>>(Peers.Ask("types", "duckdb", file))!;
}
