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

    /// <summary>Sets libtorch's number of threads to the fastest of 1, 2, 4, … cores and returns it. Takes well under a second. On other devices it changes nothing.</summary>
    public static int Choose(Device device)
    {
        if (device.type != DeviceType.CPU)
        {
            return get_num_threads();
        }

        var cores = Math.Min(Environment.ProcessorCount, Most);
        var counts = Enumerable.Range(0, 5).Select(i => 1 << i).Where(n => n < cores).Append(cores);
        var chosen = counts.Select(n => (Threads: n, Seconds: Measure(n))).Aggregate((best, next) => best.Seconds > next.Seconds * WorthIt ? next : best).Threads;
        set_num_threads(chosen);
        return chosen;
    }

    // The best of a few forward passes of a small network's typical layer; one disturbed pass does not decide.
    private static double Measure(int threads)
    {
        set_num_threads(threads);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var images = ones(64, 32, 32, 32);
        var weight = ones(32, 32, 3, 3);
        Pass();
        return Enumerable.Range(0, 5).Min(_ => Pass());

        double Pass()
        {
            using var inner = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            F.relu(F.conv2d(images, weight, padding: [1, 1]));
            return clock.Elapsed.TotalSeconds;
        }
    }
}
