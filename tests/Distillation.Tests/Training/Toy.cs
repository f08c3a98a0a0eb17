using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>
/// A data set and networks small enough for a thousand steps in a second: three classes of grey 8x8 images with a bright blob in the upper, middle or lower rows, which padded crops and
/// flips do not turn into one another.
/// </summary>
internal static class Toy
{
    public const int Classes = 3;

    public static Dataset Dataset { get; } = new("blobs", Classes, 1, 8, 8, 90, 60, new Normalization([0.3], [0.25]));

    /// <summary>SGD with momentum at a constant rate, so that a run of two epochs begins with the run of one; 90 images in batches of 16 leave 10 for the last.</summary>
    public static Recipe Recipe { get; } = new(2, 16, new Optimizer.Sgd(Momentum: 0.9), 0.05, new Augmentation.PadCrop(1).Then(new Augmentation.Flip())) { ChannelsLast = false };

    /// <summary>Convolution, batch normalisation, dropout, mean over pixels, linear: everything that behaves otherwise in training.</summary>
    public static Network Network { get; } = Tiny("tiny");

    /// <summary>The smallest residual network.</summary>
    public static Network ResNet { get; } = Networks.ResNet(8, Classes, channels: 1, size: 8);

    public static Network Tiny(string name, Layer? probe = null, double dropout = 0.1, int width = 8) => Network.Build(name, new Shape(1, 8, 8), Layer
        .Conv("conv", width).Then(Layer.BatchNorm("bn")).Then(Layer.Relu).Tap("map")
        .Then(probe ?? Layer.Identity)
        .Then(Layer.MaxPool(2)).Then(Layer.Dropout("drop", dropout)).Then(Layer.Flatten).Tap("flat")
        .Then(Layer.Linear("fc", Classes)));

    public static LoadedDataset Load(Dataset dataset) =>
        new(dataset, ["upper", "middle", "lower"], Blobs(dataset.Images, 1), Blobs(dataset.TestCount, 2));

    public static LoadedDataset Load() => Load(Dataset);

    /// <summary>Weights of a network under a seed; whoever calls disposes them.</summary>
    public static Weights Start(Network network, long seed = 1) => network.Initialize(Key.Of(seed).Fold("weights"), CPU);

    /// <summary>A learner that starts from its seed's weights.</summary>
    public static Learner Learner(Method method, Network? network = null, Recipe? recipe = null, long seed = 1, Network? teacher = null, Weights? start = null) => new(
        $"{method.Name} {seed}", network ?? Network, start ?? Start(network ?? Network, seed), method, teacher is null ? [] : teacher, new LearningTask.Classes(), recipe ?? Recipe, Key.Of(seed));

    /// <summary>The stream that learners follow, long enough for all of their phases.</summary>
    public static BatchStream Stream(LoadedDataset data, IReadOnlyList<Learner> learners, FrozenNetwork? teacher = null, Recipe? recipe = null, long seed = 1) =>
        new(data, teacher is null ? [] : [teacher], learners, recipe ?? learners[0].Recipe, Key.Of(seed).Fold("stream"))
        {
            Feed = learners[0].Method.Feed,
            Epochs = learners.Max(learner => learner.Prepare().Epochs((recipe ?? learners[0].Recipe).Epochs)),
        };

    /// <summary>A method of the catalog; one that makes its own images has as many steps an epoch as the others have here.</summary>
    public static Method Named(string name) => MethodCatalog.Named(name).Feed is Feed.Noise { Length: var length }
        ? MethodCatalog.Named(name, new Dictionary<string, double>(length is null ? [new("steps", 6)] : [new("steps", 6), new("latent", 10)]))
        : MethodCatalog.Named(name);

    /// <summary>Trains one learner alone.</summary>
    public static Learned Alone(LoadedDataset data, Learner learner, FrozenNetwork? teacher = null, Watcher? watcher = null) =>
        Fold.Run([Stream(data, [learner], teacher, seed: learner.Key == Key.Of(2) ? 2 : 1)], watcher).Single();

    /// <summary>A method of a test: its terms are the functions' values, each with weight 1.</summary>
    public static Method Method(string name, params (string Name, Func<Step, Tensor> Of)[] terms) => new(
        name, 1, "a test", Knowledge.None, Scheme.Offline, new Teacher.Frozen(0), [],
        (_, _) => new Prepared([.. terms.Select(t => t.Name)], step => [.. terms.Select(t => new Term(t.Name, t.Of(step), 1))]));

    /// <summary>The method with views besides the plain one.</summary>
    public static Method Seeing(this Method method, params View[] views) =>
        method with { Prepare = (teachers, student) => method.Prepare(teachers, student) with { Views = [View.Plain, .. views] } };

    /// <summary>The labels alone, telling each step to somebody first.</summary>
    public static Method Watched(Action<Step> watch) => Method("watched", ("labels", step =>
    {
        watch(step);
        return step.TaskLoss();
    }
    ));

    /// <summary>Every bit of the parameters and buffers.</summary>
    public static int[] Bits(Weights weights) => [.. Golden.Bits(weights.Parameters), .. Golden.Bits(weights.Buffers)];

    /// <summary>Everything in a learner's reports that does not depend on a clock.</summary>
    public static object[] Numbers(Learned learned) =>
        [.. learned.Epochs.SelectMany(e => (object[])[e.Epoch, e.Rate, .. e.Terms.Select(t => (object)t), e.Objective, e.TrainAccuracy!, e.Test, e.FirstBadStep ?? -1])];

    /// <summary>The same weights and the same numbers, bit for bit.</summary>
    public static void Same(Learned expected, Learned actual)
    {
        Assert.Equal(Bits(expected.Last), Bits(actual.Last));
        Assert.Equal(Numbers(expected), Numbers(actual));
    }

    private static Split Blobs(long count, long seed)
    {
        using var scope = NewDisposeScope();
        var key = Key.Of(seed).Fold("blobs");
        var labels = arange(count, ScalarType.Int64).remainder(Classes);
        var rows = arange(8, ScalarType.Float32).unsqueeze(0) - labels.mul(2).add(1.5).unsqueeze(1);
        var columns = arange(8, ScalarType.Float32).unsqueeze(0) - key.Fold("columns").Uniform([count, 1], CPU).mul(5).add(1);
        var blob = (rows.square().mul(-0.7).exp().unsqueeze(2) * columns.square().mul(-0.7).exp().unsqueeze(1)).unsqueeze(1);
        var images = blob.mul(150).add(key.Fold("noise").Uniform([count, 1, 8, 8], CPU).mul(100)).to_type(ScalarType.Byte);
        return new Split(images.DetachFromDisposeScope(), labels.DetachFromDisposeScope());
    }
}
