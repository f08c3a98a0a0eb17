namespace TorchSharp.Tests;

public sealed class NumberTests
{
    [Theory]
    [InlineData(1f), InlineData(-0.3f), InlineData(3.14159f), InlineData(1e-30f), InlineData(65504f), InlineData(1.00390625f), InlineData(1.01171875f), InlineData(float.PositiveInfinity)]
    public void BFloat16_rounds_as_libtorch_does(float value)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(tensor(value).bfloat16().item<BFloat16>(), new BFloat16(value));
        Assert.Equal(tensor(value).bfloat16().ToSingle(), new BFloat16(value).ToSingle());
    }

    [Fact]
    public void BFloat16_calculates_and_compares()
    {
        var (a, b) = (new BFloat16(1.5f), (BFloat16)2.0);
        Assert.Equal([3.5f, -0.5f, 3f, 0.75f, 1.5f, -1.5f], new[] { a + b, a - b, a * b, a / b, a % b, -a }.Select(v => v.ToSingle()));
        Assert.True(a < b && a <= b && b > a && b >= a && a != b && a == new BFloat16(1.5f));
        Assert.True(a.CompareTo(b) < 0 && a.Equals((object)new BFloat16(1.5f)));
        Assert.True(BFloat16.IsNaN(BFloat16.NaN) && BFloat16.IsInfinity(BFloat16.NegativeInfinity) && BFloat16.IsFinite(BFloat16.MaxValue));
        Assert.Equal((1f, 0f, 9.18354962E-41f), (BFloat16.One.ToSingle(), BFloat16.Zero.ToSingle(), BFloat16.Epsilon.ToSingle()));
        Assert.Equal((float)new BFloat16(3.140625f), BFloat16.FromRawValue(0x4049).ToSingle());
    }

    [Fact]
    public void Scalars_know_libtorchs_type()
    {
        Assert.Equal([ScalarType.Int64, ScalarType.Int64, ScalarType.Float64, ScalarType.Float64, ScalarType.Bool, ScalarType.Float64],
            new Scalar[] { 1, 1L, 1f, 1.0, true, (Half)1 }.Select(s => s.Type));
        Assert.Equal((2, 2L, 2.5, 2.5f, true), (((Scalar)2.5).ToInt32(), ((Scalar)2.5).ToInt64(), ((Scalar)2.5).ToDouble(), ((Scalar)2.5).ToSingle(), ((Scalar)2.5).ToBoolean()));
    }

    [Fact]
    public void A_tensor_of_one_value_is_a_number_of_any_type()
    {
        using var scope = NewDisposeScope();
        var t = tensor(2.75);
        Assert.Equal((2.75, 2.75f, 2L, 2, true), (t.ToDouble(), t.ToSingle(), t.ToInt64(), t.ToInt32(), t.ToBoolean()));
        Assert.Equal((2.75, 2.75f, 2L), ((double)t, (float)t, (long)t));
        Assert.Equal(ScalarType.Int64, tensor(3).ToScalar().Type);
        Assert.Equal(-1, tensor(new[] { -1L }).ToInt32());
    }
}
