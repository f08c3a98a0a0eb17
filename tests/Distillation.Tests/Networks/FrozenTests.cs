using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class FrozenTests
{
    [Theory]
    [InlineData(ScalarType.Float32, false, 1e-6)]
    [InlineData(ScalarType.Float32, true, 1e-5)]
    [InlineData(ScalarType.BFloat16, false, 0.05)]
    [InlineData(ScalarType.BFloat16, true, 0.05)]
    public void A_frozen_network_says_what_its_weights_say(ScalarType dtype, bool channelsLast, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        foreach (var network in new[] { Small.Net, Networks.Vgg(8, 4, size: 8), Networks.WideResNet(10, 2, 4, size: 8), Networks.LeNet5(4) })
        {
            var weights = Small.Warm(network);
            var images = Small.Images(network);
            var expected = network.Bind(weights)(images);
            using var frozen = network.Frozen(weights, dtype, channelsLast);
            var given = images.to_type(dtype);
            var answer = frozen.Apply(channelsLast ? given.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : given);
            Assert.Equal(ScalarType.Float32, answer.Logits.dtype);
            Assert.True(Golden.Apart(expected.Logits, answer.Logits) <= tolerance, $"{network.Name}: {Golden.Apart(expected.Logits, answer.Logits)}");
            Assert.All(expected.Taps.Zip(answer.Taps), pair =>
            {
                Assert.Equal(pair.First.Name, pair.Second.Name);
                Assert.True(Golden.Apart(pair.First.Value, pair.Second.Value) <= tolerance, $"{network.Name} {pair.First.Name}");
            });
            Assert.Same(network, frozen.Network);
        }
    }

    [Fact]
    public void A_frozen_network_keeps_its_own_copy()
    {
        using var scope = NewDisposeScope();
        var weights = Small.Warm(Small.Net);
        using var frozen = Small.Net.Frozen(weights);
        var images = Small.Images(Small.Net);
        var before = Golden.Bits(frozen.Apply(images).Logits);
        weights.Parameters.zero_();
        weights.Buffers.fill_(7);
        weights.Dispose();
        Assert.Equal(before, Golden.Bits(frozen.Apply(images).Logits));
    }

    [Fact]
    public void A_frozen_network_outlives_the_scope_that_made_it_and_frees_its_tensors_when_disposed()
    {
        using var scope = NewDisposeScope();
        var images = Small.Images(Small.Net);
        FrozenNetwork frozen;
        using (NewDisposeScope())
        {
            frozen = Small.Net.Frozen(Small.Warm(Small.Net));
        }

        var before = scope.DisposablesCount;
        using (NewDisposeScope())
        {
            Assert.Equal([4, 4], frozen.Apply(images).Logits.shape);
        }

        Assert.Equal(before, scope.DisposablesCount);
        frozen.Dispose();
        Assert.ThrowsAny<InvalidOperationException>(() => frozen.Apply(images));
    }
}
