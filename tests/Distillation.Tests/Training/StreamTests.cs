namespace Distillation.Tests;

public sealed class StreamTests : IDisposable
{
    private readonly LoadedDataset data = Toy.Load();

    public void Dispose() => data.Dispose();

    private sealed record Seen(int Epoch, long[] Indices, int[] Images, long[] Labels);

    private List<Seen> Run(long seed, Func<Action<Step>, Method> method, Recipe? recipe = null)
    {
        var seen = new List<Seen>();
        var learner = Toy.Learner(
            method(step => seen.Add(new Seen(step.Progress.Epoch, step.Indices.data<long>().ToArray(), Golden.Bits(step.Images(View.Plain)), step.Labels.data<long>().ToArray()))),
            recipe: recipe, seed: seed);
        Fold.Run([Toy.Stream(data, [learner], seed: seed)]);
        return seen;
    }

    private static Method Other(Action<Step> watch) => Toy.Method("other", ("other", step =>
    {
        watch(step);
        return step.Student().Logits.square().mean();
    }
    ));

    [Fact]
    public void Every_epoch_sees_every_image_once_with_its_label_and_keeps_the_smaller_last_batch()
    {
        var labels = data.Train.Labels.data<long>().ToArray();
        var seen = Run(1, Toy.Watched);

        foreach (var epoch in seen.GroupBy(s => s.Epoch))
        {
            Assert.Equal([16, 16, 16, 16, 16, 10], epoch.Select(s => s.Indices.Length));
            Assert.Equal(Enumerable.Range(0, 90).Select(i => (long)i), epoch.SelectMany(s => s.Indices).Order());
        }

        Assert.Equal(2, seen.Max(s => s.Epoch) + 1);
        Assert.All(seen, s => Assert.Equal(s.Indices.Select(i => labels[i]), s.Labels));
    }

    [Fact]
    public void The_order_differs_between_epochs_and_between_seeds()
    {
        var one = Run(1, Toy.Watched).GroupBy(s => s.Epoch).Select(epoch => epoch.SelectMany(s => s.Indices).ToArray()).ToList();
        var two = Run(2, Toy.Watched).GroupBy(s => s.Epoch).Select(epoch => epoch.SelectMany(s => s.Indices).ToArray()).ToList();

        Assert.Equal(4, one.Concat(two).Select(order => string.Join(' ', order)).Distinct().Count());
        Assert.All(one.Concat(two), order => Assert.NotEqual(order.Order(), order));
    }

    [Fact]
    public void Order_and_augmentation_do_not_depend_on_the_method()
    {
        foreach (var (here, there) in Run(1, Toy.Watched).Zip(Run(1, Other)))
        {
            Assert.Equal(here.Indices, there.Indices);
            Assert.Equal(here.Images, there.Images);
        }
    }

    [Fact]
    public void The_first_epoch_does_not_depend_on_how_many_will_follow()
    {
        var (two, three) = (Run(1, Toy.Watched), Run(1, Toy.Watched, Toy.Recipe with { Epochs = 3 }));

        Assert.Equal(18, three.Count);
        Assert.All(two.Zip(three), pair => Assert.Equal(pair.First.Images, pair.Second.Images));
    }

    [Fact]
    public void An_image_is_augmented_otherwise_in_every_epoch_and_under_every_seed()
    {
        int[] Image(List<Seen> seen, int epoch, long index)
        {
            var batch = seen.Single(s => s.Epoch == epoch && s.Indices.Contains(index));
            return [.. batch.Images.Skip(64 * Array.IndexOf(batch.Indices, index)).Take(64)];
        }

        var (one, two) = (Run(1, Toy.Watched), Run(2, Toy.Watched));
        // A single image may be drawn the same way twice (one of 18 ways), ten hardly.
        Assert.Contains(Enumerable.Range(0, 10), i => !Image(one, 0, i).SequenceEqual(Image(one, 1, i)));
        Assert.Contains(Enumerable.Range(0, 10), i => !Image(one, 0, i).SequenceEqual(Image(two, 0, i)));
    }

    [Fact]
    public void Every_step_draws_anew_whatever_images_it_was_given()
    {
        var plain = data.Dataset.Normalization.Normalize(data.Train.Images);
        var bits = Golden.Bits(plain);
        plain.Dispose();

        // Which of its 16 images a full batch left as they were.
        var kept = Run(1, Toy.Watched, Toy.Recipe with { Augmentation = new Augmentation.Flip() }).Where(batch => batch.Indices.Length == 16)
            .Select(batch => string.Concat(batch.Indices.Select((index, i) => batch.Images.AsSpan(64 * i, 64).SequenceEqual(bits.AsSpan(64 * (int)index, 64)) ? '1' : '0'))).ToList();

        Assert.Equal(10, kept.Count);
        Assert.Equal(10, kept.Distinct().Count());
        Assert.InRange(kept.Sum(mask => mask.Count(bit => bit == '1')), 50, 110);
    }

    [Fact]
    public void Without_augmentation_the_student_sees_the_normalised_pixels()
    {
        var pixels = data.Train.Images.data<byte>().ToArray();

        foreach (var batch in Run(1, Toy.Watched, Toy.Recipe with { Augmentation = new Augmentation.None() }))
        {
            var expected = batch.Indices.SelectMany(i => pixels.Skip(64 * (int)i).Take(64)).Select(p => ((p / 255.0) - 0.3) / 0.25).ToArray();
            Golden.Close(expected, [.. batch.Images.Select(BitConverter.Int32BitsToSingle)], 1e-5, 1e-5);
        }
    }

    [Fact]
    public void Every_augmentation_there_is_can_be_trained_with()
    {
        var augmentation = new Augmentation.PadCrop(1).Then(new Augmentation.Flip()).Then(new Augmentation.Cutout(4));

        var batches = Run(1, Toy.Watched, Toy.Recipe with { Augmentation = augmentation, Epochs = 1 });

        // A square of the mean colour is a square of zeros after normalisation.
        Assert.True(batches.Sum(b => b.Images.Count(bits => bits == 0)) > 90 * 4);
    }

    [Fact]
    public void A_last_batch_of_one_image_is_learned_from_as_well()
    {
        using var odd = Toy.Load(Toy.Dataset with { TrainCount = 33 });
        var learner = Toy.Learner(Methods.None, Toy.ResNet);

        var learned = Fold.Run([Toy.Stream(odd, [learner])]).Single();

        Assert.Equal(3, Toy.Stream(odd, [learner]).StepsPerEpoch);
        Assert.All(learned.Epochs, epoch => Assert.True(double.IsFinite(epoch.Objective)));
        Assert.Null(learned.Epochs[^1].FirstBadStep);
    }
}
