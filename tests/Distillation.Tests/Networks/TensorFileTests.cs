using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class TensorFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tensors-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Make(string name = "some")
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, $"{name}.safetensors");
        TensorFile.Save(
            path,
            new Dictionary<string, Tensor>
            {
                ["weights"] = Key.Of(1).Normal([3, 4], CPU), ["halves"] = Key.Of(2).Normal([5], CPU).to_type(ScalarType.BFloat16), ["counts"] = arange(4, ScalarType.Int64),
                ["sums"] = Key.Of(3).Normal([2], CPU).to_type(ScalarType.Float64), ["flags"] = tensor(new[] { true, false }), ["bytes"] = arange(7).to_type(ScalarType.Byte),
                ["nothing"] = zeros(0), ["one"] = tensor(2.5f),
            },
            new Dictionary<string, string> { ["experiment"] = "ü", ["position"] = "{}" });
        return path;
    }

    [Fact]
    public void Every_dtype_comes_back_bit_for_bit_with_the_notes()
    {
        var (tensors, notes) = TensorFile.Load(Make(), CPU);

        Assert.Equal(["bytes", "counts", "flags", "halves", "nothing", "one", "sums", "weights"], tensors.Keys.Order());
        Assert.Equal(Golden.Bits(Key.Of(1).Normal([3, 4], CPU)), Golden.Bits(tensors["weights"]));
        Assert.Equal([3L, 4], tensors["weights"].shape);
        Assert.True(Key.Of(2).Normal([5], CPU).to_type(ScalarType.BFloat16).eq(tensors["halves"]).all().item<bool>());
        Assert.Equal([0L, 1, 2, 3], tensors["counts"].data<long>().ToArray());
        Assert.Equal(ScalarType.Float64, tensors["sums"].dtype);
        Assert.Equal([true, false], tensors["flags"].data<bool>().ToArray());
        Assert.Equal((0L, 0L), (tensors["nothing"].shape[0], tensors["one"].dim()));
        Assert.Equal([KeyValuePair.Create("experiment", "ü"), KeyValuePair.Create("position", "{}")], notes.OrderBy(note => note.Key));
        Assert.Equal("ü", TensorFile.Notes(Path.Combine(folder, "some.safetensors"))["experiment"]);
    }

    [Fact]
    public void A_file_cut_anywhere_or_with_any_byte_changed_is_refused()
    {
        var whole = File.ReadAllBytes(Make());
        var path = Path.Combine(folder, "damaged.safetensors");
        var random = new Random(1);
        for (var i = 0; i < 400; i++)
        {
            var bytes = i % 2 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            if (i % 2 == 1)
            {
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            }

            File.WriteAllBytes(path, bytes);
            var error = Record.Exception(() => TensorFile.Load(path, CPU));
            // Spaces behind the header's text are all that may change.
            Assert.True(error is BadInput || (error is null && i % 2 == 1 && Header(bytes) == Header(whole)), $"case {i}: {error}");
        }
    }

    private static string Header(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes, 8, BitConverter.ToInt32(bytes)).TrimEnd();

    [Fact]
    public void A_header_that_claims_absurd_sizes_is_refused_before_anything_is_allocated()
    {
        var path = Path.Combine(folder, "absurd.safetensors");
        foreach (var header in new[]
        {
            """{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]},"__metadata__":{}}""",
            """{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]},"__metadata__":{}}""",
            """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]},"__metadata__":{}}""",
        })
        {
            File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)header.Length), .. System.Text.Encoding.UTF8.GetBytes(header)]);
            Assert.Contains("no whole file", Assert.Throws<BadInput>(() => TensorFile.Load(path, CPU)).Message);
        }

        File.WriteAllBytes(path, [.. BitConverter.GetBytes(99_999_999L), (byte)'{']);
        Assert.Throws<BadInput>(() => TensorFile.Load(path, CPU));
        Assert.Throws<BadInput>(() => TensorFile.Load(Path.Combine(folder, "none"), CPU));
    }
}
