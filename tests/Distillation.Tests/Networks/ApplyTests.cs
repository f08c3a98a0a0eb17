using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>What applying a network does, and what it must leave alone.</summary>
public sealed class ApplyTests
{
    private static readonly Network[] AnySize =
    [
        .. from size in new (int Channels, int Side)[] { (1, 28), (3, 64), (3, 32), (2, 33) }
           from network in new[]
           {
               Networks.ResNet(8, 5, 1, size.Channels, size.Side), Networks.ResNet(8, 5, 4, size.Channels, size.Side), Networks.WideResNet(10, 2, 5, size.Channels, size.Side),
               Networks.Vgg(8, 5, size.Channels, size.Side), Networks.LeNet5(5, half: false, size.Channels, size.Side), Networks.LeNet5(5, half: true, size.Channels, size.Side),
           }
           select network,
    ];

    public static TheoryData<int> EachOfThem => [.. Enumerable.Range(0, AnySize.Length)];

    [Theory]
    [MemberData(nameof(EachOfThem))]
    public void Networks_read_images_of_any_size_and_any_number_of_channels(int index)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var network = AnySize[index];
        var answer = network.Apply(network.Initialize(Key.Of(1), CPU), Small.Images(network, 2), Pass.Training(Key.Of(2)));
        Assert.Equal([2, 5], answer.Logits.shape);
        Assert.True(answer.Logits.isfinite().all().item<bool>(), network.Name);
        Assert.All(network.Taps.Zip(answer.Taps), tap => Assert.Equal([2, .. tap.First.Shape.Dimensions], tap.Second.Value.shape));
        Assert.Equal(network.Taps[^1].Shape, Shape.Vector(answer.Embedding.shape[1]));
    }

    [Fact]
    public void Evaluation_changes_no_weight_and_no_buffer()
    {
        using var scope = NewDisposeScope();
        var weights = Small.Warm(Small.Net);
        weights.Parameters.requires_grad = true;
        var (parameters, buffers) = (Golden.Bits(weights.Parameters), Golden.Bits(weights.Buffers));
        _ = Small.Net.Apply(weights, Small.Images(Small.Net), Pass.Evaluation);
        _ = Small.Net.Bind(weights)(Small.Images(Small.Net) * 100);
        using (var frozen = Small.Net.Frozen(weights))
        {
            _ = frozen.Apply(Small.Images(Small.Net) * 100);
        }

        Assert.Equal(parameters, Golden.Bits(weights.Parameters));
        Assert.Equal(buffers, Golden.Bits(weights.Buffers));
    }

    [Fact]
    public void Batch_statistics_without_update_normalise_by_the_batch_and_leave_the_averages()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var weights = Small.Warm(Small.Net);
        var images = Small.Images(Small.Net);
        var before = Golden.Bits(weights.Buffers);
        var looked = Small.Net.Apply(weights, images, new Pass(Statistics.Batch)).Logits;
        Assert.Equal(before, Golden.Bits(weights.Buffers));
        var trained = Small.Net.Apply(weights, images, Pass.Training(Key.Of(0))).Logits;
        Assert.NotEqual(before, Golden.Bits(weights.Buffers));
        Assert.Equal(Golden.Bits(trained), Golden.Bits(looked));
        Assert.True(Golden.Apart(Small.Net.Bind(weights)(images).Logits, looked) > 1e-3);
    }

    [Fact]
    public void Running_statistics_stay_whatever_the_pass_asks_to_update()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var weights = Small.Warm(Small.Net);
        var before = Golden.Bits(weights.Buffers);
        var answer = Small.Net.Apply(weights, Small.Images(Small.Net), new Pass(Statistics.Running, Update: true)).Logits;
        Assert.Equal(before, Golden.Bits(weights.Buffers));
        Assert.Equal(Golden.Bits(Small.Net.Bind(weights)(Small.Images(Small.Net)).Logits), Golden.Bits(answer));
    }

    [Fact]
    public void In_evaluation_an_image_does_not_depend_on_the_others_in_its_batch()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var weights = Small.Warm(Small.Net);
        var images = Small.Images(Small.Net, 6);
        var together = Small.Net.Bind(weights)(images).Logits;
        var alone = cat([.. images.split(1).Select(image => Small.Net.Bind(weights)(image).Logits)]);
        Assert.True(Golden.Apart(together, alone) < 1e-5);
    }

    [Fact]
    public void Bfloat16_images_give_float32_logits_close_to_those_of_float32_images()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        foreach (var network in new[] { Small.Net, Networks.Vgg(8, 4, size: 8), Networks.LeNet5(4), Networks.WideResNet(10, 1, 4, size: 8) })
        {
            var weights = Small.Warm(network);
            var images = Small.Images(network);
            foreach (var pass in new[] { Pass.Evaluation, new Pass(Statistics.Batch) })
            {
                var half = network.Apply(weights, images.to_type(ScalarType.BFloat16), pass);
                Assert.Equal(ScalarType.Float32, half.Logits.dtype);
                Assert.Equal(ScalarType.BFloat16, half.Taps[0].Value.dtype);
                // bfloat16 keeps 8 bits: each of a dozen layers rounds by up to 0.4 %.
                Assert.InRange(Golden.Apart(network.Apply(weights, images, pass).Logits, half.Logits), 1e-6, 0.05);
            }
        }
    }

    [Fact]
    public void Detached_activations_have_the_same_values_and_no_history()
    {
        using var scope = NewDisposeScope();
        var weights = Small.Warm(Small.Net);
        weights.Parameters.requires_grad = true;
        var answer = Small.Net.Apply(weights, Small.Images(Small.Net), Pass.Evaluation);
        var detached = answer.Detach();
        Assert.True(answer.Logits.requires_grad && answer.Embedding.requires_grad);
        Assert.False(detached.Logits.requires_grad || detached.Taps.Any(tap => tap.Value.requires_grad));
        Assert.Equal(Golden.Bits(answer.Logits), Golden.Bits(detached.Logits));
        Assert.Equal(answer.Taps.Select(tap => tap.Name), detached.Taps.Select(tap => tap.Name));
    }
}
