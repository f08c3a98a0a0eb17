namespace TorchSharp;

/// <summary>Owns what is made while it is the innermost scope of its thread, and disposes it at its own end.</summary>
public sealed class DisposeScope : IDisposable
{
    // A tensor remembers its place, so that leaving the scope early costs nothing; the hole is closed when holes outnumber what is left.
    private readonly List<IDisposable?> items = [];
    private readonly DisposeScopeManager manager;
    private int holes;
    private bool ended;

    internal DisposeScope(DisposeScopeManager manager) => (this.manager, Outer) = (manager, manager.Current);

    internal DisposeScope? Outer { get; }

    public int DisposablesCount => items.Count - holes;
    public IReadOnlyList<IDisposable> DisposablesView => [.. items.OfType<IDisposable>()];

    // What is put into a scope that has ended would never be disposed: the package lets it in and ends the program when the collector finds it.
    internal void Add(IDisposable disposable)
    {
        ObjectDisposedException.ThrowIf(ended, this);
        if (disposable is torch.Tensor tensor) (tensor.Scope, tensor.Place) = (this, items.Count);
        else if (Contains(disposable)) return;
        items.Add(disposable);
    }

    private int Find(IDisposable disposable) => disposable is torch.Tensor tensor
        ? ReferenceEquals(tensor.Scope, this) ? tensor.Place : -1
        : items.FindIndex(item => ReferenceEquals(item, disposable));

    private bool Remove(IDisposable disposable)
    {
        var place = Find(disposable);
        if (place < 0) return false;
        items[place] = null;
        if (disposable is torch.Tensor tensor) tensor.Scope = null;
        if (++holes > 32 && holes > items.Count / 2) Close();
        return true;
    }

    private void Close()
    {
        items.RemoveAll(item => item is null);
        holes = 0;
        for (var i = 0; i < items.Count; i++) if (items[i] is torch.Tensor tensor) tensor.Place = i;
    }

    public bool Contains(IDisposable disposable) => Find(disposable) >= 0;

    public void Attach(IDisposable disposable) => manager.Attach(this, disposable);
    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        IDisposable[] all = [.. disposables];
        foreach (var disposable in all) Attach(disposable);
        return all;
    }

    public T Detach<T>(T disposable) where T : IDisposable
    {
        if (Remove(disposable)) manager.StatisticsOf(disposable).DetachedFromScopeCount++;
        return disposable;
    }

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);
    public void Detach(IEnumerable<IDisposable> disposables) { foreach (var disposable in disposables.ToArray()) Detach<IDisposable>(disposable); }
    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable => (Detach(first), Detach(second));
    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable => (Detach(first), Detach(second), Detach(third));

    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        if (scope is null) return Detach(disposable);
        // The package takes what is moved to the scope it is in out of it and puts it nowhere: nobody would dispose it.
        if (ReferenceEquals(scope, this) && Contains(disposable)) throw new InvalidOperationException("This tensor is in that scope already: ask with Contains before moving it, TorchSharp loses it otherwise.");
        if (Remove(disposable)) scope.Add(disposable);
        return disposable;
    }

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) => MoveToOther(scope, (IEnumerable<IDisposable>)disposables);
    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables) { foreach (var disposable in disposables.ToArray()) MoveToOther<IDisposable>(scope, disposable); }
    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope? scope, T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable => (MoveToOther(scope, first), MoveToOther(scope, second));
    public (T1 first, T2 second, T3 third) MoveToOther<T1, T2, T3>(DisposeScope? scope, T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable => (MoveToOther(scope, first), MoveToOther(scope, second), MoveToOther(scope, third));

    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(Outer, disposable);
    public void MoveToOuter(params IDisposable[] disposables) => MoveToOther(Outer, (IEnumerable<IDisposable>)disposables);
    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(Outer, disposables);
    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable => MoveToOther(Outer, first, second);
    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable => MoveToOther(Outer, first, second, third);

    public void MarkAsDisposed(IDisposable disposable)
    {
        if (Remove(disposable)) manager.StatisticsOf(disposable).DisposedInScopeCount++;
    }

    public void DisposeEverything() => DisposeEverythingBut(Array.Empty<IDisposable>());
    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);
    public T DisposeEverythingBut<T>(T keep) where T : IDisposable { DisposeEverythingBut(new IDisposable[] { keep }); return keep; }
    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable { DisposeEverythingBut(new IDisposable[] { first, second }); return (first, second); }
    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable { DisposeEverythingBut(new IDisposable[] { first, second, third }); return (first, second, third); }

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var keep = inKeep.ToHashSet(ReferenceEqualityComparer.Instance);
        for (var i = items.Count - 1; i >= 0; i--)
            if (items[i] is { } item && !keep.Contains(item))
            {
                items[i] = null;
                holes++;
                manager.StatisticsOf(item).DisposedInScopeCount++;
                if (item is torch.Tensor tensor) tensor.Free();
                else item.Dispose();
            }
        Close();
    }

    public void Dispose()
    {
        if (ended) return;
        DisposeEverything();
        manager.Leave(this);
        ended = true;
    }
}

/// <summary>The stack of scopes of one thread, and its counts.</summary>
public class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScopeManager? mine;

    internal static DisposeScopeManager Mine => mine ??= new();

    public static ThreadDisposeScopeStatistics Statistics => Mine.statistics;

    internal DisposeScope? Current { get; private set; }

    private readonly ThreadDisposeScopeStatistics statistics = new();

    internal LifetimeStatistics StatisticsOf(IDisposable disposable) => disposable is torch.Tensor ? statistics.TensorStatistics : statistics.Others;

    internal DisposeScope Enter() => Current = new(this);

    // Scopes end in any order: what lies on top of a scope that ends early goes with it.
    internal void Leave(DisposeScope scope)
    {
        for (var s = Current; s is not null; s = s.Outer)
            if (ReferenceEquals(s, scope)) { Current = scope.Outer; return; }
    }

    internal void Register(torch.Tensor tensor)
    {
        if (Current is { } scope) { scope.Add(tensor); statistics.TensorStatistics.CreatedInScopeCount++; }
        else statistics.TensorStatistics.CreatedOutsideScopeCount++;
    }

    internal void Attach(DisposeScope scope, IDisposable disposable)
    {
        if (disposable is torch.Tensor { Scope: { } owner } tensor) owner.MoveToOther(scope, tensor);
        else { scope.Add(disposable); StatisticsOf(disposable).AttachedToScopeCount++; }
    }
}

/// <summary>How many objects of a kind one thread made and disposed, in scopes and outside of them.</summary>
public class LifetimeStatistics
{
    public long CreatedOutsideScopeCount { get; internal set; }
    public long DisposedOutsideScopeCount { get; internal set; }
    public long CreatedInScopeCount { get; internal set; }
    public long DisposedInScopeCount { get; internal set; }
    public long AttachedToScopeCount { get; internal set; }
    public long DetachedFromScopeCount { get; internal set; }
    public long ThreadTotalLiveCount => CreatedInScopeCount + CreatedOutsideScopeCount - DisposedInScopeCount - DisposedOutsideScopeCount;

    public void Reset() => CreatedOutsideScopeCount = DisposedOutsideScopeCount = CreatedInScopeCount = DisposedInScopeCount = AttachedToScopeCount = DetachedFromScopeCount = 0;

    public override string ToString() =>
        $"ThreadTotalLiveCount: {ThreadTotalLiveCount}; CreatedOutsideScopeCount: {CreatedOutsideScopeCount}; DisposedOutsideScopeCount: {DisposedOutsideScopeCount}; CreatedInScopeCount: {CreatedInScopeCount}; DisposedInScopeCount: {DisposedInScopeCount}; AttachedToScopeCount: {AttachedToScopeCount}; DetachedFromScopeCount: {DetachedFromScopeCount}";
}

/// <summary>The counts of one thread: tensors, and everything else that was attached to a scope.</summary>
public class ThreadDisposeScopeStatistics
{
    internal LifetimeStatistics Others { get; } = new();

    public LifetimeStatistics TensorStatistics { get; } = new();

    public long CreatedOutsideScopeCount => TensorStatistics.CreatedOutsideScopeCount + Others.CreatedOutsideScopeCount;
    public long DisposedOutsideScopeCount => TensorStatistics.DisposedOutsideScopeCount + Others.DisposedOutsideScopeCount;
    public long CreatedInScopeCount => TensorStatistics.CreatedInScopeCount + Others.CreatedInScopeCount;
    public long DisposedInScopeCount => TensorStatistics.DisposedInScopeCount + Others.DisposedInScopeCount;
    public long AttachedToScopeCount => TensorStatistics.AttachedToScopeCount + Others.AttachedToScopeCount;
    public long DetachedFromScopeCount => TensorStatistics.DetachedFromScopeCount + Others.DetachedFromScopeCount;
    public long ThreadTotalLiveCount => TensorStatistics.ThreadTotalLiveCount + Others.ThreadTotalLiveCount;

    public void Reset()
    {
        TensorStatistics.Reset();
        Others.Reset();
    }

    public override string ToString() => TensorStatistics.ToString();
}
