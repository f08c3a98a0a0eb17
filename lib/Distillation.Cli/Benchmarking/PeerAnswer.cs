using System.Text.Json;

namespace Distillation.Cli.Benchmarking;

/// <summary>A line that the other side wrote. A closed set of cases.</summary>
internal abstract record PeerAnswer
{
    private PeerAnswer()
    {
    }

    /// <summary>It waits for work.</summary>
    /// <param name="Torch">Its PyTorch.</param>
    /// <param name="Torchvision">Its torchvision.</param>
    /// <param name="Workers">Loader processes, the fastest number it found.</param>
    /// <param name="Threads">Threads of an operator, the fastest number it found.</param>
    /// <param name="Parameters">Trainable values of all its networks.</param>
    public sealed record Ready(string Torch, string Torchvision, int Workers, int Threads, long Parameters) : PeerAnswer;

    /// <summary>It has measured.</summary>
    /// <param name="Images">Images done.</param>
    /// <param name="Seconds">How long that took.</param>
    public sealed record Measured(long Images, double Seconds) : PeerAnswer;

    /// <summary>It did not understand.</summary>
    public sealed record Refused(string Message) : PeerAnswer;

    /// <summary>Reads a line.</summary>
    /// <exception cref="BadInput">The line is none of these; it is quoted.</exception>
    public static PeerAnswer Parse(string line)
    {
        try
        {
            var answer = JsonDocument.Parse(line).RootElement;
            return answer.GetProperty("event").GetString() switch
            {
                "ready" => new Ready(
                    answer.GetProperty("torch").GetString()!, answer.GetProperty("torchvision").GetString()!, answer.GetProperty("workers").GetInt32(), answer.GetProperty("threads").GetInt32(),
                    answer.GetProperty("parameters").GetInt64()),
                "window" => new Measured(answer.GetProperty("images").GetInt64(), answer.GetProperty("seconds").GetDouble()),
                "error" => new Refused(answer.GetProperty("message").GetString()!),
                _ => throw Unknown(line),
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Unknown(line);
        }
    }

    private static BadInput Unknown(string line) =>
        new($"The Python side wrote '{(line.Length > 200 ? line[..200] + "…" : line)}', which is no answer; run tests/Benchmarks/peer/peer.py by itself to see what it says.");
}
