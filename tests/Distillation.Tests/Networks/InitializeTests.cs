using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class InitializeTests
{
    [Fact]
    public void Drawn_values_follow_their_distribution()
    {
        using var scope = NewDisposeScope();
        foreach (var network in new[] { Networks.ResNet(20), Networks.WideResNet(16, 2), Networks.Vgg(8), Networks.LeNet5() })
        {
            var weights = network.Initialize(Key.Of(4), CPU);
            Assert.All(network.Parameters, parameter =>
            {
                var values = Golden.Flat(weights[parameter.Name]);
                // Six standard errors of a mean square, whatever the distribution here; never less than a small draw can hold.
                var slack = 6 / Math.Sqrt(values.Length);
                switch (parameter.Initializer)
                {
                    case Initializer.Constant c:
                        Assert.All(values, v => Assert.Equal(c.Value, v));
                        break;
                    case Initializer.Normal n:
                        Assert.InRange(values.Average(v => v * v) / (n.Deviation * n.Deviation), 1 - (1.5 * slack), 1 + (1.5 * slack));
                        Assert.InRange(values.Average() / n.Deviation, -slack, slack);
                        break;
                    case Initializer.Uniform u:
                        Assert.All(values, v => Assert.InRange(v, -u.Bound * 1.000001, u.Bound * 1.000001));
                        Assert.InRange(values.Average(v => v * v) * 3 / (u.Bound * u.Bound), 1 - slack, 1 + slack);
                        break;
                }
            });
            Assert.All(network.Buffers, buffer => Assert.All(Golden.Flat(weights[buffer.Name]), v => Assert.Equal(buffer.Name.EndsWith("var", StringComparison.Ordinal) ? 1 : 0, v)));
        }
    }

    [Fact]
    public void Two_keys_start_differently_and_one_key_always_the_same()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(Start(1), Start(1));
        Assert.NotEqual(Start(1), Start(2));

        static int[] Start(long seed) => Golden.Bits(Small.Net.Initialize(Key.Of(seed), CPU).Parameters);
    }

    [Fact]
    public void A_deeper_network_starts_like_the_shallower_one_where_names_and_shapes_agree()
    {
        using var scope = NewDisposeScope();
        var (shallow, deep) = (Networks.ResNet(8), Networks.ResNet(20));
        var (some, more) = (shallow.Initialize(Key.Of(9), CPU), deep.Initialize(Key.Of(9), CPU));
        Assert.All(shallow.Parameters, p => Assert.Equal(Golden.Bits(some[p.Name]), Golden.Bits(more[p.Name])));
        Assert.True(deep.Parameters.Count > shallow.Parameters.Count);
    }

    [Fact]
    public void A_layer_added_in_front_does_not_change_how_the_others_start()
    {
        using var scope = NewDisposeScope();
        var plain = Small.Of(Layer.Conv("conv1", 3), Layer.BatchNorm("bn1"), Layer.Conv("conv2", 3));
        var longer = Small.Of(Layer.Conv("new", 3), Layer.Conv("conv1", 3), Layer.BatchNorm("bn1"), Layer.Conv("conv2", 3), Layer.Conv("newer", 3, bias: true));
        var (some, more) = (plain.Initialize(Key.Of(9), CPU), longer.Initialize(Key.Of(9), CPU));
        Assert.All(plain.Parameters, p => Assert.Equal(Golden.Bits(some[p.Name]), Golden.Bits(more[p.Name])));
    }

    [Fact]
    public void Parameters_of_the_same_shape_start_differently()
    {
        using var scope = NewDisposeScope();
        var weights = Networks.ResNet(20).Initialize(Key.Of(0), CPU);
        Assert.NotEqual(Golden.Bits(weights["layer1.0.conv1.weight"]), Golden.Bits(weights["layer1.0.conv2.weight"]));
        Assert.NotEqual(Golden.Bits(weights["layer1.0.conv1.weight"]), Golden.Bits(weights["layer1.1.conv1.weight"]));
    }
}
