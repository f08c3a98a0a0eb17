using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

public sealed partial record Layer
{
    /// <summary>Whether the libtorch that is here is one of those whose gradients of strided depthwise convolutions in bfloat16 are slow on a CPU: 2 and later.</summary>
    private static bool IsWidened { get; } = IsWidenedBy(__version__);

    /// <summary>The same of a version such as <c>2.10.0</c>.</summary>
    internal static bool IsWidenedBy(string version) => int.TryParse(version.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) && major >= 2;

    /// <summary>
    /// A convolution. A strided depthwise one in bfloat16 on a CPU that a gradient goes through is computed in float32 where <paramref name="widened"/>: libtorch 2.6 takes 21 to 24 ms for the gradient of such a map
    /// however small it is, and 0.5 to 10 ms for all of it in float32.
    /// </summary>
    internal static Tensor Convolved(Tensor x, Tensor weight, Tensor? bias, long[] strides, long[] paddings, long groups, bool widened) =>
        widened && strides[0] > 1 && groups > 1 && groups == x.shape[1] && x.requires_grad && x.dtype == ScalarType.BFloat16 && x.device_type == DeviceType.CPU
            ? F.conv2d(x.to_type(ScalarType.Float32), weight.to_type(ScalarType.Float32), bias?.to_type(ScalarType.Float32), strides, paddings, groups: groups).to_type(ScalarType.BFloat16)
            : F.conv2d(x, weight, bias, strides, paddings, groups: groups);
}
