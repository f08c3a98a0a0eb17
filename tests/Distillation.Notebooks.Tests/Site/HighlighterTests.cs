using System.Net;
using System.Text.RegularExpressions;
using Distillation.Notebooks.Site;

namespace Distillation.Notebooks.Tests;

public partial class HighlighterTests
{
    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tags();

    [Theory]
    [InlineData("var x = new List<int> { 1 }; // <b>", "<k>var</k> x = <k>new</k> <t>List</t>&lt;<k>int</k>&gt; { <n>1</n> }; <c>// &lt;b&gt;</c>")]
    [InlineData("$\"a {b.C(1):0.0} <\"", "<s>$&quot;</s><s>a </s>{b.<m>C</m>(<n>1</n>):<s>0.0</s>}<s> &lt;</s><s>&quot;</s>")]
    [InlineData("#r \"a.dll\"\nusing X.Y;\nMath.PI", "<d>#r &quot;a.dll&quot;</d>\n<k>using</k> X.Y;\n<t>Math</t>.PI")]
    [InlineData("#!time\nawait f()", "<d>#!time</d>\n<k>await</k> <m>f</m>()")]
    [InlineData("record Plan(int Depth, Tensor? T);\nT Id<T>(T x) where T : class => x;", "<k>record</k> <t>Plan</t>(<k>int</k> Depth, <t>Tensor</t>? T);\n<t>T</t> <m>Id</m>&lt;<t>T</t>&gt;(<t>T</t> x) <k>where</k> <t>T</t> : <k>class</k> =&gt; x;")]
    [InlineData("from row in rows select row.A ?? nameof(B)", "<k>from</k> row <k>in</k> rows <k>select</k> row.A ?? <k>nameof</k>(B)")]
    public void The_parts_of_C_sharp_are_told_apart(string code, string html) =>
        Assert.Equal(html, Regex.Replace(Highlighter.Html(code, "csharp"), "<span class=\"(.)\">(.*?)</span>", "<$1>$2</$1>"));

    [Theory]
    [InlineData("csharp")]
    [InlineData("python")]
    public void Every_character_is_kept_and_none_of_them_is_markup(string language)
    {
        const string Odd = "#!csharp\n\"\"\"\n <b>&amp;\n \"\"\" + @\"\\\" + 'x' +\n/* <!-- */ if (((\n\t§ \u001b # region\n#endregion\n$$\"\"\"{{1}}\"\"\" \n/// <summary>x</summary>\nvoid F(){\r\n";
        Assert.Equal(Odd, WebUtility.HtmlDecode(Tags().Replace(Highlighter.Html(Odd, language), "")));
    }

    [Fact]
    public void The_code_of_the_committed_notebooks_is_kept_to_the_character()
    {
        foreach (var cell in Directory.GetFiles(Path.Combine(Bench.Notebooks, "..", "..", "notebooks"), "*.ipynb").SelectMany(NotebookFile.Cells).Where(cell => cell.Kind == CellKind.Code))
        {
            Assert.Equal(cell.Source, WebUtility.HtmlDecode(Tags().Replace(Highlighter.Html(cell.Source, "csharp"), "")));
        }
    }

    [Fact]
    public void Other_languages_are_left_as_they_are() => Assert.Equal("var x = &lt;1&gt;;", Highlighter.Html("var x = <1>;", "fsharp"));
}
