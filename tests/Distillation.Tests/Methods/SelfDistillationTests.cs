using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>BYOT, DDGSD, CS-KD and PS-KD.</summary>
public sealed class SelfDistillationTests : IDisposable
{
    private static readonly IReadOnlyDictionary<string, JsonElement> cases = GoldenInputs.Cases("self_distillation.json");
    private static readonly Recipe Long = Toy.Recipe with { Epochs = 8, Rate = Schedule.OneCycle(0.06) };

    private readonly LoadedDataset data = Toy.Load();

    public static TheoryData<string> Cases => [.. cases.Keys];

    public void Dispose() => data.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_gradients_are_those_of_the_loop(string name)
    {
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float64);
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float32);

        Tensor Formula(GoldenInputs i) => name.Split(':')[0] switch
        {
            "byot" => Losses.CrossEntropy(i["last"], i.Labels).mean()
                + (Sum(i["exits"], exit => Losses.CrossEntropy(exit, i.Labels).mean()) * (1 - i.Number("share")))
                + (Sum(i["exits"], exit => Losses.KlDivergence(exit, i["last"], i.Number("temperature")).mean()) * i.Number("share"))
                + (Losses.FeatureGap(Parts(i["features"]), i["teacher_feature"]) * i.Number("feature_weight")),
            "ddgsd" => ((Losses.CrossEntropy(i["first"], i.Labels) + Losses.CrossEntropy(i["second"], i.Labels)).mean() / 2)
                + (Losses.Agreement(i["first"], i["second"], i.Number("temperature")).mean() * i.Number("weight"))
                + (Losses.MeanDiscrepancy(i["first_vectors"], i["second_vectors"]) * i.Number("feature_weight")),
            "cs_kd" => Losses.CrossEntropy(i.Student, i.Labels) + (Losses.Hinton(i.Student, i["teacher_partners"], i.Number("temperature")) * i.Number("weight")),
            _ => Losses.SoftCrossEntropy(i.Student, Losses.RefinedTarget(i.Labels, i["teacher_before"].softmax(1), i.Number("share"))),
        };

        static Tensor Sum(Tensor parts, Func<Tensor, Tensor> of) => Parts(parts).Select(of).Aggregate((sum, one) => sum + one);
    }

    private static IReadOnlyList<Tensor> Parts(Tensor whole) => [.. Enumerable.Range(0, (int)whole.shape[0]).Select(part => whole.select(0, part))];

    [Fact]
    public void Two_views_agree_as_much_whichever_comes_first_and_wholly_when_they_are_one() => Law.Holds(LossCases.Pairs, pair =>
    {
        using var scope = NewDisposeScope();
        var (a, b) = (pair.Student, pair.Teacher);
        return Golden.Flat(Losses.Agreement(a, b, pair.Temperature)).SequenceEqual(Golden.Flat(Losses.Agreement(b, a, pair.Temperature)))
            && Golden.Flat(Losses.Agreement(a, a, pair.Temperature)).All(value => Math.Abs(value) < 1e-9)
            && Losses.MeanDiscrepancy(a, a.flip(0)).item<double>() < 1e-18
            && Losses.MeanDiscrepancy(a, a + 1).item<double>() - pair.Classes is > -1e-9 and < 1e-9;
    });

    [Fact]
    public void A_refined_target_sums_to_1_and_lies_between_the_label_and_what_was_said() => Law.Holds(LossCases.Pairs, Law.Number(0, 1), (pair, share) =>
    {
        using var scope = NewDisposeScope();
        var said = pair.Teacher.softmax(1);
        var target = Losses.RefinedTarget(pair.Labels, said, share);
        return Golden.Flat(target.sum(1)).All(sum => Math.Abs(sum - 1) < 1e-9)
            && Golden.Apart(said, Losses.RefinedTarget(pair.Labels, said, 1)) < 1e-15
            && Golden.Flat(Losses.RefinedTarget(pair.Labels, said, 0)).SequenceEqual(Golden.Flat(nn.functional.one_hot(pair.Labels, pair.Classes)))
            && target.ge(said * share - 1e-12).all().item<bool>();
    });

    [Fact]
    public void The_last_exit_is_judged_and_kept_without_the_others_or_their_ensemble()
    {
        using var scope = NewDisposeScope();
        var network = Toy.ResNet.WithExits(new ExitDesign.Bottleneck());
        var images = data.Dataset.Normalization.Normalize(data.Test.Images);
        var (alone, vote) = (Toy.Alone(data, Toy.Learner(Methods.Byot(), Toy.ResNet, Long)), Toy.Alone(data, Toy.Learner(Methods.Byot(ensemble: true), Toy.ResNet, Long)));

        Assert.Equal(Toy.ResNet.Table.Count, alone.Last.Parameters.shape[0]);
        Assert.Equal(Golden.Bits(vote.Last.Pick(Toy.ResNet.Table).Parameters), Golden.Bits(alone.Last.Parameters));
        Assert.Equal(Right(Toy.ResNet.Bind(alone.Last)(images).Logits), alone.Epochs[^1].Test.Accuracy, 1e-9);
        Assert.Equal(Right(network.Bind(vote.Last)(images).Ensemble), vote.Epochs[^1].Test.Accuracy, 1e-9);
        Assert.All(network.Bind(vote.Last)(images).Exits, exit => Assert.InRange(Right(exit.Logits), 0.7, 1));

        double Right(Tensor logits) => logits.argmax(1).eq(data.Test.Labels).to_type(ScalarType.Float64).mean().item<double>();
    }

    [Fact]
    public void Other_training_images_and_the_same_ones_once_more_come_under_the_recipes_augmentation()
    {
        using var scope = NewDisposeScope();
        Batch Of(Augmentation augmentation)
        {
            var learner = Toy.Learner(Methods.Ddgsd(), Toy.ResNet, Toy.Recipe with { Augmentation = augmentation });
            var stream = Toy.Stream(data, [learner]);
            return stream.At(0, 0, stream.Order(0), scope);
        }

        var (still, varied, others) = (Of(Augmentations.None), Of(Toy.Recipe.Augmentation), tensor(new long[] { 4, 4, 9 }));

        Assert.Equal(Golden.Bits(data.Dataset.Normalization.Normalize(data.Train.Images.index_select(0, others))), Golden.Bits(still.Training(others, "any")));
        Assert.Equal(Golden.Bits(still.Images(View.Plain)), Golden.Bits(still.Images(View.Again)));
        Assert.NotEqual(Golden.Bits(varied.Images(View.Plain)), Golden.Bits(varied.Images(View.Again)));
        Assert.Equal(Golden.Bits(varied.Training(others, "one")), Golden.Bits(varied.Training(others, "one")));
        Assert.NotEqual(Golden.Bits(varied.Training(others, "one")), Golden.Bits(varied.Training(others, "two")));
        Assert.Same(varied.Images(View.Again), varied.Images(View.Again));
    }

    [Fact]
    public void The_objective_of_CSKD_asks_about_other_images_of_the_same_classes()
    {
        using var scope = NewDisposeScope();
        var learner = Toy.Learner(Methods.CsKd(weight: 0.5), Toy.ResNet, Toy.Recipe with { Augmentation = Augmentations.None });
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner]);
        using var begin = LearnerState.Begin(learner, prepared, data.Train.Labels);
        var batch = stream.At(0, 0, stream.Order(0), scope);
        using var start = begin.Weights.Copy();

        var state = begin.Step(learner, prepared, batch);

        var partners = ClassDraw.Of(data.Train.Labels, Toy.Classes).Same(batch.Labels, batch.Key.Fold("partners"));
        Assert.Equal(Golden.Flat(batch.Labels), Golden.Flat(data.Train.Labels.index_select(0, partners)));
        Assert.NotEqual(Golden.Flat(batch.Indices), Golden.Flat(partners));
        Tensor Said(Tensor indices) => Toy.ResNet.Apply(start, data.Dataset.Normalization.Normalize(data.Train.Images.index_select(0, indices)), new Pass(Statistics.Batch)).Logits;
        var (labels, soft) = (Losses.CrossEntropy(Said(batch.Indices), batch.Labels).mean().item<float>(), Losses.Hinton(Said(batch.Indices), Said(partners), 4).mean().item<float>());
        Assert.Equal([labels, soft, labels + (0.5 * soft)], state.Sums.data<double>().ToArray()[..3].Select(sum => sum / 16), (a, b) => Math.Abs(a - b) < 1e-4 * Math.Abs(a));
    }

    [Fact]
    public void What_was_said_in_the_epoch_before_is_mixed_into_the_labels_by_a_share_that_grows()
    {
        using var scope = NewDisposeScope();
        var (learner, said) = (Toy.Learner(Methods.PsKd(share: 0.6), Toy.ResNet, Toy.Recipe with { Rate = 0 }), new List<double[]>());
        var stream = Toy.Stream(data, [learner]);

        var learned = Fold.Run([stream], keeping: new(_ => null, (_, checkpoint) => said.Add(Golden.Flat(checkpoint.Tensors["memory.said"].clone())), TimeSpan.FromHours(1))).Single();

        // Nothing is learned at a rate of 0, so that everything was said of images as the last epoch varied them.
        var prepared = learner.Prepare();
        var expected = 0.0;
        foreach (var step in Enumerable.Range(0, 6))
        {
            var batch = stream.At(1, step, stream.Order(1), scope);
            var logits = Toy.ResNet.Apply(learner.Start, batch.Images(View.Plain), new Pass(Statistics.Batch)).Logits;
            var before = tensor(said[^2]).view(90, 3).index_select(0, batch.Indices).to_type(ScalarType.Float32);
            expected += Losses.SoftCrossEntropy(logits, Losses.RefinedTarget(batch.Labels, before, 0.6)).sum().item<float>();
            Golden.Close(Golden.Flat(logits.softmax(1)), Golden.Flat(tensor(said[^1]).view(90, 3).index_select(0, batch.Indices)), 1e-4, 1e-5);
        }

        Assert.Equal(expected / 90, learned.Epochs[1].Objective, 1e-4);
        Assert.Equal(["labels"], prepared.Terms);
        learned.Last.Dispose();
    }

    [Fact]
    public void Shares_that_are_none_are_refused()
    {
        Assert.Contains("not 1.5", Assert.Throws<BadInput>(() => Methods.PsKd(1.5)).Message);
        Assert.Contains("not -0.1", Assert.Throws<BadInput>(() => Methods.Byot(-0.1)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.RefinedTarget(zeros(1, ScalarType.Int64), ones(1, 2), 2));
    }
}
