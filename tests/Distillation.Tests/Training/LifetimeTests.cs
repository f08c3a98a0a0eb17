using TorchSharp;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class LifetimeTests
{
    private static readonly Recipe Plain = Toy.Recipe with { Epochs = 170 };

    public static TheoryData<string> Cases => ["none", "kd", "average", "clipping", "several", "quantized", "adam in bfloat16, channels last"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void As_many_tensors_live_after_step_1000_as_after_step_10(string what)
    {
        using var data = Toy.Load();
        using var teacherWeights = Toy.Start(Toy.Network, 7);
        using var teacher = Toy.Network.Frozen(teacherWeights);
        var counts = new Dictionary<long, long>();
        var probe = Toy.Watched(step => counts[step.Progress.Step] = Tensor.TotalCount);
        Learner[] learners = what switch
        {
            "none" => [],
            "kd" => [Toy.Learner(Methods.Hinton(), recipe: Plain, teacher: Toy.Network)],
            "average" => [Toy.Learner(Methods.None, recipe: Plain with { Average = 0.99 })],
            "quantized" => [Toy.Learner(Methods.Hinton(), Toy.Network.Quantize(2, 4), Plain, teacher: Toy.Network)],
            "clipping" => [Toy.Learner(Methods.None, recipe: Plain with { ClipNorm = 0.1 })],
            "several" => [Toy.Learner(Methods.None, recipe: Plain), Toy.Learner(Methods.Hinton(), recipe: Plain, teacher: Toy.Network), Toy.Learner(Methods.Hinton(2), recipe: Plain, teacher: Toy.Network)],
            _ => [Toy.Learner(Methods.None, recipe: Plain with { Optimizer = new Optimizer.AdamW(), Compute = Compute.BFloat16, ChannelsLast = true })],
        };
        // Tensors that earlier tests left to the collector must not vanish while these are counted.
        GC.Collect();
        GC.WaitForPendingFinalizers();

        // The probe is asked first in its own step, so what it sees at a step is what the steps before have left.
        var recipe = learners.Length == 1 ? learners[0].Recipe : Plain;
        using var stopped = new CancellationTokenSource();
        var watcher = new Watcher(progress => { if (progress.Step > 1002) stopped.Cancel(); });
        Assert.Throws<OperationCanceledException>(() => Fold.Run([Toy.Stream(data, [Toy.Learner(probe, recipe: Plain), .. learners], teacher, recipe)], watcher, stopped.Token));

        Assert.Equal(counts[10], counts[1000]);
    }

    [Fact]
    public void A_fold_leaves_nothing_behind_but_the_weights_it_hands_over()
    {
        using var data = Toy.Load();
        var learner = Toy.Learner(Methods.None, recipe: Toy.Recipe with { Average = 0.9 });
        Toy.Alone(data, learner).Last.Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        var learned = Toy.Alone(data, learner);

        Assert.Equal(before + 2, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        learned.Last.Dispose();
    }

    [Fact]
    public void A_fold_that_is_stopped_frees_all_it_had()
    {
        using var data = Toy.Load();
        var learner = Toy.Learner(Methods.None);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using var stopped = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => Fold.Run([Toy.Stream(data, [learner])], new Watcher(OnEpoch: _ => stopped.Cancel()), stopped.Token));

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Resident_memory_grows_by_at_most_2_percent_between_steps_400_and_1400()
    {
        using var data = Toy.Load(Toy.Dataset with { TrainCount = 640 });
        using var teacherWeights = Toy.Start(Toy.ResNet, 7);
        using var teacher = Toy.ResNet.Frozen(teacherWeights);
        var recipe = Toy.Recipe with { Epochs = 141, BatchSize = 64, Average = 0.99, ClipNorm = 1 };
        var resident = new Dictionary<long, long>();
        var probe = Toy.Watched(step =>
        {
            if (step.Progress.Step is 400 or 1400)
            {
                resident[step.Progress.Step] = Environment.WorkingSet;
            }
        });

        Fold.Run([Toy.Stream(data, [Toy.Learner(probe, Toy.ResNet, recipe), Toy.Learner(Methods.Hinton(), Toy.ResNet, recipe, teacher: Toy.ResNet)], teacher)]);

        Assert.True(resident[1400] <= 1.02 * resident[400], $"{resident[400] >> 10} KiB after step 400, {resident[1400] >> 10} KiB after step 1,400");
    }
}
