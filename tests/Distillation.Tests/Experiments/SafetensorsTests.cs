using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("safetensors-").FullName;

    private string Path => System.IO.Path.Combine(folder, "sub", "weights.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("tiny")]
    [InlineData("resnet-8")]
    public void Weights_come_back_bit_for_bit(string name)
    {
        var network = name == "tiny" ? Toy.Network : Toy.ResNet;
        using var weights = Toy.Start(network);
        using (no_grad())
        {
            weights[name == "tiny" ? "bn.running_mean" : "bn1.running_mean"].fill_(float.Epsilon);
        }

        weights.Save(Path);
        using var loaded = network.Load(Path, CPU);

        Assert.Equal(Toy.Bits(weights), Toy.Bits(loaded));
        Assert.False(loaded.Parameters.requires_grad);
    }

    [Fact]
    public void The_bytes_are_a_length_a_header_and_the_values_where_it_says()
    {
        using var weights = Toy.Start(Toy.Network);
        weights.Save(Path, new Dictionary<string, string> { ["experiment"] = "{\"ü\":1}" });

        var bytes = File.ReadAllBytes(Path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = JsonNode.Parse(Encoding.UTF8.GetString(bytes, 8, length))!.AsObject();

        Assert.Equal(0, length % 8);
        Assert.Equal((byte)'{', bytes[8]);
        Assert.Equal("{\"ü\":1}", (string)header["__metadata__"]!["experiment"]!);
        header.Remove("__metadata__");
        Assert.Equal(["conv.weight", "bn.weight", "bn.bias", "fc.weight", "fc.bias", "bn.running_mean", "bn.running_var"], header.Select(entry => entry.Key));
        Assert.Equal([8L, 1, 3, 3], header["conv.weight"]!["shape"]!.AsArray().Select(n => (long)n!));
        var end = 0L;
        foreach (var (name, entry) in header)
        {
            var (from, to) = ((long)entry!["data_offsets"]![0]!, (long)entry["data_offsets"]![1]!);
            var values = Enumerable.Range(0, (int)(to - from) / 4).Select(i => BitConverter.ToInt32(bytes, 8 + length + (int)from + (4 * i)));
            Assert.Equal("F32", (string)entry["dtype"]!);
            Assert.Equal(end, from);
            Assert.Equal(Golden.Bits(weights[name]), values);
            end = to;
        }

        Assert.Equal(bytes.Length, 8 + length + end);
    }

    // A file of the given entries in the given order, all float32 and 0.5.
    private string Written(IEnumerable<(string Name, long[] Shape)> entries, Action<JsonObject>? change = null)
    {
        var (header, end) = (new JsonObject(), 0L);
        foreach (var (name, shape) in entries)
        {
            var bytes = 4 * shape.Aggregate(1L, (product, n) => product * n);
            header[name] = new JsonObject { ["dtype"] = "F32", ["shape"] = new JsonArray([.. shape.Select(n => (JsonNode?)n)]), ["data_offsets"] = new JsonArray(end, end + bytes) };
            end += bytes;
        }

        change?.Invoke(header);
        return Raw(header.ToJsonString(), [.. Enumerable.Repeat(BitConverter.GetBytes(0.5f), (int)end / 4).SelectMany(b => b)]);
    }

    private string Raw(string header, byte[] data, long? length = null)
    {
        var text = Encoding.UTF8.GetBytes(header);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllBytes(Path, [.. BitConverter.GetBytes(length ?? text.Length), .. text, .. data]);
        return Path;
    }

    private static IEnumerable<(string Name, long[] Shape)> Entries(Network network) => network.Table.Places.Select(place => (place.Name, place.Shape));

    private string Refusal(Network network) => Assert.Throws<BadInput>(() => network.Load(Path, CPU)).Message;

    [Fact]
    public void A_file_in_another_order_with_counts_of_batches_is_read()
    {
        Written(Entries(Toy.Network).Reverse().Append(("bn.num_batches_tracked", [2])), header =>
        {
            // Two float32 values are as long as the one int64 that PyTorch counts with.
            header["bn.num_batches_tracked"]!["dtype"] = "I64";
            header["bn.num_batches_tracked"]!["shape"] = new JsonArray();
        });

        using var loaded = Toy.Network.Load(Path, CPU);

        Assert.All(Golden.Flat(loaded.Parameters).Concat(Golden.Flat(loaded.Buffers)), value => Assert.Equal(0.5, value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    public void A_file_cut_within_its_header_is_no_whole_file(int kept)
    {
        using var weights = Toy.Start(Toy.Network);
        weights.Save(Path);
        File.WriteAllBytes(Path, File.ReadAllBytes(Path)[..kept]);

        Assert.Equal($"{Path} is no whole safetensors file, nor one that torch.save wrote; make it again or fetch it again.", Refusal(Toy.Network));
    }

    [Fact]
    public void A_file_cut_within_its_values_names_the_first_that_is_cut()
    {
        using var weights = Toy.Start(Toy.Network);
        weights.Save(Path);
        File.WriteAllBytes(Path, File.ReadAllBytes(Path)[..^1]);

        Assert.StartsWith($"{Path}: 'bn.running_var' is cut off: [8] of F32 cannot be bytes ", Refusal(Toy.Network));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"conv.weight\":1}")]
    [InlineData("{\"conv.weight\":{\"dtype\":\"F32\"}}")]
    [InlineData("{\"conv.weight\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}")]
    [InlineData("{\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}")]
    [InlineData("{\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}")]
    public void A_header_that_is_none_is_no_whole_file(string header)
    {
        Raw(header, new byte[4]);

        Assert.Equal($"{Path} is no whole safetensors file, nor one that torch.save wrote; make it again or fetch it again.", Refusal(Toy.Network));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(3)]
    public void A_header_length_that_cannot_be_is_no_whole_file(long length)
    {
        Raw("{}", new byte[4], length);

        Assert.Equal($"{Path} is no whole safetensors file, nor one that torch.save wrote; make it again or fetch it again.", Refusal(Toy.Network));
    }

    [Fact]
    public void Values_that_point_out_of_the_file_or_are_of_another_length_are_refused()
    {
        foreach (var change in new Action<JsonObject>[]
        {
            header => header["fc.bias"]!["dtype"] = "F16",
            header => header["fc.bias"]!["data_offsets"] = new JsonArray(-12, 0),
            header => header["fc.bias"]!["data_offsets"] = new JsonArray(1L << 40, (1L << 40) + 12),
            header => header["fc.bias"]!["data_offsets"] = new JsonArray(0, 8),
        })
        {
            Written(Entries(Toy.Network), change);
            Assert.StartsWith($"{Path}: 'fc.bias' is cut off: [3] of F", Refusal(Toy.Network));
        }
    }

    [Fact]
    public void Weights_of_another_network_are_refused_with_the_names_that_differ()
    {
        Written(Entries(Toy.Network).Where(entry => entry.Name != "fc.bias").Append(("head.bias", [3])));
        Assert.Equal($"{Path} holds weights of another network than 'tiny': fc.bias missing, head.bias not expected; choose the network it was made with.", Refusal(Toy.Network));

        Written(Entries(Toy.Network).Where(entry => entry.Name != "fc.bias"));
        Assert.Equal($"{Path} holds weights of another network than 'tiny': fc.bias missing; choose the network it was made with.", Refusal(Toy.Network));

        Written(Entries(Toy.Network).Concat(Enumerable.Range(0, 5).Select(i => ($"x{i}", (long[])[1]))));
        Assert.Equal($"{Path} holds weights of another network than 'tiny': x0, x1, x2 and 2 more not expected; choose the network it was made with.", Refusal(Toy.Network));
    }

    [Fact]
    public void A_network_of_another_width_is_told_by_the_shape()
    {
        Written(Entries(Toy.Tiny("wide", width: 9)));

        Assert.Equal($"{Path}: 'conv.weight' is [9, 1, 3, 3] and 'tiny' needs [8, 1, 3, 3] (5 more differ too); choose the network (classes, channels, width) it was made with.", Refusal(Toy.Network));
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        Assert.Equal($"There is no file {Path}; check the path of the weights.", Refusal(Toy.Network));
        Assert.Equal($"There is no file {Path}; check the path of the weights.", Assert.Throws<BadInput>(() => Source.File(Toy.Network, Path)).Message);
    }

    [Fact]
    public void The_hash_is_that_of_the_bytes()
    {
        Raw("", [], 0x636261);

        // printf 'abc\0\0\0\0\0' | sha256sum
        Assert.Equal("ce3172860f253e5bfdc1556198b48076f408dd224a83bbb75bd97a5f80374efd", Safetensors.Hash(Path));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_as_it_was_and_nothing_beside_it()
    {
        using var weights = Toy.Start(Toy.Network);
        weights.Save(Path);
        var bytes = File.ReadAllBytes(Path);
        var gone = Toy.Start(Toy.Network, 2);
        gone.Buffers.Dispose();

        // The parameters are written by the time the missing buffers are noticed.
        Assert.ThrowsAny<Exception>(() => gone.Save(Path));

        gone.Dispose();
        Assert.Equal(bytes, File.ReadAllBytes(Path));
        Assert.Equal([Path], Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void While_a_file_is_written_the_old_one_stays_in_place()
    {
        using var weights = Toy.Start(Toy.Network);
        weights.Save(Path);
        using var others = Toy.Start(Toy.Network, 2);

        // Whoever has the old file open goes on reading the old file: the new one was written beside it and took its name.
        using var open = File.OpenRead(Path);
        var old = File.ReadAllBytes(Path);
        others.Save(Path);
        using var read = new MemoryStream();
        open.CopyTo(read);

        Assert.Equal(old, read.ToArray());
        Assert.NotEqual(old, File.ReadAllBytes(Path));
    }
}
