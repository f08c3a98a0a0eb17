using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>The files of tests/golden/checkpoints, what PyTorch reads from them, and the network they are of.</summary>
internal static class Checkpoints
{
    /// <summary>The root of checkpoints.json.</summary>
    public static JsonElement Root { get; } = Golden.Read("checkpoints.json");

    /// <summary>The network that the files were made with.</summary>
    public static Network Network { get; } = Network.Build("tiny", new Shape(1, 8, 8), Layer
        .Conv("conv1", 4).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu).Then(Layer.GlobalAveragePool).Tap("f0").Then(Layer.Linear("fc", 3)));

    /// <summary>The files that hold its weights.</summary>
    public static IReadOnlyList<JsonElement> Files { get; } = [.. Root.GetProperty("files").EnumerateArray()];

    public static string PathOf(string file) => Path.Combine(Golden.RepositoryRoot, "tests", "golden", "checkpoints", file);

    public static string Text(JsonElement row, string name, string otherwise) => row.TryGetProperty(name, out var value) ? value.GetString()! : otherwise;

    /// <summary>The weights have the golden values of a type to the last bit.</summary>
    public static void Same(string type, Weights weights) => Assert.All(Root.GetProperty("values").GetProperty(type).EnumerateArray(), golden =>
    {
        using var scope = NewDisposeScope();
        var value = weights[golden.GetProperty("name").GetString()!];
        Assert.Equal(Golden.Integers(golden.GetProperty("shape")), value.shape);
        Assert.Equal(Golden.Numbers(golden.GetProperty("values")), Golden.Flat(value));
    });
}

/// <summary>Just enough of pickle's and of torch.save's formats to write what no PyTorch would.</summary>
internal static class Forged
{
    public static byte[] Text(string text) => [(byte)'X', .. BitConverter.GetBytes(text.Length), .. System.Text.Encoding.ASCII.GetBytes(text)];

    public static byte[] Number(long number) => [0x8a, 8, .. BitConverter.GetBytes(number)];

    public static byte[] Name(string module, string name) => [.. System.Text.Encoding.ASCII.GetBytes($"c{module}\n{name}\n")];

    public static byte[] Tuple(params byte[][] items) => [(byte)'(', .. items.SelectMany(item => item), (byte)'t'];

    /// <summary>A state_dict of one tensor over one storage.</summary>
    public static byte[] StateDict(long count, long offset, long[] shape, long[] strides) =>
    [
        0x80, 2, (byte)'}', .. Text("fc.bias"), .. Name("torch._utils", "_rebuild_tensor_v2"),
        .. Tuple(
            [.. Tuple(Text("storage"), Name("torch", "FloatStorage"), Text("0"), Text("cpu"), Number(count)), (byte)'Q'],
            Number(offset), Tuple([.. shape.Select(Number)]), Tuple([.. strides.Select(Number)]), [0x89], [.. Name("collections", "OrderedDict"), (byte)')', (byte)'R']),
        (byte)'R', (byte)'s', (byte)'.',
    ];

    /// <summary>The old format: a pickle, one storage that claims a number of values, and bytes.</summary>
    public static byte[] Legacy(byte[] pickle, long count, byte[] data) =>
    [
        .. TorchLegacy.Magic, 0x80, 2, (byte)'M', 0xe9, 3, (byte)'.', 0x80, 2, (byte)'}', .. Text("little_endian"), 0x88, (byte)'s', (byte)'.',
        .. pickle, 0x80, 2, (byte)']', .. Text("0"), (byte)'a', (byte)'.', .. BitConverter.GetBytes(count), .. data,
    ];

    /// <summary>The zip format of the given entries.</summary>
    public static byte[] Zip(params (string Name, byte[] Content)[] entries) => Zip(System.IO.Compression.CompressionLevel.NoCompression, entries);

    public static byte[] Zip(System.IO.Compression.CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var archive = new System.IO.Compression.ZipArchive(bytes, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry($"archive/{name}", level).Open();
                entry.Write(content);
            }
        }

        return bytes.ToArray();
    }
}
