namespace Distillation;

public static partial class Networks
{
    /// <summary>
    /// AlexNet as in torchvision, whose state_dict names it shares (Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks"): five convolutions with ReLU, 3x3 max
    /// pooling after the first, second and fifth, averages of a 6x6 grid, two hidden layers with dropout before them. Images need 63 pixels a side; from 224 on the grid is the map itself.
    /// Taps f0 … f4 (convolutions), f5 (the second hidden layer).
    /// </summary>
    /// <param name="classes">Number of logits.</param>
    /// <param name="half">Half of every width: 32, 96, 192, 128, 128 channels and 2048 hidden units, the student of DAFL's CelebA task.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    /// <param name="dropout">The share of a hidden layer's inputs that training leaves out.</param>
    /// <exception cref="BadInput">The images are smaller than 63x63.</exception>
    public static Network AlexNet(int classes = 1000, bool half = false, int channels = 3, int size = 224, double dropout = 0.5)
    {
        if (size < 63)
        {
            throw new BadInput($"AlexNet needs images of at least 63x63 pixels, not {size}x{size}; choose a network for small images, like resnet-20.");
        }

        var part = half ? 2 : 1;
        var pooled = Layer.MaxPool(3, stride: 2);
        var trunk = new Trunk(
            Convolution(0, 64, kernel: 11, stride: 4, padding: 2).Tap("f0"),
            [
                new("f1", pooled.Then(Convolution(3, 192, kernel: 5))),
                new("f2", pooled.Then(Convolution(6, 384))),
                new("f3", Convolution(8, 256)),
                new("f4", Convolution(10, 256)),
            ],
            pooled.Then(Layer.AveragePoolTo(6, 6)).Then(Layer.Flatten).Then(Hidden(1)).Then(Hidden(4)).Tap("f5"),
            logits => Layer.Linear("classifier.6", logits));
        return Network.Build(half ? "alexnet-half" : "alexnet", new Shape(channels, size, size), trunk, classes);

        Layer Convolution(int index, int outputs, int kernel = 3, int stride = 1, int? padding = null) =>
            Layer.Conv($"features.{index}", outputs / part, kernel, stride, padding, bias: true).Then(Layer.Relu);

        Layer Hidden(int index) => Layer.Dropout($"classifier.{index - 1}", dropout).Then(Layer.Linear($"classifier.{index}", 4096 / part)).Then(Layer.Relu);
    }
}
