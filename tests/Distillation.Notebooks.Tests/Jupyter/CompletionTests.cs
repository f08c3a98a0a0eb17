using System.Text.Json.Nodes;
using Distillation.Notebooks.Jupyter;

namespace Distillation.Notebooks.Tests.Jupyter;

/// <summary>Texts carry a | where the cursor stands.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly Bench bench = new();

    [Theory]
    [InlineData("Math.Sq|", "Sqrt")]
    [InlineData("var y = Math.Sq| + 1;\nvar z = 2;", "Sqrt")]
    [InlineData("\"text\".ToUpperI|", "ToUpperInvariant")]
    [InlineData("new[] { 1 }.Selec|", "Select")]
    [InlineData("var numbers = new List<int>();\nnumbers.AddRang|\nvar next = 3;", "AddRange")]
    [InlineData("new[] { \"a\" }.Select(word => word.Leng|", "Length")]
    [InlineData("string? s = null; s?.Leng|", "Length")]
    [InlineData("System.Text.StringBui|", "StringBuilder")]
    [InlineData("using System.Glob|", "Globalization")]
    [InlineData("DayOfWeek.Mon|", "Monday")]
    [InlineData("Console.Wri|", "WriteLine")]
    [InlineData("forea|", "foreach")]
    [InlineData("displ|", "display")]
    [InlineData("HTM|", "HTML")]
    [InlineData("int Twice(int number) { return numb|", "number")]
    [InlineData("\"a,b\".Split(',', opti|", "options:")]
    [InlineData("math.sq|", null)]
    [InlineData("Math.sq|", "Sqrt")]
    [InlineData("\"Math.Sq|\"", null)]
    [InlineData("// Math.Sq|", null)]
    [InlineData("nothing.of.the.kind.|", null)]
    [InlineData("#r \"nuget: Sys|", null)]
    [InlineData("#!ti|", "time")]
    [InlineData("#!time Sys|", null)]
    public void What_may_stand_at_the_cursor_is_offered(string text, string? expected)
    {
        var matches = Matches(text);
        if (expected is null)
        {
            Assert.Empty(matches);
        }
        else
        {
            Assert.Contains(expected, matches);
        }
    }

    [Fact]
    public async Task Names_of_earlier_cells_and_their_members_are_known()
    {
        await bench.Run("record Pair(int First, int Second) { public int Sum() => First + Second; }\nvar couple = new Pair(1, 2);\nint Twice(int x) => 2 * x;");
        Assert.Equal(["couple"], Matches("coup|"));
        Assert.Equal(["Twice"], Matches("Twi|"));
        Assert.Equal(["Second", "Sum"], Matches("couple.S|"));
        Assert.Equal(["First", "Second"], Matches("var other = couple with { |"));
        Assert.Contains("First:", Matches("new Pair(|"));
    }

    [Fact]
    public void What_is_typed_and_no_more_is_replaced_also_behind_characters_of_two_units()
    {
        var (text, cursor) = At("var s = \"😀\"; Math.Sq|");
        var reply = Completion.Reply(bench.Engine, text, Positions.ToCodePoints(text, cursor));
        Assert.Equal(text.Length - 1, (int)reply["cursor_end"]!);
        Assert.Equal(text.Length - 3, (int)reply["cursor_start"]!);
        Assert.Equal("Sqrt", (string)reply["matches"]![0]!);
        Assert.Equal("function", (string)reply["metadata"]!["_jupyter_types_experimental"]![0]!["type"]!);
    }

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("ab", 1, 1)]
    [InlineData("ab", 9, 2)]
    [InlineData("ab", -1, 2)]
    [InlineData("a😀b", 2, 3)]
    [InlineData("a😀b", 3, 4)]
    public void Cursors_are_counted_in_code_points(string text, int codePoints, int units)
    {
        Assert.Equal(units, Positions.ToUnits(text, codePoints));
        Assert.Equal(codePoints is < 0 or > 3 ? 2 : codePoints, Positions.ToCodePoints(text, units));
    }

    [Theory]
    [InlineData("Math.Sqr|t(2)", "double Math.Sqrt(double d)")]
    [InlineData("Math.Sqrt(2|)", "double Math.Sqrt(double d)")]
    [InlineData("Math.Sqrt|\nvar next = 3;", "double Math.Sqrt(double d)")]
    [InlineData("var n = 3; n|", "variable n of type int")]
    [InlineData("new Li|st<int>()", "List<int>")]
    [InlineData("\"a\".Len|gth", "int string.Length")]
    [InlineData("int Twice(int x) => 2 * x; Twi|ce(1)", "int Twice(int x)")]
    [InlineData("System.Te|xt.Json.JsonSerializer.Serialize(1)", "namespace System.Text")]
    [InlineData("displ|ay(1)", "DisplayedValue Shows.display(object? value, params string[] mimeTypes)\n\nShows a value now.")]
    public void A_name_is_explained(string text, string expected)
    {
        var (code, cursor) = At(text);
        var reply = Inspection.Reply(bench.Engine, code, cursor, isDetailed: false);
        Assert.True((bool)reply["found"]!);
        Assert.Contains(expected, (string)reply["data"]!["text/plain"]!);
    }

    [Theory]
    [InlineData("|")]
    [InlineData("nowhere.to.be|")]
    [InlineData("3 + | 4")]
    [InlineData("\"Math.Sqrt|\"")]
    public void Where_nothing_has_a_name_nothing_is_found(string text)
    {
        var (code, cursor) = At(text);
        var reply = Inspection.Reply(bench.Engine, code, cursor, isDetailed: true);
        Assert.False((bool)reply["found"]!);
        Assert.Empty((JsonObject)reply["data"]!);
    }

    [Fact]
    public void Details_are_all_overloads_with_what_is_written_about_their_parameters()
    {
        var (code, cursor) = At("Math.Ma|x(1, 2)");
        var brief = (string)Inspection.Reply(bench.Engine, code, cursor, isDetailed: false)["data"]!["text/plain"]!;
        var all = (string)Inspection.Reply(bench.Engine, code, cursor, isDetailed: true)["data"]!["text/plain"]!;
        Assert.StartsWith("int Math.Max(int val1, int val2)", brief);
        Assert.Contains("more overloads", brief);
        Assert.StartsWith("int Math.Max(int val1, int val2)", all);
        Assert.Contains("decimal Math.Max(decimal val1, decimal val2)", all);
    }

    [Theory]
    [InlineData("1 + 1", "complete", null)]
    [InlineData("var x = 3;", "complete", null)]
    [InlineData("", "complete", null)]
    [InlineData("for (var i = 0; i < 3; i++) { }", "complete", null)]
    [InlineData("#!time\nvar x = 3;", "complete", null)]
    [InlineData("for (var i = 0; i < 3; i++) {", "incomplete", "    ")]
    [InlineData("if (true)\n{\n    Call(", "incomplete", "        ")]
    [InlineData("int Twice(int x) =>", "incomplete", "")]
    [InlineData("/* a comment", "incomplete", "")]
    [InlineData("var = = 3;", "invalid", null)]
    [InlineData(")", "invalid", null)]
    public void A_text_is_whole_or_not_or_wrong(string code, string status, string? indent)
    {
        var reply = Wholeness.Reply(code, bench.Engine.Model(code).SyntaxTree);
        Assert.Equal((status, indent), ((string?)reply["status"], (string?)reply["indent"]));
    }

    /// <inheritdoc/>
    public void Dispose() => bench.Dispose();

    private static (string Code, int Cursor) At(string text) => (text.Replace("|", "", StringComparison.Ordinal), text.IndexOf('|', StringComparison.Ordinal));

    private string[] Matches(string text)
    {
        var (code, cursor) = At(text);
        return [.. Completion.Reply(bench.Engine, code, cursor)["matches"]!.AsArray().Select(match => (string)match!)];
    }
}
