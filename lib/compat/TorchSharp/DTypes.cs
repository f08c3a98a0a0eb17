using System.Numerics;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>Which C# type holds which element type.</summary>
internal static class DTypes
{
    internal static ScalarType Of(Type type) =>
        type == typeof(float) ? ScalarType.Float32 : type == typeof(double) ? ScalarType.Float64 : type == typeof(long) ? ScalarType.Int64 : type == typeof(int) ? ScalarType.Int32
        : type == typeof(byte) ? ScalarType.Byte : type == typeof(bool) ? ScalarType.Bool : type == typeof(sbyte) ? ScalarType.Int8 : type == typeof(short) ? ScalarType.Int16
        : type == typeof(Half) ? ScalarType.Float16 : type == typeof(BFloat16) ? ScalarType.BFloat16
        : type == typeof((float, float)) ? ScalarType.ComplexFloat32 : type == typeof(Complex) ? ScalarType.ComplexFloat64
        : throw new NotSupportedException($"A tensor cannot hold {type.Name}: use a number type of 8 to 64 bits, bool, Half or BFloat16.");

    internal static bool Holds<T>(ScalarType dtype) => Of(typeof(T)) == dtype;
}
