using System.Text.Json;
using Distillation.Cli;
using Distillation.Cli.Terminal;
using Distillation.Tests.Data;

namespace Distillation.Tests.Cli;

/// <summary>train, on a folder of a few images.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private readonly ImageTree tree = new();
    private readonly string results = Directory.CreateTempSubdirectory("kd-train-").FullName;

    public TrainCommandTests() => tree.Cinic("cat", "dog");

    public void Dispose()
    {
        tree.Dispose();
        Directory.Delete(results, recursive: true);
    }

    [Fact]
    public async Task A_student_starts_from_the_network_that_start_names_trained_from_labels_once_per_seed()
    {
        var (code, _, error) = await Train("--student", "resnet-8+w2", "--start", "resnet-8", "--method", "none", "--seeds", "2");
        var rows = new ResultStore(results).Runs(_ => { });

        Assert.True(code == 0, error);
        Assert.Equal(["resnet-8 1", "resnet-8 2", "resnet-8+w2 1", "resnet-8+w2 2"], rows.Select(row => $"{row.Student} {row.Seed}").Order());
        Assert.All(rows.Where(row => row.Student == "resnet-8+w2"), row =>
        {
            var start = JsonDocument.Parse(row.Experiment).RootElement.GetProperty("start").GetProperty("trained");
            Assert.Equal(rows.Single(other => other.Student == "resnet-8" && other.Seed == row.Seed).Experiment, start.GetRawText());
        });
        // Alone it is another run, and what it started from before is found again.
        Assert.Equal(0, (await Train("--student", "resnet-8+w2", "--method", "none")).Code);
        Assert.Equal(0, (await Train("--student", "resnet-8+w2", "--start", "resnet-8", "--method", "none", "--seeds", "2")).Code);
        Assert.Equal(5, new ResultStore(results).Runs(_ => { }).Count);
    }

    [Theory]
    [InlineData("There is no network 'renset-8'; perhaps", "--student", "resnet-8", "--start", "renset-8")]
    [InlineData("The student 'vgg-8' has no value of a name and shape of 'resnet-8', from which it is to start; let it start from a network of its own kind.", "--student", "vgg-8", "--start", "resnet-8")]
    public async Task A_start_that_cannot_be_one_is_refused_before_anything_is_trained(string sentence, params string[] args)
    {
        var (code, output, error) = await Train([.. args, "--method", "none"]);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(sentence, error.TrimEnd().Split('\n')[^1]);
        Assert.Empty(Directory.EnumerateFiles(results, "*", SearchOption.AllDirectories));
    }

    private async Task<(int Code, string Output, string Error)> Train(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.Run(
            ["train", "--data-set", "tiny", "--image-size", "16", "--recipe", "short", "--epochs", "1", "--batch-size", "6", .. args, "--data", tree.Folder.Path, "--results", results, "--threads", "1"],
            Screen.Plain(output, error), CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
