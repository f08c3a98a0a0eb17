using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// A <see cref="Recorder"/> for NVIDIA GPUs: the launches of a step are captured as one CUDA graph and handed over as one. A network of small layers keeps a GPU waiting for its launches; a replayed graph does not.
/// TorchSharp has no such call, so this asks libtorch itself through the optional library of this project.
/// </summary>
public static class CudaGraphs
{
    private delegate nint Said();

    private delegate nint Asked(int device);

    private delegate nint Open();

    private delegate nint Told(nint graph);

    private delegate void Closed(nint graph);

    /// <summary>Why nothing can be captured here, in a sentence; null when it can.</summary>
    /// <param name="device">What is computed on.</param>
    public static string? Absence(Device device) =>
        device.type != TorchSharp.DeviceType.CUDA ? $"CUDA graphs are for a GPU, and this computes on {device.type.ToString().ToLowerInvariant()}."
        : NativePart.Absence is { } reason ? $"CUDA graphs cannot be captured: {reason}"
        : Text(NativePart.Entry<Said>("distillation_graph_absence")()) is { } missing ? $"CUDA graphs cannot be captured: {missing}"
        : null;

    /// <summary>Captures work on a device.</summary>
    /// <param name="device">The GPU.</param>
    /// <exception cref="BadInput">Nothing can be captured here; <see cref="Absence"/> says why.</exception>
    public static Recorder On(Device device) =>
        Absence(device) is { } absence ? throw new BadInput(absence) : work => Capture(device, work);

    // Apart from the stream that everything else runs on, and once without capturing, so that libraries which prepare themselves at their first call have done so.
    private static Recording Capture(Device device, Func<IReadOnlyList<Tensor>> work)
    {
        var graph = NativePart.Entry<Open>("distillation_graph_open")();
        var results = new List<Tensor>();
        try
        {
            Do("distillation_graph_aside", Math.Max(0, device.index));
            try
            {
                using (NewDisposeScope())
                {
                    work();
                }

                Do("distillation_graph_begin", graph);
                try
                {
                    using var scope = NewDisposeScope();
                    results.AddRange(work().Select(result => result.DetachFromDisposeScope()));
                }
                finally
                {
                    Do("distillation_graph_end", graph);
                }
            }
            finally
            {
                Do("distillation_graph_back");
            }

            return new Recording(results, () => Do("distillation_graph_replay", graph), () => Close(graph));
        }
        catch (Exception e) when (e is RecordingFailed or ExternalException or InvalidOperationException)
        {
            results.ForEach(result => result.Dispose());
            Close(graph);
            throw e as RecordingFailed ?? new RecordingFailed($"it could not be captured ({FirstLine(e.Message)})", e);
        }
    }

    private static void Do(string function, nint graph) => Check(NativePart.Entry<Told>(function)(graph));

    private static void Do(string function, int device) => Check(NativePart.Entry<Asked>(function)(device));

    private static void Do(string function) => Check(NativePart.Entry<Said>(function)());

    private static void Close(nint graph) => NativePart.Entry<Closed>("distillation_graph_close")(graph);

    private static void Check(nint error)
    {
        if (Text(error) is { } message)
        {
            throw new RecordingFailed($"CUDA said: {FirstLine(message)}");
        }
    }

    private static string? Text(nint text) => Marshal.PtrToStringUTF8(text);

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('.', ' ');
}
