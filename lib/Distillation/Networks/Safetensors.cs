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
    public static void Save(this Weights weights, string path, IReadOnlyDictionary<string, string>? notes = null) => weights.Export(path, new ExportOptions(), notes);

    /// <summary>Writes float32 weights under the names that another program expects; like <see cref="Save"/> the file is always whole.</summary>
    /// <param name="weights">What to write.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">How names there differ from names here.</param>
    /// <param name="notes">Text kept in the header.</param>
    /// <exception cref="BadInput">Two values would get one name.</exception>
    public static void Export(this Weights weights, string path, ExportOptions options, IReadOnlyDictionary<string, string>? notes = null)
    {
        var header = new JsonObject();
        if (notes is { Count: > 0 })
        {
            header["__metadata__"] = new JsonObject(notes.Select(note => KeyValuePair.Create(note.Key, (JsonNode?)note.Value)));
        }

        var pieces = Pieces(weights, options);
        var offset = 0L;
        foreach (var piece in pieces)
        {
            var entry = new JsonObject
            {
                ["dtype"] = piece.Type,
                ["shape"] = new JsonArray([.. piece.Shape.Select(n => (JsonNode?)n)]),
                ["data_offsets"] = new JsonArray(offset, offset + piece.Bytes),
            };
            offset += piece.Bytes;
            if (!header.TryAdd(piece.Name, entry))
            {
                throw new BadInput($"Two values would be named '{piece.Name}' in {path}; choose names that keep them apart.");
            }
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(header);
        var padded = (bytes.Length + 7) / 8 * 8;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            Write(pieces, beside, bytes, padded);
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    /// <summary>
    /// Reads the weights of a network, from a safetensors file or from a PyTorch state_dict (<see cref="Importing"/>). Every name must be there with the network's shape; what the file has
    /// beyond them is refused too.
    /// </summary>
    /// <exception cref="BadInput">The file is missing, broken, or made for another network.</exception>
    public static Weights Load(this Network network, string path, Device device) => network.Import(path, device).Weights;

    /// <summary>The sha256 of a file in lower-case hexadecimal, by which an experiment names a file it reads.</summary>
    public static string Hash(string path)
    {
        using var file = WeightFile.Bytes(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private sealed record Piece(string Name, string Type, long[] Shape, long Bytes, Func<byte[]> Values);

    private static List<Piece> Pieces(Weights weights, ExportOptions options)
    {
        var values = weights.Table.Places.Select(place => new Piece(
            options.NameOf(place.Name), NumberType.Float32.Safetensors, place.Shape, NumberType.Float32.Bytes * place.Count,
            () => MemoryMarshal.AsBytes(weights[place.Name].detach().cpu().contiguous().data<float>().ToArray().AsSpan()).ToArray()));
        var counts = weights.Table.Places.Where(place => options.Counts && place.Name.EndsWith(Importing.RunningMean, StringComparison.Ordinal)).Select(place => new Piece(
            options.NameOf(place.Name[..^Importing.RunningMean.Length] + Importing.BatchCount), "I64", [], sizeof(long), () => new byte[sizeof(long)]));
        return [.. values, .. counts];
    }

    private static void Write(IReadOnlyList<Piece> pieces, string path, byte[] header, int padded)
    {
        using var file = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, padded);
        file.Write(length);
        file.Write(header);
        file.Write(Enumerable.Repeat((byte)' ', padded - header.Length).ToArray());
        foreach (var piece in pieces)
        {
            using var scope = NewDisposeScope();
            file.Write(piece.Values());
        }

        file.Flush(flushToDisk: true);
    }

    /// <summary>Reads everything but the values. Every size is held to the file's length before anything is made of that size.</summary>
    internal static WeightFile Open(Stream stream, string path)
    {
        var input = new ByteReader(stream);
        var length = stream.Length >= 8 ? BinaryPrimitives.ReadInt64LittleEndian(input.Take(8)) : 0;
        if (length is <= 0 or >= LargestHeader || length > stream.Length - input.Position || Parse(input.Take(length)) is not { } header)
        {
            throw new BadInput($"{path} is no whole safetensors file, nor one that torch.save wrote; make it again or fetch it again.");
        }

        var start = input.Position;
        var tensors = header.Select(entry => Checked(path, entry.Key, entry.Value, stream.Length - start)).ToList();
        return new(path, "a safetensors file", null, tensors, stream, (storage, from, count) =>
            ByteRange.Read(stream, start + header[storage.Key].From + (from * storage.Type.Bytes), count * storage.Type.Bytes));
    }

    private sealed record Entry(string Dtype, long[] Shape, long From, long To);

    // Null for what is no header.
    private static Dictionary<string, Entry>? Parse(byte[] header)
    {
        try
        {
            return JsonNode.Parse(header, documentOptions: new() { AllowDuplicateProperties = false })!.AsObject()
                .Where(pair => pair.Key != "__metadata__")
                .ToDictionary(pair => pair.Key, pair => new Entry(
                    (string)pair.Value!["dtype"]!, Whole(pair.Value["shape"]), Whole(pair.Value["data_offsets"])[0], Whole(pair.Value["data_offsets"])[1]));
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or FormatException or NullReferenceException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static long[] Whole(JsonNode? list) => [.. list!.AsArray().Select(n => (long)n!)];

    private static StoredTensor Checked(string path, string name, Entry entry, long length)
    {
        var type = NumberType.OfSafetensors(entry.Dtype)
            ?? throw new BadInput($"{path}: '{name}' is of the type {entry.Dtype}, which is not read here; save it as one of {string.Join(", ", NumberType.All.Select(t => t.Safetensors))}.");
        var storage = new Storage(name, type, (entry.To - entry.From) / type.Bytes);
        return entry.From >= 0 && entry.From <= entry.To && entry.To <= length && entry.Shape.Length <= StoredTensor.MostDimensions
            && StoredTensor.Over(name, storage, 0, entry.Shape, StoredTensor.RowMajor(entry.Shape)) is { } tensor && tensor.Count * type.Bytes == entry.To - entry.From
            ? tensor
            : throw new BadInput($"{path}: '{name}' is cut off: {StoredTensor.Told(entry.Shape)} of {entry.Dtype} cannot be bytes {entry.From} to {entry.To} of the {length} there are; fetch the file again or make it again.");
    }
}

/// <summary>How names in an exported file differ from a network's own.</summary>
/// <param name="Prefix">Put in front of every name, such as <c>module.</c>.</param>
/// <param name="Renames">Parts of names, here and in the file: ("fc", "linear") writes <c>fc.weight</c> as <c>linear.weight</c>.</param>
/// <param name="Counts">
/// Whether each batch normalisation gets a <c>num_batches_tracked</c> of 0. PyTorch's <c>load_state_dict(strict=True)</c> does without: it fills the count in itself where a file
/// carries no version numbers, as safetensors files do. Programs that compare names by themselves may not.
/// </param>
public sealed record ExportOptions(string Prefix = "", Sequence<(string From, string To)>? Renames = null, bool Counts = false)
{
    internal string NameOf(string name) => Prefix + (Renames ?? []).Aggregate(name, ImportOptions.Renamed);
}
