namespace Distillation;

/// <summary>A run of equal numbers in a file; several tensors may look at one.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">What its numbers are.</param>
/// <param name="Count">How many there are.</param>
internal sealed record Storage(string Key, NumberType Type, long Count);

/// <summary>A tensor as a file describes it. Its values have not been read.</summary>
public sealed record StoredTensor
{
    /// <summary>More than any layer's weight has.</summary>
    internal const int MostDimensions = 16;

    private StoredTensor(string name, Storage storage, long offset, Sequence<long> shape, Sequence<long> strides) =>
        (Name, Storage, Offset, Shape, Strides) = (name, storage, offset, shape, strides);

    /// <summary>Its name in the file.</summary>
    public string Name { get; }

    /// <summary>Its sizes; empty for a single number.</summary>
    public Sequence<long> Shape { get; }

    /// <summary>PyTorch's name of the numbers' type, such as <c>float16</c>.</summary>
    public string Type => Storage.Type.Name;

    /// <summary>How many values it has.</summary>
    public long Count => Shape.Aggregate(1L, (product, n) => product * n);

    internal Storage Storage { get; }

    /// <summary>Where its first value lies, counted in numbers from the start of the storage.</summary>
    internal long Offset { get; }

    /// <summary>How many numbers lie between neighbours of each dimension.</summary>
    internal Sequence<long> Strides { get; }

    /// <summary>The place behind its last value; <see cref="Offset"/> for a tensor without values.</summary>
    internal long End => Shape.Contains(0) ? Offset : Offset + Shape.Zip(Strides, (n, stride) => (n - 1) * stride).Sum() + 1;

    /// <summary>Whether its values lie row by row without gaps.</summary>
    internal bool IsContiguous => Shape.Contains(0) || Shape.Zip(Strides).Zip(RowMajor(Shape)).All(pair => pair.First.First == 1 || pair.First.Second == pair.Second);

    /// <summary>Sizes as people write them; of a hostile list only the first.</summary>
    internal static string Told(IReadOnlyList<long> sizes) => $"[{string.Join(", ", sizes.Take(MostDimensions))}{(sizes.Count > MostDimensions ? ", …" : "")}]";

    /// <summary>The strides of a tensor whose values lie row by row.</summary>
    internal static Sequence<long> RowMajor(IReadOnlyList<long> shape) =>
        [.. Enumerable.Range(1, shape.Count).Select(i => shape.Skip(i).Aggregate(1L, (product, n) => product * n))];

    /// <summary>A tensor over a storage, or null where its numbers say that it cannot lie in there.</summary>
    internal static StoredTensor? Over(string name, Storage storage, long offset, IReadOnlyList<long> shape, IReadOnlyList<long> strides)
    {
        if (shape.Count != strides.Count || shape.Count > MostDimensions || offset < 0 || shape.Concat(strides).Any(n => n < 0))
        {
            return null;
        }

        try
        {
            var last = checked(offset + shape.Zip(strides, (n, stride) => checked(Math.Max(0, n - 1) * stride)).Aggregate(0L, (sum, n) => checked(sum + n)));
            _ = shape.Aggregate(1L, (product, n) => checked(product * Math.Max(1, n)));
            return last < storage.Count || (shape.Contains(0) && offset <= storage.Count)
                ? new(name, storage, offset, [.. shape], [.. strides])
                : null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}

/// <summary>
/// A file of named tensors, open for reading: safetensors, or what <c>torch.save</c> writes (the zip format, and the format of before PyTorch 1.6). Opening reads the description
/// and holds every size in it to the file's length; values are read when they are asked for. Nothing in a file is ever executed.
/// </summary>
public sealed class WeightFile : IDisposable
{
    private readonly Stream stream;
    private readonly Func<Storage, long, int, byte[]> bytes;

    internal WeightFile(string path, string format, string? wrapper, IReadOnlyList<StoredTensor> tensors, Stream stream, Func<Storage, long, int, byte[]> bytes) =>
        (Path, Format, Wrapper, Tensors, this.stream, this.bytes) = (path, format, wrapper, tensors, stream, bytes);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>For people: <c>a safetensors file</c>, <c>a PyTorch file</c>, <c>a PyTorch file of before 1.6</c>.</summary>
    public string Format { get; }

    /// <summary>The entry of a checkpoint that holds the state_dict, such as <c>state_dict</c>; null where the file is the state_dict itself.</summary>
    public string? Wrapper { get; }

    /// <summary>What is in it, in the file's order.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Opens a file; its first bytes say what it is, its name does not matter.</summary>
    /// <exception cref="BadInput">There is none, it is damaged, or it is something else or needs more than a state_dict does.</exception>
    public static WeightFile Open(string path) => Guarded(path, () => Open(Bytes(path), path));

    /// <summary>What the file at a path holds.</summary>
    /// <exception cref="BadInput">There is none, or it has no length: a pipe would be waited for, for ever.</exception>
    internal static FileStream Bytes(string path)
    {
        if (!File.Exists(path))
        {
            throw new BadInput($"There is no file {path}; check the path of the weights.");
        }

        var target = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
        return target.Length > 0 ? target.OpenRead() : throw new BadInput($"{path} is empty, or a pipe or a device; name a file that holds weights.");
    }

    /// <summary>Opens what a stream holds; the stream belongs to the result, and is closed where there is none.</summary>
    internal static WeightFile Open(Stream stream, string path)
    {
        try
        {
            return Guarded(path, () => First(stream) switch
            {
                [(byte)'P', (byte)'K', 3, 4, ..] => TorchZip.Open(stream, path),
                var first when first.AsSpan().StartsWith(TorchLegacy.Magic) => TorchLegacy.Open(stream, path),
                [0x80, >= 2 and <= 5, ..] and not [_, _, _, _, _, _, _, _, (byte)'{', ..] => throw new BadInput($"{path} is a pickle but not one that torch.save wrote; save the network's state_dict() with torch.save."),
                // safetensors has no magic: it is what remains.
                _ => Safetensors.Open(stream, path),
            });
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The values of one of its tensors as float32, row by row.</summary>
    /// <exception cref="BadInput">They cannot be read, or there are more than a file of this length has any use for.</exception>
    public float[] Read(StoredTensor tensor)
    {
        if (tensor.Count > Math.Min(stream.Length, Array.MaxLength) || (tensor.End - tensor.Offset) * tensor.Storage.Type.Bytes > Array.MaxLength)
        {
            throw new BadInput($"{Path}: '{tensor.Name}' claims {tensor.Count} values, more than can be read from a file of {stream.Length} bytes; save it without repeated values, in parts below 2 GiB.");
        }

        var values = new float[tensor.Count];
        if (values.Length > 0)
        {
            var here = Guarded(Path, () => bytes(tensor.Storage, tensor.Offset, (int)(tensor.End - tensor.Offset)));
            if (tensor.IsContiguous)
            {
                tensor.Storage.Type.Convert(here, values);
            }
            else
            {
                tensor.Storage.Type.Gather(here, Places([.. tensor.Shape], [.. tensor.Strides]), values);
            }
        }

        return values;
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    /// <summary>What a reader does, with every way in which damage shows itself turned into a sentence.</summary>
    internal static T Guarded<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or OverflowException or ArgumentException or NotSupportedException or FormatException)
        {
            throw new BadInput($"{path} is damaged or cut off; fetch it again or make it again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it readable or copy it elsewhere.", e);
        }
    }

    private static byte[] First(Stream stream)
    {
        var first = new byte[TorchLegacy.Magic.Length];
        var count = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        return first[..count];
    }

    // Where the values lie, row by row, counted from the first.
    private static IEnumerable<long> Places(long[] shape, long[] strides)
    {
        var (index, place) = (new long[shape.Length], 0L);
        while (true)
        {
            yield return place;
            var d = shape.Length - 1;
            for (; d >= 0 && ++index[d] == shape[d]; d--)
            {
                place -= (shape[d] - 1) * strides[d];
                index[d] = 0;
            }

            if (d < 0)
            {
                yield break;
            }

            place += strides[d];
        }
    }
}
