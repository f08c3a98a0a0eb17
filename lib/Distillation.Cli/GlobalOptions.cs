using System.CommandLine;
using System.Reflection;
using static TorchSharp.torch;

namespace Distillation.Cli;

/// <summary>The options that every command takes.</summary>
internal sealed record GlobalOptions
{
    /// <summary>Where data sets lie.</summary>
    public Option<string?> Data { get; } = Folder("--data", "the folder of data sets (or the variable KD_DATA; data/cache without either)");

    /// <summary>Where results go.</summary>
    public Option<string?> Results { get; } = Folder("--results", "the folder of results (or the variable KD_RESULTS; data/results without either)");

    /// <summary>What is computed on.</summary>
    public Option<string?> Device { get; } = new("--device") { Description = "cpu, cuda or cuda:N (or the variable KD_DEVICE; without either the first GPU if there is one)", HelpName = "device", Recursive = true };

    /// <summary>How many threads an operator may use.</summary>
    public Option<int?> Threads { get; } = Recursively(Numbers.Whole("--threads", "threads that one operator computes with (the fastest by a short measurement without)", 1, 1024));

    /// <summary>Whether failures show where they happened.</summary>
    public Option<bool> Verbose { get; } = new("--verbose") { Description = "show the stack trace of a failure", Recursive = true };

    /// <summary>The folder this program was built from.</summary>
    public static string RepositoryRoot { get; } = Metadata("RepositoryRoot");

    /// <summary>What the feed had when this program was built: full or limited.</summary>
    public static string PackageFeed { get; } = Metadata("PackageFeed");

    /// <summary>Makes every command take them.</summary>
    public void AddTo(RootCommand root)
    {
        foreach (var option in new Option[] { Data, Results, Device, Threads, Verbose })
        {
            root.Options.Add(option);
        }
    }

    /// <summary>The data folder that was asked for.</summary>
    public DataFolder DataFolder(ParseResult parsed) => Distillation.DataFolder.Resolve(parsed.GetValue(Data));

    /// <summary>The results' folder that was asked for.</summary>
    public ResultStore ResultStore(ParseResult parsed) => Distillation.ResultStore.Resolve(parsed.GetValue(Results), RepositoryRoot);

    /// <summary>The device that was asked for, or the best there is.</summary>
    /// <exception cref="BadInput">It is not here.</exception>
    public Device DeviceOf(ParseResult parsed) => Devices.Resolve(parsed.GetValue(Device));

    /// <summary>
    /// Gives what was asked for to code that asks for it itself, such as a notebook's cells: folders and the device by the variables that name them, threads to libtorch. Threads are not measured here: another number rounds otherwise,
    /// and a notebook executed twice gives the same bytes.
    /// </summary>
    public void ForCells(ParseResult parsed)
    {
        foreach (var (option, variable) in new[] { (Data, "KD_DATA"), (Results, "KD_RESULTS") })
        {
            if (parsed.GetValue(option) is { } folder)
            {
                Environment.SetEnvironmentVariable(variable, Path.GetFullPath(folder));
            }
        }

        if (parsed.GetValue(Device) is not null)
        {
            Environment.SetEnvironmentVariable(Devices.Variable, DeviceOf(parsed).ToString());
        }

        if (parsed.GetValue(Threads) is { } threads)
        {
            set_num_threads(threads);
        }
    }

    /// <summary>Everything a grid needs. Sets the number of threads, by a short measurement in the dtype and layout of a recipe unless it was given.</summary>
    /// <exception cref="BadInput">The device is not here, or there are no threads.</exception>
    public Laboratory Laboratory(ParseResult parsed, Budget budget, CancellationToken stop, Recipe? recipe = null)
    {
        var device = DeviceOf(parsed);
        if (parsed.GetValue(Threads) is { } threads)
        {
            set_num_threads(threads);
        }
        else
        {
            ThreadChoice.Choose(device, recipe?.Compute ?? Compute.Float32, recipe?.ChannelsLast ?? true);
        }

        return new(DataFolder(parsed), ResultStore(parsed).For(budget), budget, device, Surroundings.Read(device, RepositoryRoot)) { Stop = stop };
    }

    private static Option<int?> Recursively(Option<int?> option)
    {
        (option.HelpName, option.Recursive) = ("n", true);
        return option;
    }

    // A name that is there and empty is a variable that was not set: the folder meant is not the usual one.
    private static Option<string?> Folder(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "folder", Recursive = true };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            {
                result.AddError($"{name} takes a folder's name, not '{result.Tokens[0].Value}'");
            }
        });
        return option;
    }

    private static string Metadata(string key) => typeof(GlobalOptions).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(attribute => attribute.Key == key).Value!;
}
