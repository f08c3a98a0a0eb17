using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// Tensors of any dtype by name, and notes, as one safetensors file that carries a sha256 of its values and one of its header: what a checkpoint is. A file that was cut short or changed
/// anywhere is told from a whole one.
/// </summary>
public static class TensorFile
{
    private const string Digest = "sha256";
    private const string HeaderDigest = "sha256 of the header without this note";
    private const long LargestHeader = 100_000_000;

    private static readonly IReadOnlyList<(ScalarType Type, string Name)> Types =
    [
        (ScalarType.Float32, "F32"), (ScalarType.Float64, "F64"), (ScalarType.BFloat16, "BF16"), (ScalarType.Float16, "F16"),
        (ScalarType.Int64, "I64"), (ScalarType.Int32, "I32"), (ScalarType.Int16, "I16"), (ScalarType.Int8, "I8"), (ScalarType.Byte, "U8"), (ScalarType.Bool, "BOOL"),
    ];

    /// <summary>Writes the tensors beside the file, on the disk before the rename, and renames them over it: there is always a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Names and values; they are only read.</param>
    /// <param name="notes">Text kept in the header.</param>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public static void Save(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> notes)
    {
        using var scope = NewDisposeScope();
        var pieces = tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (Name: pair.Key, Values: pair.Value.detach().cpu().contiguous())).ToList();
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (entries, offset) = (new JsonObject(), 0L);
        foreach (var (name, values) in pieces)
        {
            sha.AppendData(values.bytes);
            entries[name] = new JsonObject
            {
                ["dtype"] = Types.First(type => type.Type == values.dtype).Name,
                ["shape"] = new JsonArray([.. values.shape.Select(n => (JsonNode?)n)]),
                ["data_offsets"] = new JsonArray(offset, offset += values.bytes.Length),
            };
        }

        var metadata = new JsonObject(notes.Append(KeyValuePair.Create(Digest, Convert.ToHexStringLower(sha.GetHashAndReset()))).Select(note => KeyValuePair.Create(note.Key, (JsonNode?)note.Value)));
        var all = new JsonObject(entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone()))) { ["__metadata__"] = metadata };
        metadata[HeaderDigest] = Hash(all);
        var header = JsonSerializer.SerializeToUtf8Bytes(all);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var file = File.Create(beside))
            {
                var length = new byte[8];
                var padded = (header.Length + 7) / 8 * 8;
                BinaryPrimitives.WriteInt64LittleEndian(length, padded);
                file.Write(length);
                file.Write(header);
                file.Write(Enumerable.Repeat((byte)' ', padded - header.Length).ToArray());
                pieces.ForEach(piece => file.Write(piece.Values.bytes));
                file.Flush(flushToDisk: true);
            }

            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    /// <summary>The tensors and notes of a file that <see cref="Save"/> wrote. The caller owns the tensors.</summary>
    /// <exception cref="BadInput">The file is missing, cut short, changed, or no such file.</exception>
    public static (IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Notes) Load(string path, Device device)
    {
        using var scope = NewDisposeScope();
        using var file = Opened(path);
        var notes = ReadHeader(file, path, out var entries, out var start);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (name, entry) in entries.OrderBy(pair => pair.Value.From))
        {
            var values = zeros(entry.Shape, entry.Type);
            file.Position = start + entry.From;
            file.ReadExactly(values.bytes);
            sha.AppendData(values.bytes);
            tensors[name] = values.to(device);
        }

        return notes.Remove(Digest, out var digest) && digest == Convert.ToHexStringLower(sha.GetHashAndReset())
            ? (tensors.ToDictionary(pair => pair.Key, pair => pair.Value.DetachFromDisposeScope()), notes)
            : throw Broken(path);
    }

    /// <summary>The notes alone, without reading the values.</summary>
    /// <exception cref="BadInput">The file is missing, cut short, or no such file.</exception>
    public static IReadOnlyDictionary<string, string> Notes(string path)
    {
        using var file = Opened(path);
        return ReadHeader(file, path, out _, out _).Where(note => note.Key != Digest).ToDictionary();
    }

    private sealed record Entry(ScalarType Type, long[] Shape, long From);

    private static BadInput Broken(string path, Exception? because = null) =>
        new($"{path} is no whole file of tensors: it was cut short or changed; remove it, and what made it starts from an earlier one.", because);

    private static FileStream Opened(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it readable, or remove it.", e);
        }
    }

    // Every size is held to the file's length before anything is made of that size.
    private static Dictionary<string, string> ReadHeader(FileStream file, string path, out Dictionary<string, Entry> entries, out long start)
    {
        try
        {
            var length = new byte[8];
            file.ReadExactly(length);
            var header = BinaryPrimitives.ReadInt64LittleEndian(length);
            if (header is <= 0 or > LargestHeader || header > file.Length - 8)
            {
                throw Broken(path);
            }

            var text = new byte[header];
            file.ReadExactly(text);
            start = 8 + header;
            var (room, next) = (file.Length - start, 0L);
            var all = JsonNode.Parse(text, documentOptions: new() { AllowDuplicateProperties = false })!.AsObject();
            entries = [];
            foreach (var (name, value) in all.Where(pair => pair.Key != "__metadata__").OrderBy(pair => (long)pair.Value!["data_offsets"]![0]!))
            {
                var type = Types.First(known => known.Name == (string)value!["dtype"]!).Type;
                long[] shape = [.. value!["shape"]!.AsArray().Select(n => (long)n!)];
                var (from, to) = ((long)value["data_offsets"]![0]!, (long)value["data_offsets"]![1]!);
                if (from != next || to > room || shape.Any(n => n < 0) || shape.Aggregate(BytesOf(type), (product, n) => checked(product * n)) != to - from)
                {
                    throw Broken(path);
                }

                next = to;
                entries[name] = new Entry(type, shape, from);
            }

            var metadata = all["__metadata__"]!.AsObject();
            return next == room && metadata.Remove(HeaderDigest, out var digest) && (string?)digest == Hash(all)
                ? metadata.ToDictionary(note => note.Key, note => (string)note.Value!)
                : throw Broken(path);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or FormatException or NullReferenceException or IOException or OverflowException)
        {
            throw Broken(path, e);
        }
    }

    // Of the text that this program makes of a header, whatever spaces a file has in it.
    private static string Hash(JsonObject header) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(header)));

    private static long BytesOf(ScalarType type) => type switch
    {
        ScalarType.Float64 or ScalarType.Int64 => 8,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        _ => 1,
    };
}
