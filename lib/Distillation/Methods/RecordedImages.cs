namespace Distillation;

/// <summary>
/// How images are made of a record of a network's activations (Lopes, Fenu, Starner 2017): pixels begin as normal noise and are moved by Adam until the network's layers say what was drawn from the record for one class. The
/// defaults are those of the authors' code for MNIST.
/// </summary>
/// <param name="Count">How many images, as equally many of each class as that allows.</param>
/// <param name="Iterations">Steps of Adam for every image.</param>
/// <param name="Rate">Adam's learning rate, of pixels from 0 to 1.</param>
/// <param name="TopOnly">Whether the logits alone have to fit; otherwise all recorded layers have.</param>
/// <param name="Smoothed">Whether neighbouring pixels are mixed after every step, 1-2-1 along rows and columns: for photographs.</param>
/// <param name="Mean">Of the noise.</param>
/// <param name="Deviation">Of the noise.</param>
public sealed record RecordedImages(int Count, int Iterations, double Rate, bool TopOnly, bool Smoothed, double Mean, double Deviation);
