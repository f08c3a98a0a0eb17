using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Who receives a gradient, and that it is the derivative.</summary>
public sealed class GradientTests
{
    private static readonly Network[] Kinds =
    [
        Small.Net, Networks.WideResNet(10, 1, 4, size: 8), Networks.LeNet5(4, half: true),
        // The layers of small networks and of exits.
        Network.Build("pieces", new Shape(3, 8, 8), Layer.Conv("stem", 6).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu6)
            .Then(Layer.Gate(Layer.Depthwise("gate", stride: 2).Then(Layer.Resize(8, 8)).Then(Layer.Sigmoid)))
            .Then(Layer.Concat(Layer.Channels(0, 2), Layer.Channels(1, 2).Then(Layer.Conv("half", 3, groups: 3)))).Then(Layer.ChannelShuffle(2))
            .Then(Layer.Concat(Layer.Depthwise("down", stride: 2), Layer.AveragePool(3, stride: 2, padding: 1))).Then(Layer.BatchNorm("bn2")).Then(Layer.Relu)
            .Then(Layer.GlobalAveragePool).Tap("pooled").Then(Layer.Linear("fc", 4))),
        // Deep, with maps that shrink to a pixel: between two points some ReLU always turns, so there is no slope to compare with.
        Networks.ShuffleNetV1(4, size: 16), Networks.ShuffleNetV2(4, 0.5, size: 16), Networks.MobileNetV2(4, size: 16, stemStride: 1), Networks.FourStageResNet(10, 4, size: 16),
    ];

    public static TheoryData<int> All => [.. Enumerable.Range(0, Kinds.Length)];

    public static TheoryData<int> Shallow => [.. Enumerable.Range(0, 4)];

    [Theory]
    [MemberData(nameof(All))]
    public void The_gradient_is_one_flat_tensor_and_reaches_every_parameter(int index)
    {
        using var scope = NewDisposeScope();
        var network = Kinds[index];
        var weights = network.Initialize(Key.Of(1), CPU);
        var gradient = Gradient(network, weights, Small.Images(network), new Pass(Statistics.Batch));
        Assert.Equal([network.ParameterCount], gradient.shape);
        Assert.Equal(ScalarType.Float32, gradient.dtype);
        var named = weights with { Parameters = gradient };
        // A bias before a normalisation by the batch has a gradient of zero; everything else must have one.
        Assert.All(network.Parameters.Where(p => network.Buffers.Count == 0 || p.Role == Role.Matrix), p =>
            Assert.True(named[p.Name].abs().max().item<float>() > 0, $"{network.Name}: {p.Name}"));
    }

    [Theory]
    [MemberData(nameof(Shallow))]
    public void The_gradient_of_every_parameter_is_the_slope_along_it(int index)
    {
        using var scope = NewDisposeScope();
        var network = Kinds[index];
        var single = network.Initialize(Key.Of(1), CPU);
        // Double precision, so that a difference of two losses means something.
        var weights = new Weights(network.Table, single.Parameters.to_type(ScalarType.Float64), single.Buffers.to_type(ScalarType.Float64));
        var images = Small.Images(network).to_type(ScalarType.Float64);
        var pass = new Pass(Statistics.Batch);
        var gradient = Gradient(network, weights, images, pass);
        var named = weights with { Parameters = gradient };
        Assert.All(network.Parameters, parameter =>
        {
            using var inner = NewDisposeScope();
            using var quiet = no_grad();
            var direction = Key.Of(2).Fold(parameter.Name).Normal([.. parameter.Shape], CPU).to_type(ScalarType.Float64);
            // Small, so that hardly ever a ReLU or the winner of a pooling window changes between the two points.
            const double Step = 1e-7;
            double At(double distance) => Loss(
                network, weights.Map((n, w) => n == parameter.Name ? w + (direction * distance) : w), images, pass).item<double>();
            var slope = (At(Step) - At(-Step)) / (2 * Step);
            var expected = (named[parameter.Name] * direction).sum().item<double>();
            Assert.True(Math.Abs(slope - expected) <= 1e-5 + (1e-4 * Math.Abs(slope)), $"{network.Name} {parameter.Name}: slope {slope}, gradient {expected}");
        });
    }

    [Fact]
    public void With_bfloat16_images_the_gradient_is_float32_and_points_the_same_way()
    {
        using var scope = NewDisposeScope();
        var weights = Small.Net.Initialize(Key.Of(1), CPU);
        var images = Small.Images(Small.Net, 16);
        var full = Golden.Flat(Gradient(Small.Net, weights, images, new Pass(Statistics.Batch)));
        var half = Gradient(Small.Net, weights, images.to_type(ScalarType.BFloat16), new Pass(Statistics.Batch));
        Assert.Equal(ScalarType.Float32, half.dtype);
        var cosine = full.Zip(Golden.Flat(half), (a, b) => a * b).Sum() / (Golden.Norm(full) * Golden.Norm(Golden.Flat(half)));
        Assert.InRange(cosine, 0.98, 1.0001);
    }

    [Fact]
    public void A_teacher_of_any_kind_receives_no_gradient()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = (Small.Warm(Small.Net, 1), Small.Warm(Small.Net, 2));
        student.Parameters.requires_grad = true;
        teacher.Parameters.requires_grad = true;
        var images = Small.Images(Small.Net);
        using var frozen = Small.Net.Frozen(teacher);
        var fixedAnswer = frozen.Apply(images);
        Assert.False(fixedAnswer.Logits.requires_grad || fixedAnswer.Taps.Any(tap => tap.Value.requires_grad));

        var answer = Small.Net.Apply(student, images, Pass.Training(Key.Of(3))).Logits;
        var loss = Losses.Hinton(answer, Small.Net.Bind(teacher)(images).Logits) + Losses.KlDivergence(answer, fixedAnswer.Logits);
        loss.mean().backward();
        Assert.Null(Read(teacher));
        Assert.True(Read(student)!.abs().sum().item<float>() > 0);

        static Tensor? Read(Weights weights) => weights.Parameters.grad;
    }

    [Fact]
    public void A_frozen_network_keeps_a_history_exactly_when_its_images_have_one()
    {
        using var scope = NewDisposeScope();
        using var frozen = Small.Net.Frozen(Small.Warm(Small.Net));
        var made = Small.Images(Small.Net);
        Assert.False(frozen.Apply(made).Logits.requires_grad);
        made.requires_grad = true;
        frozen.Apply(made).Logits.pow(2).sum().backward();
        Assert.True(made.grad!.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void A_bound_network_lets_a_gradient_through_to_the_images()
    {
        using var scope = NewDisposeScope();
        var images = Small.Images(Small.Net);
        images.requires_grad = true;
        Small.Net.Bind(Small.Warm(Small.Net))(images).Logits.pow(2).sum().backward();
        Assert.True(images.grad!.abs().sum().item<float>() > 0);
    }

    private static Tensor Loss(Network network, Weights weights, Tensor images, Pass pass)
    {
        var answer = network.Apply(weights, images, pass);
        // The embedding keeps the images' precision where the logits are rounded to float32; the classifier is applied to it by its own formula below.
        var (matrix, shift) = Classifier(network, weights);
        var logits = network.Name.StartsWith("lenet", StringComparison.Ordinal)
            ? nn.functional.linear(answer.Embedding.to_type(matrix.dtype), weights["fc1.weight"], weights["fc1.bias"]).relu().matmul(matrix.t()) + shift
            : answer.Embedding.to_type(matrix.dtype).matmul(matrix.t()) + shift;
        return (logits * logits).sum() + logits.sin().sum();
    }

    private static (Tensor Matrix, Tensor Shift) Classifier(Network network, Weights weights)
    {
        var name = network.Parameters[^1].Name[..network.Parameters[^1].Name.LastIndexOf('.')];
        return (weights[$"{name}.weight"], weights[$"{name}.bias"]);
    }

    private static Tensor Gradient(Network network, Weights weights, Tensor images, Pass pass)
    {
        var leaf = weights with { Parameters = weights.Parameters.detach().clone() };
        leaf.Parameters.requires_grad = true;
        Loss(network, leaf, images, pass).backward(inputs: [leaf.Parameters]);
        return leaf.Parameters.grad!;
    }
}
