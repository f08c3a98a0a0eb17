using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// A seed that splits. Whoever draws holds a key; there is no ambient randomness. The same key gives the same tensor on the same device,
/// whatever was drawn before, which is what makes a resumed run exact and two runs comparable.
/// </summary>
/// <param name="State">64 well-mixed bits. Two keys with the same state draw the same values.</param>
public readonly record struct Key(ulong State)
{
    /// <summary>The root key of a run.</summary>
    public static Key Of(long seed) => new(Mix(unchecked((ulong)seed) ^ 0x6A09E667F3BCC908UL));

    /// <summary>The key of a named part: <c>key.Fold("augment")</c>.</summary>
    public Key Fold(string name) => new(Mix(State ^ Hash(name)));

    /// <summary>The key of a numbered part: <c>key.Fold(epoch)</c>.</summary>
    public Key Fold(long number) => new(Mix(State + Mix(unchecked((ulong)number) + 0x9E3779B97F4A7C15UL)));

    /// <summary>
    /// The 32 bits that seed a generator. libtorch's CPU generator keeps only the low half of its seed, so both halves are mixed into it.
    /// </summary>
    public uint Seed => (uint)(Mix(State) >> 32);

    /// <summary>Uniform values in [0, 1) of the given shape.</summary>
    public Tensor Uniform(long[] shape, Device device) => Draw(device, g => rand(shape, ScalarType.Float32, device, generator: g));

    /// <summary>Standard normal values of the given shape.</summary>
    public Tensor Normal(long[] shape, Device device) => Draw(device, g => randn(shape, ScalarType.Float32, device, generator: g));

    /// <summary>Int64 values in [low, high) of the given shape.</summary>
    public Tensor Integers(long low, long high, long[] shape, Device device) =>
        Draw(device, g => randint(low, high, shape, ScalarType.Int64, device, generator: g));

    /// <summary>A random order of 0 … n-1 as Int64.</summary>
    public Tensor Permutation(long n, Device device) => Draw(device, g => randperm(n, ScalarType.Int64, device, generator: g));

    /// <summary>A mask of the given shape that is true with probability <paramref name="probability"/>.</summary>
    public Tensor Chance(double probability, long[] shape, Device device)
    {
        using var uniform = Uniform(shape, device);
        return uniform.lt(probability);
    }

    // A generator object exists for the CPU only; on CUDA the device's own generator is seeded immediately before the draw.
    private Tensor Draw(Device device, Func<Generator?, Tensor> draw)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.manual_seed_all(Seed);
            return draw(null);
        }

        using var generator = new Generator(Seed, CPU);
        return draw(generator);
    }

    // FNV-1a, 64 bits.
    private static ulong Hash(string name) =>
        Encoding.UTF8.GetBytes(name).Aggregate(0xCBF29CE484222325UL, (hash, b) => unchecked((hash ^ b) * 0x100000001B3UL));

    // The finaliser of splitmix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit.
    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z += 0x9E3779B97F4A7C15UL;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }
}
