using System.Numerics;
using System.Runtime.CompilerServices;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>An n-dimensional array of libtorch. It owns native memory: dispose it, or make it inside a <see cref="DisposeScope"/>.</summary>
    public unsafe partial class Tensor : IDisposable
    {
        private static long total, peak;
        private nint handle;

        /// <summary>The scope that owns this tensor, and where in it: kept by the scope.</summary>
        internal DisposeScope? Scope;
        internal int Place;

        private Tensor(nint handle)
        {
            this.handle = handle;
            var count = Interlocked.Increment(ref total);
            if (count > peak) peak = count;
            DisposeScopeManager.Mine.Register(this);
        }

        ~Tensor() => Dispose(false);

        /// <summary>Takes over a handle that libtorch has given away; null where it gave an undefined tensor.</summary>
        internal static Tensor Own(nint handle) => handle == 0 ? null! : new(handle);

        public static long TotalCount => Interlocked.Read(ref total);
        public static long PeakCount => Interlocked.Read(ref peak);

        public IntPtr Handle
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => handle != 0 ? handle : throw Disposed();
        }

        private static InvalidOperationException Disposed() => new("This tensor was disposed, by hand or with its dispose scope: use it earlier, or move it to an outer scope with MoveToOuterDisposeScope().");

        public bool IsInvalid => handle == 0;

        public void Dispose()
        {
            if (handle != 0)
            {
                if (Scope is { } scope) scope.MarkAsDisposed(this);
                else DisposeScopeManager.Statistics.TensorStatistics.DisposedOutsideScopeCount++;
            }
            Free();
        }

        // Also the finalizer's way, on its own thread: it touches nothing but the handle and the count.
        protected virtual void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref handle, 0) is var old && old == 0) return;
            Native.shim_free(old);
            Interlocked.Decrement(ref total);
        }

        internal void Free()
        {
            Scope = null;
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        public static Tensor UnsafeCreateTensor(IntPtr handle) => Own(handle);

        public Tensor MoveToOuterDisposeScope() { Scope?.MoveToOuter(this); return this; }
        public Tensor DetachFromDisposeScope() { Scope?.Detach(this); return this; }
        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.Scope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (Scope is { } scope) scope.MoveToOther(other, this);
            else other?.Attach((IDisposable)this);
            return this;
        }

        private Info Look()
        {
            Info info;
            Native.Check(Native.shim_info(Handle, &info));
            GC.KeepAlive(this);
            return info;
        }

        private long[] Lengths(bool strides)
        {
            var lengths = new long[ndim];
            fixed (long* p = lengths) Native.Check(Native.shim_sizes(Handle, strides ? null : p, strides ? p : null));
            GC.KeepAlive(this);
            return lengths;
        }

        internal byte* Data()
        {
            nint data;
            Native.Check(Native.shim_data(Handle, &data));
            GC.KeepAlive(this);
            return (byte*)data;
        }

        public ScalarType dtype => (ScalarType)Look().DType;
        public long ndim => Look().Dim;
        public long Dimensions => ndim;
        public long dim() => ndim;
        public long NumberOfElements => Look().Numel;
        public long numel() => NumberOfElements;
        public long ElementSize => Look().Item;
        public long element_size() => ElementSize;
        public long storage_offset() => Look().Offset;
        public long[] shape => Lengths(false);
        public long[] size() => shape;
        public long size(int dim) => shape[dim < 0 ? (int)ndim + dim : dim];
        public long[] stride() => Lengths(true);
        public long stride(int dim) => stride()[dim < 0 ? (int)ndim + dim : dim];
        public DeviceType device_type => (DeviceType)Look().DeviceType;
        public int device_index => Look().DeviceIndex;
        public Device device => Look() is var i ? new((DeviceType)i.DeviceType, i.DeviceIndex) : null!;
        public bool is_cuda => device_type == DeviceType.CUDA;
        public bool is_cpu() => device_type == DeviceType.CPU;
        public bool is_meta => device_type == DeviceType.META;
        public bool is_leaf => (Look().Flags & 2) != 0;
        public bool is_sparse => (Look().Flags & 8) != 0;
        public bool is_contiguous() => (Look().Flags & 4) != 0;
        public bool is_conj() => (Look().Flags & 16) != 0;
        public bool is_neg() => (Look().Flags & 32) != 0;
        public bool is_complex() => torch.is_complex(dtype);
        public bool is_floating_point() => torch.is_floating_point(dtype);
        public bool is_integral() => torch.is_integral(dtype);
        public bool is_nonzero() => ToScalar().ToBoolean();

        // ---- autograd

        public bool requires_grad
        {
            get => (Look().Flags & 1) != 0;
            set => requires_grad_(value);
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            Native.Check(Native.shim_requires_grad(Handle, requires_grad ? 1 : 0));
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public void retain_grad() => Native.Check(Native.shim_retain_grad(Handle));

        public Tensor? grad
        {
            get
            {
                nint grad;
                Native.Check(Native.shim_grad(Handle, &grad));
                GC.KeepAlive(this);
                return Own(grad);
            }
            set
            {
                Native.Check(Native.shim_set_grad(Handle, value is null ? 0 : value.Handle));
                GC.KeepAlive(value);
            }
        }

        public void backward() => autograd.backward(this);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph || create_graph, create_graph, inputs);

        // ---- values

        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1) throw new ArgumentException($"item<{typeof(T).Name}>() reads tensors of one element; this one has {NumberOfElements}.");
            using var here = is_cpu() ? null : DetachedCpu();
            return (here ?? this).data<T>()[new long[ndim]];
        }

        // A copy that no scope owns and no statistic counts twice: the caller disposes it at once.
        private Tensor DetachedCpu() => cpu().DetachFromDisposeScope();

        public TensorAccessor<T> data<T>() where T : unmanaged => new(this);

        public Scalar ToScalar()
        {
            if (is_complex()) return new Complex(real.ToScalar().Number, imag.ToScalar().Number);
            var value = Op.Number("item", this);
            return value.Tag switch { Tag.Int => new Scalar(value.Bits), Tag.Bool => new Scalar(value.Bits != 0), _ => new Scalar(value.Double) };
        }

        /// <summary>The memory of a contiguous tensor on the CPU.</summary>
        public Span<byte> bytes
        {
            get => new(Dense(), checked((int)(NumberOfElements * ElementSize)));
            set
            {
                if (value.Length != NumberOfElements * ElementSize) throw new ArgumentException($"The tensor holds {NumberOfElements * ElementSize} bytes, {value.Length} were given.");
                value.CopyTo(bytes);
            }
        }

        internal byte* Dense() => !is_cpu() ? throw new InvalidOperationException($"The values of a tensor on {device} cannot be read directly: move it with cpu() first.")
            : !is_contiguous() ? throw new InvalidOperationException("The values of this tensor do not lie side by side: call contiguous() first.") : Data();

        public T ReadCpuValue<T>(long i) where T : unmanaged => data<T>()[i];
        public float ReadCpuSingle(long i) => ReadCpuValue<float>(i);
        public double ReadCpuDouble(long i) => ReadCpuValue<double>(i);
        public long ReadCpuInt64(long i) => ReadCpuValue<long>(i);
        public int ReadCpuInt32(long i) => ReadCpuValue<int>(i);
        public byte ReadCpuByte(long i) => ReadCpuValue<byte>(i);
        public bool ReadCpuBool(long i) => ReadCpuValue<bool>(i);

        // ---- identity: == is element-wise, Equals compares values

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);
        public bool Equals(Tensor target) => ReferenceEquals(this, target) || (dtype == target.dtype && Op.Number("equal", this, target).Bits != 0);
        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);
        public Tensor equal(Tensor target) => eq(target);
        public bool allclose(Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) => Op.Number("allclose", this, target, rtol, atol, equal_nan).Bits != 0;
    }

    internal static class Handles
    {
        /// <summary>The handles of tensors, for native entries that take arrays of them.</summary>
        internal static nint[] Of(IEnumerable<Tensor>? tensors) => tensors is null ? [] : [.. tensors.Select(t => t is null ? 0 : t.Handle)];
    }
}
