using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class WeightsTests
{
    [Fact]
    public void A_name_gives_a_view_and_writing_to_it_writes_to_the_weights()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var weights = Small.Net.Initialize(Key.Of(0), CPU);
        var before = Golden.Flat(weights.Parameters);
        weights["layer1.0.conv1.weight"].fill_(3);
        weights["bn1.running_var"].fill_(9);
        Assert.Equal([16, 16, 3, 3], weights["layer1.0.conv1.weight"].shape);
        Assert.Equal(16 * 16 * 9, before.Zip(Golden.Flat(weights.Parameters)).Count(pair => pair.First != pair.Second));
        Assert.Equal(16, Golden.Flat(weights.Buffers).Count(v => v == 9));
    }

    [Fact]
    public void The_names_cover_both_flat_tensors_without_overlap()
    {
        var table = Small.Net.Table;
        foreach (var (places, count) in new[] { (table.Places.Where(p => p.Trained), table.Count), (table.Places.Where(p => !p.Trained), table.BufferCount) })
        {
            var end = places.OrderBy(p => p.Offset).Aggregate(0L, (next, place) =>
            {
                Assert.Equal(next, place.Offset);
                Assert.Equal(place.Count, place.Shape.Aggregate(1L, (product, n) => product * n));
                return next + place.Count;
            });
            Assert.Equal(count, end);
        }
    }

    [Fact]
    public void Matrices_come_first_in_the_flat_tensor()
    {
        var matrices = Small.Net.Parameters.Where(p => p.Role == Role.Matrix).ToList();
        Assert.Equal(Small.Net.Table.MatrixCount, matrices.Sum(p => p.Count));
        Assert.All(matrices, p => Assert.True(Small.Net.Table.Find(p.Name)!.Offset < Small.Net.Table.MatrixCount));
        Assert.All(matrices, p => Assert.EndsWith(".weight", p.Name));
        Assert.All(Small.Net.Parameters.Except(matrices), p => Assert.Single(p.Shape));
    }

    [Fact]
    public void Map_makes_new_weights_from_names_and_values()
    {
        using var scope = NewDisposeScope();
        var weights = Small.Warm(Small.Net);
        var before = Golden.Bits(weights.Parameters);
        var seen = new List<string>();
        var mapped = weights.Map((name, value) =>
        {
            seen.Add(name);
            return name.EndsWith("bias", StringComparison.Ordinal) ? value + 1 : value * 2;
        });
        Assert.Equal(Small.Net.Parameters.Select(p => p.Name), seen);
        Assert.All(Small.Net.Parameters, p => Assert.Equal(
            Golden.Flat(weights[p.Name]).Select(v => p.Name.EndsWith("bias", StringComparison.Ordinal) ? (float)v + 1 : (float)v * 2), Golden.Flat(mapped[p.Name]).Select(v => (float)v)));
        Assert.Equal(Golden.Bits(weights.Buffers), Golden.Bits(mapped.Buffers));
        Assert.Equal(before, Golden.Bits(weights.Parameters));
        mapped.Buffers.zero_();
        Assert.NotEqual(0, Golden.Norm(Golden.Flat(weights.Buffers)));
    }

    [Fact]
    public void A_copy_shares_nothing_and_has_no_history()
    {
        using var scope = NewDisposeScope();
        var weights = Small.Warm(Small.Net);
        weights.Parameters.requires_grad = true;
        foreach (var copy in new[] { weights.Copy(), weights.To(CPU) })
        {
            Assert.False(copy.Parameters.requires_grad);
            Assert.Equal(Golden.Bits(weights.Parameters), Golden.Bits(copy.Parameters));
            var before = Golden.Bits(weights.Parameters);
            copy.Parameters.add_(1);
            copy.Buffers.add_(1);
            Assert.Equal(before, Golden.Bits(weights.Parameters));
            Assert.NotEqual(Golden.Bits(weights.Buffers), Golden.Bits(copy.Buffers));
        }
    }

    [Fact]
    public void MoveTowards_averages_parameters_and_buffers_in_place() =>
        Law.Holds(Law.Number(0, 1), Law.Number(-2, 2), (decay, start) =>
        {
            using var scope = NewDisposeScope();
            var network = Small.Of(Layer.BatchNorm("bn"));
            var (average, other) = (network.Initialize(Key.Of(1), CPU), network.Initialize(Key.Of(2), CPU));
            average.Buffers.fill_(start);
            other.Parameters.requires_grad = true;
            var expected = Mixed(average.Parameters, other.Parameters).Concat(Mixed(average.Buffers, other.Buffers)).ToArray();
            average.MoveTowards(other, decay);
            return Golden.Apart(expected, [.. Golden.Flat(average.Parameters), .. Golden.Flat(average.Buffers)]) < 1e-6;

            double[] Mixed(Tensor a, Tensor b) => [.. Golden.Flat(a).Zip(Golden.Flat(b), (x, y) => (decay * x) + ((1 - decay) * y))];
        });

    [Fact]
    public void Weights_that_are_kept_outlive_the_scope_they_were_made_in()
    {
        Weights kept;
        using (NewDisposeScope())
        {
            kept = Small.Net.Initialize(Key.Of(0), CPU).Keep();
        }

        using (kept)
        {
            Assert.Equal(Small.Net.ParameterCount, kept.Parameters.numel());
        }
    }

    [Fact]
    public void Initializing_leaves_two_tensors_behind_and_no_more()
    {
        using var scope = NewDisposeScope();
        _ = Small.Net.Initialize(Key.Of(0), CPU);
        Assert.Equal(2, scope.DisposablesCount);
    }
}
