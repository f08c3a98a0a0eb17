using System.Text.Json;
using Distillation.Cli;
using Distillation.Cli.Terminal;

namespace Distillation.Tests.Cli;

public sealed class CommandLineTests
{
    private static readonly string[] commands = ["demo", "train", "methods", "results", "reproduce", "report", "evaluate", "import", "export", "notebook", "bench", "doctor", "setup", "test"];

    public static TheoryData<string> Commands => [.. commands];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_ends_its_help_with_examples_that_start_with_it(string command)
    {
        var (code, output, error) = await Run(command, "--help");

        Assert.Equal((0, ""), (code, error));
        var examples = output[output.IndexOf("Examples:", StringComparison.Ordinal)..].Split('\n').Skip(1).Where(line => line.Trim() != "").ToList();
        Assert.True(examples.Count >= 2);
        Assert.All(examples, line => Assert.StartsWith($"  ./kd {command}", line));
    }

    [Theory]
    [InlineData("notebook run")]
    [InlineData("notebook jupyter")]
    public async Task A_command_under_another_shows_its_own_examples(string words)
    {
        var (code, output, _) = await Run([.. words.Split(' '), "--help"]);

        Assert.Equal(0, code);
        var examples = output[output.IndexOf("Examples:", StringComparison.Ordinal)..].Split('\n').Skip(1).Where(line => line.Trim() != "").ToList();
        Assert.True(examples.Count >= 2);
        Assert.All(examples, line => Assert.StartsWith($"  ./kd {words}", line));
    }

    [Fact]
    public async Task Help_names_every_command_and_no_argument_means_help()
    {
        var (code, output, _) = await Run("--help");

        Assert.Equal(0, code);
        Assert.All(commands, command => Assert.Contains($"\n  {command}", output));
        Assert.Equal(output, (await Run()).Output);
    }

    [Theory]
    [InlineData("There is no command or option 'dmeo' here; perhaps demo is meant; './kd --help' shows what there is.", "dmeo")]
    [InlineData("There is no command or option '--tecaher' here; perhaps --teacher is meant; './kd train --help' shows what there is.", "train", "--data-set", "mnist", "--student", "resnet-8", "--tecaher", "resnet-20")]
    [InlineData("There is no command or option '--buget' here; perhaps --budget is meant; './kd notebook run --help' shows what there is.", "notebook", "run", "a.ipynb", "--buget", "smoke")]
    [InlineData("--budget is 'smok'; perhaps smoke is meant: it can be smoke, laptop, night, paper.", "notebook", "run", "a.ipynb", "--budget", "smok")]
    [InlineData("Option '--student' is required; './kd train --help' shows what there is.", "train", "--data-set", "mnist")]
    [InlineData("There is no data set 'mnst'; perhaps mnist is meant: choose one of fashion-mnist, mnist, cifar10, cifar100, cinic10, tiny-imagenet, celeba, spoken-digits, dcase2018, dcase2019, usps.", "train", "--data-set", "mnst", "--student", "resnet-8")]
    [InlineData("--generations begins each time with first weights of its own; leave --start out.", "train", "--data-set", "mnist", "--student", "resnet-8", "--generations", "2", "--start", "resnet-8")]
    [InlineData("'test' is done by the script: run './kd test'.", "test", "--all")]
    public async Task Bad_input_is_one_sentence_on_standard_error_and_exit_code_2(string sentence, params string[] args)
    {
        Assert.Equal((2, "", sentence + "\n"), await Run(args));
    }

    [Fact]
    public async Task Verbose_adds_the_stack_trace_of_a_refusal()
    {
        var (code, _, error) = await Run("train", "--data-set", "mnst", "--student", "resnet-8", "--verbose");

        Assert.Equal(2, code);
        Assert.Contains("   at Distillation.Datasets.Named", error);
    }

    [Fact]
    public async Task Work_that_is_stopped_ends_with_exit_code_130_and_leaves_no_file()
    {
        using var folder = new Scratch();
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        var (code, _, error) = await Run(stop.Token, "train", "--data-set", "fashion-mnist", "--student", "resnet-8", "--recipe", "short", "--train-images", "256", "--results", folder.Path, "--data", folder.Path);

        Assert.Equal(130, code);
        Assert.Contains("Stopped", error);
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "*.parquet*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_failure_that_nobody_foresaw_is_one_line_with_a_way_to_learn_more_and_exit_code_1()
    {
        using var folder = new Scratch();
        using var error = new StringWriter();
        var closed = new StringWriter();
        closed.Dispose();

        var code = await CommandLine.Run(["results", "--json", "--results", folder.Path], Screen.Plain(closed, error), CancellationToken.None);

        Assert.Equal(1, code);
        Assert.StartsWith("ObjectDisposedException: ", error.ToString());
        Assert.EndsWith(". Run again with --verbose for the stack trace.\n", error.ToString());
        Assert.DoesNotContain("   at ", error.ToString());
    }

    [Fact]
    public async Task The_doctor_speaks_json_to_programs()
    {
        using var folder = new Scratch();

        var (code, output, _) = await Run("doctor", "--json", "--results", folder.Path);
        var health = JsonDocument.Parse(output).RootElement;

        Assert.Equal(0, code);
        Assert.Equal(["TorchSharp", "Parquet.Net", "Plotly.NET", "Plotly.NET.CSharp"], health.GetProperty("packages").EnumerateArray().Select(package => package.GetProperty("name").GetString()));
        Assert.True(health.GetProperty("libtorch").GetProperty("threads").GetInt32() >= 1);
        Assert.Contains("torch_cpu", health.GetProperty("libtorch").GetProperty("path").GetString());
        Assert.Equal(0, health.GetProperty("runs").GetInt32());
    }

    private static Task<(int Code, string Output, string Error)> Run(params string[] args) => Run(CancellationToken.None, args);

    private static async Task<(int Code, string Output, string Error)> Run(CancellationToken stop, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.Run(args, Screen.Plain(output, error), stop);
        return (code, output.ToString(), error.ToString());
    }

    private sealed class Scratch : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("kd-cli-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
