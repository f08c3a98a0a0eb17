namespace TorchSharp.Tests;

public sealed class ScopeTests
{
    [Fact]
    public void A_scope_disposes_what_was_made_inside_it()
    {
        Tensor inside, kept;
        using (NewDisposeScope())
        {
            inside = ones(2);
            kept = (inside + 1).MoveToOuterDisposeScope();
        }
        Assert.True(inside.IsInvalid);
        Assert.False(kept.IsInvalid);
        kept.Dispose();
    }

    [Fact]
    public void Moving_out_lands_in_the_outer_scope()
    {
        Tensor t;
        using (NewDisposeScope())
        {
            using (NewDisposeScope()) t = ones(2).MoveToOuterDisposeScope();
            Assert.False(t.IsInvalid);
        }
        Assert.True(t.IsInvalid);
    }

    [Fact]
    public void Detaching_leaves_every_scope()
    {
        Tensor t;
        using (NewDisposeScope())
        using (NewDisposeScope())
            t = ones(2).DetachFromDisposeScope();
        Assert.False(t.IsInvalid);
        t.Dispose();
    }

    [Fact]
    public void A_scope_knows_what_it_holds()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (ones(1), ones(1));
        Assert.Same(scope, CurrentDisposeScope);
        Assert.Equal(2, scope.DisposablesCount);
        Assert.True(scope.Contains(a));
        a.Dispose();
        Assert.Equal(1, scope.DisposablesCount);
        Assert.False(scope.Contains(a));
        scope.DisposeEverythingBut(b);
        Assert.False(b.IsInvalid);
        scope.Detach(b);
        Assert.Equal(0, scope.DisposablesCount);
        scope.Attach(b);
        scope.DisposeEverything();
        Assert.True(b.IsInvalid);
    }

    [Fact]
    public void A_wrapped_expression_keeps_only_its_result()
    {
        var before = Tensor.TotalCount;
        using var t = WrappedTensorDisposeScope(() => (ones(3) * 2 + 1).sum());
        Assert.Equal(before + 1, Tensor.TotalCount);
        Assert.Equal(9f, t.item<float>());
    }

    [Fact]
    public void Statistics_count_what_a_thread_makes_and_disposes()
    {
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        statistics.Reset();
        var outside = ones(1);
        using (NewDisposeScope())
        {
            _ = ones(1);
            ones(1).Dispose();
            _ = ones(1).DetachFromDisposeScope();
        }
        outside.Dispose();
        Assert.Equal((1, 1), (statistics.CreatedOutsideScopeCount, statistics.DisposedOutsideScopeCount));
        Assert.Equal((3, 2), (statistics.CreatedInScopeCount, statistics.DisposedInScopeCount));
        Assert.Equal(1, statistics.DetachedFromScopeCount);
        Assert.Equal(1, statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Ten_thousand_small_operators_leave_the_count_unchanged()
    {
        using var a = randn(4, 4).DetachFromDisposeScope();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 100; i++)
        {
            using var scope = NewDisposeScope();
            for (var j = 0; j < 25; j++)
            {
                var (values, indices) = (a + j).max(1);
                _ = values * indices + a[0, ^1];
                _ = a.split(2)[1].sum().ToDouble();
            }
        }
        Assert.Equal(before, Tensor.TotalCount);
        Assert.True(Tensor.PeakCount >= before);
    }

    [Fact]
    public void Scopes_belong_to_their_thread()
    {
        using var scope = NewDisposeScope();
        Tensor? elsewhere = null;
        var thread = new Thread(() => elsewhere = ones(2));
        thread.Start();
        thread.Join();
        Assert.False(scope.Contains(elsewhere!));
        scope.DisposeEverything();
        Assert.False(elsewhere!.IsInvalid);
        elsewhere.Dispose();
    }

    [Fact]
    public void A_tensor_that_nobody_holds_is_freed_by_the_collector()
    {
        var before = Tensor.TotalCount;
        Forget();
        for (var i = 0; i < 20 && Tensor.TotalCount > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.True(Tensor.TotalCount <= before, $"{Tensor.TotalCount - before} of 50 forgotten tensors are still counted");
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Forget() { for (var i = 0; i < 50; i++) _ = ones(10); }
}
