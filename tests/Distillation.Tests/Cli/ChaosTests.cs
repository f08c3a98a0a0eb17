using Distillation.Chaos;
using Distillation.Tests.Data;

namespace Distillation.Tests.Cli;

public sealed class ChaosTests
{
    [NeedsData("fashion-mnist")]
    [Trait("Category", "Slow")]
    public void The_program_killed_a_few_times_at_random_moments_ends_with_the_bits_of_an_uninterrupted_run()
    {
        var folder = Directory.CreateTempSubdirectory("chaos-").FullName;
        try
        {
            var chaos = new KillAndGoOn(
                Path.Combine(AppContext.BaseDirectory, "kd.dll"),
                ["train", "--data-set", "fashion-mnist", "--student", "resnet-8", "--method", "none", "--train-images", "500", "--recipe", "short", "--epochs", "3", "--keep-every", "0", "--threads", "1"],
                folder,
                new Random(7));
            var (calm, length) = chaos.Calm();

            var ordeals = chaos.Run(calm, length, kills: 4).ToList();

            Assert.Equal(4, ordeals.Sum(ordeal => ordeal.Kills.Count));
            Assert.All(ordeals, ordeal => Assert.Empty(ordeal.Differences));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [NeedsData("fashion-mnist")]
    [Trait("Category", "Slow")]
    public async Task Two_processes_on_one_grid_run_each_experiment_once_and_neither_loses_the_others_rows()
    {
        var folder = Directory.CreateTempSubdirectory("chaos-").FullName;
        try
        {
            string[] Grid(string results) =>
            [
                Path.Combine(AppContext.BaseDirectory, "kd.dll"), "train", "--data-set", "fashion-mnist", "--student", "resnet-8", "--teacher", "resnet-8", "--teacher-epochs", "1",
                "--method", "kd", "none", "--train-images", "500", "--recipe", "short", "--epochs", "2", "--seeds", "2", "--threads", "1", "--results", results,
            ];
            var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Ended(Grid(folder))));

            Assert.All(both, one => Assert.Equal(0, one.Code));
            var trained = both.SelectMany(one => one.Lines).Where(line => line.Contains(" in ", StringComparison.Ordinal) && line.Contains("(run ", StringComparison.Ordinal)).ToList();
            // A teacher and four students, each trained by one of the two.
            Assert.Equal(5, trained.Count);
            Assert.Equal(5, trained.Select(line => line[line.LastIndexOf("(run ", StringComparison.Ordinal)..]).Distinct().Count());
            var runs = new ResultStore(folder).Runs();
            Assert.Equal(5, runs.Count);
            Assert.All(runs, run => Assert.Equal(RunRow.Ok, run.Status));
            Assert.Equal(1 + (4 * 2), new ResultStore(folder).Epochs().Select(row => (row.Id, row.Epoch)).Distinct().Count());
            Assert.DoesNotContain(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories), file => file.Contains("claims", StringComparison.Ordinal) || file.Contains("checkpoints", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(int Code, IReadOnlyList<string> Lines)> Ended(string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("dotnet", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var (told, table) = (process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        await table;
        return (process.ExitCode, (await told).Split('\n'));
    }
}
