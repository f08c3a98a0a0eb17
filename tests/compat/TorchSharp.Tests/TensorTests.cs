using System.Runtime.InteropServices;

namespace TorchSharp.Tests;

public sealed class TensorTests
{
    [Fact]
    public void Numbers_become_the_type_they_are()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([float64, float32, int32, int64, ScalarType.Bool, int64, float32, uint8],
            new[] { tensor(1.0), tensor(1f), tensor(1), tensor(1L), tensor(true), arange(5), arange(5.0), tensor(new byte[] { 1 }) }.Select(t => t.dtype));
        Assert.Equal(float32, tensor(new[] { 1.0, 2.0 }, dtype: float32).dtype);
        Assert.Equal((float16, ScalarType.BFloat16), (tensor(new[] { (Half)1 }).dtype, tensor(new[] { new BFloat16(1) }).dtype));
    }

    [Fact]
    public void Arrays_of_any_rank_are_copied_in_row_major_order()
    {
        using var scope = NewDisposeScope();
        var rows = new[,] { { 1f, 2f, 3f }, { 4f, 5f, 6f } };
        var t = tensor(rows);
        rows[0, 0] = 100;
        Assert.Equal([2, 3], t.shape);
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f], t.data<float>().ToArray());
        Assert.Equal([2, 1, 2], tensor(new[, ,] { { { 1, 2 } }, { { 3, 4 } } }).shape);
        Assert.Equal([2, 2], tensor(new long[] { 1, 2, 3, 4 }, [2L, 2L]).shape);
        Assert.Equal([2, 3], from_array(rows).shape);
        Assert.Equal(new[,] { { 100f, 2f, 3f }, { 4f, 5f, 6f } }, (float[,])from_array(rows).data<float>().ToNDArray());
    }

    [Fact]
    public void Shape_strides_and_the_rest_describe_a_view()
    {
        using var scope = NewDisposeScope();
        var t = zeros(2, 3, 4, dtype: float64).transpose(1, 2);
        Assert.Equal([2, 4, 3], t.shape);
        Assert.Equal([12, 1, 4], t.stride());
        Assert.Equal((3, 24, 8, 3), (t.ndim, t.numel(), t.ElementSize, t.size(-1)));
        Assert.False(t.is_contiguous());
        Assert.True(t.contiguous().is_contiguous());
        Assert.Equal((DeviceType.CPU, "cpu"), (t.device_type, t.device.ToString()));
    }

    [Fact]
    public void Channels_last_strides_come_from_two_permutations()
    {
        using var scope = NewDisposeScope();
        var t = zeros(2, 3, 4, 5).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        Assert.Equal([60, 1, 15, 3], t.stride());
    }

    [Fact]
    public void Values_are_read_and_written_in_place()
    {
        using var scope = NewDisposeScope();
        var t = arange(6).reshape(2, 3);
        var data = t.data<long>();
        Assert.Equal((6, 4), (data.Count, data[1, 1]));
        data[0, 2] = -7;
        Assert.Equal(-7, t[0, 2].ToInt64());
        Assert.Equal([0, 3, 1, 4, -7, 5], t.t().data<long>().ToArray());
        Assert.Equal([0, 3, 1, 4, -7, 5], t.t().data<long>());
        var part = new long[4];
        data.CopyTo(part, 1);
        Assert.Equal([0, 0, 1, -7], part);
        data.CopyFrom([9, 8], 0, 4);
        Assert.Equal([0, 1, -7, 3, 9, 8], data.ToArray());
        t.bytes = new byte[48];
        Assert.Equal(0, t.sum().ToInt64());
        Assert.Equal(48, t.bytes.Length);
    }

    [Fact]
    public void Types_convert_with_every_spelling()
    {
        using var scope = NewDisposeScope();
        var t = tensor(new[] { 0f, 1.7f, -2.5f });
        Assert.Equal([0L, 1L, -2L], t.to(int64).data<long>().ToArray());
        Assert.Equal([0, 1, -2], t.to_type(int32).data<int>().ToArray());
        Assert.Equal([false, true, true], t.to(ScalarType.Bool).data<bool>().ToArray());
        Assert.Equal([(Half)0, (Half)1.7f, (Half)(-2.5f)], t.half().data<Half>().ToArray());
        Assert.Equal([new BFloat16(0), new BFloat16(1.7f), new BFloat16(-2.5f)], t.bfloat16().data<BFloat16>().ToArray());
        Assert.Equal(t.dtype, t.to(t.cpu()).dtype);
        Assert.Equal(float64, t.type(ScalarType.Float64).dtype);
        var moved = t.to(float64, disposeAfter: true);
        Assert.True(t.IsInvalid);
        Assert.Equal(-2.5, moved[2].item<double>());
    }

    [Fact]
    public void In_place_operators_write_where_they_say()
    {
        using var scope = NewDisposeScope();
        var t = tensor(new[] { 1f, 4f, 9f });
        var view = t[1..];
        view.add_(1).mul_(2);
        Assert.Equal([1f, 10f, 20f], t.data<float>().ToArray());
        t.copy_(tensor(new[] { 1, 4, 9 })).sqrt_();
        Assert.Equal([1f, 2f, 3f], t.data<float>().ToArray());
        t.clamp_(1.5, 2.5).sub_(1).div_(0.5);
        Assert.Equal([1f, 2f, 3f], t.data<float>().ToArray());
        t.addcmul_(t, t, 0.5).lerp_(zeros(3), full(3, 0.5));
        Assert.Equal([0.75f, 2f, 3.75f], t.data<float>().ToArray());
        t.addcdiv_(ones(3), full(3, 4.0)).fill_(3).zero_();
        Assert.Equal(0, t.sum().ToSingle());
        Assert.Same(t, t.masked_fill_(tensor(new[] { true, false, true }), 7));
        Assert.Equal([7f, 0f, 7f], t.data<float>().ToArray());
    }

    [Fact]
    public void Operators_take_tensors_and_numbers_on_both_sides()
    {
        using var scope = NewDisposeScope();
        var t = tensor(new[] { 1f, 2f, 4f });
        Tensor[] results = [t + 1, 1 + t, t - 1, 1 - t, t * 2.0, 2f * t, t / 2, 8 / t, -t, t % 3, t + t, t / t];
        float[][] expected = [[2, 3, 5], [2, 3, 5], [0, 1, 3], [0, -1, -3], [2, 4, 8], [2, 4, 8], [0.5f, 1, 2], [8, 4, 2], [-1, -2, -4], [1, 2, 1], [2, 4, 8], [1, 1, 1]];
        Assert.Equal(expected, results.Select(r => r.data<float>().ToArray()));
        Assert.All(results, r => Assert.Equal(float32, r.dtype));
        Assert.Equal([false, true, false], (t == 2).data<bool>().ToArray());
        Assert.Equal([true, false, true], (t != 2).data<bool>().ToArray());
        Assert.Equal([true, true, false], (2 >= t).data<bool>().ToArray());
        Assert.Equal([true, false, false], ((t < 3) & (t == 1)).data<bool>().ToArray());
        Assert.Equal([false, true, true], (~(t == 1)).data<bool>().ToArray());
        Assert.Equal(int64, (arange(3) + 1).dtype);
        Assert.Equal(float32, (arange(3) / 2).dtype);
    }

    [Fact]
    public void Equals_is_a_bool_and_the_operator_is_a_tensor()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (arange(3), arange(3));
        Assert.True(a.Equals(b));
        Assert.False(a.Equals(b + 1));
        Assert.Equal(3, (a == b).sum().ToInt32());
        Assert.True(a.to(float32).allclose(b.to(float32) * (1 + 1e-6)));
    }

    [Fact]
    public void Pairs_and_lists_come_back_in_order()
    {
        using var scope = NewDisposeScope();
        var t = tensor(new[,] { { 3f, 1f }, { 2f, 5f } });
        var (values, indexes) = t.max(1);
        Assert.Equal(([3f, 5f], [0L, 1L]), (values.data<float>().ToArray(), indexes.data<long>().ToArray()), PairComparer);
        Assert.Equal([2, 1, 1], arange(4).split(new long[] { 2, 1, 1 }).Select(p => p.numel()));
        Assert.Equal([3, 3, 1], arange(7).chunk(3).Select(p => p.numel()));
        Assert.Equal(2, t.unbind().Length);
        var (unique, inverse, counts) = tensor(new long[] { 5, 3, 5 }).unique(return_inverse: true, return_counts: true);
        Assert.Equal([3, 5], unique.data<long>().ToArray());
        Assert.Equal([1, 0, 1], inverse!.data<long>().ToArray());
        Assert.Equal([1, 2], counts!.data<long>().ToArray());
        Assert.Null(tensor(new long[] { 1 }).unique().counts);
    }

    private static readonly IEqualityComparer<(float[], long[])> PairComparer =
        EqualityComparer<(float[], long[])>.Create((a, b) => a.Item1.AsSpan().SequenceEqual(b.Item1) && a.Item2.AsSpan().SequenceEqual(b.Item2));

    [Fact]
    public void Clamp_bounds_are_numbers_or_tensors_and_either_may_be_left_out()
    {
        using var scope = NewDisposeScope();
        var t = tensor(new[] { -2f, 0f, 2f });
        Assert.Equal([-1f, 0f, 1f], t.clamp(-1, 1).data<float>().ToArray());
        Assert.Equal([-2f, 0f, 1f], t.clamp(max: (Scalar)1).data<float>().ToArray());
        Assert.Equal([0f, 0f, 2f], t.clamp(tensor(new[] { 0f, 0f, 0f }), null).data<float>().ToArray());
    }

    [Fact]
    public void A_long_list_of_tensors_is_joined_and_cut_again()
    {
        using var scope = NewDisposeScope();
        var parts = Enumerable.Range(0, 300).Select(i => full(2, i)).ToArray();
        var flat = cat(parts);
        Assert.Equal(600, flat.numel());
        var sizes = Enumerable.Repeat(2L, 300).ToArray();
        Assert.Equal(299f, flat.split(sizes)[299][1].ToSingle());
        Assert.Equal([300, 2], stack(parts).shape);
    }

    [Fact]
    public void Sizes_count_and_join()
    {
        Size size = (2, 3);
        Assert.Equal((6, 2, 3), (size.numel(), size.Length, size[1]));
        Assert.Equal([2, 3, 4], (size + new Size(4L)).Shape);
    }

    // The package compares where they lie.
    [StandInFact]
    public void Sizes_of_the_same_lengths_are_equal() => Assert.True(new Size([2L, 3L]) == new Size([2L, 3L]) && new Size([2L, 3L]) != new Size(2L));

    [Fact]
    public void Threads_are_counted_and_set()
    {
        var before = get_num_threads();
        set_num_threads(1);
        Assert.Equal(1, get_num_threads());
        set_num_threads(before);
        Assert.True(get_num_interop_threads() >= 1);
    }

    [OpenBlasFact]
    public void The_threads_of_OpenBLAS_are_as_many()
    {
        var before = get_num_threads();
        var count = Marshal.GetDelegateForFunctionPointer<Count>(NativeLibrary.GetExport(NativeLibrary.Load(OpenBlasFactAttribute.Library!), "openblas_get_num_threads"));
        try
        {
            foreach (var threads in new[] { 2, 1 })
            {
                set_num_threads(threads);
                Assert.Equal(threads, count());
            }
        }
        finally
        {
            set_num_threads(before);
        }
    }

    private delegate int Count();

    // The package multiplies with MKL, and so may a libtorch from elsewhere.
    private sealed class OpenBlasFactAttribute : FactAttribute
    {
        public OpenBlasFactAttribute() => Skip = Library is null ? "This libtorch multiplies with another library than OpenBLAS." : null;

        public static string? Library { get; } = get_num_threads() > 0
            ? File.ReadLines("/proc/self/maps").Where(line => line.Contains("libopenblas", StringComparison.Ordinal)).Select(line => line[line.IndexOf('/')..]).FirstOrDefault()
            : null;
    }

    [Fact]
    public async Task Several_threads_may_work_at_once()
    {
        set_num_threads(1);
        using var shared = Golden.Fill(16, 16).DetachFromDisposeScope();
        var sums = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using var scope = NewDisposeScope();
            var total = 0.0;
            for (var i = 0; i < 300; i++) total += shared.mm(shared).relu().sum().ToDouble();
            return total;
        })));
        Assert.All(sums, sum => Assert.Equal(sums[0], sum));
    }

    [Fact]
    public void The_version_is_libtorchs() => Assert.Matches(@"^\d+\.\d+", __version__);

    [Fact]
    public void Element_types_know_their_limits()
    {
        Assert.Equal(1.1920928955078125e-07, finfo(float32).eps);
        Assert.Equal(float.MaxValue, finfo(float32).max);
        Assert.True(is_floating_point(ScalarType.BFloat16) && is_integral(int64) && is_complex(complex64));
    }

    [Fact]
    public void Initial_values_have_PyTorchs_spread()
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        var w = empty(64, 32, 3, 3);
        Assert.Equal((288, 576), nn.init.CalculateFanInAndFanOut(w));
        nn.init.kaiming_normal_(w, mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU);
        Assert.Equal(Math.Sqrt(2.0 / 576), w.std().ToDouble(), 0.002);
        nn.init.kaiming_uniform_(w, a: Math.Sqrt(5));
        Assert.Equal(1 / Math.Sqrt(288), w.abs().max().ToDouble(), 0.001);
        Assert.Equal(2f, nn.init.constant_(ones(2, requires_grad: true), 2)[0].ToSingle());
    }
}
