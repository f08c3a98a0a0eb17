using System.Globalization;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>
/// A value that describes how a shape becomes a shape, which named parameters and buffers that needs, and the function that does it. Layers compose:
/// <c>Layer.Conv("conv1", 16).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu)</c>. A layer holds no tensors; <see cref="Network.Build(string, Shape, Layer)"/> makes it a network.
/// </summary>
/// <param name="Build">Given the tables so far and the input's shape, the tables with this layer, the output's shape and the function.</param>
public sealed partial record Layer(Func<Plan, Shape, Built> Build)
{
    // What describes GlobalAveragePool.
    internal const string PoolingKind = "mean over pixels";

    /// <summary>Hands its input on.</summary>
    public static Layer Identity { get; } = new((plan, input) => new Built(plan, input, (_, x) => x));

    /// <summary>max(x, 0).</summary>
    public static Layer Relu { get; } = new((plan, input) =>
    {
        if (plan.Activation is { } other)
        {
            return other.Build(plan, input);
        }

        // In place where nobody else sees the input: half the memory to go through.
        var fresh = plan.Fresh;
        return new Built(plan.Row("relu", input), input, (_, x) => fresh ? x.relu_() : x.relu());
    });

    /// <summary>The mean over all pixels: [B, C, H, W] to [B, C].</summary>
    public static Layer GlobalAveragePool { get; } = new((plan, input) =>
    {
        var output = Shape.Vector(input.Channels);
        return new Built(plan.Row(PoolingKind, output) with { Pooled = input }, output, (frame, x) => (frame.Pooled[0] = x).mean([2, 3]));
    });

    /// <summary>[B, C, H, W] to [B, C·H·W].</summary>
    public static Layer Flatten { get; } = new((plan, input) =>
    {
        var output = Shape.Vector(input.Count);
        return new Built(plan.Row("flatten", output), output, (_, x) => x.flatten(1));
    });

    /// <summary>A function without parameters that keeps the shape.</summary>
    public static Layer Map(string kind, Func<Tensor, Tensor> function) =>
        new((plan, input) => new Built(plan.Row(kind, input), input, (_, x) => function(x)));

    /// <summary>This layer, then the next.</summary>
    public Layer Then(Layer next) => new((plan, input) =>
    {
        var first = Build(plan, input);
        var second = next.Build(first.Plan with { Before = first.Convolution, Fresh = first.Fresh }, first.Output);
        return second with { Forward = (frame, x) => second.Forward(frame, first.Forward(frame, x)) };
    });

    /// <summary>This layer's output, kept under a name for the methods that look inside; it also flows on.</summary>
    public Layer Tap(string name) => Then(TapHere(name));

    /// <summary>Keeps what arrives under a name and hands it on.</summary>
    /// <exception cref="BadInput">Another tap of the network has that name.</exception>
    public static Layer TapHere(string name) => new((plan, input) =>
    {
        if (plan.Untapped)
        {
            return new Built(plan, input, (_, x) => x) { Convolution = plan.Before, Fresh = plan.Fresh };
        }

        if (plan.Taps.Any(tap => tap.Name == name))
        {
            throw new BadInput($"Two taps of the network are named '{name}'; give one of them another name.");
        }

        var index = plan.Taps.Count;
        return new Built(plan with { Taps = plan.Taps.Add((name, input)), Reached = plan.Reached.Add((plan.Parameters.Count, plan.Buffers.Count, plan.Rows.Count)) }, input, (frame, x) => frame.Taps[index] = x);
    });

    /// <summary>The layer without its taps: a copy beside one that has them.</summary>
    public Layer Untapped() => new((plan, input) =>
    {
        var built = Build(plan with { Untapped = true }, input);
        return built with { Plan = built.Plan with { Untapped = plan.Untapped } };
    });

    /// <summary>
    /// An exit on the way: <paramref name="head"/> turns what arrives into logits that <see cref="Activations.Exits"/> keeps under a name, and what arrived flows on unchanged. Its
    /// parameters are named <c>name.…</c>; those of the trunk keep their names and their first values.
    /// </summary>
    /// <exception cref="BadInput">Another exit has that name, or the head does not end in a vector.</exception>
    public static Layer Exit(string name, Layer head) => new((plan, input) =>
    {
        if (plan.Exits.Any(exit => exit.Name == name))
        {
            throw new BadInput($"Two exits of the network are named '{name}'; give one of them another name.");
        }

        var index = plan.Exits.Count;
        var built = head.Within(name).Build(plan with { Exits = plan.Exits.Add((name, default)), Before = null, Fresh = false }, input);
        if (!built.Output.Flat)
        {
            throw new BadInput($"The exit '{name}' ends in a map of {built.Output}; end it with Layer.GlobalAveragePool or Layer.Flatten and Layer.Linear.");
        }

        return new Built(built.Plan with { Exits = built.Plan.Exits.SetItem(index, (name, built.Output)) }, input, (frame, x) =>
        {
            if (frame.Pass.Exits)
            {
                frame.Exits[index] = built.Forward(frame, x);
            }

            return x;
        });
    });

    /// <summary>Declares a parameter that no layer uses, such as a learned variance, and hands its input on. Methods read it by name.</summary>
    /// <param name="name">Its whole name within the layer that surrounds it.</param>
    /// <param name="shape">Its shape; one dimension makes it a vector, which stays float32, more a matrix.</param>
    /// <param name="initializer">How it starts.</param>
    public static Layer Declare(string name, long[] shape, Initializer initializer) => new((plan, input) =>
    {
        var (with, _) = plan.Parameter(name, shape, shape.Length > 1 ? Role.Matrix : Role.Vector, initializer);
        return new Built(with.Row($"parameter {name}", input, shape.Aggregate(1L, (product, n) => product * n)), input, (_, x) => x);
    });

    /// <summary>The layers one after another.</summary>
    public static Layer Chain(params IEnumerable<Layer> layers) => layers.Aggregate(Identity, (chain, layer) => chain.Then(layer));

    /// <summary>The layer with a name in front of all its names: <c>conv.Within("layer1.0")</c> names <c>layer1.0.conv.weight</c>.</summary>
    public Layer Within(string name) => new((plan, input) =>
    {
        var built = Build(plan with { Prefix = plan.Name(name) }, input);
        return built with { Plan = built.Plan with { Prefix = plan.Prefix } };
    });

    /// <summary>branch(x) + shortcut(x), the sum of a residual block (He et al. 2016, equation 1).</summary>
    public static Layer Residual(Layer branch, Layer shortcut) =>
        new((plan, input) =>
        {
            // Whether the branch may be added to in place shows when it is built; the layer that Of makes builds it once more, to the same.
            var fresh = branch.Build(plan with { Before = null, Fresh = false }, input).Fresh;
            return Of("add", [branch, shortcut], (children, x, _) => fresh ? children[0](x).add_(children[1](x)) : children[0](x) + children[1](x)).Build(plan, input) with { Fresh = true };
        });

    /// <summary>
    /// A layer that is no chain: its children all start from this layer's input shape, the function decides how they are used.
    /// The children must put out equal shapes unless <paramref name="output"/> says what comes out.
    /// </summary>
    /// <param name="kind">What the description calls it.</param>
    /// <param name="children">The parts, built in this order.</param>
    /// <param name="function">From the children as functions, the input and the pass to the output.</param>
    /// <param name="output">The output's shape from the children's; by default theirs, which must agree.</param>
    public static Layer Of(
        string kind,
        IReadOnlyList<Layer> children,
        Func<Func<Tensor, Tensor>[], Tensor, Pass, Tensor> function,
        Func<Shape[], Shape>? output = null) => new((plan, input) =>
    {
        var built = new List<Built>();
        foreach (var child in children)
        {
            // What arrives is seen by all of them, so none may be folded into the layer before.
            built.Add(child.Build(plan with { Before = null, Fresh = false }, input));
            plan = built[^1].Plan;
        }

        var shapes = built.Select(b => b.Output).ToArray();
        if (output is null && shapes.Distinct().Count() > 1)
        {
            throw new BadInput($"The parts of '{kind}' in '{plan.Prefix}' put out {string.Join(" and ", shapes)}; they must have one shape, or the layer must say what it puts out.");
        }

        var result = output is null ? shapes.FirstOrDefault(input) : output(shapes);
        return new Built(plan.Row(kind, result), result, (frame, x) =>
            function([.. built.Select(b => (Func<Tensor, Tensor>)(y => b.Forward(frame, y)))], x, frame.Pass));
    });

    /// <summary>A square convolution over [B, C, H, W].</summary>
    /// <param name="name">Its name; the parameters are <c>name.weight</c> [outputs, C / groups, kernel, kernel] and <c>name.bias</c> [outputs].</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">Side of the kernel in pixels.</param>
    /// <param name="stride">Step in pixels.</param>
    /// <param name="padding">Zero padding in pixels; by default (kernel - 1) / 2.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="groups">Channel groups that do not see each other.</param>
    /// <param name="initializer">How the weight starts; by default PyTorch's own uniform ±1/sqrt(fan-in).</param>
    public static Layer Conv(
        string name, long outputs, long kernel = 3, long stride = 1, long? padding = null, bool bias = false, long groups = 1, Initializer? initializer = null) =>
        new Layer((plan, input) =>
        {
            var pad = padding ?? (kernel - 1) / 2;
            var (height, width) = (((input.Height + (2 * pad) - kernel) / stride) + 1, ((input.Width + (2 * pad) - kernel) / stride) + 1);
            if (input.Flat || input.Channels % groups != 0 || input.Height + (2 * pad) < kernel || input.Width + (2 * pad) < kernel)
            {
                throw new BadInput($"The {kernel}x{kernel} convolution '{plan.Prefix}' cannot read {input} (groups {groups}, padding {pad}); give the network larger images or another layer.");
            }

            var fanIn = input.Channels / groups * kernel * kernel;
            (plan, var weight) = plan.Parameter("weight", [outputs, input.Channels / groups, kernel, kernel], Role.Matrix, initializer ?? Initializer.FanIn(fanIn));
            var shift = -1;
            if (bias)
            {
                (plan, shift) = plan.Parameter("bias", [outputs], Role.Vector, initializer is null ? Initializer.FanIn(fanIn) : new Initializer.Constant(0));
            }

            var output = new Shape(outputs, height, width);
            plan = plan.Row($"conv {kernel}x{kernel}" + (stride > 1 ? $" /{stride}" : ""), output, (outputs * fanIn) + (bias ? outputs : 0), output.Count * fanIn);
            long[] strides = [stride, stride], paddings = [pad, pad];
            return new Built(plan, output, (frame, x) =>
                Convolved(x, frame.Parameters[weight], frame.Shifts?[weight] ?? Bias(frame, shift, x), strides, paddings, groups, IsWidened))
            {
                Convolution = new Convolution(weight, shift),
                Fresh = true,
            };
        }).Within(name);

    /// <summary>A square transposed convolution over [B, C, H, W], the way up from a smaller map: (H − 1) · stride − 2 · padding + kernel pixels a side.</summary>
    /// <param name="name">Its name; the parameters are <c>name.weight</c> [C, outputs, kernel, kernel] and <c>name.bias</c> [outputs].</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">Side of the kernel in pixels.</param>
    /// <param name="stride">How many pixels one pixel becomes.</param>
    /// <param name="padding">Pixels cut off on every side.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="initializer">How the weight starts; by default PyTorch's own uniform ±1/sqrt(outputs · kernel²).</param>
    public static Layer ConvTransposed(string name, long outputs, long kernel, long stride = 1, long padding = 0, bool bias = false, Initializer? initializer = null) =>
        new Layer((plan, input) =>
        {
            var (height, width) = (((input.Height - 1) * stride) - (2 * padding) + kernel, ((input.Width - 1) * stride) - (2 * padding) + kernel);
            if (input.Flat || height < 1 || width < 1)
            {
                throw new BadInput($"The transposed {kernel}x{kernel} convolution '{plan.Prefix}' cannot read {input} (padding {padding}); give it a larger map or less padding.");
            }

            var fanIn = outputs * kernel * kernel;
            (plan, var weight) = plan.Parameter("weight", [input.Channels, outputs, kernel, kernel], Role.Matrix, initializer ?? Initializer.FanIn(fanIn));
            var shift = -1;
            if (bias)
            {
                (plan, shift) = plan.Parameter("bias", [outputs], Role.Vector, initializer is null ? Initializer.FanIn(fanIn) : new Initializer.Constant(0));
            }

            var output = new Shape(outputs, height, width);
            plan = plan.Row($"transposed conv {kernel}x{kernel}" + (stride > 1 ? $" *{stride}" : ""), output, (input.Channels * fanIn) + (bias ? outputs : 0), input.Count * fanIn);
            long[] strides = [stride, stride], paddings = [padding, padding];
            return new Built(plan, output, (frame, x) =>
            {
                // libtorch 1.13 takes a transposed convolution in bfloat16 on the CPU for an ordinary one, and refuses its shapes.
                var wide = x.dtype == ScalarType.BFloat16 ? x.to_type(ScalarType.Float32) : x;
                return F.conv_transpose2d(wide, frame.Parameters[weight].to_type(wide.dtype), Bias(frame, shift, wide), strides, paddings).to_type(x.dtype);
            })
            { Fresh = true };
        }).Within(name);

    /// <summary>An affine map of a vector, x·Wᵀ + b, with <c>name.weight</c> [outputs, inputs] and <c>name.bias</c> [outputs].</summary>
    /// <param name="name">Its name.</param>
    /// <param name="outputs">Length of the output vector.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="initializer">How the weight starts (the bias then starts at 0); by default PyTorch's own uniform ±1/sqrt(inputs) for both.</param>
    public static Layer Linear(string name, long outputs, bool bias = true, Initializer? initializer = null) => new Layer((plan, input) =>
    {
        if (!input.Flat)
        {
            throw new BadInput($"The linear layer '{plan.Prefix}' cannot read a map of {input}; put Layer.Flatten or Layer.GlobalAveragePool before it.");
        }

        (plan, var weight) = plan.Parameter("weight", [outputs, input.Channels], Role.Matrix, initializer ?? Initializer.FanIn(input.Channels));
        var shift = -1;
        if (bias)
        {
            (plan, shift) = plan.Parameter("bias", [outputs], Role.Vector, initializer is null ? Initializer.FanIn(input.Channels) : new Initializer.Constant(0));
        }

        var output = Shape.Vector(outputs);
        plan = plan.Row("linear", output, (outputs * input.Channels) + (bias ? outputs : 0), outputs * input.Channels);
        return new Built(plan, output, (frame, x) => F.linear(x, frame.Parameters[weight], Bias(frame, shift, x)));
    }).Within(name);

    /// <summary>
    /// Batch normalisation (Ioffe and Szegedy 2015) with weight, bias, running_mean and running_var, each [C]. Its own statistics stay float32 whatever the
    /// dtype of the images. Reads and updates as the <see cref="Pass"/> says.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="affine">Whether it scales and shifts after normalising.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">The share of the new batch in the running averages.</param>
    public static Layer BatchNorm(string name, bool affine = true, double epsilon = 1e-5, double momentum = 0.1) => new Layer((plan, input) =>
    {
        long[] shape = [input.Channels];
        var (scale, shift) = (-1, -1);
        if (affine)
        {
            (plan, scale) = plan.Parameter("weight", shape, Role.Vector, new Initializer.Constant(1));
            (plan, shift) = plan.Parameter("bias", shape, Role.Vector, new Initializer.Constant(0));
        }

        (plan, var mean) = plan.Buffer("running_mean", shape, 0);
        (plan, var variance) = plan.Buffer("running_var", shape, 1);
        plan = plan.Row(
            (epsilon, momentum) == (1e-5, 0.1) ? "batch norm" : string.Create(CultureInfo.InvariantCulture, $"batch norm (epsilon {epsilon}, momentum {momentum})"),
            input, affine ? 2 * input.Channels : 0);
        var before = plan.Before;
        if (before is not null)
        {
            plan = plan with { Foldings = plan.Foldings.Add(new Folding(before, scale, shift, mean, variance, epsilon)) };
        }

        return new Built(plan, input, (frame, x) =>
        {
            if (before is not null && frame.Shifts?[before.Weight] is not null)
            {
                return x;
            }

            var batch = frame.Pass.Statistics == Statistics.Batch;
            // The operator must have running tensors and updates them with a batch: where nothing may change it gets copies.
            var keep = !batch || frame.Pass.Update;
            return F.batch_norm(
                x,
                keep ? frame.Buffers[mean] : frame.Buffers[mean].clone(),
                keep ? frame.Buffers[variance] : frame.Buffers[variance].clone(),
                affine ? frame.Parameters[scale] : null!,
                affine ? frame.Parameters[shift] : null!,
                training: batch,
                momentum: momentum,
                eps: epsilon);
        })
        { Fresh = true };
    }).Within(name);

    /// <summary>The largest value of each window; values beyond the border never are.</summary>
    /// <param name="kernel">Side of the window in pixels.</param>
    /// <param name="stride">Step in pixels; by default the window's side.</param>
    /// <param name="padding">Pixels by which windows may reach over the border, at most half the window.</param>
    public static Layer MaxPool(long kernel, long? stride = null, long padding = 0) => new((plan, input) =>
    {
        var step = stride ?? kernel;
        var (height, width) = (input.Height + (2 * padding) - kernel, input.Width + (2 * padding) - kernel);
        if (height < 0 || width < 0)
        {
            throw new BadInput($"The {kernel}x{kernel} pooling in '{plan.Prefix}' cannot read {input}; give the network larger images.");
        }

        var output = input with { Height = (height / step) + 1, Width = (width / step) + 1 };
        return new Built(plan.Row($"max pool {kernel}" + (step == kernel ? "" : $" /{step}"), output), output, (_, x) => F.max_pool2d(x, kernel, step, padding));
    });

    /// <summary>Sets values to zero with the given probability and scales the rest by 1 / (1 - probability); only where the pass carries a key.</summary>
    public static Layer Dropout(string name, double probability) => new Layer((plan, input) => new Built(plan.Row(string.Create(CultureInfo.InvariantCulture, $"dropout {probability}"), input), input, (frame, x) =>
    {
        if (probability == 0 || frame.Pass.Key is not { } key)
        {
            return x;
        }

        frame.Pass.Glances?.Look();
        var kept = key.Fold(plan.Prefix).Chance(1 - probability, x.shape, x.device);
        return x * kept.to_type(x.dtype) / (1 - probability);
    })).Within(name);

    // A bias is kept in float32 with the other vectors; where images run in bfloat16 it follows them.
    private static Tensor? Bias(Frame frame, int index, Tensor x) =>
        index < 0 ? null : frame.Parameters[index].dtype == x.dtype ? frame.Parameters[index] : frame.Parameters[index].to_type(x.dtype);
}
