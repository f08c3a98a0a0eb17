using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Distillation.Benchmarks;

/// <summary>Small operator calls, each result freed at once, as a training step's are.</summary>
public class OperatorCalls
{
    /// <summary>Calls per measured invocation.</summary>
    public const int Calls = 1000;

    private Tensor a = null!;
    private Tensor b = null!;
    private IDisposable quiet = null!;

    [GlobalSetup]
    public void Setup()
    {
        set_num_threads(1);
        quiet = no_grad();
        (a, b) = (ones(4, 4), ones(4, 4));
    }

    [GlobalCleanup]
    public void Cleanup() => quiet.Dispose();

    [Benchmark]
    public void Add() => Repeat(() => a.add(b));

    [Benchmark]
    public void Relu() => Repeat(() => a.relu());

    [Benchmark]
    public void Matmul() => Repeat(() => a.mm(b));

    [Benchmark]
    public void Sum() => Repeat(() => a.sum());

    private static void Repeat(Func<Tensor> call)
    {
        for (var i = 0; i < Calls; i++)
        {
            call().Dispose();
        }
    }
}
