using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class MethodCostTests
{
    [Fact]
    public void Every_method_is_measured_and_what_it_holds_is_counted()
    {
        using var data = Toy.Load();
        using var weights = Toy.Start(Toy.ResNet);
        using var teacher = Toy.ResNet.Frozen(weights, ScalarType.Float32);
        var live = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        var costs = MethodCosts.Measure(data, teacher, Toy.ResNet, [Methods.None, Methods.Hinton(), Methods.Cc()], Toy.Recipe, turns: 3);

        Assert.Equal(["none", "kd", "cc"], costs.Select(cost => cost.Method.Name));
        Assert.All(costs, cost => Assert.InRange(cost.StepSeconds, 1e-6, 60));
        Assert.Equal([0L, 0L], costs.Take(2).Select(cost => cost.Adapters));
        // Weights and one momentum of both embeddings, in float32.
        Assert.True(costs[2].Adapters > 0);
        Assert.Equal(2 * 4 * costs[2].Adapters, costs[2].HeldBytes);
        Assert.Equal(live, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(3, costs.ToTable().Rows.Count);
    }

    [Fact]
    public void Nothing_is_measured_in_no_turns()
    {
        using var data = Toy.Load();
        using var weights = Toy.Start(Toy.ResNet);
        using var teacher = Toy.ResNet.Frozen(weights, ScalarType.Float32);
        Assert.Throws<BadInput>(() => MethodCosts.Measure(data, teacher, Toy.ResNet, [Methods.None], Toy.Recipe, turns: 0));
    }
}
