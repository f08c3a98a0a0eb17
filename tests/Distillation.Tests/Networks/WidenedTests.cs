using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Strided depthwise convolutions in bfloat16, which some versions of libtorch compute faster in float32.</summary>
public sealed class WidenedTests
{
    [Theory]
    [InlineData("1.13.0", false)]
    [InlineData("2.6.0+debian", true)]
    [InlineData("2.10.0.0", true)]
    [InlineData("10.1", true)]
    [InlineData("unknown", false)]
    public void Versions_from_2_on_are(string version, bool widened) => Assert.Equal(widened, Layer.IsWidenedBy(version));

    [Fact]
    public void What_is_computed_in_float32_has_the_values_and_gradients_of_bfloat16_and_is_no_further_from_the_truth()
    {
        using var scope = NewDisposeScope();
        var (x, w) = (Key.Of(1).Normal([4, 6, 9, 9], CPU), Key.Of(2).Normal([6, 1, 3, 3], CPU));
        var truth = Of(ScalarType.Float32, widened: false);
        var plain = Of(ScalarType.BFloat16, widened: false);
        var wide = Of(ScalarType.BFloat16, widened: true);

        Assert.All(wide, tensor => Assert.Equal(ScalarType.BFloat16, tensor.dtype));
        foreach (var ((exact, rounded), better) in truth.Zip(plain).Zip(wide))
        {
            Assert.Equal(exact.shape, better.shape);
            Assert.InRange(Apart(exact, better), 0, 0.01);
            Assert.InRange(Apart(exact, better), 0, 1.2 * Apart(exact, rounded));
        }

        Tensor[] Of(ScalarType dtype, bool widened)
        {
            // The same rounded values in all of them.
            var (image, weight) = (Rounded(x, dtype), Rounded(w, dtype));
            var y = Layer.Convolved(image, weight, null, [2, 2], [1, 1], 6, widened);
            y.to_type(ScalarType.Float32).square().sum().backward();
            return [y.detach(), image.grad!, weight.grad!];
        }
    }

    [Fact]
    public void Nothing_else_is_widened()
    {
        using var scope = NewDisposeScope();
        foreach (var (channels, groups, stride, dtype) in new[] { (6L, 1L, 2L, ScalarType.BFloat16), (6, 3, 2, ScalarType.BFloat16), (6, 6, 1, ScalarType.BFloat16), (6, 6, 2, ScalarType.Float32) })
        {
            var (x, w) = (Rounded(Key.Of(1).Normal([4, channels, 9, 9], CPU), dtype), Rounded(Key.Of(2).Normal([6, channels / groups, 3, 3], CPU), dtype));

            Assert.Equal(Bits(Layer.Convolved(x, w, null, [stride, stride], [1, 1], groups, widened: false)), Bits(Layer.Convolved(x, w, null, [stride, stride], [1, 1], groups, widened: true)));
        }

        // Without a gradient nothing is slow.
        var (still, kernel) = (Key.Of(1).Normal([4, 6, 9, 9], CPU).to_type(ScalarType.BFloat16), Key.Of(2).Normal([6, 1, 3, 3], CPU).to_type(ScalarType.BFloat16));
        Assert.Equal(Bits(Layer.Convolved(still, kernel, null, [2, 2], [1, 1], 6, widened: false)), Bits(Layer.Convolved(still, kernel, null, [2, 2], [1, 1], 6, widened: true)));
    }

    private static Tensor Rounded(Tensor values, ScalarType dtype) => values.to_type(ScalarType.BFloat16).to_type(dtype).detach().requires_grad_(true);

    private static int[] Bits(Tensor value) => Golden.Bits(value.detach().to_type(ScalarType.Float32));

    private static double Apart(Tensor exact, Tensor other) => ((exact - other.to_type(ScalarType.Float32)).norm() / exact.norm()).item<float>();
}
