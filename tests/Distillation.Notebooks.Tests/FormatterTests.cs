namespace Distillation.Notebooks.Tests;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    public Type FormatterSourceType { get; } = formatterSourceType;
}

public class FormatterTests
{
    private sealed record Row(string Method, double Accuracy, int? Seed);

    [TypeFormatterSource(typeof(SpeciesSource))]
    private class Species
    {
        public string Name { get; init; } = "";
    }

    private sealed class Bird : Species;

    private sealed class SpeciesSource
    {
        public IEnumerable<object> CreateTypeFormatters() => [new AsHtml(), new AsSvg(), new ForOthers()];
    }

    private sealed class AsHtml
    {
        public string MimeType => "text/html";

        public bool Format(object instance, TextWriter writer)
        {
            writer.Write($"<i>{((Species)instance).Name}</i>");
            return true;
        }
    }

    private sealed class AsSvg
    {
        public string MimeType => "image/svg+xml";

        public bool Format(object instance, TextWriter writer)
        {
            writer.Write("<svg/>");
            return true;
        }
    }

    private sealed class ForOthers
    {
        public string MimeType => "text/plain";

        public bool Format(object instance, TextWriter writer) => false;
    }

    private static IEnumerable<int> Endless()
    {
        for (var i = 0; ; i++)
        {
            yield return i;
        }
    }

    [Fact]
    public void Plain_values_are_text_in_no_countrys_spelling() =>
        Assert.Equal(
            ["null", "words", "1234.5", "true", "(1, 2)", "[1, 2, 3]", "{ a: 1 }", "[[1, 2], [3]]", "Row { Method = KD, Accuracy = 0.5, Seed = null }", "{ A = 1, B = [x] }", "Monday", "List<Int32[]>", "[]"],
            new object?[] { null, "words", 1234.5, true, (1, 2), new[] { 1, 2, 3 }, new Dictionary<string, int> { ["a"] = 1 }, new[] { [1, 2], new[] { 3 } }, new Row("KD", 0.5, null), new { A = 1, B = new[] { "x" } }, DayOfWeek.Monday, typeof(List<int[]>), new List<int>() }
                .Select(value => value is Dictionary<string, int> ? PlainTextOf(value) : Formatter.Format(value)["text/plain"]));

    private static string PlainTextOf(object value) => Formatter.Short(value);

    [Fact]
    public void Records_in_a_row_are_a_table()
    {
        var shown = Formatter.Format(new[] { new Row("<KD>", 0.75, 1), new Row("DKD", 0.8, null) });
        Assert.Equal("Method  Accuracy  Seed\n------  --------  ----\n<KD>        0.75     1\nDKD          0.8  null", shown["text/plain"]);
        Assert.Equal(
            "<table>\n<thead><tr><th align=\"left\" style=\"text-align:left\">Method</th><th align=\"right\">Accuracy</th><th align=\"right\">Seed</th></tr></thead>\n<tbody>\n"
            + "<tr><td align=\"left\" style=\"text-align:left\">&lt;KD&gt;</td><td align=\"right\">0.75</td><td align=\"right\">1</td></tr>\n<tr><td align=\"left\" style=\"text-align:left\">DKD</td><td align=\"right\">0.8</td><td align=\"right\">null</td></tr>\n</tbody>\n</table>",
            shown["text/html"]);
    }

    [Fact]
    public void Dictionaries_and_grids_of_numbers_are_tables_too()
    {
        Assert.Equal("Key  Value\n---  -----\na        1\nb        2", Formatter.Format(new SortedDictionary<string, int> { ["a"] = 1, ["b"] = 2 })["text/plain"]);
        Assert.Equal("[0]  [1]\n---  ---\n  1    2\n  3    4", Formatter.Format(new[,] { { 1, 2 }, { 3, 4 } })["text/plain"]);
    }

    [Fact]
    public void A_sequence_without_end_is_shown_as_far_as_it_is_read()
    {
        Assert.EndsWith(", 19, …]", Formatter.Format(Endless())["text/plain"]);
        Assert.EndsWith("\n…", Formatter.Format(Endless().Select(i => new { i }))["text/plain"]);
        Assert.Contains("… more</td>", Formatter.Format(Endless().Select(i => new { i }))["text/html"]);
    }

    [Fact]
    public void A_query_is_run_once_however_many_forms_it_has()
    {
        var rounds = 0;
        int Counted(int i)
        {
            rounds++;
            return i;
        }

        Assert.Equal(2, Formatter.Format(Enumerable.Range(0, 3).Select(i => new { i = Counted(i) }).Where(row => row.i >= 0)).Forms.Count);
        Assert.Equal(3, rounds);
        Assert.Equal("[[3], [4]]", Formatter.Format(Enumerable.Range(3, 2).Select(i => Enumerable.Range(i, 1).Where(j => Counted(j) > 0)))["text/plain"]);
        Assert.Equal(5, rounds);
    }

    [Fact]
    public void A_type_shows_itself_through_an_attribute_of_the_right_name()
    {
        Assert.Equal(["text/html", "image/svg+xml", "text/plain"], Formatter.Format(new Species { Name = "owl" }).Forms.Select(form => form.Mime));
        Assert.Equal("<i>tit</i>", Formatter.Format(new Bird { Name = "tit" })["text/html"]);
        Assert.Contains("<i>owl</i></td>", Formatter.Format(new[] { new { Who = new Species { Name = "owl" } } })["text/html"]);
        Assert.Equal([("text/html", "<i>owl</i>")], Formatter.Format(new Species { Name = "owl" }, "text/html").Forms);
    }

    [Fact]
    public void Ten_million_characters_of_text_are_cut_with_a_sentence() =>
        Assert.EndsWith("x\n… 9,000,000 more characters are left out.", Formatter.Format(new string('x', 10_000_000))["text/plain"]);
}
