using System.CommandLine;
using static TorchSharp.torch;

namespace Distillation.Cli;

/// <summary>What every command understands, and the surroundings it is turned into.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Data { get; } = new("--data") { Description = "Where data sets are kept. Default: KD_DATA, else data/cache.", Recursive = true };

    public Option<string?> ResultsFolder { get; } = new("--results") { Description = "Where results are kept. Default: KD_RESULTS, else data/results.", Recursive = true };

    public Option<string> Device { get; } = new("--device") { Description = "cpu, cuda, or auto: cuda where there is one.", Recursive = true, DefaultValueFactory = _ => "auto" };

    public Option<int?> Threads { get; } = new("--threads") { Description = "Threads that one operator computes with. Default: libtorch's own choice.", Recursive = true };

    public Option<bool> Verbose { get; } = new("--verbose") { Description = "Show the stack trace of an error.", Recursive = true };

    /// <summary>All of them, for the root command.</summary>
    public IEnumerable<Option> All => [Data, ResultsFolder, Device, Threads, Verbose];

    /// <summary>The folder of this working copy: the one that has Notebooks.sln, or the current one.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The data folder.</summary>
    public DataFolder DataFolder(ParseResult parse) => Distillation.DataFolder.Resolve(parse.GetValue(Data));

    /// <summary>Where results are.</summary>
    public ResultStore Results(ParseResult parse) => ResultStore.Resolve(parse.GetValue(ResultsFolder), Root);

    /// <summary>Everything a grid needs. Sets the number of threads.</summary>
    public Laboratory Laboratory(ParseResult parse, Budget budget, CancellationToken stop)
    {
        if (parse.GetValue(Threads) is { } threads)
        {
            set_num_threads(threads > 0 ? threads : throw new BadInput($"--threads must be at least 1, not {threads}."));
        }

        var device = Chosen(parse.GetValue(Device)!);
        return new Laboratory(DataFolder(parse), Results(parse).For(budget), budget, device, Surroundings.Read(device, Root)) { Stop = stop };
    }

    private static Device Chosen(string name) => name switch
    {
        "auto" => cuda.is_available() ? CUDA : CPU,
        "cpu" => CPU,
        "cuda" when cuda.is_available() => CUDA,
        "cuda" => throw new BadInput("--device cuda: this libtorch sees no CUDA device; leave --device away, or see './kd doctor' and the README's part on GPUs."),
        _ => throw new BadInput($"--device {name} is not known; choose cpu, cuda or auto."),
    };

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Notebooks.sln")))
            {
                return folder.FullName;
            }
        }

        return Directory.GetCurrentDirectory();
    }
}
