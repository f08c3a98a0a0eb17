using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace ParquetTests;

/// <summary>Whatever the rows and however they are laid out, they come back.</summary>
public sealed class PropertyTests
{
    private static Gen<T> Any<T>() => ArbMap.Default.GeneratorFor<T>();

    // Half of a surrogate pair is no text, so it has no UTF-8 form: such strings are mended before they are used.
    private static readonly Gen<string?> Text = Any<string?>().Select(s => s is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(s)));

    private static readonly Gen<Sample> Row =
        from flag in Any<bool?>()
        from count in Any<int?>()
        from total in Any<long?>()
        from ratio in Any<float?>()
        from score in Any<double?>()
        from name in Text
        from moment in Any<DateTime?>()
        select new Sample
        {
            Flag = flag, Count = count, Total = total, Ratio = ratio, Score = score, Name = name,
            Moment = moment is { } m ? DateTime.SpecifyKind(m, DateTimeKind.Unspecified) : null,
        };

    private static readonly Gen<(Sample[] Rows, int Repeat, ParquetOptions Options)> Tables =
        from rows in Row.ListOf()
        from repeat in Gen.Choose(1, 40)
        from size in Gen.Choose(1, 50)
        from method in Gen.Elements(CompressionMethod.None, CompressionMethod.Snappy, CompressionMethod.Gzip)
        select (rows.ToArray(), repeat, new ParquetOptions { RowGroupSize = size, CompressionMethod = method });

    [Fact]
    public void Random_tables_come_back_unchanged() => Prop.ForAll(Arb.From(Tables), table =>
    {
        // Repeated rows give the compressors something to find.
        var rows = Enumerable.Repeat(table.Rows, table.Repeat).SelectMany(r => r).ToArray();
        return Files.Again(rows, table.Options).GetAwaiter().GetResult().SequenceEqual(rows);
    }).QuickCheckThrowOnFailure();

    private sealed record Text1
    {
        public string? Name { get; init; }
    }

    [Fact]
    public void Snappy_returns_long_texts_of_any_make_up() => Prop.ForAll(Arb.From(
        from seed in Gen.Choose(0, int.MaxValue)
        from letters in Gen.Choose(1, 60)
        from length in Gen.Choose(0, 200_000)
        select (seed, letters, length)), make =>
    {
        // Few letters make long matches near and far; many make none.
        var random = new System.Random(make.seed);
        var text = string.Concat(Enumerable.Range(0, make.length).Select(_ => (char)('0' + random.Next(make.letters))));
        return Files.Again([new Text1 { Name = text }], Files.With(CompressionMethod.Snappy)).GetAwaiter().GetResult()[0].Name == text;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
}
