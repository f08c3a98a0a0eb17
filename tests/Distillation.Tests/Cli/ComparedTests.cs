using Distillation.Cli;
using Distillation.Cli.Terminal;

namespace Distillation.Tests.Cli;

public sealed class ComparedTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("compared-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.Run(["results", .. arguments, "--results", folder], Screen.Plain(output, error), CancellationToken.None);
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
    public async Task What_was_measured_stands_beside_the_published_number_with_the_reason_why_they_are_not_subtracted()
    {
        Keep("resnet-20", 0.5);
        Keep("resnet-14", 0.4);

        var (code, output, error) = await Run("--compare", "repdistiller-baselines");

        Assert.Equal(0, code);
        var line = Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1));
        Assert.Matches(@"^cifar100 +resnet-20 +none, student alone +69\.06  last +50\.00 +50\.00 +1 +Ours ran 8 epochs, the paper's 240; ", line);
        Assert.Contains("14 more of its numbers were not run here.", error);
        Assert.Contains("\nrepdistiller-baselines,cifar100,,resnet-20,none,student alone,69.06,", (await Run("--compare", "repdistiller-baselines", "--csv")).Output);
    }

    [Fact]
    public async Task Without_a_result_that_fits_the_note_says_so()
    {
        var (code, output, error) = await Run("--compare", "dafl-mnist");

        Assert.Equal((0, ""), (code, output));
        Assert.Contains("14 more of its numbers were not run here.", error);
    }

    [Fact]
    public async Task A_table_that_there_is_not_is_bad_input()
    {
        var (code, _, error) = await Run("--compare", "table-4");

        Assert.Equal(2, code);
        Assert.StartsWith("There is no published table 'table-4'; choose one of ", error);
    }
}
