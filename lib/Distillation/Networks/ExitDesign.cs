namespace Distillation;

/// <summary>What an exit on the way is made of. A closed set of cases.</summary>
public abstract record ExitDesign
{
    private ExitDesign()
    {
    }

    /// <summary>
    /// SCAN (Zhang et al. 2019, "SCAN: A Scalable Neural Networks Framework Towards Compact and Efficient Models"): the map is weighted by an attention gate and goes through one pair of separable
    /// convolutions for each stage that is left, to the last stage's channels; mean over pixels, linear. An exit after every stage but the last.
    /// </summary>
    public sealed record Attention : ExitDesign;

    /// <summary>
    /// HSAKD (Yang et al. 2021, section 3.2): the trunk's remaining stages, head and classifier once more. The exit after the last stage repeats that stage, where the network has a way to.
    /// </summary>
    /// <param name="Joint">Every exit puts out this many times the network's classes: 4 tells class and rotation at once.</param>
    public sealed record Copied(int Joint = 1) : ExitDesign;

    /// <summary>
    /// "Be your own teacher" (Zhang et al. 2019): 1x1 convolution to a quarter of the last stage's channels, one convolution that shrinks to its size, 1x1 convolution to its channels; mean over
    /// pixels, linear. An exit after every stage but the last.
    /// </summary>
    public sealed record Bottleneck : ExitDesign;

    /// <summary>Every design with its defaults.</summary>
    public static Sequence<ExitDesign> All { get; } = [new Attention(), new Copied(), new Copied(4), new Bottleneck()];

    /// <summary>What a network's name ends in: attention, copied, copied4, bottleneck.</summary>
    public string Name => this switch
    {
        Attention => "attention",
        Copied { Joint: 1 } => "copied",
        Copied copied => $"copied{copied.Joint}",
        Bottleneck => "bottleneck",
        _ => throw new InvalidOperationException($"No name for {this}."),
    };

    /// <summary>The exit after a stage; null where the design has none.</summary>
    /// <param name="trunk">The network's pieces.</param>
    /// <param name="maps">What the stages put out.</param>
    /// <param name="stage">Which stage, from 0.</param>
    /// <param name="classes">The network's classes.</param>
    /// <param name="pooled">The name under which the exit's pooled vector is kept.</param>
    internal Layer? After(Trunk trunk, IReadOnlyList<Shape> maps, int stage, long classes, string pooled) => this switch
    {
        Copied copied when stage < maps.Count - 1 || trunk.Stages[stage].Again is not null =>
            Layer.Chain([.. stage < maps.Count - 1 ? trunk.Stages.Skip(stage + 1).Select(later => later.Layer) : [trunk.Stages[stage].Again!], trunk.Head]).Untapped()
                .Tap(pooled).Then(trunk.Classifier(classes * copied.Joint)),
        Attention when stage < maps.Count - 1 => Layer.Gate(AttentionOf(maps[stage]))
            .Then(Layer.Chain(Enumerable.Range(stage + 1, maps.Count - stage - 1).Select(later =>
                Separable(maps[later - 1].Channels, maps[later].Channels, maps[later - 1].Height > maps[later].Height ? 2 : 1).Within($"separable{later + 1}"))))
            .Then(Layer.GlobalAveragePool).Tap(pooled).Then(Layer.Linear("fc", classes)),
        Bottleneck when stage < maps.Count - 1 => Shrinking(maps[stage].Height / maps[^1].Height, maps[^1].Channels)
            .Then(Layer.GlobalAveragePool).Tap(pooled).Then(Layer.Linear("fc", classes)),
        _ => null,
    };

    // Which part of each value passes: a separable pair at half the size, and back to the map's.
    private static Layer AttentionOf(Shape map) => Separable(map.Channels, map.Channels, stride: 2).Then(Layer.BatchNorm("bn3")).Then(Layer.Relu)
        .Then(Layer.Resize(map.Height, map.Width)).Then(Layer.Sigmoid).Within("attention");

    private static Layer Separable(long inputs, long outputs, int stride) =>
        Layer.Depthwise("depthwise1", stride: stride, initializer: channels => Initializer.KaimingFanOut(3, channels)).Then(Point("pointwise1", inputs)).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu)
            .Then(Layer.Depthwise("depthwise2", initializer: channels => Initializer.KaimingFanOut(3, channels))).Then(Point("pointwise2", outputs)).Then(Layer.BatchNorm("bn2")).Then(Layer.Relu);

    private static Layer Shrinking(long factor, long channels) =>
        Point("conv1", channels / 4, bias: true).Then(Layer.BatchNorm("bn1")).Then(Layer.Relu)
            .Then(Layer.Conv("conv2", channels / 4, factor, stride: factor, padding: 0, bias: true, initializer: Initializer.KaimingFanOut(factor, channels / 4))).Then(Layer.BatchNorm("bn2")).Then(Layer.Relu)
            .Then(Point("conv3", channels, bias: true)).Then(Layer.BatchNorm("bn3")).Then(Layer.Relu);

    private static Layer Point(string name, long outputs, bool bias = false) => Layer.Conv(name, outputs, kernel: 1, bias: bias, initializer: Initializer.KaimingFanOut(1, outputs));
}
