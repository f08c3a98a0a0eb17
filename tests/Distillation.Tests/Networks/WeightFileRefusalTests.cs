using System.IO.Compression;
using System.Text;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>What is refused in files of weights: by name, before anything is executed and before memory is allocated.</summary>
public sealed class WeightFileRefusalTests
{
    private const string Advice = "nothing of it was executed. Save the network's state_dict() instead: torch.save(model.state_dict(), 'weights.pth').";
    private const string Damaged = "f is damaged or cut off; fetch it again or make it again.";

    public static TheoryData<string, string> Evil => Pairs();

    [Theory]
    [MemberData(nameof(Evil))]
    public void A_pickle_that_needs_more_than_a_state_dict_is_refused_by_what_it_needs_and_not_executed(string file, string needs)
    {
        var path = Checkpoints.PathOf(file);
        var message = Assert.Throws<BadInput>(() => WeightFile.Open(path)).Message;

        Assert.StartsWith($"{path} needs ", message);
        Assert.Contains(needs, message);
        Assert.EndsWith(Advice, message);
        Assert.False(File.Exists("executed-by-a-pickle"));
    }

    [Fact]
    public void A_refusal_names_the_global_or_the_opcode_with_its_place()
    {
        Assert.Equal($"f needs 'posix.system', which no state_dict does; {Advice}", Refusal(File.ReadAllBytes(Checkpoints.PathOf("evil-system.pth"))));
        Assert.Equal($"f needs the pickle opcode NEWOBJ (byte 28), which no state_dict does; {Advice}", Refusal(File.ReadAllBytes(Checkpoints.PathOf("evil-newobj.pth"))));
        Assert.Equal($"f needs the pickle protocol 4 instead of 2, which no state_dict does; {Advice}", Refusal(File.ReadAllBytes(Checkpoints.PathOf("evil-protocol4.pth"))));
    }

    [Theory]
    [InlineData("list.pth", " holds no state_dict, neither itself nor under 'state_dict', 'model_state_dict', 'model', 'net', 'network': it is a list. Save the network's state_dict() instead: torch.save(model.state_dict(), 'weights.pth').")]
    [InlineData("no-state.pth", " holds no state_dict, neither itself nor under 'state_dict', 'model_state_dict', 'model', 'net', 'network': it is a dict of 'epoch', 'best'. Save the network's state_dict() instead: torch.save(model.state_dict(), 'weights.pth').")]
    [InlineData("script.pt", " is a TorchScript program; save the network's state_dict() instead: torch.save(model.state_dict(), 'weights.pth').")]
    public void A_file_of_something_else_says_what_it_is(string file, string sentence) =>
        Assert.Equal(Checkpoints.PathOf(file) + sentence, Assert.Throws<BadInput>(() => WeightFile.Open(Checkpoints.PathOf(file))).Message);

    [Fact]
    public void A_pickle_an_archive_and_a_text_of_another_program_say_so()
    {
        Assert.Equal("f is a pickle but not one that torch.save wrote; save the network's state_dict() with torch.save.", Refusal([0x80, 3, (byte)'N', (byte)'.']));
        Assert.Equal("f is a zip archive but not one that torch.save wrote (it has 0 files data.pkl in a folder); save the network's state_dict() with torch.save.", Refusal(Forged.Zip(("a.txt", [1]))));
        Assert.Equal("f is no whole safetensors file, nor one that torch.save wrote; make it again or fetch it again.", Refusal(Encoding.UTF8.GetBytes("<html>404 Not Found</html>")));
        Assert.Equal("f is no whole safetensors file, nor one that torch.save wrote; make it again or fetch it again.", Refusal([]));
    }

    [Theory]
    [InlineData(long.MaxValue, 0, new long[] { 3 }, new long[] { 1 })]
    [InlineData(1L << 40, 0, new long[] { 3 }, new long[] { 1 })]
    [InlineData(3, 0, new long[] { 1L << 40 }, new long[] { 1 })]
    [InlineData(3, 0, new long[] { 1L << 31, 1L << 31, 1L << 31 }, new long[] { 0, 0, 0 })]
    [InlineData(3, 0, new long[] { 3 }, new long[] { long.MaxValue })]
    [InlineData(3, long.MaxValue, new long[] { 3 }, new long[] { 1 })]
    [InlineData(3, 1, new long[] { 3 }, new long[] { 1 })]
    [InlineData(3, -1, new long[] { 3 }, new long[] { 1 })]
    [InlineData(3, 0, new long[] { -3 }, new long[] { 1 })]
    [InlineData(3, 2, new long[] { 3 }, new long[] { -1 })]
    [InlineData(-1, 0, new long[] { 3 }, new long[] { 1 })]
    [InlineData(3, 0, new long[] { 3 }, new long[] { 1, 1 })]
    public void Sizes_that_the_file_cannot_hold_are_refused_before_memory_is_allocated(long count, long offset, long[] shape, long[] strides)
    {
        var pickle = Forged.StateDict(count, offset, shape, strides);
        foreach (var bytes in new[] { Forged.Legacy(pickle, count, new byte[12]), Forged.Zip(("data.pkl", pickle), ("data/0", new byte[12])) })
        {
            Assert.InRange(Allocated(() => Assert.NotEmpty(Refusal(bytes))), 1, 1_000_000);
        }
    }

    [Fact]
    public void The_same_forgery_with_honest_sizes_is_read()
    {
        var (pickle, values) = (Forged.StateDict(3, 0, [3], [1]), new[] { 1.5f, -2, 3 });
        var data = values.SelectMany(BitConverter.GetBytes).ToArray();
        foreach (var bytes in new[] { Forged.Legacy(pickle, 3, data), Forged.Zip(("data.pkl", pickle), ("data/0", data), ("byteorder", "little"u8.ToArray()), (".format_version", "1"u8.ToArray())) })
        {
            using var file = WeightFile.Open(new MemoryStream(bytes), "f");
            Assert.Equal(values, file.Read(file.Tensors.Single()));
        }
    }

    [Fact]
    public void Values_repeated_beyond_the_length_of_the_file_are_not_spread_out()
    {
        using var file = WeightFile.Open(new MemoryStream(Forged.Legacy(Forged.StateDict(3, 0, [1L << 40], [0]), 3, new byte[12])), "f");
        Assert.StartsWith("f: 'fc.bias' claims 1099511627776 values, more than can be read from a file of ", Assert.Throws<BadInput>(() => file.Read(file.Tensors.Single())).Message);
    }

    [Theory]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1099511627776],\"data_offsets\":[0,4398046511104]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-9223372036854775808,9223372036854775807]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483648,2147483648,4],\"data_offsets\":[0,4]}}")]
    public void A_safetensors_header_of_absurd_sizes_is_refused_before_memory_is_allocated(string header)
    {
        var text = Encoding.UTF8.GetBytes(header);
        Assert.InRange(Allocated(() => Assert.StartsWith("f: 'a' is cut off: ", Refusal([.. BitConverter.GetBytes((long)text.Length), .. text, 0, 0, 0, 0]))), 1, 1_000_000);
    }

    [Theory]
    [InlineData(99_999_999)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void A_header_longer_than_the_file_is_refused_before_memory_is_allocated(long length) => Assert.InRange(
        Allocated(() => Assert.Equal("f is no whole safetensors file, nor one that torch.save wrote; make it again or fetch it again.", Refusal([.. BitConverter.GetBytes(length), (byte)'{', (byte)'}']))),
        1, 1_000_000);

    [Fact]
    public void A_text_longer_than_the_file_is_refused_before_memory_is_allocated()
    {
        byte[] pickle = [0x80, 2, (byte)'}', (byte)'X', 0xff, 0xff, 0xff, 0x7f, (byte)'a'];
        foreach (var bytes in new[] { Forged.Zip(("data.pkl", pickle)), Forged.Legacy(pickle, 0, []) })
        {
            Assert.InRange(Allocated(() => Assert.Equal(Damaged, Refusal(bytes))), 1, 1_000_000);
        }
    }

    [Fact]
    public void An_archive_that_unfolds_into_more_than_it_is_is_refused()
    {
        var pickle = Forged.StateDict(5_000_000, 0, [3], [1]);
        var bomb = Forged.Zip(CompressionLevel.SmallestSize, ("data.pkl", pickle), ("data/0", new byte[20_000_000]));
        Assert.InRange(Allocated(() => Assert.Equal(Damaged, Refusal(bomb))), 1, 1_000_000);
    }

    [Fact]
    public void A_value_changed_on_the_way_is_found_by_the_checksum()
    {
        var bytes = File.ReadAllBytes(Checkpoints.PathOf("zip-float32.pth"));
        var values = Checkpoints.Root.GetProperty("values").GetProperty("float32").EnumerateArray().First();
        var place = bytes.AsSpan().IndexOf(BitConverter.GetBytes((float)Golden.Numbers(values.GetProperty("values"))[5]));
        bytes[place] ^= 1;

        using var file = WeightFile.Open(new MemoryStream(bytes), "f");
        Assert.Equal(Damaged, Assert.Throws<BadInput>(() => Checkpoints.Network.Import(file, CPU)).Message);
    }

    [Fact]
    public void The_other_byte_order_is_refused()
    {
        var pickle = Forged.StateDict(3, 0, [3], [1]);
        var (zip, legacy) = (Forged.Zip(("data.pkl", pickle), ("data/0", new byte[12]), ("byteorder", "big"u8.ToArray())), Forged.Legacy(pickle, 3, new byte[12]));
        legacy[legacy.AsSpan().IndexOf("little_endian"u8) + 13] = 0x89;
        const string sentence = "f was written on a machine with the other byte order; load it in PyTorch and save its state_dict() again.";
        Assert.Equal((sentence, sentence), (Refusal(zip), Refusal(legacy)));
    }

    [Fact]
    public void A_type_that_is_not_read_is_named()
    {
        var text = Encoding.UTF8.GetBytes("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[0,4]}}");
        Assert.StartsWith("f: 'a' is of the type F8_E4M3, which is not read here; save it as one of F32, F64, F16, BF16,", Refusal([.. BitConverter.GetBytes((long)text.Length), .. text, 0, 0, 0, 0]));
    }

    [Fact]
    public void A_folder_is_no_file() =>
        Assert.Equal($"There is no file {Path.GetTempPath()}; check the path of the weights.", Assert.Throws<BadInput>(() => WeightFile.Open(Path.GetTempPath())).Message);

    private static string Refusal(byte[] bytes) => Assert.Throws<BadInput>(() => WeightFile.Open(new MemoryStream(bytes), "f")).Message;

    private static long Allocated(Action work)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static TheoryData<string, string> Pairs()
    {
        var data = new TheoryData<string, string>();
        Checkpoints.Root.GetProperty("refused").EnumerateArray().ToList().ForEach(row => data.Add(row.GetProperty("file").GetString()!, row.GetProperty("needs").GetString()!));
        return data;
    }
}
