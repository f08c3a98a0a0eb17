using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>Where a learner stood: enough to go on from there with the same bits. Draws come from keys, so no generator state is part of it. Owns its tensors.</summary>
/// <param name="Tensors">Weights, buffers, optimizer slots, average, players, memory, sums and the weights that are kept, by name.</param>
/// <param name="Position">Everything that is no tensor.</param>
public sealed record Checkpoint(IReadOnlyDictionary<string, Tensor> Tensors, Position Position) : IDisposable
{
    private static readonly JsonSerializerOptions Options = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, IncludeFields = true };

    /// <summary>Writes it as a safetensors file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="experiment">The text of the experiment it belongs to.</param>
    public void Save(string path, string experiment) =>
        TensorFile.Save(path, Tensors, new Dictionary<string, string> { ["experiment"] = experiment, ["position"] = JsonSerializer.Serialize(Position, Options) });

    /// <summary>Reads one, with the text of its experiment.</summary>
    /// <exception cref="BadInput">The file is cut short, changed, or no checkpoint.</exception>
    public static (Checkpoint Checkpoint, string Experiment) Load(string path, Device device)
    {
        var (position, experiment) = Peek(path);
        return (new Checkpoint(TensorFile.Load(path, device).Tensors, position), experiment);
    }

    /// <summary>The place and the experiment of one without its tensors.</summary>
    /// <exception cref="BadInput">The file is cut short, or no checkpoint.</exception>
    public static (Position Position, string Experiment) Peek(string path)
    {
        var notes = TensorFile.Notes(path);
        try
        {
            return JsonSerializer.Deserialize<Position>(notes["position"], Options) is { Step: >= 0, Phase: >= 0, SlotSteps: >= 0, Threads: > 0 and <= 4096, SideBySide: > 0, PlayerSteps: not null, Epochs: not null } position
                ? (position, notes["experiment"])
                : throw new BadInput($"{path} says of a training what no training can be at; remove it.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or NotSupportedException)
        {
            throw new BadInput($"{path} is no checkpoint of a training; remove it.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Tensors.Values)
        {
            tensor.Dispose();
        }
    }
}

/// <summary>How far a learner was.</summary>
/// <param name="Step">Steps done since the start of the run.</param>
/// <param name="Phase">The number of its phase.</param>
/// <param name="SlotSteps">Updates done by the student's optimizer in this phase.</param>
/// <param name="PlayerSteps">The same for each player by name.</param>
/// <param name="Epochs">One report per epoch that was closed.</param>
/// <param name="EpochSeconds">Time spent on the epoch that was not.</param>
/// <param name="Seconds">Time spent in all.</param>
/// <param name="Threads">How many threads computed it: another number gives other roundings.</param>
/// <param name="SideBySide">How many learners its fold began with.</param>
public sealed record Position(
    long Step, int Phase, long SlotSteps, IReadOnlyDictionary<string, long> PlayerSteps, IReadOnlyList<EpochReport> Epochs, double EpochSeconds, double Seconds, int Threads,
    int SideBySide);

/// <summary>How a fold keeps what it does.</summary>
/// <param name="Find">The checkpoint that a learner goes on from, or null; the fold disposes it.</param>
/// <param name="Write">Keeps a learner's checkpoint; it is only lent.</param>
/// <param name="Every">How much time may be lost at most within an epoch.</param>
public sealed record Keeping(Func<Learner, Checkpoint?> Find, Action<Learner, Checkpoint> Write, TimeSpan Every);
