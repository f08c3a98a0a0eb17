using System.Globalization;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>What a value of a network takes in a packed file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">How many numbers it has.</param>
/// <param name="Bits">Bits of each: those of its levels, 32 for float.</param>
/// <param name="Bytes">Of its numbers and, where it has levels, its step of 4 bytes.</param>
public sealed record PackedSize(string Name, long Values, int Bits, long Bytes);

/// <summary>What a network takes in a packed file, without the file's header.</summary>
/// <param name="Rows">One per parameter and buffer.</param>
public sealed record SizeReport(Sequence<PackedSize> Rows)
{
    /// <summary>Bytes of everything.</summary>
    public long Bytes => Rows.Sum(row => row.Bytes);

    /// <summary>Bytes of the same network in float32.</summary>
    public long FloatBytes => 4 * Rows.Sum(row => row.Values);

    /// <summary>Bits per stored number, steps counted in.</summary>
    public double BitsPerValue => 8.0 * Bytes / Rows.Sum(row => row.Values);

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Bytes / 1e6:0.000} MB, {BitsPerValue:0.00} bits per value, instead of {FloatBytes / 1e6:0.000} MB in float32: {(double)FloatBytes / Bytes:0.0} times smaller");
}

/// <summary>
/// Quantized networks as files of the size that their bits promise. A safetensors file: for each quantized weight <c>NAME.codes</c>, bytes that hold its levels row by row, counted from 0 at the lowest,
/// each in its number of bits, the lowest bits of a byte first; and <c>NAME.step</c>, one float32. A value is step · (code - (levels - 1) / 2), with 2^bits levels, or one fewer where the rule has a zero.
/// All else is float32 under its own name. The header says the network, and for each weight its bits, levels and shape.
/// </summary>
public static class PackedWeights
{
    private const string Codes = ".codes";
    private const string Step = ".step";

    /// <summary>Writes the file. The float weights that the levels were made of are not in it.</summary>
    /// <param name="network">A network with quantized weights.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInput">No weight of the network is quantized.</exception>
    public static void SavePacked(this Network network, Weights weights, string path)
    {
        var (how, levels) = Quantized(network);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var tensors = network.Table.Places.Where(place => !levels.ContainsKey(place.Name)).ToDictionary(place => place.Name, place => weights[place.Name]);
        var notes = new Dictionary<string, string> { ["network"] = network.Name, ["identity"] = Identity(network) };
        foreach (var (places, bits, codes, steps) in how.Coded(network, weights.Parameters.detach()))
        {
            foreach (var (place, row) in places.Select((place, row) => (place, row)))
            {
                tensors[place.Name + Codes] = tensor(Pack([.. codes[row].cpu().data<float>().ToArray().Select(code => (int)code)], bits), ScalarType.Byte);
                tensors[place.Name + Step] = steps[row];
                notes[place.Name] = string.Create(CultureInfo.InvariantCulture, $"{bits} bits, {Quantizers.Levels(bits, how.RuleFor(bits))} levels, [{string.Join(", ", place.Shape)}]");
            }
        }

        TensorFile.Save(path, tensors, notes);
    }

    /// <summary>
    /// Reads a packed file: weights whose values lie on their levels, and the network that computes with them as they are. It quantizes weights no more, but activations as before, and answers with the same
    /// bits as the network that was packed.
    /// </summary>
    /// <param name="network">The network that was packed; where its clips start and how they decay may differ, as the file has the clips that were learned.</param>
    /// <param name="path">The file.</param>
    /// <param name="device">Where the weights go.</param>
    /// <exception cref="BadInput">The file is damaged, or of another network.</exception>
    public static (Network Network, Weights Weights) LoadPacked(this Network network, string path, Device device)
    {
        var (how, levels) = Quantized(network);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (stored, notes) = TensorFile.Load(path, device);
        try
        {
            if (!notes.TryGetValue("identity", out var identity) || identity != Identity(network))
            {
                throw new BadInput($"{path} is no packed file of {Identity(network)}{(identity is null ? "" : $" but of {identity}")}; read it with the network that it was written for.");
            }

            var unpacked = how.Activations == Quantization.Float ? network.Unquantized : network.Quantize(how with { Weights = Quantization.Float, Edges = null, Rule = WeightRule.Optimal });
            var weights = new Weights(unpacked.Table, zeros(unpacked.Table.Count, device: device), zeros(unpacked.Table.BufferCount, device: device));
            foreach (var place in unpacked.Table.Places)
            {
                weights[place.Name].copy_(levels.TryGetValue(place.Name, out var bits) ? Levels(place, bits) : stored[place.Name]);
            }

            return (unpacked, new Weights(weights.Table, weights.Parameters.MoveToOuterDisposeScope(), weights.Buffers.MoveToOuterDisposeScope()));
        }
        finally
        {
            stored.Values.ToList().ForEach(tensor => tensor.Dispose());
        }

        Tensor Levels(Place place, int bits) => Quantizers.Values(
            tensor(Unpack([.. stored[place.Name + Codes].cpu().bytes], bits, place.Count), ScalarType.Float32, device).reshape(1, -1),
            stored[place.Name + Step].reshape(1, 1),
            Quantizers.Levels(bits, how.RuleFor(bits))).reshape(place.Shape);
    }

    /// <summary>What each value of a network takes, packed.</summary>
    /// <param name="network">Quantized or not.</param>
    public static SizeReport Sizes(this Network network)
    {
        var levels = network.Quantization?.Quantized(network).ToDictionary(weight => weight.Parameter.Name, weight => weight.Bits) ?? [];
        return new([.. network.Table.Places.Select(place => levels.TryGetValue(place.Name, out var bits)
            ? new PackedSize(place.Name, place.Count, bits, (((place.Count * bits) + 7) / 8) + 4)
            : new PackedSize(place.Name, place.Count, Quantization.Float, 4 * place.Count))]);
    }

    // Where clips start is part of the network's own identity, and no part of what it computes with the clips that it has learned.
    private static string Identity(Network network) => network.Quantize(network.Quantization!.OfFunction).Identity;

    private static (Quantization How, Dictionary<string, int> Levels) Quantized(Network network) => network.Quantization is { OnWeights: true } how
        ? (how, how.Quantized(network).ToDictionary(weight => weight.Parameter.Name, weight => weight.Bits))
        : throw new BadInput($"No weight of '{network.Name}' is quantized, so there is nothing to pack; quantize it first, as in {network.Unquantized.Name}+w2.");

    private static byte[] Pack(int[] codes, int bits)
    {
        var packed = new byte[((codes.Length * (long)bits) + 7) / 8];
        foreach (var (at, code) in codes.Select((code, number) => ((long)number * bits, code)))
        {
            for (var bit = 0; bit < bits; bit++)
            {
                packed[(at + bit) / 8] |= (byte)(((code >> bit) & 1) << (int)((at + bit) % 8));
            }
        }

        return packed;
    }

    private static float[] Unpack(byte[] packed, int bits, long count)
    {
        var codes = new float[count];
        for (var number = 0L; number < count; number++)
        {
            var code = 0;
            for (var bit = 0; bit < bits; bit++)
            {
                var at = (number * bits) + bit;
                code |= ((packed[at / 8] >> (int)(at % 8)) & 1) << bit;
            }

            codes[number] = code;
        }

        return codes;
    }
}
