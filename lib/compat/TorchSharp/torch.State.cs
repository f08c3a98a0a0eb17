namespace TorchSharp;

/// <summary>The functions of PyTorch's module torch, under the names and with the defaults of the package TorchSharp.</summary>
public static unsafe partial class torch
{
    public const TensorStringStyle julia = TensorStringStyle.Julia;
    public const TensorStringStyle numpy = TensorStringStyle.Numpy;
    public const TensorStringStyle csharp = TensorStringStyle.CSharp;

    public static readonly Device CPU = new(DeviceType.CPU);
    public static readonly Device META = new(DeviceType.META);
    public static Device CUDA => new(DeviceType.CUDA);

    public static ScalarType uint8 = ScalarType.Byte;
    public static ScalarType int8 = ScalarType.Int8;
    public static ScalarType int16 = ScalarType.Int16;
    public static ScalarType @short = ScalarType.Int16;
    public static ScalarType int32 = ScalarType.Int32;
    public static ScalarType @int = ScalarType.Int32;
    public static ScalarType int64 = ScalarType.Int64;
    public static ScalarType @long = ScalarType.Int64;
    public static ScalarType float16 = ScalarType.Float16;
    public static ScalarType half = ScalarType.Float16;
    public static ScalarType bfloat16 = ScalarType.BFloat16;
    public static ScalarType float32 = ScalarType.Float32;
    public static ScalarType @float = ScalarType.Float32;
    public static ScalarType float64 = ScalarType.Float64;
    public static ScalarType @double = ScalarType.Float64;
    public static ScalarType complex64 = ScalarType.ComplexFloat32;
    public static ScalarType complex128 = ScalarType.ComplexFloat64;
    public static ScalarType @bool = ScalarType.Bool;

    /// <summary>The version of the libtorch that the native half was built against.</summary>
    public static string __version__ => Native.Text(Native.shim_version());

    // ---- devices

    public static Device device(string description) => new(description);
    public static Device device(string deviceType, int index = -1) => new(deviceType, index);
    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);
    public static Device device(int index) => new(index);

    private static Device defaultDevice = CPU;
    private static ScalarType defaultType = ScalarType.Float32;

    public static Device get_default_device() => defaultDevice;
    public static void set_default_device(Device device) => defaultDevice = InitializeDevice(device);
    public static void set_default_device(string device) => set_default_device(new Device(device));
    public static ScalarType get_default_dtype() => defaultType;

    public static void set_default_dtype(ScalarType dtype) => defaultType = is_floating_point(dtype) ? dtype : throw new ArgumentException($"{dtype} is no floating-point type: only those can be the default.");

    public static Device InitializeDevice(Device? device)
    {
        device ??= defaultDevice;
        InitializeDeviceType(device.type);
        return device;
    }

    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType))
            throw new InvalidOperationException($"Device type {deviceType} did not initialise: this libtorch ({__version__}) or this machine has none.");
    }

    public static bool TryInitializeDeviceType(DeviceType deviceType) => deviceType is DeviceType.CPU or DeviceType.META || (deviceType == DeviceType.CUDA && cuda.is_available());

    public static bool cuda_is_available() => cuda.is_available();

    public static class cuda
    {
        private static readonly Lazy<bool> available = new(() => Native.Check(Native.shim_cuda_available()) != 0);

        public static bool is_available() => available.Value;
        public static bool is_cudnn_available() => Native.Check(Native.shim_cudnn_available()) != 0;
        public static int device_count() => Native.Check(Native.shim_cuda_count());
        public static void manual_seed(long seed) { InitializeDeviceType(DeviceType.CUDA); Native.Check(Native.shim_cuda_seed((ulong)seed, 0)); }
        public static void manual_seed_all(long seed) { InitializeDeviceType(DeviceType.CUDA); Native.Check(Native.shim_cuda_seed((ulong)seed, 1)); }
        public static void synchronize(Device? device = null) { InitializeDeviceType(DeviceType.CUDA); Native.Check(Native.shim_cuda_synchronize(device?.index ?? -1)); }
    }

    public static class backends
    {
        public static class cuda
        {
            public static class matmul
            {
                public static bool allow_tf32 { get => Numeric(1); set => Numeric(1, value); }
                public static bool allow_fp16_reduced_precision_reduction { get => Numeric(2); set => Numeric(2, value); }
            }
        }

        public static class cudnn
        {
            public static bool allow_tf32 { get => Numeric(0); set => Numeric(0, value); }
        }

        private static bool Numeric(int which, bool? value = null) => Native.Check(Native.shim_numeric(which, value is { } v ? (v ? 1 : 0) : -1)) != 0;
    }

    // ---- seeds

    public static Generator manual_seed(long seed)
    {
        Native.Check(Native.shim_manual_seed((ulong)seed));
        return Generator.Default;
    }

    public static long seed() { using var generator = Generator.Default; return generator.seed(); }
    public static long initial_seed() { using var generator = Generator.Default; return generator.initial_seed(); }
    public static Tensor get_rng_state() { using var generator = Generator.Default; return generator.get_state(); }
    public static void set_rng_state(Tensor new_state) { using var generator = Generator.Default; generator.set_state(new_state); }

    public static class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);
        public static long seed() => torch.seed();
        public static long initial_seed() => torch.initial_seed();
        public static Tensor get_rng_state() => torch.get_rng_state();
        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }

    // ---- threads

    public static int get_num_threads() => Native.shim_threads();
    public static void set_num_threads(int num) => Native.Check(Native.shim_set_threads(num));
    public static int get_num_interop_threads() => Native.shim_interop_threads();
    public static void set_num_interop_threads(int num) => Native.Check(Native.shim_set_interop_threads(num));

    // ---- gradients on and off: the mode belongs to the thread, and comes back when the object is disposed

    private sealed class Restore(Action undo) : IDisposable
    {
        private Action? undo = undo;

        public void Dispose() => Interlocked.Exchange(ref undo, null)?.Invoke();
    }

    public static IDisposable no_grad() => set_grad_enabled(false);
    public static IDisposable enable_grad(bool enabled = true) => set_grad_enabled(enabled);
    public static bool is_grad_enabled() => Native.shim_grad_mode() != 0;
    public static bool is_inference_mode_enabled() => Native.shim_inference_mode() != 0;

    public static IDisposable set_grad_enabled(bool mode = true)
    {
        var before = Native.shim_grad_mode();
        Native.shim_set_grad_mode(mode ? 1 : 0);
        return new Restore(() => Native.shim_set_grad_mode(before));
    }

    public static IDisposable inference_mode(bool mode = true)
    {
        var guard = Native.shim_enter_inference(mode ? 1 : 0);
        return new Restore(() => Native.shim_leave_inference(guard));
    }

    [Obsolete("Kept for source compatibility.", false)]
    public static IDisposable use_deterministic_algorithms(bool mode = true, bool warn_only = false)
    {
        Native.Check(Native.shim_deterministic(mode ? 1 : 0, warn_only ? 1 : 0));
        return new Restore(() => Native.Check(Native.shim_deterministic(0, 0)));
    }

    // ---- dispose scopes

    public static DisposeScope NewDisposeScope() => DisposeScopeManager.Mine.Enter();
    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.Mine.Current;

    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    // ---- element types

    public static bool is_floating_point(ScalarType type) => type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;
    public static bool is_complex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;
    public static bool is_integral(ScalarType type) => type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64 or ScalarType.Bool;
    public static bool is_tensor(object obj) => obj is Tensor;
    public static ScalarType promote_types(ScalarType type1, ScalarType type2) { using var a = empty([0L], type1); using var b = empty([0L], type2); return result_type(a, b); }
    public static ScalarType result_type(Tensor tensor1, Tensor tensor2) => (ScalarType)Op.Number("result_type.Tensor", tensor1, tensor2).Bits;

    public struct FInfo
    {
        public int bits;
        public double eps;
        public double max;
        public double min;
        public double tiny;
        public double smallest_normal;
        public double resolution;
    }

    public static FInfo finfo() => finfo(get_default_dtype());

    public static FInfo finfo(ScalarType dtype) => dtype switch
    {
        ScalarType.Float16 => Limits(16, 0.0009765625, 65504, 6.103515625e-05, 1e-3),
        ScalarType.BFloat16 => Limits(16, 0.0078125, (double)BFloat16.MaxValue, (double)BFloat16.MinNormal, 1e-2),
        ScalarType.Float32 => Limits(32, 1.1920928955078125e-07, float.MaxValue, 1.1754943508222875e-38, 1e-6),
        ScalarType.Float64 => Limits(64, 2.220446049250313e-16, double.MaxValue, 2.2250738585072014e-308, 1e-15),
        _ => throw new ArgumentException($"{dtype} is no floating-point type.")
    };

    private static FInfo Limits(int bits, double eps, double max, double tiny, double resolution) =>
        new() { bits = bits, eps = eps, max = max, min = -max, tiny = tiny, smallest_normal = tiny, resolution = resolution };
}
