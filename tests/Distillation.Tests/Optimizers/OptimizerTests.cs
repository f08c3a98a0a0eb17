using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class OptimizerTests
{
    private static readonly Optimizer[] Kinds =
    [
        new Optimizer.Sgd(), new Optimizer.Sgd(Momentum: 0), new Optimizer.Sgd(0.8, 5e-4, Nesterov: true, Decayed.Matrices),
        new Optimizer.Adam(), new Optimizer.Adam(0.8, 0.95, 1e-3, 0.1, Decayed.Matrices), new Optimizer.AdamW(), new Optimizer.AdamW(Decay: 0.5, Decayed: Decayed.Matrices),
    ];

    public static TheoryData<int> All => [.. Enumerable.Range(0, Kinds.Length)];

    [Theory]
    [MemberData(nameof(All))]
    public void An_optimizer_survives_JSON_as_an_equal_value(int index)
    {
        var text = JsonSerializer.Serialize(Kinds[index]);
        Assert.Equal(Kinds[index], JsonSerializer.Deserialize<Optimizer>(text));
        Assert.Single(Kinds, other => JsonSerializer.Serialize(other) == text);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Steps_are_in_place_and_leave_no_tensor_behind(int index)
    {
        using var scope = NewDisposeScope();
        var parameters = Key.Of(1).Normal([10], CPU);
        parameters.requires_grad = true;
        var slots = Kinds[index].Start(parameters);
        Assert.All(slots.Tensors, slot => Assert.False(slot.requires_grad));
        Assert.All(slots.Tensors, slot => Assert.Equal(0, Golden.Norm(Golden.Flat(slot))));
        var held = slots.Tensors.ToList();
        var gradient = Key.Of(2).Normal([10], CPU);
        var (before, count) = (Golden.Flat(parameters), scope.DisposablesCount);
        slots = Kinds[index].Step(parameters, gradient, slots, 0.1, matrixCount: 6);
        slots = Kinds[index].Step(parameters, gradient, slots, 0.1, matrixCount: 6);
        Assert.Equal(count, scope.DisposablesCount);
        Assert.Equal(2, slots.Steps);
        Assert.Equal(held, slots.Tensors);
        Assert.True(parameters.requires_grad && parameters.is_leaf);
        Assert.All(before.Zip(Golden.Flat(parameters)), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_long_descent_finds_the_bottom_of_a_bowl(int index)
    {
        // No decay, so that the bottom is where the gradient is 0.
        using var scope = NewDisposeScope();
        var optimizer = Kinds[index] switch
        {
            Optimizer.Sgd s => s with { Decay = 0 },
            Optimizer.Adam s => s with { Decay = 0 },
            Optimizer.AdamW s => s with { Decay = 0 },
            var other => other,
        };
        var (parameters, bottom) = (Key.Of(1).Normal([10], CPU), Key.Of(2).Normal([10], CPU));
        var slots = optimizer.Start(parameters);
        for (var k = 0; k < 400; k++)
        {
            using var step = NewDisposeScope();
            slots = optimizer.Step(parameters, parameters - bottom, slots, new Schedule.Cosine(0.1).At(k / 400.0), matrixCount: 10);
        }

        Assert.True(Golden.Apart(bottom, parameters) < 1e-2);
    }

    [Fact]
    public void Decay_moves_the_matrices_only_when_told_so()
    {
        using var scope = NewDisposeScope();
        foreach (var make in new Func<Decayed, Optimizer>[]
        {
            decayed => new Optimizer.Sgd(0.9, 0.1, Decayed: decayed), decayed => new Optimizer.Adam(Decay: 0.1, Decayed: decayed), decayed => new Optimizer.AdamW(Decay: 0.1, Decayed: decayed),
        })
        {
            Assert.Equal([true, true, true, true, true], Moved(make(Decayed.All)));
            Assert.Equal([true, true, true, false, false], Moved(make(Decayed.Matrices)));
        }

        // Which of five ones a gradient of zeros moves; the first three belong to matrices.
        static bool[] Moved(Optimizer optimizer)
        {
            var parameters = ones(5);
            _ = optimizer.Step(parameters, zeros(5), optimizer.Start(parameters), 0.1, matrixCount: 3);
            return [.. Golden.Flat(parameters).Select(v => v < 1)];
        }
    }

    [Fact]
    public void A_clipped_gradient_keeps_its_direction_and_is_never_longer_than_the_limit() =>
        Law.Holds(Law.Number(-3, 3), Law.Number(0.01, 5), (exponent, limit) =>
        {
            using var scope = NewDisposeScope();
            var gradient = Key.Of((long)(exponent * 1000)).Normal([17], CPU) * Math.Pow(10, exponent);
            var before = Golden.Flat(gradient);
            var after = Golden.Flat(gradient.ClipByNorm(limit));
            var scale = Golden.Norm(after) / Golden.Norm(before);
            return Golden.Norm(after) <= limit * (1 + 1e-6)
                && Golden.Apart([.. before.Select(v => v * scale)], after) < 1e-6
                && (Golden.Norm(before) > 0.999 * limit || Golden.Apart(before, after) == 0);
        });

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void A_limit_that_is_not_above_0_is_refused(double limit)
    {
        using var scope = NewDisposeScope();
        Assert.Equal("limit", Assert.Throws<ArgumentOutOfRangeException>(() => ones(3).ClipByNorm(limit)).ParamName);
    }
}
