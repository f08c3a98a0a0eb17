using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation.Tests;

public sealed class EvaluationTests : IDisposable
{
    private readonly LoadedDataset data = Toy.Load();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData(Compute.Float32, false)]
    [InlineData(Compute.Float32, true)]
    [InlineData(Compute.BFloat16, false)]
    [InlineData(Compute.BFloat16, true)]
    public void Evaluation_changes_no_bit_of_a_weight_or_a_buffer(Compute compute, bool channelsLast)
    {
        using var weights = Toy.Start(Toy.ResNet);
        weights.Parameters.requires_grad_(true);
        var before = Toy.Bits(weights);

        Toy.ResNet.Evaluate(weights, new LearningTask.Classes(), data.Test, data.Dataset.Normalization, Toy.Recipe with { Compute = compute, ChannelsLast = channelsLast }, batchSize: 25);

        Assert.Equal(before, Toy.Bits(weights));
        Assert.Null(weights.Parameters.grad);
        Assert.True(weights.Parameters.requires_grad);
    }

    [Fact]
    public void The_score_is_that_of_a_loop_over_single_images()
    {
        using var weights = Toy.Start(Toy.Network);
        var labels = data.Test.Labels.data<long>().ToArray();
        var (right, loss) = (0, 0.0);
        for (var i = 0; i < labels.Length; i++)
        {
            using var scope = NewDisposeScope();
            var image = data.Dataset.Normalization.Normalize(data.Test.Images.narrow(0, i, 1));
            var logits = Golden.Flat(Toy.Network.Apply(weights, image, Pass.Evaluation).Logits);
            right += Array.IndexOf(logits, logits.Max()) == labels[i] ? 1 : 0;
            loss += Math.Log(logits.Sum(Math.Exp)) - logits[labels[i]];
        }

        foreach (var batchSize in new[] { 7, 60, 500 })
        {
            var score = Toy.Network.Evaluate(weights, new LearningTask.Classes(), data.Test, data.Dataset.Normalization, Toy.Recipe, batchSize);
            Assert.Equal((double)right / labels.Length, score.Accuracy);
            Assert.Equal(loss / labels.Length, score.Loss, 1e-5);
        }
    }

    [Fact]
    public void The_student_is_in_training_mode_in_every_epoch_and_only_there()
    {
        var passes = new List<Pass>();
        var network = Toy.Tiny("probed", Layer.Of("probe", [], (_, x, pass) =>
        {
            passes.Add(pass);
            return x;
        }));

        Toy.Alone(data, Toy.Learner(Methods.None, network, Toy.Recipe with { Epochs = 3 }));

        // Six steps, then one forward over the 60 test images, three times over.
        var expected = Enumerable.Repeat(Enumerable.Repeat((Statistics.Batch, true, true), 6).Append((Statistics.Running, false, false)), 3).SelectMany(e => e);
        Assert.Equal(expected, passes.Select(pass => (pass.Statistics, pass.Update, pass.Key is not null)));
        Assert.Equal(18, passes.Where(pass => pass.Key is not null).Select(pass => pass.Key).Distinct().Count());
    }

    [Fact]
    public void Running_averages_move_in_the_second_epoch_as_in_the_first()
    {
        // At a rate of 0 nothing else moves.
        var still = Toy.Recipe with { Rate = 0, Augmentation = new Augmentation.None() };
        using var start = Toy.Start(Toy.Network);
        var one = Toy.Alone(data, Toy.Learner(Methods.None, recipe: still with { Epochs = 1 }, start: start));
        var two = Toy.Alone(data, Toy.Learner(Methods.None, recipe: still, start: start));

        Assert.Equal(Golden.Bits(start.Parameters), Golden.Bits(two.Last.Parameters));
        Assert.NotEqual(Golden.Bits(start.Buffers), Golden.Bits(one.Last.Buffers));
        Assert.NotEqual(Golden.Bits(one.Last.Buffers), Golden.Bits(two.Last.Buffers));
        // Twelve steps have left 0.9 to the power of 12 of the first values, 0 and 1; the rest is what the images give, up to what differs between batches.
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var map = F.conv2d(data.Dataset.Normalization.Normalize(data.Train.Images), start["conv.weight"], padding: [1, 1]);
        var left = Math.Pow(0.9, 12);
        Assert.True(Golden.Apart(map.mean([0, 2, 3]) * (1 - left), two.Last["bn.running_mean"]) < 0.1);
        Assert.True(Golden.Apart((map.var([0, 2, 3]) * (1 - left)) + left, two.Last["bn.running_var"]) < 0.1);
    }

    [Fact]
    public void Reports_tell_the_means_over_all_images_of_the_epoch()
    {
        var (loss, right) = (0.0, 0L);
        var watched = Toy.Method("watched", ("labels", step => step.TaskLoss()), ("twice", step =>
        {
            var mean = step.TaskLoss();
            if (step.Progress.Epoch == 1)
            {
                loss += mean.item<float>() * step.Labels.shape[0];
                right += step.Student().Logits.argmax(1).eq(step.Labels).sum().item<long>();
            }

            return mean * 2;
        }
        ));

        var report = Toy.Alone(data, Toy.Learner(watched)).Epochs[1];

        Assert.Equal(2, report.Epoch);
        Assert.Equal(loss / 90, report.Terms[0].Mean, 1e-6);
        Assert.Equal(2 * loss / 90, report.Terms[1].Mean, 1e-6);
        Assert.Equal(3 * loss / 90, report.Objective, 1e-6);
        Assert.Equal(right / 90.0, report.TrainAccuracy!.Value, 12);
        Assert.True(report.Seconds > 0 && report.ImagesPerSecond > 0);
    }
}
