using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Networks and images small enough for a test that is not about size.</summary>
internal static class Small
{
    /// <summary>A residual network with a batch normalisation, a shortcut and a classifier, for 8x8 images.</summary>
    public static Network Net { get; } = Networks.ResNet(8, classes: 4, channels: 3, size: 8);

    public static Tensor Images(Network network, int batch = 4, long seed = 1) =>
        Key.Of(seed).Normal([batch, network.Input.Channels, network.Input.Height, network.Input.Width], CPU);

    /// <summary>Weights whose running statistics are no longer the ones they started with.</summary>
    public static Weights Warm(Network network, long seed = 0)
    {
        var weights = network.Initialize(Key.Of(seed), CPU);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        for (var i = 0; i < 3; i++)
        {
            _ = network.Apply(weights, (Small.Images(network, 16, seed: 10 + i) * 1.5) + 0.3, Pass.Training(Key.Of(i)));
        }

        return weights;
    }

    /// <summary>A network of one layer on 3x4x4 images, flattened at the end.</summary>
    public static Network Of(params Layer[] layers) => Network.Build("test", new Shape(3, 4, 4), Layer.Chain(layers).Then(Layer.Flatten).Then(Layer.Linear("fc", 2)));
}
