using System.CommandLine;

namespace Distillation.Cli.Commands;

/// <summary>The options by which commands name a file of weights, the network it belongs to, and how its names read.</summary>
internal sealed record WeightOptions
{
    /// <summary>The data set, which decides classes and image size.</summary>
    public Option<string> DataSet { get; } = new("--data-set") { Description = DataSets("what the network is for"), Required = true };

    /// <summary>The side of its images.</summary>
    public Option<int?> ImageSize { get; } = Side();

    /// <summary>The network.</summary>
    public Option<string> Network { get; } = new("--network") { Description = $"a name like {string.Join(", ", NetworkCatalog.Names.Select(n => n.Example))}", Required = true };

    /// <summary>The file.</summary>
    public Option<string> Weights { get; } = new("--weights") { Description = "a safetensors file, or a state_dict that torch.save wrote (.pth, .pt, .th)", HelpName = "file", Required = true };

    /// <summary>What the file's names start with.</summary>
    public Option<string?> Prefix { get; } = new("--prefix") { Description = "what every name in the file starts with, such as module. (found by itself without)" };

    /// <summary>What the file calls otherwise.</summary>
    public Option<string[]> Rename { get; } = new("--rename")
    {
        Description = "FROM=TO for each part of a name that is called otherwise in the file, such as head=fc (linear, classifier and shortcut are known)",
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>Whether more may be there.</summary>
    public Option<bool> IgnoreUnexpected { get; } = new("--ignore-unexpected") { Description = "the file may hold more than the network needs" };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [DataSet, ImageSize, Network, Weights, Prefix, Rename, IgnoreUnexpected];

    /// <summary>The data set and the network that were named.</summary>
    /// <exception cref="BadInput">There is no such data set or network.</exception>
    public (Dataset Data, Network Network) Of(ParseResult parsed) =>
        DataFolder.Resolve(parsed.GetValue<string?>("--data")).Named(parsed.GetValue(DataSet)!, parsed.GetValue(ImageSize)) is var data ? (data, Train.Network(parsed.GetValue(Network)!, data)) : default;

    /// <summary>What data sets there are, for a description.</summary>
    public static string DataSets(string what) => $"{what}: {string.Join(", ", Datasets.All.Select(d => d.Name))}; celeba-ATTRIBUTE; or a folder below the data folder with a folder of images per class in train and in test";

    /// <summary>The option by which images are asked for in another size.</summary>
    public static Option<int?> Side() => Numbers.Whole("--image-size", "pixels of a side of the square images that are made of a data set's (their own size without)", 1, 4096);

    /// <summary>How names read.</summary>
    /// <exception cref="BadInput">A rename is none.</exception>
    public ImportOptions Names(ParseResult parsed) => new(parsed.GetValue(Prefix), Renames(parsed.GetValue(Rename)), parsed.GetValue(IgnoreUnexpected));

    /// <summary>Pairs of names from FROM=TO.</summary>
    /// <exception cref="BadInput">A text is no such pair.</exception>
    public static Sequence<(string From, string To)> Renames(string[]? texts) =>
        [.. (texts ?? []).Select(text => text.Split('=') is [{ Length: > 0 } from, { Length: > 0 } to] ? (from, to) : throw new BadInput($"--rename {text} cannot be read; write FROM=TO."))];
}
