using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace TorchSharp;

internal enum Tag { Missing, None, Tensor, Int, Double, Bool, String, Ints, Doubles, Tensors, Device, Generator }

/// <summary>One argument or result as the native side sees it: 16 bytes, the same layout as Value in shim.cpp.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Value
{
    [FieldOffset(0)] public long Bits;
    [FieldOffset(0)] public double Double;
    [FieldOffset(0)] public nint Pointer;
    [FieldOffset(8)] public Tag Tag;
    [FieldOffset(12)] public int Count;
}

internal struct Info
{
    public long Dim, Numel, Item, Offset;
    public int DType, DeviceType, DeviceIndex, Flags;
}

/// <summary>The entries of libTorchShim. A negative result means that libtorch threw; <see cref="Check"/> turns it into an exception.</summary>
internal static unsafe partial class Native
{
    private const string Library = "TorchShim";

    // Beside the assembly first, so that #r "path/TorchSharp.dll" works in a script or a notebook.
    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, static (name, assembly, path) =>
        name == Library ? Signals.Keep(() => NativeLibrary.TryLoad(Path.Combine(Path.GetDirectoryName(assembly.Location) ?? "", "libTorchShim.so"), out var handle) ? handle : 0) : 0);

    internal static int Check(int result) => result < 0 ? throw Failure() : result;

    private static ExternalException Failure() => new(Text(shim_error()).Trim());

    internal static string Text(byte* utf8) => Marshal.PtrToStringUTF8((nint)utf8) ?? "";

    [DllImport(Library)] internal static extern byte* shim_error();
    [DllImport(Library)] internal static extern byte* shim_version();
    [DllImport(Library)] internal static extern int shim_find(byte* name, byte* overload, nint* handle);
    [DllImport(Library)] internal static extern int shim_call(nint op, Value* args, int count, Value* results, int room);
    [DllImport(Library)] internal static extern void shim_free(nint tensor);
    [DllImport(Library)] internal static extern int shim_from_memory(void* data, long* sizes, int n, int dtype, nint* tensor);
    [DllImport(Library)] internal static extern int shim_info(nint tensor, Info* info);
    [DllImport(Library)] internal static extern int shim_sizes(nint tensor, long* sizes, long* strides);
    [DllImport(Library)] internal static extern int shim_data(nint tensor, nint* data);
    [DllImport(Library)] internal static extern int shim_requires_grad(nint tensor, int value);
    [DllImport(Library)] internal static extern int shim_retain_grad(nint tensor);
    [DllImport(Library)] internal static extern int shim_grad(nint tensor, nint* grad);
    [DllImport(Library)] internal static extern int shim_set_grad(nint tensor, nint grad);
    [DllImport(Library)] internal static extern int shim_backward(nint* roots, int n, nint* grads, int gradCount, int retain, int create, nint* inputs, int inputCount);
    [DllImport(Library)] internal static extern int shim_autograd_grad(nint* roots, int n, nint* inputs, int inputCount, nint* grads, int gradCount, int retain, int create, int unused, nint* results);
    [DllImport(Library), SuppressGCTransition] internal static extern int shim_grad_mode();
    [DllImport(Library), SuppressGCTransition] internal static extern void shim_set_grad_mode(int enabled);
    [DllImport(Library)] internal static extern int shim_inference_mode();
    [DllImport(Library)] internal static extern nint shim_enter_inference(int enabled);
    [DllImport(Library)] internal static extern void shim_leave_inference(nint guard);
    [DllImport(Library)] internal static extern int shim_anomaly();
    [DllImport(Library)] internal static extern void shim_set_anomaly(int enabled, int checkNan);
    [DllImport(Library)] internal static extern nint shim_generator(ulong seed);
    [DllImport(Library)] internal static extern nint shim_default_generator();
    [DllImport(Library)] internal static extern void shim_free_generator(nint generator);
    [DllImport(Library)] internal static extern void shim_generator_seed(nint generator, ulong seed);
    [DllImport(Library)] internal static extern ulong shim_generator_reseed(nint generator);
    [DllImport(Library)] internal static extern ulong shim_generator_initial(nint generator);
    [DllImport(Library)] internal static extern int shim_generator_state(nint generator, nint* state);
    [DllImport(Library)] internal static extern int shim_set_generator_state(nint generator, nint state);
    [DllImport(Library)] internal static extern int shim_manual_seed(ulong seed);
    [DllImport(Library)] internal static extern int shim_cuda_seed(ulong seed, int all);
    [DllImport(Library)] internal static extern int shim_threads();
    [DllImport(Library)] internal static extern int shim_set_threads(int n);
    [DllImport(Library)] internal static extern int shim_interop_threads();
    [DllImport(Library)] internal static extern int shim_set_interop_threads(int n);
    [DllImport(Library)] internal static extern int shim_cuda_available();
    [DllImport(Library)] internal static extern int shim_cudnn_available();
    [DllImport(Library)] internal static extern int shim_cuda_count();
    [DllImport(Library)] internal static extern int shim_cuda_synchronize(long index);
    [DllImport(Library)] internal static extern int shim_deterministic(int value, int warnOnly);
    [DllImport(Library)] internal static extern int shim_numeric(int which, int value);
}
