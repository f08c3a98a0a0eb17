using System.CommandLine;
using Distillation.Cli;
using Distillation.Cli.Terminal;

namespace Distillation.Tests.Faults;

/// <summary>Command lines that nobody would type, and some that somebody might: drawn from the commands and options that there are.</summary>
/// <param name="place">Where the files are that they name.</param>
/// <param name="random">Decides.</param>
internal sealed class OptionLists(FuzzPlace place, Random random)
{
    // Numbers at the edges, words that are none, texts that break naive readers.
    private static readonly string[] absurd =
    [
        "", " ", "0", "-0", "1", "2", "-1", "1.5", "1,5", "2147483647", "2147483648", "-2147483649", "99999999999999999999999", "nan", "NaN", "inf", "-inf", "Infinity", "∞", "1e308", "1e-320", "1e999",
        "0x10", "١٢", "true", "null", "..", "../..", ".", "/", "-", "--", "---", "=", "a=b=c", "=1", "a=", "kd.temperature=2", "temperature=0", "temperature=nan", "temperature=-1", "weight=1e999", "x.y.z=1", "a.b",
        "\0", "a\0b", "\u001b[31mred", "line\nbreak", "tab\there", "😀", "ﬁ", "\ud800", "[red]", "[/]", "{0}", "%s", "$(id)", "@", "@missing", "[suggest]", "[diagram]", "'", "\"", "\\", "*", "?",
        "cuda", "cuda:0", "cuda:99", "cuda:-1", "cuda:x", "cuda:99999999999", "gpu", "resnet", "resnet-", "resnet-21", "resnet-998x99", "resnet-20x0", "wrn-0-0", "wrn-994-99", "wrn-16-0", "vgg-99", "lenet-6",
        "resnet-٢٠", "RESNET-20", "resnet-20-a-a", "wrn-40-2-half", "cifar1000", "imagenet", "kdd", "KD", "non", "crdd", "papre", "wrn-999999999", "data-0", "both,both", new string('x', 5000), new string('9', 400),
    ];

    /// <summary>One of them.</summary>
    public string[] Next()
    {
        using var nowhere = new StringWriter();
        var root = CommandLine.Root(new GlobalOptions(), Screen.Plain(nowhere, nowhere));
        var name = Drawn(["train", "train", "train", "train", "train", "train", "train", "evaluate", "evaluate", "import", "import", "export", "export", "results", "results", "results", "bench", "demo", "setup", "test"]);
        var verb = root.Subcommands.First(command => command.Name == name);
        var words = new List<string> { random.Next(40) == 0 ? Drawn(["", "trian", "doctor", "help", "--help", "--version", Drawn(absurd)]) : verb.Name };
        foreach (var option in verb.Options.Concat(root.Options).OrderBy(_ => random.Next()))
        {
            // Most lists are nearly right: what is right is asked further on.
            if (random.Next(100) < (option.Required ? 95 : option is { Name: "--data" or "--results" or "--threads" } ? 97 : option is { Name: "--help" or "--version" or "--verbose" or "--device" or "--profile" } ? 3 : 15))
            {
                words.Add(random.Next(100) == 0 ? option.Name[..^1] : option.Name);
                words.AddRange(Values(option));
            }
        }

        if (random.Next(20) == 0)
        {
            words.Insert(random.Next(words.Count + 1), Drawn(absurd));
        }

        return [.. words];
    }

    private IEnumerable<string> Values(Option option)
    {
        if (option.ValueType == typeof(bool))
        {
            return random.Next(30) == 0 ? [Drawn(absurd)] : [];
        }

        var count = option.AllowMultipleArgumentsPerToken ? random.Next(1, 4) : random.Next(50) == 0 ? random.Next(0, 3) : 1;
        return Enumerable.Range(0, count).Select(_ => random.Next(100) < 22 && !Writes(option.Name) ? Drawn(absurd) : Drawn(Right(option.Name)));
    }

    // Where the program would rightly write to any place that a line names, only places that the test looks at are named.
    private static bool Writes(string option) => option is "--data" or "--results" or "--to";

    private string[] Right(string option) => option switch
    {
        "--data" => [place.Data, place.Data, place.Data, place.Data, place.Data, place.File, ""],
        "--results" => [place.Results, place.Results, place.Results, place.Results, place.Results, place.File, Path.Combine(place.File, "below"), ""],
        "--to" => [place.Target, place.Target, place.File, place.Results, Path.Combine(place.File, "below"), "", "\0"],
        "--weights" or "--teacher-weights" => [place.Weights, place.Weights, place.Weights, place.Foreign, place.File, place.Data, "/dev/null", Path.Combine(place.Data, "none")],
        // The system may have Fashion-MNIST installed, which takes a while to read.
        "--data-set" => [.. Enumerable.Repeat("cifar10", 12), "mnist", "mnist", "cifar100", "cifar100", random.Next(8) == 0 ? "fashion-mnist" : "CIFAR-10"],
        "--student" or "--teacher" or "--network" or "--assistant" => ["resnet-8", "resnet-8", "resnet-8", "resnet-8", "wrn-10-1", "vgg-8", "lenet-5", "lenet-5-half", "resnet-8x4", "resnet-8-a"],
        "--method" => [.. MethodCatalog.All.Select(method => method.Name), "kd", "none", "kd+at", "at + kd", "kd+kd", "kd+"],
        "--set" => ["temperature=2", "weight=0.5", "kd.temperature=4", "hard=1", "weight=1..0", "kd.weight=0.9..0.1", "temperature=4..1", "weight=1..", "weight=.."],
        "--recipe" => ["crd", "short"],
        "--budget" => [.. Budget.All.Select(budget => budget.Name)],
        "--case" => ["wrn", "lockstep-64", "data"],
        "--mode" => ["float32", "bfloat16", "both"],
        "--batch" => ["64", "64,256"],
        "--mean" or "--std" => ["0.5", "0.5,0.5,0.5", "imagenet"],
        "--run" => [place.Run, place.Run, "0123"],
        "--prefix" => ["module.", ""],
        "--rename" => ["head=fc", "fc=linear"],
        "--device" => ["cpu"],
        "--average" => ["0.9", "0", "1"],
        "--clip" => ["5", "0.1"],
        "--seconds" => ["0.1"],
        "--threads" => ["1"],
        "words" => ["Networks"],
        _ => ["1", "2", "3", "10"],
    };

    private string Drawn(string[] from) => from[random.Next(from.Length)];
}
