using Parquet.Serialization;

namespace ParquetTests;

/// <summary>The stand-in offers nothing but what Parquet.Net offers, with the same names, parameters and defaults.</summary>
public sealed class SurfaceTests
{
    private static readonly string[] Listed = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "surface", "Parquet.Net.txt"));

    private static readonly string[] Built = [.. Surface.Of(typeof(ParquetSerializer).Assembly)];

    [Fact]
    public void Every_line_of_the_list_is_in_the_assembly() => Assert.Empty(Listed.Except(Built));

    [StandInFact]
    public void Every_public_member_of_the_stand_in_is_in_the_list() => Assert.Empty(Built.Except(Listed));

    [Fact]
    public void The_list_has_no_line_twice_and_covers_what_the_project_calls()
    {
        Assert.Equal(Listed.Length, Listed.Distinct().Count());
        Assert.Contains(Listed, line => line.Contains("SerializeAsync<T>(IEnumerable<T> objectInstances, string filePath"));
        Assert.Contains(Listed, line => line.Contains("DeserializeAsync<T>(string filePath"));
    }
}
