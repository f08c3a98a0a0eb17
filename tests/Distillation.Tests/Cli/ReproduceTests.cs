using System.Text.Json;
using Distillation.Cli;
using Distillation.Cli.Terminal;

namespace Distillation.Tests.Cli;

public sealed class ReproduceTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kd-reproduce-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.Run([.. args, "--results", folder, "--data", folder, "--threads", "1"], Screen.Plain(output, error), CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }

    private void Keep(string student, double accuracy)
    {
        var run = new RunRow
        {
            Id = student, Dataset = "cifar100", TrainImages = 50_000, Student = student, Method = "none", MethodText = "none v1 {}", Epochs = 8, BatchSize = 64,
            Status = RunRow.Ok, LastAccuracy = accuracy, BestAccuracy = accuracy, Experiment = $"{{\"student\":\"{student}\"}}", Budget = "custom", Device = "cpu",
        };
        using var weights = Toy.Start(Toy.Network);
        new ResultStore(folder).Write(run, [new EpochRow { Id = run.Id, Epoch = 1, Term = "labels" }], weights);
    }

    [Fact]
    public async Task A_dry_run_says_of_every_cell_how_many_hours_it_takes_or_why_it_has_none_and_runs_nothing()
    {
        var (code, output, error) = await Run("reproduce", "repdistiller-baselines", "--budget", "paper", "--dry-run", "--only", "resnet-20", "wrn-16-2", "--json");
        var cells = JsonDocument.Parse(output).RootElement.EnumerateArray().ToList();

        Assert.Equal(0, code);
        Assert.Equal(["resnet-20", "wrn-16-2"], cells.Select(cell => cell.GetProperty("student").GetString()).Order());
        Assert.All(cells, cell => Assert.True(cell.GetProperty("hours").GetDouble() > 0.1));
        Assert.Contains("2 of its 15 numbers at the budget paper, 2 runs.", error);
        Assert.Contains("hours one after the other on this machine, 0.000 of them for teachers", error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public async Task The_help_calls_only_the_budget_paper_the_published_protocol()
    {
        var words = string.Join(' ', (await Run("reproduce", "--help")).Output.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));

        Assert.Contains($"night (all of it, at most {Budget.Night.Epochs} epochs; choose with --only) or paper (all of it, the published protocol)", words);
    }

    [Fact]
    public async Task Cells_without_an_experiment_say_why()
    {
        var none = Published.All.SelectMany(table => Reproductions.Of(table).Cells.Select(cell => (Table: table.Id, Cell: cell))).First(one => one.Cell.Experiment is null);
        string[] asked = ["reproduce", none.Table, "--only", none.Cell.Paper.Method, none.Cell.Pair, "--budget", "paper"];
        var (code, output, _) = await Run([.. asked, "--dry-run"]);

        Assert.Equal(0, code);
        Assert.EndsWith(none.Cell.Reason, Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)));
        Assert.Contains($"No cell of {none.Table} that was asked for has an experiment here", (await Run(asked)).Error);
    }

    [Theory]
    [InlineData("There is no published table 'mskd-table-44'; perhaps mskd-table-4 is meant", "mskd-table-44")]
    [InlineData("--budget is 'lunch'", "mskd-table-4", "--budget", "lunch")]
    [InlineData("--only otto names no method", "mskd-table-4", "--only", "otto")]
    [InlineData("--json is for --dry-run", "mskd-table-4", "--json")]
    [InlineData("--seeds takes a whole number from 1 to 1000", "mskd-table-4", "--seeds", "0")]
    public async Task What_cannot_be_reproduced_is_refused_in_a_sentence(string sentence, params string[] args)
    {
        var (code, output, error) = await Run(["reproduce", .. args]);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(sentence, error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_report_has_every_published_table_beside_what_was_measured_and_says_how_much_that_is()
    {
        Keep("resnet-20", 0.5);

        var (code, _, error) = await Run("report");
        var (html, markdown) = (File.ReadAllText(Path.Combine(folder, "report.html")), File.ReadAllText(Path.Combine(folder, "report.md")));

        Assert.Equal(0, code);
        Assert.Matches(@"^\d+ of \d[\d,]* published numbers have a result here, at any budget; 0 of them under the published protocol\. All of them are experiments here\.", error);
        Assert.DoesNotContain("no experiment here", markdown, StringComparison.OrdinalIgnoreCase);
        Assert.All(Published.All, table => Assert.Contains($"<h2 id=\"{table.Id}\">", html));
        Assert.All(Published.All, table => Assert.Contains($"\n## {table.Id}\n", markdown));
        Assert.Contains("| repdistiller-baselines | Networks of the RepDistiller release trained on labels alone, CIFAR-100 | 15 | 1 | 0 | 0 |", markdown);
        Assert.Contains("1 of 15 numbers measured, 0 under the same protocol.", html);
        Assert.Contains(">50.00<", html);
        Assert.DoesNotContain("http://", html);
    }

    [Fact]
    public async Task A_report_goes_where_it_is_asked_to_and_not_into_a_file()
    {
        var pages = Path.Combine(folder, "pages");
        Assert.Equal(0, (await Run("report", "--to", pages)).Code);
        Assert.True(File.Exists(Path.Combine(pages, "report.md")));

        var (code, _, error) = await Run("report", "--to", Path.Combine(pages, "report.md"));

        Assert.Equal(2, code);
        Assert.Contains("cannot hold a report", error);
    }
}
