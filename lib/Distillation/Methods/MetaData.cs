namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Data-free distillation from meta data (Lopes, Fenu, Starner 2017): of the teacher's training nothing is kept but a record of its activations, their mean and spread for every class and layer. Images are made that fit
    /// what is drawn from the record, once for all seeds, and the student learns the teacher's answers to them. No training image is seen.
    /// </summary>
    /// <remarks>
    /// Numbers are those of the authors' code (iRapha/replayed_distillation), of MNIST as far as it tells them. Otherwise than there: layers are this project's taps, some of which are after their ReLU and not before it; images
    /// are bytes, so pixels are cut off at 0 and 1 after every step, which the code does for portraits. The paper's spectral records, with which it reaches more, are not in that code and not here.
    /// </remarks>
    /// <param name="temperature">τ, of the student's lesson and of the logits in the record; 8.</param>
    /// <param name="images">How many are made; 64000, which is a hundred batches of 64 of each of ten classes.</param>
    /// <param name="iterations">Steps of Adam for every image; 1000.</param>
    /// <param name="rate">Adam's learning rate, of pixels from 0 to 1; 0.07.</param>
    /// <param name="topOnly">Whether the logits alone have to fit; false: all recorded layers have.</param>
    /// <param name="smoothed">Whether neighbouring pixels are mixed after every step; false. True for portraits.</param>
    /// <param name="mean">Of the noise that an image begins as; 0.15. 0.44 for portraits.</param>
    /// <param name="deviation">Of the noise; 0.1. 0.29 for portraits.</param>
    /// <exception cref="BadInput">A number is outside its range.</exception>
    public static Method MetaKd(
        double temperature = 8, int images = 64000, int iterations = 1000, double rate = 0.07, bool topOnly = false, bool smoothed = false, double mean = 0.15, double deviation = 0.1)
    {
        if (images is < 2 or > MostImages || iterations < 1)
        {
            throw new BadInput($"Of a record 2 to {MostImages} images are made in 1 or more steps, not {images} in {iterations}.");
        }

        if (rate is not (> 0 and < double.PositiveInfinity) || deviation is not (>= 0 and < double.PositiveInfinity) || !double.IsFinite(mean))
        {
            throw new BadInput(FormattableString.Invariant(
                $"Images are made at a rate above 0, from noise with a mean and with a deviation of 0 or more, all of them finite, not at {rate} from {mean} ± {deviation}."));
        }

        var how = new RecordedImages(images, iterations, rate, Temperature(temperature), topOnly, smoothed, mean, deviation);
        var method = Unlabelled("kd-meta", new Feed.Recorded(how), temperature,
        [
            new("images", images), new("iterations", iterations), new("rate", rate), new("topOnly", topOnly ? 1 : 0), new("smoothed", smoothed ? 1 : 0), new("mean", mean), new("deviation", deviation),
        ]);
        return method with { Citation = "Lopes, Fenu, Starner: Data-Free Knowledge Distillation for Deep Neural Networks, 2017 (arXiv 1710.07535)" };
    }

    // As many bytes as fit an array, of the smallest images.
    private const int MostImages = 2_000_000;
}
