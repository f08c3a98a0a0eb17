namespace TorchSharp;

public static partial class torch
{
    /// <summary>One place between the brackets of an index expression, with NumPy's meaning.</summary>
    public struct TensorIndex
    {
        internal enum Kind { None, Single, Slice, Ellipsis, Bool, Tensor }

        internal Kind What;
        internal long? First, Last, Step;
        internal Tensor? Index;

        public static TensorIndex Colon = Slice();
        public static TensorIndex Ellipsis = new() { What = Kind.Ellipsis };
        public static TensorIndex None = new() { What = Kind.None };
        public static TensorIndex Null = new() { What = Kind.None };

        public static TensorIndex Bool(bool value) => new() { What = Kind.Bool, First = value ? 1 : 0 };
        public static TensorIndex Single(long? index) => index is null ? None : new() { What = Kind.Single, First = index };
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) => new() { What = Kind.Slice, First = start, Last = stop, Step = step };
        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);
        public static TensorIndex Slice(Range range) => Slice(From(range.Start), range.End is { IsFromEnd: true, Value: 0 } ? null : From(range.End));
        public static TensorIndex Tensor(Tensor tensor) => new() { What = Kind.Tensor, Index = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);
        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);
        public static implicit operator TensorIndex(Range range) => Slice(range);
        public static implicit operator TensorIndex(Index index) => Single(From(index));

        // ^n counts from the end, as a negative index does.
        private static long From(Index index) => index.IsFromEnd ? -index.Value : index.Value;
    }

    public unsafe partial class Tensor
    {
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[long i1] { get => select(0, i1); set => Put(value, i1); }
        public Tensor this[long i1, long i2] { get => At(i1, i2); set => Put(value, i1, i2); }
        public Tensor this[long i1, long i2, long i3] { get => At(i1, i2, i3); set => Put(value, i1, i2, i3); }
        public Tensor this[long i1, long i2, long i3, long i4] { get => At(i1, i2, i3, i4); set => Put(value, i1, i2, i3, i4); }
        public Tensor this[long i1, long i2, long i3, long i4, long i5] { get => At(i1, i2, i3, i4, i5); set => Put(value, i1, i2, i3, i4, i5); }
        public Tensor this[long i1, long i2, long i3, long i4, long i5, long i6] { get => At(i1, i2, i3, i4, i5, i6); set => Put(value, i1, i2, i3, i4, i5, i6); }
        public Tensor this[params long[] indices] { get => At(indices); set => Put(value, indices); }

        public Tensor index(params TensorIndex[] indices)
        {
            var view = View(indices, out var tensors);
            return tensors is null ? view : Done(view, Op.Call("index.Tensor", view, tensors));
        }

        public Tensor index(params Tensor[] indices) => Op.Call("index.Tensor", this, indices);

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);
        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, false);
        public Tensor index_put_(Scalar value, params TensorIndex[] indices) { using var t = Like(value); return index_put_(t, indices, false); }
        public Tensor index_put_(Scalar value, params Tensor[] indices) { using var t = Like(value); return index_put_(t, indices, false); }
        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) => Op.Into(this, "index_put_", this, indices, value, accumulate);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            using var view = View(indices, out var tensors);
            if (tensors is not null) Op.Into(view, "index_put_", view, tensors, value, accumulate);
            else if (accumulate) view.add_(value);
            else view.Fill(value);
            return this;
        }

        private Tensor At(params ReadOnlySpan<long> indices)
        {
            var view = select(0, indices[0]);
            foreach (var i in indices[1..]) view = Done(view, view.select(0, i));
            return view;
        }

        private void Put(Tensor value, params ReadOnlySpan<long> indices)
        {
            using var view = At(indices);
            view.Fill(value);
        }

        // NumPy drops leading dimensions of length one from what is assigned.
        private void Fill(Tensor value)
        {
            var extra = (int)Math.Max(0, value.ndim - ndim);
            if (extra == 0 || value.shape.Take(extra).Any(n => n != 1)) copy_(value);
            else { using var flat = value.reshape(value.shape[extra..]); copy_(flat); }
        }

        private Tensor Like(Scalar value) => Op.Call("full", Array.Empty<long>(), value, dtype, Arg.Null, device);

        private static Tensor Done(Tensor before, Tensor after)
        {
            before.Dispose();
            return after;
        }

        // Selects and slices dimension by dimension; what is indexed by tensors is left to the operator "index".
        private Tensor View(TensorIndex[] indices, out Tensor?[]? tensors)
        {
            List<Tensor?> found = [];
            var used = indices.Sum(Takes);
            if (used > ndim) throw new ArgumentException($"{used} indices were given for a tensor with {ndim} dimensions.");
            if (indices.Count(i => i.What == TensorIndex.Kind.Ellipsis) > 1) throw new ArgumentException("An index may hold one ellipsis.");
            var view = alias();
            var (d, places) = (0L, 0L);   // a mask of n dimensions moves on by n in the view, and by one place in the list of tensors
            foreach (var i in indices)
            {
                var before = d;
                if (i.What == TensorIndex.Kind.Single) view = Done(view, view.select(d, i.First!.Value));
                else if (i.What == TensorIndex.Kind.Slice) view = Done(view, Op.Call("slice.Tensor", view, d++, i.First, i.Last, i.Step ?? 1));
                else if (i.What == TensorIndex.Kind.Ellipsis) d += ndim - used;
                else if (i.What == TensorIndex.Kind.None) view = Done(view, view.unsqueeze(d++));
                else
                {
                    if (i.What == TensorIndex.Kind.Bool) view = Done(view, view.unsqueeze(d));
                    while (found.Count < places) found.Add(null);
                    found.Add(i.Index is null ? Op.Call("full", new long[] { 1 }, i.First == 1, ScalarType.Bool, Arg.Null, device) : i.Index.dtype is ScalarType.Int32 or ScalarType.Int16 or ScalarType.Int8 ? i.Index.to_type(ScalarType.Int64) : i.Index);
                    d += i.Index is null ? 1 : Takes(i);
                    places++;
                    continue;
                }
                places += d - before;
            }
            tensors = found.Count == 0 ? null : [.. found];
            return view;
        }

        // How many dimensions of the tensor an index uses up.
        private static long Takes(TensorIndex i) => i.What switch
        {
            TensorIndex.Kind.Single or TensorIndex.Kind.Slice => 1,
            TensorIndex.Kind.Tensor => i.Index!.dtype is ScalarType.Bool or ScalarType.Byte ? i.Index.ndim : 1,
            _ => 0
        };
    }
}
