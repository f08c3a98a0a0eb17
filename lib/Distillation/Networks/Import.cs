using static TorchSharp.torch;

namespace Distillation;

/// <summary>How names in a file become names of a network.</summary>
/// <param name="Prefix">What every name in the file starts with, such as <c>module.</c>; null lets the prefix be found under which most names fit.</param>
/// <param name="Renames">Parts of names, in the file and in the network: ("linear", "fc") reads <c>linear.weight</c> as <c>fc.weight</c>. They go before <see cref="Usual"/>.</param>
/// <param name="IgnoreUnexpected">Whether a file may hold more than the network needs.</param>
public sealed record ImportOptions(string? Prefix = null, Sequence<(string From, string To)>? Renames = null, bool IgnoreUnexpected = false)
{
    /// <summary>What exits start from that the file lacks, so that the weights of a network without exits become those of one with; null refuses such a file.</summary>
    public Key? Start { get; init; }

    /// <summary>Other parts that start from <see cref="Start"/> where the file lacks them, such as <c>qa_outputs</c>: the head for a task that the file was not made for.</summary>
    public Sequence<string> Afresh { get; init; } = [];

    /// <summary>
    /// What public checkpoints call things that are called otherwise here: the classifier and the projection of a shortcut (akamaster's ResNets; torchvision's, read as one of four stages). Used
    /// only where a name fits no other way.
    /// </summary>
    public static Sequence<(string From, string To)> Usual { get; } =
        [("linear", "fc"), ("classifier", "fc"), ("shortcut", "downsample"), ("fc", "linear"), ("downsample", "shortcut")];

    /// <summary>The names that a name may stand for, without its prefix: itself first.</summary>
    internal IEnumerable<string> Readings(string name) => (Renames ?? []).Concat(Usual).Select(rename => Renamed(name, rename)).Where(other => other != name).Prepend(name);

    internal static string Renamed(string name, (string From, string To) rename) => string.Join('.', name.Split('.').Select(part => part == rename.From ? rename.To : part));
}

/// <summary>A value whose shape in the file is not the network's.</summary>
/// <param name="Name">In the network.</param>
/// <param name="Found">In the file.</param>
/// <param name="Needed">By the network.</param>
public sealed record ShapeDifference(string Name, Sequence<long> Found, Sequence<long> Needed);

/// <summary>What of a file fits a network by name, and what does not.</summary>
/// <param name="Path">The file.</param>
/// <param name="Format">What it is, for people.</param>
/// <param name="Network">Whose names were looked for.</param>
/// <param name="Prefix">What was taken off the file's names; empty where nothing was.</param>
/// <param name="Matched">Names of the network and the tensors they are read from.</param>
/// <param name="Missing">Names of the network that the file lacks.</param>
/// <param name="Unexpected">Names in the file that the network lacks.</param>
/// <param name="Reshaped">Names that fit but for their shapes.</param>
/// <param name="Counts">How many <c>num_batches_tracked</c> the file has: PyTorch counts batches beside running statistics; nothing here reads that count.</param>
public sealed record ImportReport(
    string Path,
    string Format,
    string Network,
    string Prefix,
    IReadOnlyList<(string Name, StoredTensor From)> Matched,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Unexpected,
    IReadOnlyList<ShapeDifference> Reshaped,
    int Counts)
{
    /// <summary>The entry of a checkpoint that held the state_dict; null where the file is the state_dict itself.</summary>
    public string? Wrapper { get; init; }

    /// <summary>Names of exits that the file lacks and that start afresh, as <see cref="ImportOptions.Start"/> asks.</summary>
    public IReadOnlyList<string> New { get; init; } = [];

    /// <summary>Whether every value of the network is there in its shape, or starts afresh.</summary>
    public bool IsComplete => Missing.Count + Reshaped.Count == 0;

    /// <summary>What is wrong in one sentence that names the file and what to do; null where nothing is.</summary>
    /// <param name="ignoreUnexpected">Whether names beyond the network's are nothing wrong.</param>
    public string? Fault(bool ignoreUnexpected = false)
    {
        var unexpected = ignoreUnexpected ? [] : Unexpected;
        return this switch
        {
            { Missing.Count: var missing } when missing + unexpected.Count > 0 =>
                $"{Path} holds weights of another network than '{Network}': {string.Join(", ", new[] { Listed(Missing, "missing"), Listed(unexpected, "not expected") }.Where(part => part != ""))}; {Advice}.",
            { Reshaped: [var first, ..] rest } =>
                $"{Path}: '{first.Name}' is [{string.Join(", ", first.Found)}] and '{Network}' needs [{string.Join(", ", first.Needed)}]{(rest.Count > 1 ? $" ({rest.Count - 1} more differ too)" : "")}; choose the network (classes, channels, width) it was made with.",
            _ => null,
        };
    }

    /// <summary>What was done, a line each.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"{Path} is {Format}{(Wrapper is null ? "" : $" with the state_dict under '{Wrapper}'")}: {Matched.Count} of {Matched.Count + Missing.Count + Reshaped.Count + New.Count} values of {Network} found";
        if (Prefix != "")
        {
            yield return $"'{Prefix}' taken off the names";
        }

        foreach (var (from, to) in Matched.Select(match => (From: match.From.Name[Prefix.Length..], match.Name)).Where(pair => pair.From != pair.Name))
        {
            yield return $"'{from}' read as '{to}'";
        }

        foreach (var group in Matched.Where(match => match.From.Type != NumberType.Float32.Name).GroupBy(match => match.From.Type))
        {
            yield return $"{group.Count()} values converted from {group.Key} to float32";
        }

        if (Counts > 0)
        {
            yield return $"{Counts} num_batches_tracked passed over";
        }

        foreach (var exit in New.GroupBy(name => name.Split('.')[0]))
        {
            yield return $"{exit.Key} is new: {exit.Count()} values start afresh";
        }

        if (Unexpected.Count > 0)
        {
            yield return Listed(Unexpected, "not expected");
        }
    }

    // Where no name fits, the names may be to blame rather than the network.
    private string Advice => "choose the network it was made with" + (Matched.Count + Reshaped.Count == 0 ? ", or say which names correspond" : "");

    private static string Listed(IReadOnlyList<string> names, string what) =>
        names.Count == 0 ? "" : $"{string.Join(", ", names.Take(3))}{(names.Count > 3 ? $" and {names.Count - 3} more" : "")} {what}";
}

/// <summary>Weights of a network from files of other programs, by name.</summary>
public static class Importing
{
    internal const string BatchCount = "num_batches_tracked";

    internal const string RunningMean = "running_mean";

    /// <summary>Reads the weights of a network from a safetensors file or a PyTorch state_dict. Every value must be there with the network's shape.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">The file; see <see cref="WeightFile"/> for what it may be.</param>
    /// <param name="device">Where the weights go.</param>
    /// <param name="options">How names correspond; by default prefixes and the usual renames are found.</param>
    /// <returns>The weights, which the caller disposes, and what was matched with what.</returns>
    /// <exception cref="BadInput">The file is missing, broken, or made for another network.</exception>
    public static (Weights Weights, ImportReport Report) Import(this Network network, string path, Device device, ImportOptions? options = null)
    {
        using var file = WeightFile.Open(path);
        return network.Import(file, device, options);
    }

    /// <summary>The same from a file that is open.</summary>
    public static (Weights Weights, ImportReport Report) Import(this Network network, WeightFile file, Device device, ImportOptions? options = null)
    {
        var report = network.Match(file, options);
        if (report.Fault(options?.IgnoreUnexpected ?? false) is { } fault)
        {
            throw new BadInput(fault);
        }

        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var weights = report.New.Count > 0 ? network.Initialize(options!.Start!.Value, CPU) : new Weights(network.Table, zeros(network.Table.Count), zeros(network.Table.BufferCount));
        foreach (var (name, stored) in report.Matched)
        {
            using var step = NewDisposeScope();
            weights[name].copy_(tensor(file.Read(stored)).reshape([.. stored.Shape]));
        }

        var there = weights.To(device);
        there.Parameters.MoveToOuterDisposeScope();
        there.Buffers.MoveToOuterDisposeScope();
        return (there, report);
    }

    /// <summary>What of a file fits a network. Reads no values.</summary>
    public static ImportReport Match(this Network network, WeightFile file, ImportOptions? options = null)
    {
        var names = options ?? new ImportOptions();
        var tensors = file.Tensors.Where(tensor => !tensor.Name.EndsWith(BatchCount, StringComparison.Ordinal)).ToList();
        var known = network.Table.Places.ToDictionary(place => place.Name);
        var prefix = names.Prefix ?? LikelyPrefix(tensors, names, known);
        var own = tensors.Select(tensor => tensor.Name).ToHashSet();
        var found = new Dictionary<string, StoredTensor>();
        var unexpected = new List<string>();
        foreach (var tensor in tensors)
        {
            // A rename may not take the place of a name that is there as it is.
            var name = !tensor.Name.StartsWith(prefix, StringComparison.Ordinal) ? null : names.Readings(tensor.Name[prefix.Length..])
                .FirstOrDefault(reading => known.ContainsKey(reading) && (prefix + reading == tensor.Name || !own.Contains(prefix + reading)));
            if (name is null || !found.TryAdd(name, tensor))
            {
                unexpected.Add(tensor.Name);
            }
        }

        var missing = known.Keys.Where(name => !found.ContainsKey(name)).ToLookup(name => names.Start is not null && network.Exits.Select(exit => exit.Name).Concat(names.Afresh).Any(part => name.StartsWith($"{part}.", StringComparison.Ordinal)));
        var fits = found.ToLookup(pair => pair.Value.Shape.SequenceEqual(known[pair.Key].Shape));
        return new(
            file.Path, file.Format, network.Name, prefix,
            [.. network.Table.Places.Where(place => found.TryGetValue(place.Name, out var t) && t.Shape.SequenceEqual(place.Shape)).Select(place => (place.Name, found[place.Name]))],
            [.. missing[false].Order(StringComparer.Ordinal)],
            [.. unexpected.Order(StringComparer.Ordinal)],
            [.. fits[false].Select(pair => new ShapeDifference(pair.Key, pair.Value.Shape, [.. known[pair.Key].Shape]))],
            file.Tensors.Count - tensors.Count)
        {
            Wrapper = file.Wrapper,
            New = [.. network.Table.Places.Select(place => place.Name).Where(missing[true].Contains)],
        };
    }

    // The prefix that leaves the most names of the network; the shorter one of two.
    private static string LikelyPrefix(IReadOnlyList<StoredTensor> tensors, ImportOptions names, Dictionary<string, Place> known) => (
        from tensor in tensors
        from cut in Cuts(tensor.Name)
        where names.Readings(tensor.Name[cut..]).Any(known.ContainsKey)
        group tensor by tensor.Name[..cut] into fitting
        orderby fitting.Count() descending, fitting.Key.Length
        select fitting.Key).FirstOrDefault("");

    // A name of any length gives few cuts, so that a hostile one of a million dots costs little.
    private static IEnumerable<int> Cuts(string name) =>
        Enumerable.Range(0, name.Length).Where(i => i == 0 || name[i - 1] == '.').Take(8);
}
