using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation.Benchmarks;

/// <summary>A loss on logits [64, 100], its mean, and the backward pass to the student's logits, on one thread.</summary>
public class LossCalls
{
    private Tensor student = null!;
    private Tensor teacher = null!;
    private Tensor soft = null!;
    private Tensor labels = null!;

    [GlobalSetup]
    public void Setup()
    {
        set_num_threads(1);
        student = Key.Of(0).Normal([64, 100], CPU).requires_grad_(true);
        teacher = Key.Of(1).Normal([64, 100], CPU);
        (soft, labels) = (F.softmax(teacher, 1), arange(64));
    }

    [GlobalCleanup]
    public void Cleanup() => new[] { student, teacher, soft, labels }.ToList().ForEach(tensor => tensor.Dispose());

    [Benchmark]
    public void CrossEntropy() => Learn(() => Losses.CrossEntropy(student, labels));

    [Benchmark]
    public void SmoothedCrossEntropy() => Learn(() => Losses.SmoothedCrossEntropy(student, labels, 0.1));

    [Benchmark]
    public void SoftCrossEntropy() => Learn(() => Losses.SoftCrossEntropy(student, soft));

    [Benchmark]
    public void KlDivergence() => Learn(() => Losses.KlDivergence(student, teacher, 4));

    [Benchmark]
    public void Hinton() => Learn(() => Losses.Hinton(student, teacher, 4));

    private void Learn(Func<Tensor> loss)
    {
        using var scope = NewDisposeScope();
        loss().mean().backward(inputs: [student]);
        student.grad = null;
    }
}
