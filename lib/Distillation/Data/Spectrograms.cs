using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>How a sound becomes a picture of its frequencies over time.</summary>
/// <param name="Rate">Samples per second that it is brought to first.</param>
/// <param name="Window">Samples that one moment is computed from, under a Hann window.</param>
/// <param name="Transform">Length of the Fourier transform, at least the window's; what is left of it is zero.</param>
/// <param name="Hop">Samples between two moments.</param>
/// <param name="Bands">Mel bands: rows of the picture.</param>
/// <param name="Frames">Moments: columns of the picture. A shorter sound is followed by silence, a longer one is cut.</param>
/// <param name="Low">The lowest frequency, in hertz.</param>
/// <param name="High">The highest, at most half the rate.</param>
/// <param name="Range">How many decibels below the loudest value of a sound its picture reaches.</param>
public sealed record MelSettings(int Rate, int Window, int Transform, int Hop, int Bands, int Frames, double Low, double High, double Range = 80)
{
    /// <summary>Samples that a picture is computed from.</summary>
    public int Length => (Frames - 1) * Hop;
}

/// <summary>Sounds as pictures, whole batches on their device.</summary>
public static class Spectrograms
{
    // The kernel of resampling: how many zero crossings to each side, and how far below the Nyquist frequency it begins to fall.
    private const int Crossings = 6;
    private const double Rolloff = 0.99;

    // Of the kernels of all phases.
    private const long MostWeights = 1 << 26;

    /// <summary>
    /// Sounds at another rate: band-limited interpolation (Smith 2002, "Digital Audio Resampling") by a sinc under a squared-cosine window, as one strided convolution with a kernel for each
    /// phase.
    /// </summary>
    /// <param name="waves">[B, N] float32.</param>
    /// <param name="from">Their rate, in samples per second.</param>
    /// <param name="to">The rate that is wanted.</param>
    /// <returns>[B, ⌈N · to / from⌉].</returns>
    /// <exception cref="BadInput">A rate is below 1, or the two have so small a common divisor that there would be too many phases.</exception>
    public static Tensor Resample(Tensor waves, int from, int to)
    {
        CheckRates("A sound", from, to);
        if (from == to)
        {
            return waves.alias();
        }

        using var scope = NewDisposeScope();
        var (old, wanted, band, reach) = Phases(from, to);
        var (taps, length) = ((2 * reach) + old, waves.shape[1]);
        var kernels = new float[wanted * taps];
        for (var phase = 0; phase < wanted; phase++)
        {
            for (var tap = 0; tap < taps; tap++)
            {
                var time = Math.Clamp((((double)(tap - reach) / old) - ((double)phase / wanted)) * band, -Crossings, Crossings);
                var window = Math.Cos(time * Math.PI / Crossings / 2);
                kernels[(phase * taps) + tap] = (float)(Sinc(time * Math.PI) * window * window * band / old);
            }
        }

        var padded = F.pad(waves.unsqueeze(1), [reach, reach + old]);
        var phases = F.conv1d(padded, tensor(kernels, [wanted, 1, taps]).to(waves.device), stride: old);
        var count = ((wanted * length) + old - 1) / old;
        return phases.transpose(1, 2).reshape(waves.shape[0], -1).narrow(1, 0, count).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Refuses rates between which there is no way, such as 44,101 and 22,050: a kernel for each of 22,050 phases would fill the memory.</summary>
    /// <param name="what">What the message calls the sound.</param>
    /// <param name="from">Its rate.</param>
    /// <param name="to">The rate that is wanted.</param>
    /// <exception cref="BadInput">There is none.</exception>
    internal static void CheckRates(string what, int from, int to)
    {
        if (from < 1 || to < 1)
        {
            throw new BadInput($"{what} of {from} samples a second cannot be brought to {to}: rates are at least 1.");
        }

        var (old, wanted, _, reach) = Phases(from, to);
        if (((2.0 * reach) + old) * wanted > MostWeights)
        {
            throw new BadInput($"{what} of {from} samples a second cannot be brought to {to}, with which that rate has hardly a divisor in common: convert it to {to} samples a second.");
        }
    }

    // The rates without their common divisor, where the kernel's band ends, and how far it reaches.
    private static (int Old, int Wanted, double Band, int Reach) Phases(int from, int to)
    {
        var divisor = (int)System.Numerics.BigInteger.GreatestCommonDivisor(from, to);
        var (old, wanted) = (from / divisor, to / divisor);
        var band = Math.Min(old, wanted) * Rolloff;
        return (old, wanted, band, (int)Math.Min(int.MaxValue / 2, Math.Ceiling((double)Crossings * old / band)));
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x) / x;

    /// <summary>
    /// Triangular filters whose centres lie evenly on the mel scale, 2595 · log10(1 + f / 700), each rising from its left neighbour's centre to its own and falling to its right neighbour's.
    /// </summary>
    /// <returns>[Bands, Transform / 2 + 1] float32.</returns>
    public static Tensor MelFilters(MelSettings settings, Device device)
    {
        var bins = (settings.Transform / 2) + 1;
        var (low, high) = (Mel(settings.Low), Mel(settings.High));
        var corners = Enumerable.Range(0, settings.Bands + 2).Select(i => Hertz(low + ((high - low) * i / (settings.Bands + 1)))).ToArray();
        var values = from band in Enumerable.Range(0, settings.Bands)
                     from bin in Enumerable.Range(0, bins)
                     let frequency = bin * (double)settings.Rate / settings.Transform
                     let rise = (frequency - corners[band]) / (corners[band + 1] - corners[band])
                     let fall = (corners[band + 2] - frequency) / (corners[band + 2] - corners[band + 1])
                     select (float)Math.Max(0, Math.Min(rise, fall));
        return tensor(values.ToArray(), [settings.Bands, bins]).to(device);

        static double Mel(double hertz) => 2595 * Math.Log10(1 + (hertz / 700));

        static double Hertz(double mel) => 700 * (Math.Pow(10, mel / 2595) - 1);
    }

    /// <summary>The power of each mel band at each moment, in decibels: 10 · log10(max(power, 1e-10)). Moments are centred; beyond the ends the sound is reflected.</summary>
    /// <param name="waves">[B, N] float32 at the settings' rate, longer than half the transform.</param>
    /// <param name="settings">What to compute.</param>
    /// <returns>[B, Bands, N / Hop + 1] float32.</returns>
    public static Tensor LogMel(Tensor waves, MelSettings settings)
    {
        using var scope = NewDisposeScope();
        var window = hann_window(settings.Window, device: waves.device);
        var spectrum = stft(waves, settings.Transform, settings.Hop, settings.Window, window, center: true, pad_mode: PaddingModes.Reflect, onesided: true, return_complex: true);
        return MelFilters(settings, waves.device).matmul(spectrum.abs().square()).clamp_min_(1e-10).log10_().mul_(10).MoveToOuterDisposeScope();
    }

    /// <summary>Pictures as bytes: 255 is the loudest value of a sound, 0 is <see cref="MelSettings.Range"/> decibels below it or less.</summary>
    /// <param name="logMel">[B, Bands, Frames] decibels.</param>
    /// <param name="settings">Whose range it is.</param>
    /// <returns>uint8 [B, 1, Bands, Frames], low frequencies first.</returns>
    public static Tensor AsImages(Tensor logMel, MelSettings settings)
    {
        using var scope = NewDisposeScope();
        var loudest = logMel.amax([1, 2], keepdim: true);
        return (logMel - loudest).div_(settings.Range).add_(1).clamp_(0, 1).mul_(255).round_().to_type(ScalarType.Byte).unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Sounds of any rate and length as pictures of one size.</summary>
    /// <returns>uint8 [B, 1, Bands, Frames] on the device.</returns>
    public static Tensor Of(IReadOnlyList<Sound> sounds, MelSettings settings, Device device)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        var waves = stack([.. sounds.Select(sound => Fitted(sound, settings, device))]);
        return AsImages(LogMel(waves, settings), settings).MoveToOuterDisposeScope();
    }

    private static Tensor Fitted(Sound sound, MelSettings settings, Device device)
    {
        // Only as much of a long recording is resampled as its picture shows.
        var needed = (int)Math.Min(sound.Samples.Length, ((long)settings.Length * sound.Rate / settings.Rate) + sound.Rate);
        var wave = Resample(tensor(sound.Samples[..needed], [1, needed]).to(device), sound.Rate, settings.Rate)[0];
        var count = Math.Min(wave.shape[0], settings.Length);
        return F.pad(wave.narrow(0, 0, count), [0, settings.Length - count]);
    }
}
