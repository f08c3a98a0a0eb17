using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// Weights as safetensors files: 8 bytes of header length (little-endian), a JSON header with dtype, shape and offsets per name, then the values. Readable from Python as they are.
/// </summary>
public static class Safetensors
{
    private const long LargestHeader = 100_000_000;

    /// <summary>Writes float32 weights beside the file and renames them over it, so that the file is always whole.</summary>
    /// <param name="weights">What to write.</param>
    /// <param name="path">The file.</param>
    /// <param name="notes">Text kept in the header, such as the experiment that made the weights.</param>
    public static void Save(this Weights weights, string path, IReadOnlyDictionary<string, string>? notes = null)
    {
        var header = new JsonObject();
        if (notes is { Count: > 0 })
        {
            header["__metadata__"] = new JsonObject(notes.Select(note => KeyValuePair.Create(note.Key, (JsonNode?)note.Value)));
        }

        var offset = 0L;
        foreach (var place in weights.Table.Places)
        {
            header[place.Name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. place.Shape.Select(n => (JsonNode?)n)]),
                ["data_offsets"] = new JsonArray(offset, offset + (4 * place.Count)),
            };
            offset += 4 * place.Count;
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(header);
        var padded = (bytes.Length + 7) / 8 * 8;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            Write(weights, beside, bytes, padded);
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    /// <summary>Reads the weights of a network. Every name must be there with the network's shape; what the file has beyond them is refused too.</summary>
    /// <exception cref="BadInput">The file is missing, broken, or made for another network.</exception>
    public static Weights Load(this Network network, string path, Device device)
    {
        var (header, data) = Read(path);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var weights = new Weights(network.Table, zeros(network.Table.Count), zeros(network.Table.BufferCount));
        var known = network.Table.Places.Select(place => place.Name).ToHashSet();
        var missing = known.Where(name => !header.ContainsKey(name)).Order().ToList();
        // PyTorch counts batches beside running statistics; nothing here reads that count.
        var extra = header.Keys.Where(name => !known.Contains(name) && !name.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Order().ToList();
        if (missing.Count + extra.Count > 0)
        {
            throw new BadInput(
                $"{path} holds weights of another network than '{network.Name}': {Listed(missing, "missing")}{(missing.Count > 0 && extra.Count > 0 ? ", " : "")}{Listed(extra, "not expected")}; choose the network it was made with.");
        }

        foreach (var place in network.Table.Places)
        {
            var entry = header[place.Name];
            if (!entry.Shape.SequenceEqual(place.Shape))
            {
                throw new BadInput($"{path}: '{place.Name}' is [{string.Join(", ", entry.Shape)}] and '{network.Name}' needs [{string.Join(", ", place.Shape)}]; choose the network (classes, channels, width) it was made with.");
            }

            weights[place.Name].copy_(tensor(Values(path, place, entry, data)).reshape(place.Shape));
        }

        return weights.To(device).MoveOut();
    }

    /// <summary>The sha256 of a file in lower-case hexadecimal, by which an experiment names a file it reads.</summary>
    public static string Hash(string path)
    {
        if (!File.Exists(path))
        {
            throw new BadInput($"There is no file {path}; check the path of the weights.");
        }

        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static void Write(Weights weights, string path, byte[] header, int padded)
    {
        using var file = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, padded);
        file.Write(length);
        file.Write(header);
        file.Write(Enumerable.Repeat((byte)' ', padded - header.Length).ToArray());
        using var scope = NewDisposeScope();
        foreach (var place in weights.Table.Places)
        {
            file.Write(MemoryMarshal.AsBytes(weights[place.Name].detach().cpu().contiguous().data<float>().ToArray().AsSpan()));
        }

        file.Flush(flushToDisk: true);
    }

    private static (IReadOnlyDictionary<string, Entry> Header, byte[] Data) Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new BadInput($"There is no file {path}; check the path of the weights.");
        }

        try
        {
            var bytes = File.ReadAllBytes(path);
            var length = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            return length is > 0 and < LargestHeader && length <= bytes.Length - 8 && Parse(bytes.AsSpan(8, (int)length)) is { } header
                ? (header, bytes[(8 + (int)length)..])
                : throw new JsonException();
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or FormatException or NullReferenceException or IndexOutOfRangeException)
        {
            throw new BadInput($"{path} is no whole safetensors file; make it again or fetch it again.", e);
        }
    }

    private sealed record Entry(string Dtype, long[] Shape, long From, long To);

    private static Dictionary<string, Entry> Parse(ReadOnlySpan<byte> header) =>
        JsonNode.Parse(header, documentOptions: new() { AllowDuplicateProperties = false })!.AsObject()
            .Where(pair => pair.Key != "__metadata__")
            .ToDictionary(pair => pair.Key, pair => new Entry(
                (string)pair.Value!["dtype"]!, Whole(pair.Value["shape"]), Whole(pair.Value["data_offsets"])[0], Whole(pair.Value["data_offsets"])[1]));

    private static long[] Whole(JsonNode? list) => [.. list!.AsArray().Select(n => (long)n!)];

    private static float[] Values(string path, Place place, Entry entry, byte[] data) =>
        entry.Dtype == "F32" && entry.From >= 0 && entry.To <= data.Length && entry.To - entry.From == 4 * place.Count
            ? MemoryMarshal.Cast<byte, float>(data.AsSpan((int)entry.From, (int)(entry.To - entry.From))).ToArray()
            : throw new BadInput($"{path}: '{place.Name}' is cut off or is not float32; make the file again with float32 values.");

    private static Weights MoveOut(this Weights weights)
    {
        weights.Parameters.MoveToOuterDisposeScope();
        weights.Buffers.MoveToOuterDisposeScope();
        return weights;
    }

    private static string Listed(List<string> names, string what) =>
        names.Count == 0 ? "" : $"{string.Join(", ", names.Take(3))}{(names.Count > 3 ? $" and {names.Count - 3} more" : "")} {what}";
}
