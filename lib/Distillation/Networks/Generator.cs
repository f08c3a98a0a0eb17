using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

public static partial class Networks
{
    /// <summary>
    /// The generator of DAFL (Chen et al. 2019): a linear layer to 128 maps of a quarter of the image's side, and two convolutions, each behind a doubling by nearest neighbours. Its last normalisation has no
    /// weights, so that every channel comes out with mean 0 and variance 1 over the batch: normalised images, ready for the teacher. Names are those of the authors' code. Its one part is "".
    /// </summary>
    /// <param name="latent">Length of the noise that an image is made of; 100 for MNIST, 1000 for CIFAR.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="height">Rows of an image; a multiple of 4.</param>
    /// <param name="width">Columns of an image; a multiple of 4.</param>
    /// <param name="epsilon">
    /// Added to the variance by the two inner normalisations. 0.8 in the authors' code, as the second argument of PyTorch's layer, and kept on purpose as they say; 1e-5 is what is usual.
    /// </param>
    /// <exception cref="BadInput">The image's sides are no multiples of 4.</exception>
    public static Network Generator(int latent = 100, long channels = 1, long height = 32, long width = 32, double epsilon = 0.8) => height % 4 == 0 && width % 4 == 0 && height > 0 && width > 0
        ? Network.Parts("generator", ("", Shape.Vector(latent), Layer.Chain(
            Layer.Linear("l1.0", 128 * (height / 4) * (width / 4)), Layer.Unflatten(new Shape(128, height / 4, width / 4)), Layer.BatchNorm("conv_blocks0.0"),
            Layer.DoubledConv("conv_blocks1.0", 128, bias: true), Layer.BatchNorm("conv_blocks1.1", epsilon: epsilon), Leaky(),
            Layer.DoubledConv("conv_blocks2.0", 64, bias: true), Layer.BatchNorm("conv_blocks2.1", epsilon: epsilon), Leaky(),
            Layer.Conv("conv_blocks2.3", channels, bias: true), Layer.Map("tanh", Bounded), Layer.BatchNorm("conv_blocks2.5", affine: false))))
        : throw new BadInput($"The generator doubles a quarter of an image twice, so it makes images whose sides are multiples of 4, not {height}x{width}; choose such a data set.");

    // The normalisation behind it hides the convolution's bias from the losses, which therefore drifts. In bfloat16 the hyperbolic tangent is 1, without a gradient, from 3.47 on: images that have drifted
    // there are blank and stay so. In float32 there is a gradient that brings them back.
    private static Tensor Bounded(Tensor x) => (x.dtype == ScalarType.BFloat16 ? x.to_type(ScalarType.Float32) : x).tanh();

    private static Layer Leaky() => Layer.Map("leaky relu 0.2", x => F.leaky_relu(x, 0.2));
}
