namespace TorchSharp;

// Functions of several tensors, and those that no method of Tensor offers.
public static partial class torch
{
    public static Tensor cat(Tensor[] tensors, long dim = 0) => Op.Call("cat", tensors, dim);
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);
    public static Tensor concat(Tensor[] tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Op.Call("stack", tensors.ToArray(), dim);
    public static Tensor hstack(params Tensor[] tensors) => Op.Call("hstack", tensors);
    public static Tensor hstack(IList<Tensor> tensors) => hstack(tensors.ToArray());
    public static Tensor hstack(IEnumerable<Tensor> tensors) => hstack(tensors.ToArray());
    public static Tensor vstack(Tensor[] tensors) => Op.Call("vstack", tensors);
    public static Tensor vstack(IList<Tensor> tensors) => vstack(tensors.ToArray());
    public static Tensor block_diag(params Tensor[] tensors) => Op.Call("block_diag", tensors);
    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, string indexing = "ij") => Op.Many("meshgrid.indexing", tensors.ToArray(), indexing);
    public static IList<Tensor> broadcast_tensors(params Tensor[] tensors) => Op.Many("broadcast_tensors", tensors);
    public static Tensor cartesian_prod(params Tensor[] tensors) => Op.Call("cartesian_prod", tensors);
    public static Tensor combinations(Tensor input, int r = 2, bool with_replacement = false) => Op.Call("combinations", input, r, with_replacement);
    public static Tensor[] unbind(Tensor tensor, int dim = 0) => tensor.unbind(dim);

    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Op.Call("where.self", condition, x, y);
    public static Tensor[] where(Tensor condition) => Op.Many("where", condition);
    public static Tensor einsum(string equation, params Tensor[] tensors) => Op.Call("einsum", equation, tensors);
    public static Tensor cdist(Tensor x1, Tensor x2, double p = 2, compute_mode compute_mode = compute_mode.use_mm_for_euclid_dist_if_necessary) => Op.Call("cdist", x1, x2, p, (long)compute_mode);
    public static Tensor tensordot(Tensor a, Tensor b, long dims = 2) => Op.Call("tensordot", a, b, LastDims(a, dims), Enumerable.Range(0, (int)dims).Select(d => (long)d).ToArray());
    private static long[] LastDims(Tensor a, long dims) => [.. Enumerable.Range(0, (int)dims).Select(d => a.ndim - dims + d)];
    public static Tensor searchsorted(Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false, Tensor? sorter = null) => Op.Call("searchsorted.Tensor", sorted_sequence, values, out_int32, right, Arg.Null, sorter);
    public static Tensor cross(Tensor input, Scalar other, long dim = 0) => Op.Call("cross", input, (Tensor)other, dim);
    public static Tensor complex(Tensor real, Tensor imag) => Op.Call("complex", real, imag);
    public static Tensor polar(Tensor abs, Tensor angle) => Op.Call("polar", abs, angle);
    public static Tensor real(Tensor input) => input.real;
    public static Tensor imag(Tensor input) => input.imag;
    public static Tensor norm(Tensor input) => input.norm();
    public static Tensor gather(Tensor input, long dim, Tensor index, bool sparse_grad = false) => Op.Call("gather", input, dim, index, sparse_grad);
    public static bool is_complex(Tensor input) => input.is_complex();
    public static bool is_floating_point(Tensor input) => input.is_floating_point();
    public static bool is_integral(Tensor t) => t.is_integral();
    public static Tensor vander(Tensor x, long N = -1, bool increasing = false) => Op.Call("vander", x, N < 0 ? Arg.Null : N, increasing);
    public static Tensor trapezoid(Tensor y, Tensor x, long dim = -1) => Op.Call("trapezoid.x", y, x, dim);
    public static Tensor trapezoid(Tensor y, double dx = 1, long dim = -1) => Op.Call("trapezoid.dx", y, dx, dim);

    public static class linalg
    {
        public static Tensor det(Tensor input) => Op.Call("linalg_det", input);
        public static Tensor inv(Tensor input) => Op.Call("linalg_inv", input);
        public static Tensor cholesky(Tensor input) => Op.Call("linalg_cholesky", input);
        public static Tensor solve(Tensor A, Tensor B, bool left = true) => left ? Op.Call("linalg_solve", A, B) : solve(A.mT, B.mT).mT;
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Op.Pair("linalg_eigh", input, UPLO.ToString());
        public static Tensor eigvalsh(Tensor input, char UPLO = 'L') => Op.Call("linalg_eigvalsh", input, UPLO.ToString());
        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true) => Op.Triple("linalg_svd", input, fullMatrices);
        public static Tensor svdvals(Tensor input) => Op.Call("linalg_svdvals", input);
        public static Tensor pinv(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false) => Op.Call("linalg_pinv.atol_rtol_float", input, atol, rtol, hermitian);
        public static Tensor vector_norm(Tensor input, double ord = 2, long[]? dims = null, bool keepdim = false) => Op.Call("linalg_vector_norm", input, ord, dims, keepdim);
        public static Tensor matrix_norm(Tensor input, string ord = "fro", long[]? dims = null, bool keepdim = false) => Op.Call("linalg_matrix_norm.str_ord", input, ord, dims ?? [-2, -1], keepdim);
        public static Tensor matrix_norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) => Op.Call("linalg_matrix_norm", input, ord, dims ?? [-2, -1], keepdim);
        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) => Op.Call("linalg_norm", input, Arg.Null, dims, keepdim);
        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) => Op.Call("linalg_norm", input, ord, dims, keepdim);
    }
}
