using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>The values of a tensor on the CPU, read and written in place, in row-major order whatever the strides.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T>, IEnumerable where T : unmanaged
{
    private readonly Tensor tensor;
    private readonly long[] shape, strides;
    private readonly bool dense;
    private readonly T* data;

    internal TensorAccessor(Tensor tensor)
    {
        if (!DTypes.Holds<T>(tensor.dtype))
            throw new ArgumentException($"The tensor holds {tensor.dtype}, which is not read as {typeof(T).Name}: use the matching type, or convert with to_type().");
        if (!tensor.is_cpu()) throw new InvalidOperationException($"The values of a tensor on {tensor.device} cannot be read directly: move it with cpu() first.");
        (this.tensor, shape, strides, dense) = (tensor, tensor.shape, tensor.stride(), tensor.is_contiguous());
        data = (T*)tensor.Data();
    }

    public long Count => shape.Aggregate(1L, (product, length) => product * length);
    public bool IsReadOnly => false;

    public T this[params long[] indices]
    {
        get => data[Offset(indices)];
        set => data[Offset(indices)] = value;
    }

    private long Offset(long[] indices)
    {
        _ = tensor.Handle;
        if (indices.Length == 1 && shape.Length != 1) return Offset(indices[0] >= 0 && indices[0] < Count ? indices[0] : throw Outside(indices));
        if (indices.Length != shape.Length) throw Outside(indices);
        var offset = 0L;
        for (var d = 0; d < indices.Length; d++)
            offset += indices[d] >= 0 && indices[d] < shape[d] ? indices[d] * strides[d] : throw Outside(indices);
        return offset;
    }

    private IndexOutOfRangeException Outside(long[] indices) => new($"[{string.Join(", ", indices)}] lies outside a tensor of shape [{string.Join(", ", shape)}].");

    // The place in memory of the i-th value in row-major order.
    private long Offset(long i)
    {
        if (dense) return i;
        var offset = 0L;
        for (var d = shape.Length - 1; d >= 0; d--) (offset, i) = (offset + i % shape[d] * strides[d], i / shape[d]);
        return offset;
    }

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        _ = tensor.Handle;
        var target = array[arrayIndex..];
        var count = Math.Min(target.Length, checked((int)(Count - tensorIndex)));
        if (dense) new ReadOnlySpan<T>(data + tensorIndex, count).CopyTo(target);
        else for (var i = 0; i < count; i++) target[i] = data[Offset(tensorIndex + i)];
        GC.KeepAlive(tensor);
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        _ = tensor.Handle;
        var source = array[arrayIndex..];
        var count = Math.Min(source.Length, checked((int)(Count - tensorIndex)));
        for (var i = 0; i < count; i++) data[Offset(tensorIndex + i)] = source[i];
        GC.KeepAlive(tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom(array.AsSpan(), arrayIndex, tensorIndex);

    public T[] ToArray()
    {
        var array = new T[Count];
        CopyTo(array);
        return array;
    }

    public Array ToNDArray()
    {
        if (shape.Length == 0) return ToArray();
        var array = Array.CreateInstance(typeof(T), shape);
        var values = ToArray();
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(new Span<byte>(
            System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(array)), values.Length * sizeof(T)));
        return array;
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override bool Equals(object? obj) => obj is TensorAccessor<T> other && this == other;
    public override int GetHashCode() => tensor.GetHashCode();

    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right) => left.Count == right.Count && left.SequenceEqual(right);
    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !(left == right);

    /// <summary>The tensor keeps its memory; nothing is held here.</summary>
    public void Dispose() { }
}
