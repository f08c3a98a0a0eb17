using System.Text.Json;
using Parquet.Serialization;

namespace ParquetTests;

/// <summary>One row with every type that may be null. Row i of the table is a formula, the same as in peers/parquet.mjs.</summary>
public sealed record Sample
{
    public bool? Flag { get; init; }

    public int? Count { get; init; }

    public long? Total { get; init; }

    public float? Ratio { get; init; }

    public double? Score { get; init; }

    public string? Name { get; init; }

    public DateTime? Moment { get; init; }

    public static Sample At(int i) => new()
    {
        Flag = i % 5 == 0 ? null : i % 2 == 0,
        Count = i % 7 == 3 ? null : i * 37 % 1000 - 500,
        Total = i % 11 == 4 ? null : i * 4_000_000_007L * (i % 2 == 1 ? 1 : -1),
        Ratio = i % 6 == 1 ? null : i / 8f,
        Score = i % 4 == 2 ? null : i * 0.1,
        Name = i % 3 == 0 ? null : $"name {i % 10} ü€😀",
        Moment = i % 9 == 5 ? null : new DateTime(2024, 1, 1).AddMilliseconds(i * 61_001L),
    };

    public static Sample[] Table(int rows) => [.. Enumerable.Range(0, rows).Select(At)];

    /// <summary>A row as a peer prints it: every cell as text or null.</summary>
    public static Sample FromText(IReadOnlyDictionary<string, string?> cells) => new()
    {
        Flag = cells["Flag"] is { } flag ? bool.Parse(flag) : null,
        Count = cells["Count"] is { } count ? int.Parse(count) : null,
        Total = cells["Total"] is { } total ? long.Parse(total) : null,
        Ratio = cells["Ratio"] is { } ratio ? float.Parse(ratio) : null,
        Score = cells["Score"] is { } score ? double.Parse(score) : null,
        Name = cells["Name"],
        Moment = cells["Moment"] is { } moment ? DateTime.Parse(moment.Replace("Z", "")) : null,
    };

    public static Sample[] FromJson(string json) => [.. JsonSerializer.Deserialize<Dictionary<string, string?>[]>(json)!.Select(FromText)];
}

/// <summary>Short names for what nearly every test does.</summary>
internal static class Files
{
    public static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "golden", name + ".parquet");

    public static async Task<byte[]> Write<T>(IEnumerable<T> rows, ParquetOptions? options = null, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var file = new MemoryStream();
        await ParquetSerializer.SerializeAsync(rows, file, options, metadata);
        return file.ToArray();
    }

    public static async Task<DeserializationResult<T>> Read<T>(byte[] file, ParquetOptions? options = null, int? group = null)
        where T : class, new() => await ParquetSerializer.DeserializeAsync<T>(new MemoryStream(file), options, group);

    public static async Task<IList<T>> Again<T>(IEnumerable<T> rows, ParquetOptions? options = null)
        where T : class, new() => (await Read<T>(await Write(rows, options))).Data;

    public static ParquetOptions With(CompressionMethod method) => new() { CompressionMethod = method };
}

/// <summary>A test of what only the stand-in does: the real package answers in words of its own, or not at all.</summary>
internal sealed class StandInFactAttribute : FactAttribute
{
    public StandInFactAttribute() => Skip = StandIn.IsUsed ? null! : "the feed has Parquet.Net itself";
}

internal sealed class StandInTheoryAttribute : TheoryAttribute
{
    public StandInTheoryAttribute() => Skip = StandIn.IsUsed ? null! : "the feed has Parquet.Net itself";
}

internal static class StandIn
{
    public static bool IsUsed { get; } =
        System.Diagnostics.FileVersionInfo.GetVersionInfo(typeof(ParquetSerializer).Assembly.Location).ProductVersion!.Contains("stand-in");
}
