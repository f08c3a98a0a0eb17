namespace Distillation;

public static partial class Networks
{
    /// <summary>
    /// LeNet-5 as DAFL uses it (Chen et al. 2019): three 5x5 convolutions with ReLU, max pooling after the first two, two linear layers.
    /// Made for 32x32 images; smaller ones (MNIST's 28x28) are padded with zeros to that size, larger ones give a larger map to flatten. Taps f0 … f2 (convolutions), f3 (flattened).
    /// </summary>
    /// <param name="classes">Number of logits.</param>
    /// <param name="half">LeNet-5-half, the student: 3, 8, 60 channels and 42 hidden units rather than 6, 16, 120 and 84.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    public static Network LeNet5(int classes = 10, bool half = false, int channels = 1, int size = 32)
    {
        int[] widths = half ? [3, 8, 60, 42] : [6, 16, 120, 84];
        var trunk = new Trunk(
            Layer.Conv("conv1", widths[0], kernel: 5, padding: Math.Max(0, (33 - size) / 2), bias: true).Then(Layer.Relu).Tap("f0"),
            [
                new("f1", Layer.MaxPool(2).Then(Layer.Conv("conv2", widths[1], kernel: 5, padding: 0, bias: true)).Then(Layer.Relu)),
                new("f2", Layer.MaxPool(2).Then(Layer.Conv("conv3", widths[2], kernel: 5, padding: 0, bias: true)).Then(Layer.Relu)),
            ],
            Layer.Flatten.Tap("f3").Then(Layer.Linear("fc1", widths[3])).Then(Layer.Relu),
            logits => Layer.Linear("fc2", logits));
        return Network.Build(half ? "lenet-5-half" : "lenet-5", new Shape(channels, size, size), trunk, classes);
    }
}
