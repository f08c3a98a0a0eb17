namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor alias() => Op.Call("alias", this);
        public Tensor clone() => Op.Call("clone", this);
        public Tensor contiguous() => Op.Call("contiguous", this);
        public Tensor detach() => Op.Call("detach", this);
        public Tensor detach_() => Op.Into(this, "detach_", this);
        public Tensor pin_memory() => Op.Call("pin_memory", this);

        public Tensor view(params long[] shape) => Op.Call("view", this, shape);
        public Tensor view_as(Tensor other) => Op.Call("view_as", this, other);
        public Tensor reshape(params long[] shape) => Op.Call("reshape", this, shape);
        public Tensor permute(params long[] permutation) => Op.Call("permute", this, permutation);
        public Tensor permute(IEnumerable<long> permutation) => permute(permutation.ToArray());
        public Tensor transpose(long dim0, long dim1) => Op.Call("transpose.int", this, dim0, dim1);
        public Tensor transpose_(long dim0, long dim1) => Op.Into(this, "transpose_", this, dim0, dim1);
        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);
        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);
        public Tensor t() => Op.Call("t", this);
        public Tensor T => Op.Call("numpy_T", this);
        public Tensor mT => Op.Call("mT", this);
        public Tensor H => Op.Call("matrix_H", this);
        public Tensor mH => Op.Call("mH", this);
        public Tensor adjoint() => Op.Call("adjoint", this);
        public Tensor moveaxis(long[] source, long[] destination) => movedim(source, destination);
        public Tensor movedim(long[] source, long[] destination) => Op.Call("movedim.intlist", this, source, destination);
        public Tensor expand(params long[] sizes) => Op.Call("expand", this, sizes);
        public Tensor expand(long[] sizes, bool isImplicit = false) => Op.Call("expand", this, sizes, isImplicit);
        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => expand(sizes.ToArray(), isImplicit);
        public Tensor expand(Size sizes, bool isImplicit = false) => expand(sizes.Shape, isImplicit);
        public Tensor expand_as(Tensor other) => Op.Call("expand_as", this, other);
        public Tensor broadcast_to(params long[] shape) => Op.Call("broadcast_to", this, shape);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Op.Call("flatten.using_ints", this, start_dim, end_dim);
        public Tensor unflatten(long dim, params long[] sizes) => reshape([.. shape[..At(dim)], .. sizes, .. shape[(At(dim) + 1)..]]);
        public Tensor unflatten(long dim, Size sizes) => unflatten(dim, sizes.Shape);
        private int At(long dim) => (int)(dim < 0 ? ndim + dim : dim);
        public Tensor ravel() => Op.Call("ravel", this);
        public Tensor squeeze(long? dim = null) => dim is { } d ? Op.Call("squeeze.dim", this, d) : Op.Call("squeeze", this);
        public Tensor squeeze_(long? dim = null) => dim is { } d ? Op.Into(this, "squeeze_.dim", this, d) : Op.Into(this, "squeeze_", this);
        public Tensor unsqueeze(long dim) => Op.Call("unsqueeze", this, dim);
        public Tensor unsqueeze_(long dim) => Op.Into(this, "unsqueeze_", this, dim);
        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) => Op.Call("as_strided", this, size, strides, storageOffset);
        public Tensor atleast_1d() => Op.Call("atleast_1d", this);
        public Tensor atleast_2d() => Op.Call("atleast_2d", this);

        public Tensor[] chunk(long chunks, long dim = 0) => Op.Many("chunk", this, chunks, dim);
        public Tensor[] split(params long[] sizes) => split(sizes, 0L);
        public Tensor[] split(long size, int dim = 0) => Op.Many("split.Tensor", this, size, dim);
        public Tensor[] split(long[] sizes, long dim = 0) => Op.Many("split_with_sizes", this, sizes, dim);
        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => split(sizes.ToArray(), dim);
        public Tensor[] tensor_split(long size, long dim = 0) => Op.Many("tensor_split.sections", this, size, dim);
        public Tensor[] tensor_split(long[] sizes, long dim = 0) => Op.Many("tensor_split.indices", this, sizes, dim);
        public Tensor[] unbind(long dimension = 0) => Op.Many("unbind.int", this, dimension);
        public Tensor unfold(long dimension, long size, long step) => Op.Call("unfold", this, dimension, size, step);
        public Tensor narrow(long dim, long start, long length) => Op.Call("narrow", this, dim, start, length);
        public Tensor slice(long dim, long start, long finish, long step) => Op.Call("slice.Tensor", this, dim, start, finish, step);
        public Tensor select(long dim, long index) => Op.Call("select.int", this, dim, index);
        public Tensor select_scatter(Tensor src, long dim, long index) => Op.Call("select_scatter", this, src, dim, index);
        public Tensor slice_scatter(Tensor src, long dim = 0, long? start = null, long? end = null, long step = 1) => Op.Call("slice_scatter", this, src, dim, start, end, step);
        public Tensor repeat(params long[] sizes) => Op.Call("repeat", this, sizes);
        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) => Op.Call("repeat_interleave.self_Tensor", this, repeats, dim, output_size);
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) => Op.Call("repeat_interleave.self_int", this, repeats, dim, output_size);
        public Tensor tile(long[] reps) => Op.Call("tile", this, reps);
        public Tensor flip(params long[] dims) => Op.Call("flip", this, dims);
        public Tensor fliplr() => Op.Call("fliplr", this);
        public Tensor flipud() => Op.Call("flipud", this);
        public Tensor roll(long[] shifts) => Op.Call("roll", this, shifts);
        public Tensor roll(long shifts, long? dims = null) => Op.Call("roll", this, shifts, dims is { } d ? d : Arg.Default);
        public Tensor roll((long, long) shifts, (long, long) dims) => roll(Dims(shifts), Dims(dims));
        public Tensor roll((long, long, long) shifts, (long, long, long) dims) => roll(Dims(shifts), Dims(dims));
        public Tensor roll(long[] shifts, long[] dims) => Op.Call("roll", this, shifts, dims);
        public Tensor rot90(long k = 1, (long, long)? dims = null) => Op.Call("rot90", this, k, Dims(dims ?? (0, 1)));
        public Tensor tril(long diagonal = 0) => Op.Call("tril", this, diagonal);
        public Tensor tril_(long diagonal = 0) => Op.Into(this, "tril_", this, diagonal);
        public Tensor triu(long diagonal = 0) => Op.Call("triu", this, diagonal);
        public Tensor triu_(long diagonal = 0) => Op.Into(this, "triu_", this, diagonal);
        public Tensor diag(long diagonal = 0) => Op.Call("diag", this, diagonal);
        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) => Op.Call("diag_embed", this, offset, dim1, dim2);
        public Tensor diagflat(long offset = 0) => Op.Call("diagflat", this, offset);
        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Op.Call("diagonal", this, offset, dim1, dim2);
        public Tensor channel_shuffle(long groups) => Op.Call("channel_shuffle", this, groups);

        public Tensor gather(long dim, Tensor index) => Op.Call("gather", this, dim, index);
        public Tensor scatter(long dim, Tensor index, Tensor src) => Op.Call("scatter.src", this, dim, index, src);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Op.Into(this, "scatter_.src", this, dim, index, src);
        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Op.Call("scatter_add", this, dim, index, src);
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Op.Into(this, "scatter_add_", this, dim, index, src);
        public Tensor index_select(long dim, Tensor index) => Op.Call("index_select", this, dim, index);
        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) => Op.Call("index_add", this, dim, index, source, alpha);
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) => Op.Into(this, "index_add_", this, dim, index, source, alpha);
        public Tensor index_copy(long dim, Tensor index, Tensor source) => Op.Call("index_copy", this, dim, index, source);
        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Op.Into(this, "index_copy_", this, dim, index, source);
        public Tensor index_fill(long dim, Tensor index, Scalar value) => Op.Call("index_fill.int_Scalar", this, dim, index, value);
        public Tensor index_fill_(long dim, Tensor index, Scalar value) => Op.Into(this, "index_fill_.int_Scalar", this, dim, index, value);
        public Tensor masked_select(Tensor mask) => Op.Call("masked_select", this, mask);
        public Tensor take(Tensor index) => Op.Call("take", this, index);
        public Tensor take_along_dim(Tensor indices, long dim) => Op.Call("take_along_dim", this, indices, dim);

        // ---- products and decompositions

        public Tensor matmul(Tensor target) => Op.Call("matmul", this, target);
        public Tensor mm(Tensor target) => Op.Call("mm", this, target);
        public Tensor bmm(Tensor batch2) => Op.Call("bmm", this, batch2);
        public Tensor mv(Tensor target) => Op.Call("mv", this, target);
        public Tensor dot(Tensor target) => Op.Call("dot", this, target);
        public Tensor outer(Tensor vec2) => Op.Call("outer", this, vec2);
        public Tensor inner(Tensor vec2) => Op.Call("inner", this, vec2);
        public Tensor kron(Tensor other) => Op.Call("kron", this, other);
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1f, float alpha = 1f) => Op.Call("addmm", this, mat1, mat2, beta, alpha);
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1f, float alpha = 1f) => Op.Into(this, "addmm_", this, mat1, mat2, beta, alpha);
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) => Op.Call("baddbmm", this, batch1, batch2, beta, alpha);
        public Tensor trace() => Op.Call("trace", this);
        public Tensor det() => Op.Call("det", this);
        public Tensor logdet() => Op.Call("logdet", this);
        public Tensor inverse() => Op.Call("inverse", this);
        public Tensor pinverse(double rcond = 1E-15, bool hermitian = false) => Op.Call("linalg_pinv", this, rcond, hermitian);
        public Tensor matrix_power(int n) => Op.Call("matrix_power", this, n);
        public Tensor matrix_exp() => Op.Call("matrix_exp", this);
        public Tensor cov(long correction = 1, Tensor? fweights = null, Tensor? aweights = null) => Op.Call("cov", this, correction, fweights, aweights);
        public Tensor corrcoef() => Op.Call("corrcoef", this);
        public Tensor tensordot(Tensor b, long[] dims1, long[] dims2) => Op.Call("tensordot", this, b, dims1, dims2);

        // ---- complex numbers and short-time spectra

        public Tensor real => Op.Call("real", this);
        public Tensor imag => Op.Call("imag", this);
        public Tensor angle() => Op.Call("angle", this);
        public Tensor conj() => Op.Call("conj", this);
        public Tensor resolve_conj() => Op.Call("resolve_conj", this);
        public Tensor view_as_complex() => Op.Call("view_as_complex", this);
        public Tensor view_as_real() => Op.Call("view_as_real", this);

        public Tensor stft(long n_fft, long hop_length = -1, long win_length = -1, Tensor? window = null, bool center = true, PaddingModes pad_mode = PaddingModes.Reflect, bool normalized = false, bool? onesided = null, bool? return_complex = null) =>
            Op.Call("stft.center", this, n_fft, Given(hop_length), Given(win_length), window, center, nn.functional.Name(pad_mode), normalized, onesided, return_complex);

        public Tensor istft(long n_fft, long hop_length = -1, long win_length = -1, Tensor? window = null, bool center = true, bool normalized = false, bool? onesided = null, long length = -1, bool return_complex = false) =>
            Op.Call("istft", this, n_fft, Given(hop_length), Given(win_length), window, center, normalized, onesided, Given(length), return_complex);

        private static long? Given(long length) => length < 0 ? null : length;

        // ---- element type and device

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => To(type, null, copy, disposeAfter, non_blocking);
        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => To(type, null, copy, disposeAfter, non_blocking);
        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => To(null, device, copy, disposeAfter, non_blocking);
        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => To(null, new Device(device), copy, disposeAfter, non_blocking);
        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => To(null, new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);
        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => To(type, device, copy, disposeAfter, non_blocking);
        public Tensor to(Tensor other, bool non_blocking = false) => To(other.dtype, other.device, false, false, non_blocking);
        public Tensor type_as(Tensor tensor) => to_type(tensor.dtype);
        public Tensor type(ScalarType dtype) => to_type(dtype);
        public Tensor type(Func<Tensor, Tensor> typeFunc) => typeFunc(this);
        public Tensor cpu() => To(null, CPU, false, false, false);
        public Tensor cuda(Device? device = null, bool non_blocking = false) => To(null, device ?? CUDA, false, false, non_blocking);
        public Tensor @bool() => to_type(ScalarType.Bool);
        public Tensor @byte() => to_type(ScalarType.Byte);
        public Tensor @char() => to_type(ScalarType.Int8);
        public Tensor @short() => to_type(ScalarType.Int16);
        public Tensor @int() => to_type(ScalarType.Int32);
        public Tensor @long() => to_type(ScalarType.Int64);
        public Tensor half() => to_type(ScalarType.Float16);
        public Tensor bfloat16() => to_type(ScalarType.BFloat16);
        public Tensor @float() => to_type(ScalarType.Float32);
        public Tensor @double() => to_type(ScalarType.Float64);

        private Tensor To(ScalarType? type, Device? device, bool copy, bool disposeAfter, bool nonBlocking)
        {
            if (device is not null) InitializeDeviceType(device.type);
            var result = Op.Call("to.dtype_layout", this, type, Arg.Null, device, Arg.Null, nonBlocking, copy);
            if (disposeAfter) Dispose();
            return result;
        }

        // ---- like this tensor, unless said otherwise

        public Tensor zeros_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.zeros_like(this, dtype, device, requires_grad);
        public Tensor ones_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.ones_like(this, dtype, device, requires_grad);
        public Tensor empty_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.empty_like(this, dtype, device, requires_grad);
        public Tensor full_like(Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.full_like(this, value, dtype, device, requires_grad);
        public Tensor rand_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.rand_like(this, dtype, device, requires_grad);
        public Tensor randn_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.randn_like(this, dtype, device, requires_grad);
        public Tensor randint_like(long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.randint_like(this, low, high, dtype, device, requires_grad);
        public Tensor new_zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => zeros(size, dtype ?? this.dtype, device ?? this.device, requires_grad);
        public Tensor new_empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => empty(size, dtype ?? this.dtype, device ?? this.device, requires_grad);
        public Tensor new_full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => full(size, value, dtype ?? this.dtype, device ?? this.device, requires_grad);
    }
}
