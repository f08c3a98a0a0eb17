namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static long[] Dims((long, long) dims) => [dims.Item1, dims.Item2];
        private static long[] Dims((long, long, long) dims) => [dims.Item1, dims.Item2, dims.Item3];

        public Tensor sum(ScalarType? type = null) => Op.Call("sum", this, type);
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Op.Call("sum.dim_IntList", this, dim, keepdim, type);
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => sum(dim.ToArray(), keepdim, type);
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Op.Call("sum.dim_IntList", this, dim, keepdim, type);
        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum(new[] { dim0, dim1 }, keepdim, type);
        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) => sum(new[] { dim0, dim1, dim2 }, keepdim, type);
        public Tensor mean() => Op.Call("mean", this);
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => Op.Call("mean.dim", this, dimensions, keepdim, type);

        public Tensor var(bool unbiased = true) => Op.Call("var", this, unbiased);
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => As(Op.Call("var.dim", this, dimensions, unbiased, keepdim), type);
        public Tensor var(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var(dimensions.ToArray(), unbiased, keepdim, type);
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var(new[] { dim }, unbiased, keepdim, type);
        public Tensor var((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var(Dims(dim), unbiased, keepdim, type);
        public Tensor var((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var(Dims(dim), unbiased, keepdim, type);
        public Tensor std(bool unbiased = true) => Op.Call("std", this, unbiased);
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => As(Op.Call("std.dim", this, dimensions, unbiased, keepdim), type);
        public Tensor std(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std(dimensions.ToArray(), unbiased, keepdim, type);
        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std(new[] { dim }, unbiased, keepdim, type);
        public Tensor std((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std(Dims(dim), unbiased, keepdim, type);
        public Tensor std((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std(Dims(dim), unbiased, keepdim, type);
        public (Tensor var, Tensor mean) var_mean(bool unbiased = true) => Op.Pair("var_mean", this, unbiased);
        public (Tensor std, Tensor mean) var_mean(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => As(Op.Pair("var_mean.dim", this, dimensions, unbiased, keepdim), type);
        public (Tensor var, Tensor mean) var_mean(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var_mean(new[] { dim }, unbiased, keepdim, type);
        public (Tensor std, Tensor mean) std_mean(bool unbiased = true) => Op.Pair("std_mean", this, unbiased);
        public (Tensor std, Tensor mean) std_mean(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => As(Op.Pair("std_mean.dim", this, dimensions, unbiased, keepdim), type);
        public (Tensor std, Tensor mean) std_mean(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std_mean(new[] { dim }, unbiased, keepdim, type);

        private static Tensor As(Tensor result, ScalarType? type) => type is { } t && t != result.dtype ? result.to_type(t, disposeAfter: true) : result;
        private static (Tensor, Tensor) As((Tensor, Tensor) results, ScalarType? type) => (As(results.Item1, type), As(results.Item2, type));

        public Tensor max() => Op.Call("max", this);
        public Tensor max(Tensor other) => Op.Call("maximum", this, other);
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Op.Pair("max.dim", this, dim, keepdim);
        public Tensor min() => Op.Call("min", this);
        public Tensor min(Tensor other) => Op.Call("minimum", this, other);
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Op.Pair("min.dim", this, dim, keepdim);
        public Tensor amax(params long[] dims) => Op.Call("amax", this, dims);
        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) => @out is null ? Op.Call("amax", this, dims, keepdim) : Op.Into(@out, "amax.out", this, dims, keepdim, @out);
        public Tensor amin(params long[] dims) => Op.Call("amin", this, dims);
        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) => @out is null ? Op.Call("amin", this, dims, keepdim) : Op.Into(@out, "amin.out", this, dims, keepdim, @out);
        public (Tensor min, Tensor max) aminmax(long? dim = null, bool keepdim = false) => Op.Pair("aminmax", this, dim, keepdim);
        public Tensor argmax() => Op.Call("argmax", this);
        public Tensor argmax(long dim, bool keepdim = false) => Op.Call("argmax", this, dim, keepdim);
        public Tensor argmin() => Op.Call("argmin", this);
        public Tensor argmin(long dim, bool keepdim = false) => Op.Call("argmin", this, dim, keepdim);
        public Tensor all() => Op.Call("all", this);
        public Tensor all(long dim, bool keepdim = false) => Op.Call("all.dim", this, dim, keepdim);
        public Tensor any() => Op.Call("any", this);
        public Tensor any(long dim, bool keepdim = false) => Op.Call("any.dim", this, dim, keepdim);
        public Tensor prod(ScalarType? type = null) => Op.Call("prod", this, type);
        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) => Op.Call("prod.dim_int", this, dim, keepdim, type);
        public Tensor norm(float p = 2f) => Op.Call("norm.Scalar", this, p);
        public Tensor norm(int dim, bool keepdim = false, float p = 2f) => Op.Call("norm.ScalarOpt_dim", this, p, dim, keepdim);
        public Tensor dist(Tensor other, float p = 2f) => Op.Call("dist", this, other, p);
        public Tensor logsumexp(long dim, bool keepdim = false) => Op.Call("logsumexp", this, dim, keepdim);
        public Tensor median() => Op.Call("median", this);
        public Tensor nansum() => Op.Call("nansum", this);
        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => Op.Call("quantile", this, q, dim, keepdim);
        public Tensor count_nonzero(long[]? dims = null) => dims is null ? Op.Call("count_nonzero", this) : Op.Call("count_nonzero.dim_IntList", this, dims);
        public Tensor cumsum(long dim, ScalarType? type = null) => Op.Call("cumsum", this, dim, type);
        public Tensor cumprod(long dim, ScalarType? type = null) => Op.Call("cumprod", this, dim, type);
        public (Tensor values, Tensor indexes) cummax(long dim) => Op.Pair("cummax", this, dim);
        public (Tensor values, Tensor indexes) cummin(long dim) => Op.Pair("cummin", this, dim);
        public Tensor logcumsumexp(long dim) => Op.Call("logcumsumexp", this, dim);
        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false) => Op.Pair("kthvalue", this, k, dim ?? -1, keepdim);
        public (Tensor values, Tensor indices) mode(long dim = -1, bool keepdim = false) => Op.Pair("mode", this, dim, keepdim);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) => Op.Pair("topk", this, k, dim, largest, sorted);
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) => Op.Pair("sort.stable", this, stable, dim, descending);
        public Tensor argsort(long dim = -1, bool descending = false) => Op.Call("argsort", this, dim, descending);
        public Tensor msort() => Op.Call("msort", this);
        public Tensor bincount(Tensor? weights, long minlength = 0) => Op.Call("bincount", this, weights, minlength);
        public Tensor histc(long bins = 100, long min = 0, long max = 0) => Op.Call("histc", this, bins, min, max);
        public Tensor bucketize(Tensor boundaries, bool outInt32 = false, bool right = false) => Op.Call("bucketize.Tensor", this, boundaries, outInt32, right);
        public Tensor diff(long n = 1, long dim = -1, Tensor? prepend = null, Tensor? append = null) => Op.Call("diff", this, n, dim, prepend, append);
        public Tensor nonzero() => Op.Call("nonzero", this);
        public IList<Tensor> nonzero_as_list() => Op.Many("nonzero_numpy", this);
        public Tensor argwhere() => Op.Call("argwhere", this);

        public (Tensor output, Tensor inverse_indices, Tensor counts) unique(bool sorted = true, bool return_inverse = false, bool return_counts = false, int? dim = null) =>
            Asked(dim is { } d ? Op.Triple("unique_dim", this, d, sorted, return_inverse, return_counts) : Op.Triple("_unique2", this, sorted, return_inverse, return_counts), return_inverse, return_counts);

        public (Tensor output, Tensor inverse_indices, Tensor counts) unique_consecutive(bool return_inverse = false, bool return_counts = false, int? dim = null) =>
            Asked(Op.Triple("unique_consecutive", this, return_inverse, return_counts, (long?)dim), return_inverse, return_counts);

        // libtorch gives empty tensors for what was not asked; the package gives null.
        private static (Tensor, Tensor, Tensor) Asked((Tensor, Tensor, Tensor) all, bool inverse, bool counts)
        {
            if (!inverse) all.Item2.Dispose();
            if (!counts) all.Item3.Dispose();
            return (all.Item1, inverse ? all.Item2 : null!, counts ? all.Item3 : null!);
        }
    }
}
