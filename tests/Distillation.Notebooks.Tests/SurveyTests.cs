using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Distillation.Notebooks.Tests;

/// <summary>The notebook about the survey, as a reader runs it: every cell, and every solution of its exercises.</summary>
public sealed partial class SurveyTests : IDisposable
{
    private const string Name = "00-what-does-a-teacher-know.ipynb";

    private readonly string folder = Directory.CreateTempSubdirectory("survey-").FullName;
    private readonly string? results = Environment.GetEnvironmentVariable("KD_RESULTS");

    private readonly string path;

    public SurveyTests()
    {
        path = Path.Combine(folder, Name);
        Environment.SetEnvironmentVariable("KD_RESULTS", Path.Combine(folder, "results"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Environment.SetEnvironmentVariable("KD_RESULTS", results);
        Directory.Delete(folder, recursive: true);
    }

    [NeedsFashionMnistFact]
    public async Task Every_cell_of_the_survey_runs_at_smoke()
    {
        var cells = await Run([]);
        Assert.All(cells.Skip(1), cell => Assert.NotEmpty(cell["outputs"]!.AsArray()));
        // The gradient derived by hand is the one that is computed.
        var differences = Differences(cells);
        Assert.Equal(2, differences.Count);
        Assert.All(differences, difference => Assert.InRange(difference, 0, 1e-6));
    }

    [NeedsFashionMnistFact]
    [Trait("Category", "Slow")]
    public async Task The_solutions_of_the_survey_s_exercises_run_and_a_second_run_gives_the_same_bytes()
    {
        var solutions = Cells(Original()).Where(cell => !cell.Code).SelectMany(cell => Solution().Matches(cell.Source)).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(4, solutions.Count);
        var cells = await Run(solutions);
        // The first two end in a claim.
        Assert.Equal(["true", "true"], cells.TakeLast(4).Take(2).Select(cell => string.Concat(cell["outputs"]![0]!["data"]!["text/plain"]!.AsArray().Select(line => (string)line!))));

        var first = File.ReadAllBytes(path);
        await Runner.Run(new RunRequest(path) { Budget = Budget.Smoke }, _ => { }, CancellationToken.None);
        Assert.Equal(first, File.ReadAllBytes(path));
    }

    [Fact]
    public void The_committed_survey_shows_its_laptop_outputs_and_every_chart_as_a_picture()
    {
        var cells = JsonNode.Parse(File.ReadAllBytes(Original()))!["cells"]!.AsArray().Where(cell => (string)cell!["cell_type"]! == "code").ToList();
        var outputs = cells.SelectMany(cell => cell!["outputs"]!.AsArray()).ToList();
        Assert.DoesNotContain(outputs, output => (string)output!["output_type"]! == "error");
        var charts = outputs.Where(output => output!["data"]?["text/html"]?.ToJsonString().Contains("distillation-chart", StringComparison.Ordinal) == true).ToList();
        Assert.True(charts.Count >= 11, $"{charts.Count} charts");
        Assert.All(charts, chart => Assert.NotNull(chart!["data"]!["image/png"] ?? chart["data"]!["image/svg+xml"]));
        Assert.InRange(new FileInfo(Original()).Length, 0, 3_000_000);
        // The map is of the methods that there are today.
        Assert.Contains(outputs, output => Text(output!).StartsWith($"{MethodCatalog.All.Count(method => method.Knowledge != Knowledge.None)} methods. ", StringComparison.Ordinal));
        Assert.All(MethodCatalog.All.Where(method => method.Knowledge != Knowledge.None), method => Assert.Contains(outputs, output => Regex.IsMatch(Text(output!), $@"^offline[\s\S]*(?<![\w-]){Regex.Escape(method.Name)}(?![\w-])", RegexOptions.Multiline)));

        static string Text(JsonNode output) => output["data"]?["text/plain"] is JsonArray lines ? string.Concat(lines.Select(line => (string)line!)) : "";
    }

    [Fact]
    public void Who_speaks_of_families_without_a_method_names_those_of_the_map()
    {
        var families = Enum.GetValues<Family>().Where(family => MethodCatalog.All.All(method => method.Knowledge == Knowledge.None || method.Family != family)).Select(family => Spaced().Replace($"{family}", " ").ToLowerInvariant());
        var root = Path.Combine(Bench.Notebooks, "..", "..");
        var comparison = string.Concat(Cells(Path.Combine(root, "notebooks", "07-fifteen-methods.ipynb")).Where(cell => !cell.Code).Select(cell => cell.Source));

        Assert.All([comparison, File.ReadAllText(Path.Combine(root, "README.md"))], text => Assert.Contains($"families {string.Join(", ", families)} have no method", text));
        Assert.Contains($"Families without one here: {string.Join(", ", families)}.", File.ReadAllText(Original()));
    }

    private static string Original() => Path.Combine(Bench.Notebooks, "..", "..", "notebooks", Name);

    // The survey's code and further cells; assemblies are those of this program.
    private async Task<IReadOnlyList<JsonNode>> Run(IReadOnlyList<string> further)
    {
        var code = Cells(Original()).Where(cell => cell.Code).Select(cell => cell.Source.Replace("../artifacts/bin/Distillation.Cli/release", AppContext.BaseDirectory.TrimEnd('/')));
        NotebookFile.Write(path, Ipynb.Create([.. code.Concat(further).Select(NotebookCell.Code)]).ToBytes());
        await Runner.Run(new RunRequest(path) { Budget = Budget.Smoke }, _ => { }, CancellationToken.None);
        return [.. JsonNode.Parse(File.ReadAllBytes(path))!["cells"]!.AsArray().Select(cell => cell!)];
    }

    private static IReadOnlyList<(bool Code, string Source)> Cells(string file) =>
    [
        .. from cell in JsonNode.Parse(File.ReadAllBytes(file))!["cells"]!.AsArray()
           select ((string)cell["cell_type"]! == "code", string.Concat(cell["source"]!.AsArray().Select(line => (string)line!))),
    ];

    private static IReadOnlyList<double> Differences(IReadOnlyList<JsonNode> cells)
    {
        var table = cells.SelectMany(cell => cell["outputs"]!.AsArray()).Select(output => output!["data"]?["text/plain"]).Where(text => text is not null)
            .Select(text => string.Concat(text!.AsArray().Select(line => (string)line!)))
            .Single(text => text.Contains("automatic differentiation", StringComparison.Ordinal));
        return [.. Difference().Matches(table).Select(match => double.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture))];
    }

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Spaced();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Solution();

    [GeneratedRegex(@"^(?:automatic differentiation|difference quotients)\s+(\S+)", RegexOptions.Multiline)]
    private static partial Regex Difference();
}
