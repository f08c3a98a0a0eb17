using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CsvHelper;

namespace Distillation;

/// <summary>The files of <c>data/published</c>, which are built into the library: <c>tables.json</c> and one CSV per table.</summary>
internal static class PublishedFiles
{
    private static readonly JsonSerializerOptions options =
        new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter<Trust>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) } };

    /// <summary>Every table, in the order of <c>tables.json</c>.</summary>
    public static Sequence<PublishedTable> Read()
    {
        using var stream = Resource("tables.json");
        return [.. JsonSerializer.Deserialize<Headers>(stream, options)!.Tables.Select(table => table.With(Values(table.Id)))];
    }

    /// <summary>The numbers in a CSV of this form; cells are named by the header, so the order of columns is free.</summary>
    internal static IEnumerable<PublishedValue> Values(TextReader text)
    {
        using var csv = new CsvReader(text, CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        while (csv.Read())
        {
            yield return new PublishedValue(
                Cell("table"), Cell("dataset"), Cell("teacher"), Cell("student"), Cell("method"), Cell("variant"), Cell("metric"),
                Cell("epoch") is { Length: > 0 } epoch ? Enum.Parse<ReportedEpoch>(epoch, ignoreCase: true) : ReportedEpoch.Unknown,
                csv.GetField<decimal?>("value"), Cell("unit"), csv.GetField<decimal?>("spread"),
                Enum.Parse<Trust>(Cell("trust").Replace("-", ""), ignoreCase: true), Cell("caveat"));
        }

        string Cell(string column) => csv.GetField(column)!;
    }

    private static Sequence<PublishedValue> Values(string id)
    {
        using var text = new StreamReader(Resource($"{id}.csv"));
        return [.. Values(text)];
    }

    private static Stream Resource(string file) => typeof(PublishedFiles).Assembly.GetManifestResourceStream($"published/{file}")
        ?? throw new InvalidOperationException($"The library was built without data/published/{file}.");

    private sealed record Headers(IReadOnlyList<Header> Tables);

    private sealed record Header(string Id, string Title, string Source, string? Number, string? Link, Trust Trust, PublishedProtocol Protocol, string Notes)
    {
        public PublishedTable With(Sequence<PublishedValue> values) => new(Id, Title, Source, Number, Link, Protocol, Trust, Notes, values);
    }
}
