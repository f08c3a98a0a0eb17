using Parquet.Serialization;
using Parquet.Serialization.Attributes;

namespace ParquetTests;

/// <summary>What is written is read again: type by type, and in every layout that the options allow.</summary>
public sealed class RoundTripTests
{
    public sealed record Extremes
    {
        public bool Flag { get; init; }

        public int Count { get; init; }

        public long Total { get; init; }

        public float Ratio { get; init; }

        public double Score { get; init; }

        public string Name { get; init; } = "unset";

        public DateTime Moment { get; init; }
    }

    public sealed class Settable
    {
        public int Id { get; set; }

        [ParquetRequired]
        public string Text { get; set; } = "";

        [ParquetIgnore]
        public int Ignored { get; set; } = 42;
    }

    public sealed record Positional(int Epoch, double Loss, string? Note)
    {
        public Positional()
            : this(0, 0, null)
        {
        }
    }

    public sealed record Stamped
    {
        [ParquetTimestamp]
        public DateTime Millis { get; init; }

        [ParquetTimestamp(ParquetTimestampResolution.Microseconds)]
        public DateTime? Micros { get; init; }

        [ParquetTimestamp(ParquetTimestampResolution.Microseconds, useLogicalTimestamp: true, isAdjustedToUTC: false)]
        public DateTime Local { get; init; }
    }

    [Fact]
    public async Task The_extremes_of_every_type_come_back_unchanged()
    {
        Extremes[] rows =
        [
            new() { Flag = true, Count = int.MinValue, Total = long.MinValue, Name = "", Moment = DateTime.MinValue },
            new() { Flag = false, Count = int.MaxValue, Total = long.MaxValue, Name = "a\0b\n\u00fc\u20ac\U0001f600", Moment = DateTime.MaxValue },
            new() { Ratio = float.MinValue, Score = double.MinValue },
            new() { Ratio = float.Epsilon, Score = double.Epsilon, Name = new string('x', 100_000) },
            new() { Ratio = float.NaN, Score = double.NaN, Moment = new DateTime(1969, 12, 31, 23, 59, 59).AddTicks(9_999_999) },
            new() { Ratio = float.PositiveInfinity, Score = double.NegativeInfinity, Moment = new DateTime(2024, 2, 29).AddTicks(1) },
        ];
        Assert.Equal(rows, await Files.Again(rows));
    }

    public sealed record Encoded
    {
        public int Id { get; init; }

        public byte[]? Content { get; init; }
    }

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    public async Task Bytes_come_back_as_they_were_whatever_their_length(CompressionMethod method)
    {
        byte[]?[] contents = [[], [0], [255, 0, 128], null, [.. Enumerable.Range(0, 70_000).Select(i => (byte)(i * i))], [1, 2]];
        var rows = contents.Select((content, i) => new Encoded { Id = i, Content = content }).ToArray();
        var again = await Files.Again(rows, Files.With(method));
        Assert.Equal(contents, again.OrderBy(row => row.Id).Select(row => row.Content));
    }

    [Fact]
    public async Task The_sign_of_zero_survives() =>
        Assert.True(double.IsNegative((await Files.Again([new Extremes { Score = -0.0 }]))[0].Score));

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    public async Task Nulls_and_values_come_back_in_order_under_every_compression(CompressionMethod method) =>
        Assert.Equal(Sample.Table(1000), await Files.Again(Sample.Table(1000), Files.With(method)));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(999)]
    [InlineData(1000)]
    [InlineData(5000)]
    public async Task Any_row_group_size_gives_the_same_rows(int size) =>
        Assert.Equal(Sample.Table(1000), await Files.Again(Sample.Table(1000), new() { RowGroupSize = size }));

    [Fact]
    public async Task More_rows_than_a_page_holds_come_back() => Assert.Equal(Sample.Table(50_000), await Files.Again(Sample.Table(50_000)));

    [Fact]
    public async Task One_row_group_can_be_read_alone()
    {
        var file = await Files.Write(Sample.Table(100), new() { RowGroupSize = 30 });
        Assert.Equal(Sample.Table(100)[30..60], (await Files.Read<Sample>(file, group: 1)).Data);
        Assert.Equal(Sample.Table(100)[90..], (await Files.Read<Sample>(file, group: 3)).Data);
    }

    [StandInFact]
    public async Task A_row_group_that_is_not_there_is_refused()
    {
        var file = await Files.Write(Sample.Table(3));
        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Files.Read<Sample>(file, group: 1));
        Assert.Contains("has 1 row groups, so there is none with the index 1", error.Message);
    }

    [Fact]
    public async Task An_empty_table_is_a_file_with_a_schema()
    {
        var result = await Files.Read<Sample>(await Files.Write(Array.Empty<Sample>()));
        Assert.Empty(result.Data);
        Assert.Contains("Moment", result.Schema.ToString());
    }

    [Fact]
    public async Task A_table_of_nulls_comes_back() => Assert.Equal(Enumerable.Repeat(new Sample(), 70), await Files.Again(Enumerable.Repeat(new Sample(), 70)));

    [Fact]
    public async Task A_positional_record_is_written_in_the_order_of_its_parameters()
    {
        Positional[] rows = [new(1, 0.5, null), new(2, 0.25, "best")];
        var result = await Files.Read<Positional>(await Files.Write(rows));
        Assert.Equal(rows, result.Data);
        var text = result.Schema.ToString();
        Assert.True(text.IndexOf("Epoch", StringComparison.Ordinal) < text.IndexOf("Loss", StringComparison.Ordinal)
            && text.IndexOf("Loss", StringComparison.Ordinal) < text.IndexOf("Note", StringComparison.Ordinal), text);
    }

    [Fact]
    public async Task Attributes_leave_a_property_out_and_make_a_string_required()
    {
        var result = await Files.Read<Settable>(await Files.Write([new Settable { Id = 7, Text = "kept", Ignored = 1 }]));
        Assert.Equal((7, "kept", 42), (result.Data[0].Id, result.Data[0].Text, result.Data[0].Ignored));
        Assert.DoesNotContain("Ignored", result.Schema.ToString());
    }

    [Fact]
    public async Task A_timestamp_keeps_the_resolution_it_was_given()
    {
        var moment = new DateTime(2024, 3, 1, 12, 34, 56, 789).AddTicks(1234);
        var before = new DateTime(1950, 3, 1, 12, 34, 56, 789).AddTicks(1230);
        var rows = await Files.Again(
            [new Stamped { Millis = moment, Micros = moment, Local = before }, new Stamped { Millis = moment, Micros = null, Local = moment }]);
        Assert.Equal(new Stamped { Millis = new(2024, 3, 1, 12, 34, 56, 789), Micros = moment.AddTicks(-4), Local = before }, rows[0]);
        Assert.Null(rows[1].Micros);
    }

    [Fact]
    public async Task A_moment_comes_back_with_its_digits_and_an_unspecified_kind()
    {
        var moment = new DateTime(2024, 3, 1, 12, 34, 56, DateTimeKind.Utc);
        var read = (await Files.Again([new Extremes { Moment = moment }]))[0].Moment;
        Assert.Equal((moment.Ticks, DateTimeKind.Unspecified), (read.Ticks, read.Kind));
    }

    [StandInFact]
    public async Task A_moment_is_stored_as_nanoseconds_of_a_Julian_day()
    {
        var file = await Files.Write([new { Moment = new DateTime(1970, 1, 1).AddTicks(1) }], Files.With(CompressionMethod.None));
        byte[] expected = [100, 0, 0, 0, 0, 0, 0, 0, .. BitConverter.GetBytes(2_440_588)];
        Assert.True(file.AsSpan().IndexOf(expected) > 0);
    }

    [Fact]
    public async Task Custom_metadata_travels_with_the_file()
    {
        var metadata = new Dictionary<string, string> { ["git"] = "abc123", ["empty"] = "", ["ü"] = "€" };
        Assert.Equal(metadata, (await Files.Read<Sample>(await Files.Write(Sample.Table(2), metadata: metadata))).CustomMetadata);
    }

    [Fact]
    public async Task A_path_works_like_a_stream_and_replaces_what_was_there()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await ParquetSerializer.SerializeAsync(Sample.Table(100), path);
            var schema = await ParquetSerializer.SerializeAsync(Sample.Table(5), path);
            var result = await ParquetSerializer.DeserializeAsync<Sample>(path);
            Assert.Equal(Sample.Table(5), result.Data);
            Assert.Equal(schema.ToString(), result.Schema.ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Names_match_whatever_their_case_when_asked_to()
    {
        var file = await Files.Write([new { COUNT = (int?)3, name = "n" }]);
        Assert.Equal(new Sample { Count = 3, Name = "n" }, (await Files.Read<Sample>(file, new() { PropertyNameCaseInsensitive = true })).Data[0]);
        Assert.Equal(new Sample(), (await Files.Read<Sample>(file)).Data[0]);
    }

    [Fact]
    public async Task A_column_that_the_file_lacks_leaves_its_property_as_the_constructor_set_it() =>
        Assert.Equal("unset", (await Files.Read<Extremes>(await Files.Write([new { Count = 3 }]))).Data[0].Name);

    [StandInFact]
    public async Task A_text_that_is_null_in_the_file_replaces_what_the_constructor_set() =>
        Assert.Null((await Files.Read<Extremes>(await Files.Write([new { Name = (string?)null }]))).Data[0].Name);
}
