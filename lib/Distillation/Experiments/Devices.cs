using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>What is computed on: the processor, or a GPU that libtorch sees.</summary>
public static class Devices
{
    /// <summary>The environment variable that names a device: what <c>./kd notebook run --device</c> sets for the cells.</summary>
    public const string Variable = "KD_DEVICE";

    /// <summary>
    /// The device that an option names, or else the environment variable <see cref="Variable"/>, or else the first GPU, or else the processor. Once it is a GPU, products in float32 are TF32:
    /// what PyTorch does for convolutions by itself, here for linear layers too.
    /// </summary>
    /// <exception cref="BadInput">It is not here, or no device is called so.</exception>
    public static Device Resolve(string? option)
    {
        var device = Named(NonEmpty(option) ?? NonEmpty(Environment.GetEnvironmentVariable(Variable)), cuda.is_available() ? cuda.device_count() : 0);
        if (device.type == DeviceType.CUDA)
        {
            (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (true, true);
        }

        return device;
    }

    /// <summary>The device of a name.</summary>
    /// <param name="name">cpu, cuda, cuda:N, or null for the best there is.</param>
    /// <param name="gpus">How many GPUs there are.</param>
    /// <exception cref="BadInput">It is none of these, or not here.</exception>
    public static Device Named(string? name, int gpus) => (name?.ToLowerInvariant().Split(':'), gpus) switch
    {
        (null, 0) or (["cpu"], _) => CPU,
        (null, _) => new Device(DeviceType.CUDA, 0),
        (["cuda", .. var rest], _) when rest.Length == 0 || (rest.Length == 1 && int.TryParse(rest[0], out _)) =>
            int.Parse(rest.FirstOrDefault("0"), CultureInfo.InvariantCulture) is var index && index >= 0 && index < gpus
                ? new Device(DeviceType.CUDA, index)
                : throw new BadInput($"There is no device '{name}': this libtorch sees {gpus} GPUs; './kd doctor' shows what there is."),
        _ => throw new BadInput($"There is no device '{name}': choose cpu, cuda or cuda:N."),
    };

    private static string? NonEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
