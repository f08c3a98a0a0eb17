using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Benchmarking;

/// <summary>A part of our time.</summary>
/// <param name="Seconds">Per step.</param>
/// <param name="Share">Of the whole, 0 … 1.</param>
internal sealed record Part(double Seconds, double Share);

/// <summary>One case in one mode: what <c>./kd bench --json</c> gives an array of.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Mode">What our side computed in; the other side computes in float32.</param>
/// <param name="Ours">Our images per second, the median over the rounds.</param>
/// <param name="Peer">Plain PyTorch's; null where it was not measured.</param>
/// <param name="Ratio">Ours over the peer's.</param>
internal sealed record BenchRow(string Case, string Mode, double Ours, double? Peer, double? Ratio)
{
    /// <summary>The case in words.</summary>
    public required string Meaning { get; init; }

    /// <summary>Windows that each side had.</summary>
    public required int Rounds { get; init; }

    /// <summary>Our slowest and fastest window.</summary>
    public required double OursMin { get; init; }

    /// <inheritdoc cref="OursMin"/>
    public required double OursMax { get; init; }

    /// <summary>The peer's slowest and fastest window.</summary>
    public double? PeerMin { get; init; }

    /// <inheritdoc cref="PeerMin"/>
    public double? PeerMax { get; init; }

    /// <summary>Threads of our operators.</summary>
    public required int Threads { get; init; }

    /// <summary>Threads of the peer's operators, the fastest number it found.</summary>
    public int? PeerThreads { get; init; }

    /// <summary>The peer's loader processes, the fastest number it found.</summary>
    public int? PeerWorkers { get; init; }

    /// <summary>With several students side by side: images per second of one of them alone; of a network with exits: without them. The median.</summary>
    public double? Alone { get; init; }

    /// <summary>What going side by side is worth, or what is left of the speed with exits: <see cref="Ours"/> over <see cref="Alone"/>.</summary>
    public double? Gain { get; init; }

    /// <summary>Where our time goes, by part of a step; null where the work has one part.</summary>
    public IReadOnlyDictionary<string, Part>? Split { get; init; }

    private static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>From what the sides measured.</summary>
    public static BenchRow Of(BenchCase one, Mode mode, int threads, IReadOnlyList<Window> ours, IReadOnlyList<Window>? peer, PeerAnswer.Ready? choice, IReadOnlyList<Window>? alone)
    {
        var (here, there, single) = (Speeds(ours)!, Speeds(peer), Speeds(alone));
        return new(one.Name, mode.Name, here.Median, there?.Median, here.Median / there?.Median)
        {
            Meaning = one.Meaning,
            Rounds = ours.Count,
            OursMin = here.Min,
            OursMax = here.Max,
            PeerMin = there?.Min,
            PeerMax = there?.Max,
            Threads = threads,
            PeerThreads = choice?.Threads,
            PeerWorkers = choice?.Workers,
            Alone = single?.Median,
            Gain = here.Median / single?.Median,
            Split = SplitOf(ours, one.Batch * one.Students),
        };
    }

    /// <summary>As JSON.</summary>
    public static string ToJson(IEnumerable<BenchRow> rows) => JsonSerializer.Serialize(rows, Json);

    /// <summary>The comparison as a table.</summary>
    public static Sheet Comparison(IEnumerable<BenchRow> rows) => new(
        [new("case"), new("what"), new("mode"), new("ours", true), new("from … to"), new("PyTorch", true), new("from … to"), new("ratio", true), new("threads", true), new("PyTorch's"), new("alone", true), new("times alone", true)],
        [.. rows.Select(row => new[]
        {
            row.Case, row.Meaning, row.Mode, Number(row.Ours), Range(row.OursMin, row.OursMax), Number(row.Peer), Range(row.PeerMin, row.PeerMax), Times(row.Ratio),
            $"{row.Threads}", row.PeerThreads is null ? "" : $"{row.PeerThreads}, {row.PeerWorkers} loaders", Number(row.Alone), Times(row.Gain),
        })]);

    /// <summary>Where our time goes, in milliseconds per step, as a table; without rows when nobody measured it.</summary>
    public static Sheet Parts(IReadOnlyCollection<BenchRow> rows)
    {
        var parts = rows.SelectMany(row => row.Split?.Keys ?? []).Distinct().ToList();
        return new(
            [new("case"), new("mode"), .. parts.Select(part => new SheetColumn(part, true))],
            [.. rows.Where(row => row.Split is not null).Select(row => (string[])[row.Case, row.Mode, .. parts.Select(part => row.Split!.GetValueOrDefault(part) is { } p ? Text($"{1000 * p.Seconds:0.0} ({100 * p.Share:0} %)") : "")])]);
    }

    private static Spread? Speeds(IReadOnlyList<Window>? windows) => windows is { Count: > 0 } ? Spread.Of(windows.Select(window => window.Speed)) : null;

    // Sums over all windows: the split's parts add up to the whole that was measured.
    private static IReadOnlyDictionary<string, Part>? SplitOf(IReadOnlyList<Window> windows, int imagesPerStep)
    {
        var (steps, seconds) = ((double)windows.Sum(window => window.Images) / imagesPerStep, windows.Sum(window => window.Seconds));
        var parts = windows.SelectMany(window => window.Split).GroupBy(part => part.Part).ToDictionary(
            group => group.Key, group => group.Sum(part => part.Seconds) is var sum ? new Part(sum / steps, sum / seconds) : null!);
        return parts.Count > 0 ? parts : null;
    }

    private static string Number(double? value) => value is { } number ? Text($"{number:N0}") : "";

    private static string Range(double? min, double? max) => min is null ? "" : $"{Number(min)} … {Number(max)}";

    private static string Times(double? value) => value is { } number ? Text($"{number:0.00}") : "";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
