namespace Distillation;

public static partial class Networks
{
    /// <summary>
    /// A small convolutional network for spectrograms (ours; in the manner of the baselines of DCASE's scene tasks): four 3x3 convolutions with batch normalisation and ReLU, whose
    /// channels double while max pooling halves bands and frames between them, mean over what is left, one classifier. Taps f0 … f3 (convolutions), f4 (pooled); "f1.preact" … are the maps
    /// before the ReLU.
    /// </summary>
    /// <param name="classes">Number of logits.</param>
    /// <param name="channels">Channels of a spectrogram, 1 for a mono mix.</param>
    /// <param name="bands">Mel bands: rows of the image.</param>
    /// <param name="frames">Moments: columns of the image.</param>
    /// <param name="width">Channels of the first convolution.</param>
    public static Network SpectrogramCnn(int classes = 10, int channels = 1, int bands = 64, int frames = 64, int width = 16)
    {
        var trunk = new Trunk(
            Block(0, width).Tap("f0"),
            [.. Enumerable.Range(1, 3).Select(block => new TrunkStage($"f{block}", Layer.MaxPool(2).Then(Block(block, width << block))) { Again = Block(block, width << block) })],
            Layer.GlobalAveragePool.Tap("f4"),
            logits => Layer.Linear("fc", logits));
        return Network.Build("spectrogram-cnn" + (width == 16 ? "" : $"-{width}"), new Shape(channels, bands, frames), trunk, classes);

        static Layer Block(int block, int outputs)
        {
            var normalised = Layer.Conv("conv", outputs, initializer: Initializer.KaimingFanOut(3, outputs)).Then(Layer.BatchNorm("bn")).Within($"block{block}");
            return (block == 0 ? normalised : normalised.Tap($"f{block}.preact")).Then(Layer.Relu);
        }
    }
}
