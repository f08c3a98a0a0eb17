using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <content>What small networks and exits do with maps: depthwise convolutions, shuffles, gates.</content>
public sealed partial record Layer
{
    /// <summary>min(max(x, 0), 6).</summary>
    public static Layer Relu6 { get; } = new((plan, input) =>
    {
        if (plan.Activation is { } other)
        {
            return other.Build(plan, input);
        }

        var fresh = plan.Fresh;
        return new Built(plan.Row("relu6", input), input, (_, x) => fresh ? x.relu6_() : x.relu6());
    });

    /// <summary>1 / (1 + e^-x).</summary>
    public static Layer Sigmoid { get; } = Map("sigmoid", x => x.sigmoid());

    /// <summary>A convolution of every channel by itself: <c>name.weight</c> is [C, 1, kernel, kernel], no bias.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kernel">Side of the kernel in pixels.</param>
    /// <param name="stride">Step in pixels.</param>
    /// <param name="initializer">From the number of channels to how the weight starts; by default PyTorch's own uniform ±1/kernel.</param>
    public static Layer Depthwise(string name, long kernel = 3, long stride = 1, Func<long, Initializer>? initializer = null) => new((plan, input) =>
        Conv(name, input.Channels, kernel, stride, groups: input.Channels, initializer: initializer?.Invoke(input.Channels)).Build(plan, input));

    /// <summary>The mean of each window, zeros of the padding counted in, as in PyTorch.</summary>
    /// <param name="kernel">Side of the window in pixels.</param>
    /// <param name="stride">Step in pixels.</param>
    /// <param name="padding">Zeros around the map, in pixels.</param>
    public static Layer AveragePool(long kernel, long stride, long padding = 0) => new((plan, input) =>
    {
        var output = input with { Height = ((input.Height + (2 * padding) - kernel) / stride) + 1, Width = ((input.Width + (2 * padding) - kernel) / stride) + 1 };
        return input.Height + (2 * padding) < kernel || input.Width + (2 * padding) < kernel
            ? throw new BadInput($"The {kernel}x{kernel} pooling in '{plan.Prefix}' cannot read {input}; give the network larger images.")
            : new Built(plan.Row($"average pool {kernel} /{stride}", output), output, (_, x) => F.avg_pool2d(x, kernel, stride, padding)) { Fresh = true };
    });

    /// <summary>The mean of each of height x width nearly equal windows that cover the map, whatever its size (PyTorch's adaptive pooling); a smaller map's pixels are repeated.</summary>
    /// <param name="height">Rows that come out.</param>
    /// <param name="width">Columns that come out.</param>
    public static Layer AveragePoolTo(long height, long width) => new((plan, input) =>
    {
        var output = input with { Height = height, Width = width };
        return new Built(plan.Row($"average pool to {height}x{width}", output), output, (_, x) => F.adaptive_avg_pool2d(x, [height, width]));
    });

    /// <summary>Channels dealt out like cards (Zhang et al. 2018, section 3.1): of <paramref name="groups"/> runs of C / groups channels, the first of each, then the second of each, ….</summary>
    public static Layer ChannelShuffle(long groups) => new((plan, input) => input.Channels % groups == 0
        // The layout stays what it was: the next convolution is fast in one and not in a mixture.
        ? new Built(plan.Row($"shuffle {groups} groups", input), input, (_, x) => x.stride(1) == 1
            ? x.permute(0, 2, 3, 1).reshape(-1, input.Height, input.Width, groups, input.Channels / groups).transpose(3, 4).reshape(-1, input.Height, input.Width, input.Channels).permute(0, 3, 1, 2)
            : x.view(-1, groups, input.Channels / groups, input.Height, input.Width).transpose(1, 2).reshape(-1, input.Channels, input.Height, input.Width))
        : throw new BadInput($"The {input.Channels} channels in '{plan.Prefix}' make no {groups} groups; choose a number that divides them."));

    /// <summary>Some of the channels, the others left out.</summary>
    /// <param name="part">Which part, from 0.</param>
    /// <param name="parts">How many equal parts there are.</param>
    public static Layer Channels(int part, int parts) => new((plan, input) =>
    {
        var output = input with { Channels = input.Channels / parts };
        return input.Channels % parts == 0 && part >= 0 && part < parts
            ? new Built(plan.Row($"part {part + 1} of {parts}", output), output, (_, x) => x.narrow(1, part * output.Channels, output.Channels))
            : throw new BadInput($"The {input.Channels} channels in '{plan.Prefix}' have no part {part} of {parts}; choose a number of parts that divides them.");
    });

    /// <summary>What the parts put out, one after another along the channels; their maps must have one size.</summary>
    public static Layer Concat(params IReadOnlyList<Layer> parts) => new((plan, input) =>
        Of("concat", parts, (children, x, _) => cat([.. children.Select(child => child(x))], 1), shapes =>
            shapes.Select(shape => shape with { Channels = 0 }).Distinct().Count() == 1
                ? shapes[0] with { Channels = shapes.Sum(shape => shape.Channels) }
                : throw new BadInput($"The parts to concatenate in '{plan.Prefix}' put out {string.Join(" and ", shapes)}; they must have maps of one size.")).Build(plan, input) with
        { Fresh = true });

    /// <summary>x · gate(x): <paramref name="gate"/> keeps the shape and says how much of each value passes.</summary>
    public static Layer Gate(Layer gate) => Of("gate", [gate, Identity], (children, x, _) => children[0](x) * x);

    /// <summary>A map of another size by bilinear interpolation, pixels seen as squares (<c>align_corners</c> false).</summary>
    /// <param name="height">Rows that come out.</param>
    /// <param name="width">Columns that come out.</param>
    public static Layer Resize(long height, long width) => new((plan, input) =>
    {
        var output = input with { Height = height, Width = width };
        return new Built(plan.Row("bilinear", output), output, (_, x) => F.interpolate(x, [height, width], mode: InterpolationMode.Bilinear, align_corners: false));
    });

    /// <summary>A vector as a map: [B, C·H·W] to [B, C, H, W].</summary>
    /// <param name="map">The shape of the map.</param>
    /// <exception cref="BadInput">What arrives has another number of values.</exception>
    public static Layer Unflatten(Shape map) => new((plan, input) => input.Flat && input.Count == map.Count
        ? new Built(plan.Row("unflatten", map), map, (_, x) => x.view(-1, map.Channels, map.Height, map.Width)) { Fresh = plan.Fresh }
        : throw new BadInput($"The {input} values in '{plan.Prefix}' make no map of {map}; give it a vector of {map.Count}."));
}
