using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation.Tests;

/// <summary>The layers that small networks and exits are made of.</summary>
public sealed class MapLayerTests
{
    private static readonly Shape Six = new(6, 4, 4);

    // What a layer makes of images whose every value says where it is: 100 · channel + 10 · row + column.
    private static Tensor Made(Layer layer, Tensor? images = null)
    {
        var network = Network.Parts("layer", ("", Six, layer));
        return network.Call(network.Initialize(Key.Of(1), CPU), "", images ?? Places(), Pass.Evaluation);
    }

    private static Tensor Places() =>
        (arange(6, ScalarType.Float32).view(1, 6, 1, 1) * 100) + (arange(4, ScalarType.Float32).view(1, 1, 4, 1) * 10) + arange(4, ScalarType.Float32).view(1, 1, 1, 4).expand(2, 6, 4, 4);

    [Theory]
    [InlineData(1, new[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData(2, new[] { 0, 3, 1, 4, 2, 5 })]
    [InlineData(3, new[] { 0, 2, 4, 1, 3, 5 })]
    public void A_shuffle_deals_the_channels_of_the_groups_out_in_turn(int groups, int[] order)
    {
        using var scope = NewDisposeScope();
        foreach (var images in new[] { Places(), Places().permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) })
        {
            var made = Made(Layer.ChannelShuffle(groups), images);
            Assert.Equal(order.Select(channel => (channel * 100d) + 23), Golden.Flat(made[1, .., 2, 3]));
            // In the layout they came in.
            Assert.Equal(images.stride(), made.stride());
        }
    }

    [Fact]
    public void Parts_of_the_channels_put_in_a_row_are_the_whole()
    {
        using var scope = NewDisposeScope();
        var parts = Enumerable.Range(0, 3).Select(i => Layer.Channels(i, 3)).ToArray();

        Assert.Equal([200, 300], Golden.Flat(Made(parts[1])[0, .., 0, 0]));
        Assert.Equal(Golden.Flat(Places()), Golden.Flat(Made(Layer.Concat(parts))));
        Assert.Equal([200, 300, 0], Golden.Flat(Made(Layer.Concat(parts[1], Layer.Channels(0, 6)))[0, .., 0, 0]));
    }

    [Fact]
    public void ReLU6_ends_at_6_and_overwrites_only_what_nobody_else_sees()
    {
        using var scope = NewDisposeScope();
        var values = Places() - 8;
        var before = Golden.Flat(values);

        Assert.Equal(before.Select(v => Math.Clamp(v, 0, 6)), Golden.Flat(Made(Layer.Relu6, values)));
        Assert.Equal(before, Golden.Flat(values));
        var conv = Layer.Conv("conv", 2).Then(Layer.BatchNorm("bn"));
        var (seen, unseen) = (Made(Layer.Concat(conv.Tap("seen").Then(Layer.Relu6)), values), Made(conv.Then(Layer.Relu6), values));
        Assert.Equal(Golden.Flat(seen), Golden.Flat(unseen));
    }

    [Fact]
    public void A_depthwise_convolution_sees_one_channel_at_a_time()
    {
        using var scope = NewDisposeScope();
        var network = Network.Parts("depthwise", ("", Six, Layer.Depthwise("conv", stride: 2)));
        var weights = network.Initialize(Key.Of(1), CPU);
        var images = Places();
        var whole = network.Call(weights, "", images, Pass.Evaluation);

        Assert.Equal([6, 1, 3, 3], network.Parameters[0].Shape.ToArray());
        Assert.Equal(6 * 9 * 2 * 2, network.MultiplyAdds);
        Assert.Equal([2L, 6, 2, 2], whole.shape);
        for (var channel = 0; channel < 6; channel++)
        {
            var alone = F.conv2d(images.narrow(1, channel, 1), weights["conv.weight"].narrow(0, channel, 1), strides: [2, 2], padding: [1, 1]);
            Assert.True(Golden.Apart(alone, whole.narrow(1, channel, 1)) < 1e-6);
        }
    }

    [Fact]
    public void A_mean_of_windows_counts_the_zeros_around_the_map()
    {
        using var scope = NewDisposeScope();

        var made = Made(Layer.AveragePool(3, stride: 2, padding: 1));

        Assert.Equal([2L, 6, 2, 2], made.shape);
        // The first window holds four pixels of channel 0 and five zeros.
        Assert.Equal((0 + 1 + 10 + 11) / 9.0, Golden.Flat(made)[0], 1e-5);
        Assert.Equal((11 + 12 + 13 + 21 + 22 + 23 + 31 + 32 + 33) / 9.0, Golden.Flat(made)[3], 1e-5);
    }

    [Fact]
    public void A_gate_multiplies_what_arrives_by_what_it_says()
    {
        using var scope = NewDisposeScope();
        var images = Places() / 300;

        Assert.True(Golden.Apart(images * images.sigmoid(), Made(Layer.Gate(Layer.Sigmoid), images)) < 1e-6);
    }

    [Fact]
    public void A_map_of_twice_the_size_has_three_quarters_of_the_near_pixel_and_one_of_the_far()
    {
        using var scope = NewDisposeScope();

        var row = Golden.Flat(Made(Layer.Resize(4, 8))[0, 0, 0, ..]);

        Assert.Equal([0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3], row.Select(v => Math.Round(v, 6)));
        Assert.Equal([2L, 6, 2, 2], Made(Layer.Resize(2, 2)).shape);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_convolution_of_doubled_pixels_gives_what_doubling_and_then_the_convolution_give(bool bias)
    {
        using var scope = NewDisposeScope();
        var (plain, quick) = (Network.Parts("map", ("", Six, Layer.Doubled.Then(Layer.Conv("conv", 5, bias: bias)))), Network.Parts("map", ("", Six, Layer.DoubledConv("conv", 5, bias))));
        Assert.Equal(plain.Describe(), quick.Describe());
        var start = plain.Initialize(Key.Of(1), CPU);
        var weights = start with { Parameters = start.Parameters.detach().to_type(ScalarType.Float64).requires_grad_() };
        var images = Key.Of(2).Normal([3, 6, 4, 4], CPU).to_type(ScalarType.Float64).requires_grad_();
        var pull = Key.Of(3).Normal([3, 5, 8, 8], CPU).to_type(ScalarType.Float64);

        var (expected, actual) = (Answer(plain), Answer(quick));

        Assert.Equal([3L, 5, 8, 8], actual[0].shape);
        // What comes out, and the gradients of the images and of weight and bias.
        Assert.All(expected.Zip(actual), pair => Assert.True(Golden.Apart(pair.First, pair.Second) < 1e-13));

        Tensor[] Answer(Network network)
        {
            var made = network.Call(weights, "", images, Pass.Evaluation);
            return [made, .. autograd.grad([made], [images, weights.Parameters], [pull])];
        }
    }
}
