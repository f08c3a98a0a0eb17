using System.Text;
using Parquet.Serialization;

namespace ParquetTests;

/// <summary>Bad input is one sentence: never another kind of exception, never a wrong length, never a hang.</summary>
public sealed class DamageTests
{
    private enum Colour { Red }

    private sealed record WithEnum(Colour Colour);

    private sealed record WithList(List<int> Items);

    [StandInTheory]
    [InlineData("", "The stream cannot be read: it is empty.")]
    [InlineData("PAR1", "The stream cannot be read: it is too short to be a Parquet file.")]
    [InlineData("id,name\n1,someone\n", "The stream cannot be read: it is no Parquet file: the first four bytes are not PAR1.")]
    [InlineData("PAR1 and nothing that ends it", "The stream cannot be read: it is cut off: the last four bytes are not PAR1; copy or write it again.")]
    [InlineData("PAR1 and a wrong length PAR1", "The stream cannot be read: it is damaged: the description at its end is longer than the file; copy or write it again.")]
    [InlineData("PARE is a file that somebody encrypted PARE", "The stream cannot be read: it is encrypted, which cannot be read.")]
    public async Task What_is_no_whole_Parquet_file_is_called_that(string content, string sentence)
    {
        var error = await Assert.ThrowsAsync<ParquetException>(() => Files.Read<Sample>(Encoding.ASCII.GetBytes(content)));
        Assert.Equal(sentence, error.Message);
    }

    [StandInTheory]
    [InlineData("duckdb-v2-zstd")]
    [InlineData("hyparquet-delta")]
    public async Task A_file_cut_anywhere_is_refused(string name)
    {
        var file = await File.ReadAllBytesAsync(Files.Golden(name));
        for (var length = 0; length < file.Length; length += 13)
            await Assert.ThrowsAsync<ParquetException>(() => Files.Read<Sample>(file[..length]));
    }

    [StandInTheory]
    [InlineData("duckdb-v2-plain")]
    [InlineData("duckdb-v1-gzip")]
    [InlineData("duckdb-v2-zstd")]
    [InlineData("hyparquet-delta")]
    [InlineData("hyparquet-snappy")]
    public async Task A_file_with_a_wrong_byte_gives_rows_or_a_sentence(string name)
    {
        var file = await File.ReadAllBytesAsync(Files.Golden(name));
        var refused = 0;
        for (var at = 0; at < file.Length; at += 3)
        {
            var copy = file.ToArray();
            copy[at] ^= (byte)(1 << (at % 8));
            try
            {
                await Files.Read<Sample>(copy);
            }
            catch (ParquetException error)
            {
                refused++;
                Assert.StartsWith("The stream cannot be read: ", error.Message);
                Assert.EndsWith(".", error.Message);
            }
        }
        Assert.True(refused > 0);
    }

    [StandInFact]
    public async Task A_record_that_is_not_flat_is_refused_before_a_file_is_touched()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var error = await Assert.ThrowsAsync<ParquetException>(() => ParquetSerializer.SerializeAsync([new WithEnum(Colour.Red)], path));
        Assert.Equal(
            "WithEnum.Colour is a Colour; a flat record holds bool, int, long, float, double, string, byte[], DateTime and their nullables: "
            + "change the type or mark the property with [ParquetIgnore].", error.Message);
        await Assert.ThrowsAsync<ParquetException>(() => ParquetSerializer.SerializeAsync([new WithList([])], path));
        Assert.False(File.Exists(path));
    }

    [StandInFact]
    public async Task A_compression_that_cannot_be_written_is_refused()
    {
        var error = await Assert.ThrowsAsync<ParquetException>(() => Files.Write(Sample.Table(1), Files.With(CompressionMethod.Zstd)));
        Assert.Equal("Files compressed with Zstd cannot be written here; choose Snappy, Gzip or None.", error.Message);
    }

    [StandInFact]
    public async Task A_required_text_that_is_null_is_refused()
    {
        var error = await Assert.ThrowsAsync<ParquetException>(() => Files.Write([new RoundTripTests.Settable { Text = null! }]));
        Assert.Equal("Settable.Text is marked as required but null in a row; set it or take [ParquetRequired] away.", error.Message);
    }

    [Fact]
    public async Task A_row_group_without_rows_makes_no_sense() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Files.Write(Sample.Table(1), new() { RowGroupSize = 0 }));

    [Fact]
    public async Task A_file_that_is_not_there_says_so() =>
        await Assert.ThrowsAsync<FileNotFoundException>(() => ParquetSerializer.DeserializeAsync<Sample>(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())));

    [StandInFact]
    public async Task A_stream_that_cannot_seek_is_read_and_written_too()
    {
        using var inner = new MemoryStream();
        using (var oneWay = new System.IO.Compression.GZipStream(inner, System.IO.Compression.CompressionMode.Compress, leaveOpen: true))
            await ParquetSerializer.SerializeAsync(Sample.Table(50), oneWay);
        inner.Position = 0;
        using var back = new System.IO.Compression.GZipStream(inner, System.IO.Compression.CompressionMode.Decompress);
        Assert.Equal(Sample.Table(50), (await ParquetSerializer.DeserializeAsync<Sample>(back)).Data);
    }
}
