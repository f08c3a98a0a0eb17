namespace TorchSharp.Tests;

public sealed class IndexingTests
{
    private static Tensor Cube => arange(24).reshape(2, 3, 4);

    private static long[] Values(Tensor t) => t.contiguous().data<long>().ToArray();

    [Fact]
    public void Numbers_select()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([3, 4], Cube[1].shape);
        Assert.Equal(23, Cube[1, 2, 3].item<long>());
        Assert.Equal(23, Cube[-1, -1, -1].item<long>());
        Assert.Equal([20, 21, 22, 23], Values(Cube[1, 2]));
    }

    [Fact]
    public void Ranges_slice_and_a_hat_counts_from_the_end()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([12, 13, 16, 17, 20, 21], Values(Cube[1.., .., 0..2]));
        Assert.Equal([3, 15], Values(Cube[.., 0, ^1]));
        Assert.Equal([0, 1, 4, 5], Values(Cube[0, ..^1, ..2]));
        Assert.Equal([10, 11], Values(Cube[0, 2, ^2..]));
        Assert.Equal([0, 2], Values(Cube[0, 0, TensorIndex.Slice(step: 2)]));
        Assert.Equal([1, 2], Values(Cube[0, 0, TensorIndex.Slice((1, 3))]));
    }

    [Fact]
    public void Ellipsis_stands_for_the_dimensions_between()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([2, 3], Cube[TensorIndex.Ellipsis, 1].shape);
        Assert.Equal([5, 9, 17, 21], Values(Cube[TensorIndex.Ellipsis, TensorIndex.Slice(1), 1]));
    }

    [Fact]
    public void None_and_null_add_a_dimension()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([2, 1, 3, 4], Cube[TensorIndex.Colon, TensorIndex.None].shape);
        Assert.Equal([2, 3, 4, 1], Cube[TensorIndex.Ellipsis, TensorIndex.Null].shape);
    }

    [Fact]
    public void Tensors_gather_and_masks_choose()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([2, 2, 4], Cube[TensorIndex.Colon, TensorIndex.Tensor(tensor(new long[] { 2, 0 }))].shape);
        Assert.Equal([22, 23], Values(Cube[TensorIndex.Tensor(Cube > 21)]));
        Assert.Equal([12, 16, 20], Values(Cube[TensorIndex.Tensor(tensor(new[] { false, true })), TensorIndex.Colon, 0]));
        Assert.Equal([3, 20], Values(Cube[tensor(new long[] { 0, 1 }), tensor(new long[] { 0, 2 }), tensor(new long[] { 3, 0 })]));
    }

    [Fact]
    public void A_mask_of_two_dimensions_takes_two_of_the_tensor()
    {
        using var scope = NewDisposeScope();
        var mask = tensor(new[,] { { true, false, false }, { false, false, true } });
        Assert.Equal([2, 4], Cube[TensorIndex.Tensor(mask)].shape);
        Assert.Equal([1, 21], Values(Cube[TensorIndex.Tensor(mask), 1]));
    }

    [Fact]
    public void Assignment_writes_into_the_tensor()
    {
        using var scope = NewDisposeScope();
        var t = Cube;
        t[0, 0, 0] = tensor(-1L);
        t[1, 1..] = tensor(-2L);
        t[0, TensorIndex.Colon, 1] = tensor(new long[] { 100, 101, 102 });
        Assert.Equal([-1, 100, 2, 3, 4, 101, 6, 7, 8, 102, 10, 11, 12, 13, 14, 15, -2, -2, -2, -2, -2, -2, -2, -2], Values(t));
        t[TensorIndex.Tensor(t < 0)] = tensor(0L);
        Assert.Equal(0, t.min().item<long>());
        t[tensor(new long[] { 0, 1 }), tensor(new long[] { 2, 2 })] = ones(2, 4, dtype: int64);
        Assert.Equal(4, t[1, 2].sum().item<long>());
    }

    // Of a number beside a tensor the package makes an undefined tensor, which ends the process.
    [StandInFact]
    public void Assignment_may_add_up()
    {
        using var scope = NewDisposeScope();
        var t = Cube;
        t.index_put_(tensor(5L), [TensorIndex.Single(0), TensorIndex.Tensor(tensor(new long[] { 0, 0 }))], accumulate: true);
        Assert.Equal([10, 11, 12, 13], Values(t[0, 0]));
    }

    [Fact]
    public void A_view_of_an_index_shares_memory_and_counts_no_extra_tensor()
    {
        using var scope = NewDisposeScope();
        var t = Cube;
        var before = scope.DisposablesCount;
        var view = t[1, .., 2];
        Assert.Equal(before + 1, scope.DisposablesCount);
        view.fill_(0);
        Assert.Equal(0, t[1, 1, 2].item<long>());
    }

    // In the package these very calls end the process.
    [StandInFact]
    public void Too_many_indices_and_places_outside_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.ThrowsAny<Exception>(() => Cube[0, 0, 0, 0]);
        Assert.ThrowsAny<Exception>(() => Cube[TensorIndex.Colon, 3]);
    }
}
