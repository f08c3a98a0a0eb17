using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>The fifteen methods that the published tables compare, on every pair of networks in them.</summary>
public sealed class PublishedPairTests
{
    private static readonly string[] fifteen = ["kd", "fitnet", "at", "sp", "cc", "vid", "rkd", "pkt", "ab", "ft", "crd", "sskd", "hsakd", "tskd", "afd"];

    public static IEnumerable<object[]> Pairs => (
        from table in new[] { Published.Mskd.Cifar100, Published.Mskd.TinyImageNet, Published.RepDistiller.SameArchitecture, Published.RepDistiller.CrossArchitecture }
        from value in table.Values
        where value is { Metric: "accuracy", IsPlain: true } && value.Teacher != ""
        select (value.Dataset, value.Teacher, value.Student)).Distinct().Select(pair => (object[])[pair.Dataset, pair.Teacher, pair.Student]);

    [Theory]
    [Trait("Category", "Slow")]
    [MemberData(nameof(Pairs))]
    public void Every_phase_of_every_method_takes_a_step_on_the_pair(string dataset, string teacher, string student)
    {
        using var scope = NewDisposeScope();
        var key = Key.Of(1);
        // A step needs labels of which each has another image, for contrasts.
        var eight = Datasets.Named(dataset) with { Name = "eight", TrainCount = 8, TestCount = 2 };
        using var data = new LoadedDataset(eight, [], Images(8, key.Fold("train"), eight.Height), Images(2, key.Fold("test"), eight.Height));
        var (guide, learning) = (NetworkCatalog.Named(teacher, eight.Classes, 3, eight.Height), NetworkCatalog.Named(student, eight.Classes, 3, eight.Height));
        using var taught = guide.Initialize(key.Fold("teacher"), CPU).Keep();
        Settle(guide, taught, data.Train.Images, key);
        using var frozen = guide.Frozen(taught, ScalarType.Float32);
        using var start = learning.Initialize(key.Fold("student"), CPU).Keep();
        var recipe = Recipes.Crd with { BatchSize = 4 };
        var learners = fifteen.Select(name => new Learner(name, learning, start, MethodCatalog.Named(name, Small(name)), guide, new LearningTask.Classes(), recipe, key)).ToList();
        var stream = new BatchStream(data, [frozen], [.. learners], recipe, key);
        var order = stream.Order(0);
        // One batch for all: the teacher answers it once.
        var batch = stream.At(0, 0, order, scope);

        foreach (var learner in learners)
        {
            var prepared = learner.Prepare();
            var state = LearnerState.Begin(learner, prepared, stream.Labels);
            var before = state.Weights.Parameters.detach().clone();
            foreach (var stretch in prepared.Stretches(recipe.Epochs))
            {
                state = state.Enter(learner, stretch with { First = 0 }).Step(learner, prepared, batch);
                Assert.True(state.FirstBadStep.item<long>() == -1, $"{learner.Name}, {stretch.Phase.Name}");
            }

            Assert.True(state.Weights.Parameters.ne(before).any().item<bool>(), $"{learner.Name} leaves its student as it was");
            state.Dispose();
        }
    }

    // Before training, running statistics are 0 and 1 and a deep network's answers grow with every block: those of one batch take their place, solved from the step of a tenth towards them.
    private static void Settle(Network network, Weights weights, Tensor images, Key key)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var before = weights.Buffers.clone();
        network.Apply(weights, images.to_type(ScalarType.Float32) / 128 - 1, Pass.Training(key));
        weights.Buffers.copy_((weights.Buffers - (before * 0.9)) / 0.1);
    }

    // Eight images have no 16,384 others.
    private static Dictionary<string, double> Small(string name) => name == "crd" ? new() { ["negatives"] = 16 } : [];

    private static Split Images(long count, Key key, long side) => new(
        key.Fold("images").Integers(0, 256, [count, 3, side, side], CPU).to_type(ScalarType.Byte).MoveToOuterDisposeScope(), (arange(count, ScalarType.Int64) / 2).to_type(ScalarType.Int64).MoveToOuterDisposeScope());
}
