using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// How many threads an operator should use, by a short measurement: on a busy machine two can be slower than one, and the number of cores does not tell.
/// </summary>
public static class ThreadChoice
{
    // More threads must be worth this much, or fewer are taken.
    private const double WorthIt = 1.15;
    private const int Most = 16;
    private const int Rounds = 5;
    private const int Pieces = 3;

    /// <summary>
    /// Sets libtorch's number of threads to the fastest of 1, 2, 4, … cores and returns it. Takes about two seconds. On other devices it changes nothing.
    /// What is measured is the forward and backward pass of a small residual network in the dtype and layout that the run will have: which number is best depends on both.
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
        var network = Networks.ResNet(8, width: 2);
        var images = Laid(ones(32, 3, 32, 32).to_type(dtype));
        var weights = network.Initialize(Key.Of(0), CPU);
        weights.Parameters.requires_grad_(true);
        var cores = Math.Min(Environment.ProcessorCount, Most);
        int[] counts = [.. Enumerable.Range(0, 5).Select(i => 1 << i).Where(n => n < cores), cores];

        // In turns, so that a disturbance meets all of them, and the middle of each: the best moment of a busy machine is not how a run will fare. The first round warms up.
        var times = Enumerable.Range(0, Rounds + 1).Select(_ => counts.Select(Turn).ToArray()).Skip(1).ToList();
        var chosen = counts
            .Select((n, i) => (Threads: n, Seconds: times.Select(round => round[i]).Order().ElementAt(Rounds / 2)))
            .Aggregate((best, next) => best.Seconds > next.Seconds * WorthIt ? next : best).Threads;
        set_num_threads(chosen);
        return chosen;

        Tensor Laid(Tensor x) => channelsLast ? x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : x;

        // The first piece after a change wakes or makes threads, which a run does once; what counts are the pieces after it.
        double Turn(int threads)
        {
            set_num_threads(threads);
            Piece();
            return Enumerable.Range(0, Pieces).Select(_ => Piece()).Order().ElementAt(Pieces / 2);
        }

        double Piece()
        {
            using var inner = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            network.Apply(weights, images, Pass.Training(Key.Of(0))).Logits.square().mean().backward(inputs: [weights.Parameters]);
            weights.Parameters.grad = null;
            return clock.Elapsed.TotalSeconds;
        }
    }
}
