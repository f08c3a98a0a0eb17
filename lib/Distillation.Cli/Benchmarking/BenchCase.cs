namespace Distillation.Cli.Benchmarking;

/// <summary>What is done over and over.</summary>
internal enum Work
{
    /// <summary>A student learns from labels and a teacher.</summary>
    Distill,

    /// <summary>A student learns from labels.</summary>
    Student,

    /// <summary>A teacher answers the same batch again and again.</summary>
    Teacher,

    /// <summary>Batches are made and thrown away, on one core.</summary>
    Pipeline,

    /// <summary>Eight students learn from labels and one teacher, side by side; beside it, one of them alone.</summary>
    Lockstep,

    /// <summary>A network with exits learns labels at every exit; beside it, the same network without them at its only one.</summary>
    Exits,

    /// <summary>A network in few bits learns labels; beside it, the same network in floating point.</summary>
    Quantized,

    /// <summary>The methods that the papers compare, each with a student of its own, learn from one teacher, side by side; beside it, one after the other.</summary>
    Methods,
}

/// <summary>What a side computes in.</summary>
/// <param name="Name">As on the command line and in the tables.</param>
/// <param name="Compute">The dtype of convolutions and linear layers.</param>
/// <param name="ChannelsLast">The layout of images.</param>
internal sealed record Mode(string Name, Compute Compute, bool ChannelsLast)
{
    /// <summary>Whether steps are captured as CUDA graphs and replayed.</summary>
    public bool Captured { get; init; }

    /// <summary>The same with captured steps.</summary>
    public Mode InGraphs => this with { Name = $"{Name}, captured", Captured = true };

    /// <summary>float32 in the layout that the recipe has by default.</summary>
    public static Mode Float32 { get; } = new("float32", Compute.Float32, Recipes.Crd.ChannelsLast);

    /// <summary>bfloat16 with float32 master weights, channels last: what <c>./kd train --bfloat16</c> does.</summary>
    public static Mode BFloat16 { get; } = new("bfloat16", Compute.BFloat16, ChannelsLast: true);

    /// <summary>The modes of a word: float32, bfloat16 or both.</summary>
    /// <exception cref="BadInput">It is another word.</exception>
    public static IReadOnlyList<Mode> Named(string word) => word switch
    {
        "both" => [Float32, BFloat16],
        "float32" => [Float32],
        "bfloat16" => [BFloat16],
        _ => throw new BadInput($"There is no mode '{word}'{Nearest.Hint(word, ["float32", "bfloat16", "both"])}: choose float32, bfloat16 or both."),
    };
}

/// <summary>One comparison: the same work on both sides.</summary>
/// <param name="Family">The word that chooses it.</param>
/// <param name="Work">What is done.</param>
/// <param name="Teacher">Who teaches; null without.</param>
/// <param name="Student">Who learns; null without.</param>
/// <param name="Dataset">Whose shapes the images have.</param>
/// <param name="Batch">Images per step.</param>
internal sealed record BenchCase(string Family, Work Work, string? Teacher, string? Student, Dataset Dataset, int Batch)
{
    /// <summary>Such as <c>wrn-64</c>.</summary>
    public string Name => $"{Family}-{Batch}";

    /// <summary>In words.</summary>
    public string Meaning => Work switch
    {
        Work.Distill => $"kd {Teacher} → {Student}, {Dataset.Name} shapes, batch {Batch}",
        Work.Student => $"{Student} from labels, {Dataset.Name} shapes, batch {Batch}",
        Work.Teacher => $"{Teacher} answers, {Dataset.Name} shapes, batch {Batch}",
        Work.Pipeline => $"crop, flip, normalise, {Dataset.Name} shapes, batch {Batch}, one core",
        Work.Exits => $"{Student} learns labels at every exit, {Dataset.Name} shapes, batch {Batch}",
        Work.Quantized => $"{Student} from labels, {Dataset.Name} shapes, batch {Batch}",
        Work.Methods => $"{Fifteen.Count} methods, {Student} from one {Teacher}, {Dataset.Name} shapes, batch {Batch}",
        _ => $"eight {Student} from one {Teacher}, {Dataset.Name} shapes, batch {Batch}",
    };

    /// <summary>The methods of <see cref="Work.Methods"/> by their names.</summary>
    public static IReadOnlyList<string> Fifteen { get; } = ["kd", "fitnet", "at", "sp", "cc", "vid", "rkd", "pkt", "ab", "ft", "crd", "sskd", "hsakd", "tskd", "afd"];

    /// <summary>How many students learn side by side.</summary>
    public int Students => Work switch
    {
        Work.Lockstep => 8,
        Work.Methods => Fifteen.Count,
        _ => 1,
    };

    /// <summary>Whether the work is measured beside a smaller one: one of the students alone, or the network without exits or in floating point.</summary>
    public bool HasBasis => Students > 1 || Work is Work.Exits or Work.Quantized;

    // Which batches each is measured with when nobody says.
    private static IReadOnlyList<(BenchCase Case, int[] Batches)> Known { get; } =
    [
        (new("wrn", Work.Distill, "wrn-40-2", "wrn-16-2", Datasets.Cifar100, 64), [64, 256]),
        (new("resnet", Work.Distill, "resnet-56", "resnet-20", Datasets.Cifar100, 64), [64, 256]),
        (new("fashion", Work.Distill, "resnet-20", "resnet-8", Datasets.FashionMnist, 64), [64]),
        (new("teacher", Work.Teacher, "wrn-40-2", null, Datasets.Cifar100, 64), [64]),
        (new("student", Work.Student, null, "wrn-16-2", Datasets.Cifar100, 64), [64]),
        (new("lockstep", Work.Lockstep, "wrn-40-2", "wrn-16-2", Datasets.Cifar100, 64), [64]),
        (new("methods", Work.Methods, "wrn-40-2", "wrn-16-2", Datasets.Cifar100, 64), [64]),
        (new("exits", Work.Exits, null, "resnet-18-4stage+attention", Datasets.Cifar100, 64), [64]),
        (new("copied", Work.Exits, null, "resnet-18-4stage+copied", Datasets.Cifar100, 64), [64]),
        (new("ternary", Work.Quantized, null, "resnet-20+w2", Datasets.Cifar100, 64), [64]),
        (new("quantized", Work.Quantized, null, "resnet-20+w2a2", Datasets.Cifar100, 64), [64]),
        (new("data", Work.Pipeline, null, null, Datasets.Cifar100, 64), [64]),
    ];

    /// <summary>The words that choose cases.</summary>
    public static IReadOnlyList<string> Families { get; } = [.. Known.Select(known => known.Case.Family)];

    /// <summary>The cases of some words and batches.</summary>
    /// <param name="words">Words of <see cref="Families"/>, or names such as <c>wrn-64</c>; none chooses all.</param>
    /// <param name="batches">Images per step; none leaves each its own.</param>
    /// <exception cref="BadInput">A word chooses nothing, or a batch is empty.</exception>
    public static IReadOnlyList<BenchCase> Chosen(IReadOnlyList<string> words, IReadOnlyList<int> batches)
    {
        if (batches.FirstOrDefault(batch => batch is < 1 or > 50_000, 1) is var wrong && wrong != 1)
        {
            throw new BadInput($"--batch {wrong} cannot be measured; a batch has 1 to 50000 images.");
        }

        var all = Known.SelectMany(known => (batches.Count > 0 ? batches : known.Batches).Select(batch => known.Case with { Batch = batch })).ToList();
        var unknown = words.FirstOrDefault(word => !all.Exists(one => Answers(one, word)));
        return unknown is null
            ? [.. all.Where(one => words.Count == 0 || words.Any(word => Answers(one, word)))]
            : throw new BadInput($"There is no case '{unknown}'{Nearest.Hint(unknown, all.Select(one => one.Name).Concat(Families))}: choose from {string.Join(", ", Families)}, or with a batch, such as {all[0].Name}.");
    }

    private static bool Answers(BenchCase one, string word) => word == one.Family || word == one.Name;
}
