using System.Numerics;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>A number handed to an operator. As in libtorch it is a 64-bit integer, a 64-bit float, a bool or a complex number, whatever it was made from.</summary>
public sealed class Scalar : IDisposable
{
    internal readonly Tag Tag;
    internal readonly long Bits;
    internal readonly double Imaginary;
    private readonly bool complex;

    internal Scalar(long value) => (Tag, Bits) = (Tag.Int, value);
    internal Scalar(double value) => (Tag, Bits) = (Tag.Double, BitConverter.DoubleToInt64Bits(value));
    internal Scalar(bool value) => (Tag, Bits) = (Tag.Bool, value ? 1 : 0);
    internal Scalar(Complex value) : this(value.Real) => (Imaginary, complex) = (value.Imaginary, true);

    public ScalarType Type => complex ? ScalarType.ComplexFloat64 : Tag switch { Tag.Int => ScalarType.Int64, Tag.Bool => ScalarType.Bool, _ => ScalarType.Float64 };

    internal double Number => Tag == Tag.Double ? BitConverter.Int64BitsToDouble(Bits) : Bits;
    internal long Integer => Tag == Tag.Double ? (long)Number : Bits;

    /// <summary>Nothing native is held: for the package's own callers, who dispose.</summary>
    public void Dispose() { }

    public static implicit operator Scalar(byte value) => new((long)value);
    public static implicit operator Scalar(sbyte value) => new((long)value);
    public static implicit operator Scalar(short value) => new((long)value);
    public static implicit operator Scalar(int value) => new((long)value);
    public static implicit operator Scalar(long value) => new(value);
    public static implicit operator Scalar(Half value) => new((double)value);
    public static implicit operator Scalar(BFloat16 value) => new((double)value);
    public static implicit operator Scalar(float value) => new((double)value);
    public static implicit operator Scalar(double value) => new(value);
    public static implicit operator Scalar(bool value) => new(value);
    public static implicit operator Scalar((float, float) value) => new(new Complex(value.Item1, value.Item2));
    public static implicit operator Scalar(Complex value) => new(value);
}

public static class ScalarExtensionMethods
{
    public static BFloat16 ToBFloat16(this Scalar value) => (BFloat16)value.Number;
    public static Scalar ToBFloat16Scalar(this float value) => (BFloat16)value;
    public static bool ToBoolean(this Scalar value) => value.Number != 0;
    public static byte ToByte(this Scalar value) => (byte)value.Integer;
    public static (float Real, float Imaginary) ToComplexFloat32(this Scalar value) => ((float)value.Number, (float)value.Imaginary);
    public static Complex ToComplexFloat64(this Scalar value) => new(value.Number, value.Imaginary);
    public static double ToDouble(this Scalar value) => value.Number;
    public static Half ToHalf(this Scalar value) => (Half)value.Number;
    public static short ToInt16(this Scalar value) => (short)value.Integer;
    public static int ToInt32(this Scalar value) => (int)value.Integer;
    public static long ToInt64(this Scalar value) => value.Integer;
    public static sbyte ToSByte(this Scalar value) => (sbyte)value.Integer;
    public static float ToSingle(this Scalar value) => (float)value.Number;
    public static Scalar ToScalar(this byte value) => value;
    public static Scalar ToScalar(this sbyte value) => value;
    public static Scalar ToScalar(this short value) => value;
    public static Scalar ToScalar(this int value) => value;
    public static Scalar ToScalar(this long value) => value;
    public static Scalar ToScalar(this float value) => value;
    public static Scalar ToScalar(this double value) => value;
    public static Scalar ToScalar(this (float, float) value) => value;
    public static Scalar ToScalar(this Complex value) => value;
    public static Scalar ToScalar(this bool value) => value;
    public static Scalar ToScalar(this Half value) => value;
    public static Scalar ToScalar(this BFloat16 value) => value;
}
