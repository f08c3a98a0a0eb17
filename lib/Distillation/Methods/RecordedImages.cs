namespace Distillation;

/// <summary>
/// How images are made of a record of a network's activations (Lopes, Fenu, Starner 2017): pixels begin as normal noise and are moved by Adam until the network's layers say what was drawn from the record for one class.
/// </summary>
/// <param name="Count">How many images, as equally many of each class as that allows.</param>
/// <param name="Iterations">Steps of Adam for every image.</param>
/// <param name="Rate">Adam's learning rate, of pixels from 0 to 1.</param>
/// <param name="Temperature">By which logits are divided before they are compared; layers before them are compared as they are.</param>
/// <param name="TopOnly">Whether the logits alone have to fit; otherwise all recorded layers have.</param>
/// <param name="Smoothed">Whether neighbouring pixels are mixed after every step, 1-2-1 along rows and columns: for photographs.</param>
/// <param name="Mean">Of the noise.</param>
/// <param name="Deviation">Of the noise.</param>
public sealed record RecordedImages(int Count, int Iterations, double Rate, double Temperature, bool TopOnly, bool Smoothed, double Mean, double Deviation)
{
    /// <summary>As many images, and then as many iterations of each, as some multiply-adds are enough for; at least one batch, and few iterations.</summary>
    /// <param name="network">Whose record it is.</param>
    /// <param name="multiplyAdds">Of its forward passes.</param>
    internal RecordedImages Within(Network network, double multiplyAdds)
    {
        var passes = multiplyAdds / network.MultiplyAdds;
        var count = (int)Math.Clamp(passes / Iterations, Math.Min(Count, LeastImages), Count);
        return this with { Count = count, Iterations = (int)Math.Clamp(passes / count, Math.Min(Iterations, LeastIterations), Iterations) };
    }

    private const int LeastImages = 64;
    private const int LeastIterations = 20;
}
