namespace Distillation;

public static partial class Networks
{
    /// <summary>
    /// The fully connected network of Hinton et al. 2015 for MNIST: two hidden layers of ReLUs. With 1200 units the teacher of DAFL's second MNIST column, with 800 its student.
    /// Taps f0 (first hidden layer) and f1 (second), both vectors.
    /// </summary>
    /// <param name="hidden">Units of each hidden layer.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Side of an image in pixels.</param>
    public static Network HintonNet(int hidden = 1200, int classes = 10, int channels = 1, int size = 28)
    {
        var trunk = new Trunk(
            Layer.Flatten.Then(Layer.Linear("fc1", hidden)).Then(Layer.Relu).Tap("f0"),
            [],
            Layer.Linear("fc2", hidden).Then(Layer.Relu).Tap("f1"),
            logits => Layer.Linear("fc3", logits));
        return Network.Build(hidden == 1200 ? "hintonnet" : $"hintonnet-{hidden}", new Shape(channels, size, size), trunk, classes);
    }
}
