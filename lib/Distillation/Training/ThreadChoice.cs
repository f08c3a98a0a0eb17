using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>
/// How many threads an operator should use, by a short measurement: on a busy machine two can be slower than one, and the number of cores does not tell.
/// </summary>
public static class ThreadChoice
{
    // More threads must be worth this much, or fewer are taken.
    private const double WorthIt = 1.15;
    private const int Most = 16;
    private const int Rounds = 7;

    /// <summary>
    /// Sets libtorch's number of threads to the fastest of 1, 2, 4, … cores and returns it. Takes well under a second. On other devices it changes nothing.
    /// What is measured is a piece of training (convolution, normalisation, ReLU, forward and backward) in the dtype and layout that the run will have: which number is best depends on both.
    /// </summary>
    /// <param name="device">What is computed on.</param>
    /// <param name="compute">What convolutions compute in.</param>
    /// <param name="channelsLast">The layout of images.</param>
    public static int Choose(Device device, Compute compute = Compute.Float32, bool channelsLast = false)
    {
        if (device.type != DeviceType.CPU)
        {
            return get_num_threads();
        }

        using var scope = NewDisposeScope();
        var dtype = compute == Compute.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        var (images, weight) = (Laid(ones(32, 32, 32, 32, dtype)).requires_grad_(true), Laid(full([32, 32, 3, 3], 0.01f, dtype)).requires_grad_(true));
        var (mean, variance) = (zeros(32), ones(32));
        var cores = Math.Min(Environment.ProcessorCount, Most);
        int[] counts = [.. Enumerable.Range(0, 5).Select(i => 1 << i).Where(n => n < cores), cores];

        // In turns, so that a disturbance meets all of them, and the middle of each: the best moment of a busy machine is not how a run will fare. The first round warms up.
        var times = Enumerable.Range(0, Rounds + 1).Select(_ => counts.Select(Pass).ToArray()).Skip(1).ToList();
        var chosen = counts
            .Select((n, i) => (Threads: n, Seconds: times.Select(round => round[i]).Order().ElementAt(Rounds / 2)))
            .Aggregate((best, next) => best.Seconds > next.Seconds * WorthIt ? next : best).Threads;
        set_num_threads(chosen);
        return chosen;

        Tensor Laid(Tensor x) => channelsLast ? x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : x;

        double Pass(int threads)
        {
            set_num_threads(threads);
            using var inner = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            F.relu(F.batch_norm(F.conv2d(images, weight, padding: [1, 1]), mean, variance, training: true)).sum().backward(inputs: [images, weight]);
            (images.grad, weight.grad) = (null, null);
            return clock.Elapsed.TotalSeconds;
        }
    }
}
