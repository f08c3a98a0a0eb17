using static TorchSharp.torch;

namespace Distillation;

/// <summary>Work that was recorded once and can be done again with what then stands in the tensors that it reads. Owns its results.</summary>
/// <param name="Results">The tensors that the work gave; every replay writes them anew in the same place.</param>
/// <param name="Replay">Does the work again.</param>
/// <param name="Release">Gives back what the recording holds besides the results.</param>
public sealed record Recording(IReadOnlyList<Tensor> Results, Action Replay, Action Release) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        foreach (var result in Results)
        {
            result.Dispose();
        }
    }
}

/// <summary>
/// Records work on a device: a function of tensors that stay where they are, which draws nothing and waits for nothing. It may be done several times for that, or be told to the device without being done; so
/// the results mean something only after a replay.
/// </summary>
/// <param name="work">The work; its results are those of the recording.</param>
/// <exception cref="RecordingFailed">The work cannot be recorded, and why.</exception>
public delegate Recording Recorder(Func<IReadOnlyList<Tensor>> work);

/// <summary>Work that a <see cref="Recorder"/> could not record; it can still be done step by step.</summary>
public sealed class RecordingFailed(string message, Exception? inner = null) : Exception(message, inner);
