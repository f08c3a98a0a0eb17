namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Data-free distillation from meta data (Lopes, Fenu, Starner 2017): of the teacher's training nothing is kept but a record of its activations, their mean and spread for every class and layer. Images are made that fit
    /// what is drawn from the record, once for all seeds, and the student learns the teacher's answers to them. No training image is seen. The paper's spectral records are not here: its code never had them.
    /// </summary>
    /// <param name="temperature">τ; 8.</param>
    /// <param name="images">How many are made; 25600, which is 2560 of each of ten classes.</param>
    /// <param name="iterations">Steps of Adam for every image; 1000.</param>
    /// <param name="rate">Adam's learning rate, of pixels from 0 to 1; 0.07.</param>
    /// <param name="topOnly">Whether the logits alone have to fit; false: all recorded layers have.</param>
    /// <param name="smoothed">Whether neighbouring pixels are mixed after every step; false. True for portraits.</param>
    /// <param name="mean">Of the noise that an image begins as; 0.15. 0.44 for portraits.</param>
    /// <param name="deviation">Of the noise; 0.1. 0.29 for portraits.</param>
    /// <exception cref="BadInput">A number is outside its range.</exception>
    public static Method MetaKd(
        double temperature = 8, int images = 25600, int iterations = 1000, double rate = 0.07, bool topOnly = false, bool smoothed = false, double mean = 0.15, double deviation = 0.1)
    {
        if (images < 2 || iterations < 1 || !(rate > 0) || !(deviation >= 0) || !double.IsFinite(mean))
        {
            throw new BadInput(FormattableString.Invariant(
                $"Of a record 2 or more images are made in 1 or more steps, at a rate above 0 and from noise with a deviation of 0 or more, not {images} in {iterations} at {rate} from a deviation of {deviation}."));
        }

        var method = Unlabelled("kd-meta", new Feed.Recorded(new RecordedImages(images, iterations, rate, topOnly, smoothed, mean, deviation)), temperature,
        [
            new("images", images), new("iterations", iterations), new("rate", rate), new("topOnly", topOnly ? 1 : 0), new("smoothed", smoothed ? 1 : 0), new("mean", mean), new("deviation", deviation),
        ]);
        return method with { Citation = "Lopes, Fenu, Starner: Data-Free Knowledge Distillation for Deep Neural Networks, 2017 (arXiv 1710.07535)" };
    }
}
