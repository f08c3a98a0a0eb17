namespace TorchSharp;

public static partial class torch
{
    public static unsafe partial class autograd
    {
        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            fixed (nint* roots = Handles.Of(tensors), grads = Handles.Of(grad_tensors), into = Handles.Of(inputs))
                Native.Check(Native.shim_backward(roots, tensors.Count, grads, grad_tensors?.Count ?? 0, retain_graph is { } r ? (r ? 1 : 0) : -1, create_graph ? 1 : 0, into, inputs?.Count ?? 0));
            GC.KeepAlive((tensors, grad_tensors, inputs));
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        /// <summary>As in PyTorch; here libtorch's errors are exceptions too, where the real package's entry has no guard.</summary>
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            var found = new nint[inputs.Count];
            fixed (nint* roots = Handles.Of(outputs), into = Handles.Of(inputs), grads = Handles.Of(grad_outputs), results = found)
                Native.Check(Native.shim_autograd_grad(roots, outputs.Count, into, inputs.Count, grads, grad_outputs?.Count ?? 0, retain_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, results));
            GC.KeepAlive((outputs, inputs, grad_outputs));
            return [.. found.Select(Tensor.Own)];
        }

        public static AnomalyMode detect_anomaly(bool check_nan = true) => new(true, check_nan);
        public static AnomalyMode set_detect_anomaly(bool mode, bool check_nan = true) => new(mode, check_nan);
    }
}

/// <summary>While it lives, a backward through a NaN is an error that names the operator.</summary>
public class AnomalyMode : IDisposable
{
    private readonly (bool Enabled, bool CheckNaN) before = (IsEnabled, ShouldCheckNaN);

    public AnomalyMode(bool enabled, bool check_nan = true) => Native.shim_set_anomaly(enabled ? 1 : 0, check_nan ? 1 : 0);

    public static bool IsEnabled => (Native.shim_anomaly() & 1) != 0;
    public static bool ShouldCheckNaN => (Native.shim_anomaly() & 2) != 0;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Native.shim_set_anomaly(before.Enabled ? 1 : 0, before.CheckNaN ? 1 : 0);
}
