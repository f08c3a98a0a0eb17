using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Images made of activation records, and who learns from them.</summary>
public sealed class MetaDataTests : IDisposable
{
    private static readonly RecordedImages how = new(96, 60, 0.07, Temperature: 1, TopOnly: false, Smoothed: false, 0.3, 0.1);

    private readonly LoadedDataset data = Toy.Load();
    private readonly Weights weights;
    private readonly FrozenNetwork teacher;
    private readonly ActivationRecord record;

    public MetaDataTests()
    {
        weights = Toy.Alone(data, Toy.Learner(Methods.None, Toy.ResNet, Toy.Recipe with { Epochs = 8, Rate = Schedule.OneCycle(0.06) }, seed: 2)).Last;
        teacher = Toy.ResNet.Frozen(weights);
        record = ActivationRecord.Of(teacher, data.Train, data.Dataset);
    }

    public void Dispose()
    {
        record.Dispose();
        teacher.Dispose();
        weights.Dispose();
        data.Dispose();
    }

    private static Method Meta(int images = 96, int iterations = 60) => Methods.MetaKd(temperature: 1, images: images, iterations: iterations, mean: 0.3);

    private static Source Guide { get; } = new Source.Trained(new Experiment(Toy.Dataset, [], Toy.ResNet, Methods.None, Toy.Recipe with { Epochs = 8, Rate = Schedule.OneCycle(0.06) }, 2));

    private static Experiment Experiment { get; } = new(Toy.Dataset, Guide, Toy.ResNet, Meta(), Toy.Recipe with { Epochs = 16, Rate = Schedule.OneCycle(0.06), Augmentation = new Augmentation.None() }, 1);

    // Normalises one value per image.
    private static Network Single { get; } = Network.Build(
        "point", new Shape(1, 8, 8), Layer.Conv("conv", 4, kernel: 8, padding: 0).Then(Layer.BatchNorm("bn")).Then(Layer.Flatten).Then(Layer.Linear("fc", Toy.Classes)));

    [Fact]
    public void A_record_has_the_mean_of_every_class_and_how_its_values_vary_together()
    {
        using var scope = NewDisposeScope();
        var layers = ActivationRecord.LayersOf(teacher.Apply(data.Dataset.Normalization.Normalize(data.Train.Images)));

        // A stage that is tapped on both sides of its activation is recorded before it.
        var names = Toy.ResNet.Taps.Select(tap => tap.Name).ToList();
        Assert.Contains("f1.preact", names);
        Assert.Equal([.. names.Where(name => !names.Contains($"{name}.preact")), "logits"], record.Layers.Select(layer => layer.Name));
        foreach (var (layer, (name, value)) in record.Layers.Zip(layers))
        {
            for (var label = 0; label < Toy.Classes; label++)
            {
                var own = value.index_select(0, (data.Train.Labels == label).nonzero().flatten()).to_type(ScalarType.Float64);
                var apart = own - own.mean([0]);
                Close(own.mean([0]), layer.Means[label], 1e-5);
                Close(
                    own.dim() == 2 ? apart.t().matmul(apart) / own.shape[0] : apart.square().mean([0]),
                    own.dim() == 2 ? layer.Spread[label].matmul(layer.Spread[label].t()) : layer.Spread[label].square(), 1e-4);
            }

            Assert.Equal(name, layer.Name);
            Assert.Equal(value.dim() == 2 ? 3 : 4, layer.Spread.dim());
        }
    }

    [Fact]
    public void What_is_drawn_varies_as_what_was_recorded()
    {
        using var scope = NewDisposeScope();
        var logits = record.Layers[^1];
        var drawn = logits.Draw(ones(20_000, ScalarType.Int64), Key.Of(3)).to_type(ScalarType.Float64);
        var (mean, covariance) = (logits.Means[1].to_type(ScalarType.Float64), logits.Spread[1].matmul(logits.Spread[1]).to_type(ScalarType.Float64));
        var apart = drawn - mean;

        Close(mean, drawn.mean([0]), 0.05 * covariance.diagonal().max().sqrt().item<double>());
        Close(covariance, apart.t().matmul(apart) / 20_000, 0.05 * covariance.abs().max().item<double>());
        // Everybody gets its own class, in whatever order they stand, and two keys two draws.
        var mixed = logits.Draw(tensor(new long[] { 2, 0, 2, 1 }), Key.Of(3));
        Assert.Equal([4, Toy.Classes], mixed.shape);
        Assert.NotEqual(Golden.Bits(mixed), Golden.Bits(logits.Draw(tensor(new long[] { 2, 0, 2, 1 }), Key.Of(4))));
        Assert.NotEqual(Golden.Bits(mixed[0]), Golden.Bits(mixed[2]));
    }

    [Fact]
    public void Images_that_were_made_are_what_the_teacher_takes_for_their_classes()
    {
        using var scope = NewDisposeScope();
        var labels = ImagesOfRecords.Labels(how, Toy.Classes, CPU).narrow(0, 0, ImagesOfRecords.Batch);
        double Right(RecordedImages one)
        {
            var images = ImagesOfRecords.Make(record, teacher, data.Dataset, one, 0, Key.Of(5));
            Assert.Equal([ImagesOfRecords.Batch, 1, 8, 8], images.shape);
            Assert.Equal(ScalarType.Byte, images.dtype);
            return (teacher.Apply(data.Dataset.Normalization.Normalize(images)).Logits.argmax(1) == labels).to_type(ScalarType.Float64).mean().item<double>();
        }

        Assert.InRange(Right(how), 0.85, 1);
        Assert.InRange(Right(how with { TopOnly = true }), 0.85, 1);
        Assert.InRange(Right(how with { Smoothed = true }), 0.6, 1);
        Assert.InRange(Right(how with { Iterations = 1, Rate = 1e-9 }), 0, 0.6);
    }

    [Fact]
    public void Every_batch_is_its_own_and_the_last_is_as_small_as_it_has_to_be()
    {
        using var scope = NewDisposeScope();
        var few = how with { Iterations = 2 };
        Tensor Made(int number) => ImagesOfRecords.Make(record, teacher, data.Dataset, few, number, Key.Of(5));

        Assert.Equal([32, 1, 8, 8], Made(1).shape);
        Assert.Equal(Bytes(Made(1)), Bytes(Made(1)));
        Assert.NotEqual(Bytes(Made(0))[..(32 * 64)], Bytes(Made(1)));
        Assert.Equal([32, 32, 32], Golden.Flat(ImagesOfRecords.Labels(few, 3, CPU).bincount(null).to_type(ScalarType.Float32)).Select(count => (int)count));
    }

    [Fact]
    public void Making_leaves_no_tensor_behind_and_the_teacher_gets_no_gradient()
    {
        using var scope = NewDisposeScope();
        ImagesOfRecords.Make(record, teacher, data.Dataset, how with { Iterations = 2 }, 0, Key.Of(5)).Dispose();
        var before = Tensor.TotalCount;

        ImagesOfRecords.Make(record, teacher, data.Dataset, how with { Iterations = 20 }, 0, Key.Of(5)).Dispose();

        Assert.Equal(before, Tensor.TotalCount);
        Assert.All(teacher.Network.Parameters, parameter => Assert.False(teacher[parameter.Name].requires_grad));
    }

    [Fact]
    public void A_student_learns_from_them_alone_and_all_seeds_from_the_same()
    {
        using var bench = new Bench();
        var told = new List<(long Made, long All)>();
        var lab = bench.Lab with { Watcher = bench.Lab.Watcher with { OnMade = (_, made, all) => told.Add((made, all)) } };

        var rows = new[] { Experiment, Experiment with { Seed = 2 } }.Run(lab);

        Assert.All(rows, row => Assert.Equal((RunRow.Ok, 0), (row.Status, row.TrainImages)));
        Assert.All(rows, row => Assert.InRange(row.LastAccuracy, 0.6, 1));
        Assert.All(rows, row => Assert.Contains("on 96 images of activation records", row.MethodText));
        Assert.Equal([(0, 96), (64, 96), (96, 96)], told);
        Assert.Single(bench.Files, file => file.EndsWith(".images.safetensors", StringComparison.Ordinal));
        // What is recorded is of the images that there are: fewer of them are another record, and other images.
        Assert.NotEqual(Experiment.Settled.Id, (Experiment with { Dataset = Toy.Dataset.Take(60) }).Settled.Id);
        Assert.NotEqual(Experiment.ImagesId, (Experiment with { Dataset = Toy.Dataset.Take(60) }).ImagesId);
        Assert.NotEqual(Experiment.ImagesId, (Experiment with { Method = Meta(iterations: 61) }).ImagesId);
    }

    [Fact]
    public void Who_was_interrupted_goes_on_with_the_images_that_are_there()
    {
        using var whole = new Bench();
        using var bench = new Bench();
        var asked = new[] { Experiment };
        var expected = asked.Run(whole.Lab).Single();
        using var stop = new CancellationTokenSource();
        var told = new List<long>();
        var lab = bench.Lab with { Stop = stop.Token, Watcher = bench.Lab.Watcher with { OnMade = (_, made, _) => { told.Add(made); if (made == 64) { stop.Cancel(); } } } };

        Assert.ThrowsAny<OperationCanceledException>(() => asked.Run(lab));
        // Whatever number of threads the next process would choose.
        var actual = asked.Run(bench.Lab with
        {
            Surroundings = bench.Lab.Surroundings with { Threads = 2 },
            Watcher = bench.Lab.Watcher with { OnMade = (_, made, _) => { told.Add(made); Assert.Equal(1, get_num_threads()); } },
        }).Single();
        set_num_threads(1);

        Assert.Equal([0, 64, 64, 96], told);
        Assert.InRange(actual.LastAccuracy, expected.LastAccuracy - 0.05, expected.LastAccuracy + 0.05);
        Assert.Equal(Images(whole), Images(bench));
    }

    [Fact]
    public void Fresh_starts_them_anew_and_a_stop_does_not_wait_for_a_batch()
    {
        using var bench = new Bench();
        using var stop = new CancellationTokenSource();
        var told = new List<long>();
        // So many iterations that nobody would wait for them.
        var asked = new[] { Experiment with { Method = Meta(iterations: 1_000_000) } };
        stop.CancelAfter(TimeSpan.FromSeconds(1));

        Assert.ThrowsAny<OperationCanceledException>(() => asked.Run(bench.Lab with { Stop = stop.Token }));

        using var second = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => new[] { Experiment }.Run(bench.Lab with
        {
            Stop = second.Token,
            Watcher = bench.Lab.Watcher with { OnMade = (_, made, _) => { if (made == 64) { second.Cancel(); } } },
        }));
        new[] { Experiment }.Run(bench.Lab with { Resume = false, Watcher = bench.Lab.Watcher with { OnMade = (_, made, _) => told.Add(made) } });
        Assert.Equal([0, 64, 96], told);
    }

    [Fact]
    public void One_process_makes_them_and_another_waits_and_finds_them()
    {
        using var bench = new Bench();
        new[] { Experiment }.Run(bench.Lab);
        var images = Images(bench);
        var (warnings, told) = (new List<string>(), new List<long>());
        var other = Claim.Try(bench.Folder, Experiment.ImagesId)!;
        var lab = bench.Lab with
        {
            Watcher = new GridWatcher(OnWarning: warning => { warnings.Add(warning); other.Dispose(); }, OnMade: (_, made, _) => told.Add(made)),
        };

        new[] { Experiment with { Seed = 2 } }.Run(lab);

        Assert.Equal(["Waiting for another process that makes the images of resnet-8's record."], warnings);
        Assert.Empty(told);
        Assert.Equal(images, Images(bench));
    }

    [Fact]
    public void How_students_images_lie_in_memory_makes_no_other_images()
    {
        using var rows = new Bench();
        using var last = new Bench();

        new[] { Experiment with { Recipe = Experiment.Recipe with { ChannelsLast = false } } }.Run(rows.Lab);
        new[] { Experiment with { Recipe = Experiment.Recipe with { ChannelsLast = true } } }.Run(last.Lab);

        Assert.Equal(Images(rows), Images(last));
    }

    [Fact]
    public void Where_they_cannot_be_kept_the_training_goes_on()
    {
        using var bench = new Bench();
        var warnings = new List<string>();
        // A folder stands where the file is to be.
        Directory.CreateDirectory(bench.Lab.Results.ImagesPath(Experiment.ImagesId));

        var row = new[] { Experiment }.Run(bench.Lab with { Watcher = new GridWatcher(OnWarning: warnings.Add) }).Single();

        Assert.Equal(RunRow.Ok, row.Status);
        Assert.Contains("the work goes on without", Assert.Single(warnings));
    }

    [Fact]
    public void A_small_budget_bounds_what_is_made()
    {
        Assert.Equal(how, how.Within(Toy.ResNet, 1e12));
        var few = how with { Count = 6400, Iterations = 1000 };
        double Passes(RecordedImages one) => (double)one.Count * one.Iterations;

        Assert.Equal((640, 1000), few.Within(Toy.ResNet, 640_000.0 * Toy.ResNet.MultiplyAdds) is var one ? (one.Count, one.Iterations) : default);
        Assert.Equal((64, 500), few.Within(Toy.ResNet, 32_000.0 * Toy.ResNet.MultiplyAdds) is var two ? (two.Count, two.Iterations) : default);
        Assert.Equal((64, 20), few.Within(Toy.ResNet, 1) is var three ? (three.Count, three.Iterations) : default);
        var portraits = Reproductions.Named("dafl-celeba").Only(["meta data"]).Cells.Single().Experiment!;
        Assert.InRange(Passes(((Feed.Recorded)Budget.Laptop.Fit(portraits).Method.Feed).How) * portraits.Teacher!.Network.MultiplyAdds, 0, 1.1e12);
        Assert.Equal(portraits.Method.Text, Budget.Night.Fit(portraits).Method.Text);
        Assert.Equal(Budget.Smoke.Fit(portraits).Method.Text, Budget.Smoke.Fit(Budget.Smoke.Fit(portraits)).Method.Text);
    }

    [Fact]
    public void Images_that_are_damaged_are_told_and_made_anew()
    {
        using var bench = new Bench();
        new[] { Experiment }.Run(bench.Lab);
        var (path, images) = (bench.Lab.Results.ImagesPath(Experiment.ImagesId), Images(bench));
        File.WriteAllBytes(path, images[..^1]);
        var warnings = new List<string>();

        new[] { Experiment with { Seed = 3 } }.Run(bench.Lab with { Watcher = new GridWatcher(OnWarning: warnings.Add) });

        Assert.EndsWith("is no whole file of images; they are made anew.", Assert.Single(warnings));
        Assert.Equal(images, Images(bench));
    }

    [Fact]
    public void A_class_without_an_image_and_numbers_out_of_range_are_refused_in_a_sentence()
    {
        using var scope = NewDisposeScope();
        var upper = (data.Train.Labels != 1).nonzero().flatten();
        var without = new Split(data.Train.Images.index_select(0, upper), data.Train.Labels.index_select(0, upper));

        Assert.Equal(
            "blobs has no training image of class 1, so nothing can be recorded of it; take more training images.",
            Assert.Throws<BadInput>(() => ActivationRecord.Of(teacher, without, data.Dataset)).Message);
        Assert.Contains("2 to 2000000 images", Assert.Throws<BadInput>(() => Methods.MetaKd(images: 1)).Message);
        Assert.Contains("2 to 2000000 images", Assert.Throws<BadInput>(() => Methods.MetaKd(images: int.MaxValue)).Message);
        Assert.Contains("1 or more steps", Assert.Throws<BadInput>(() => Methods.MetaKd(iterations: 0)).Message);
        Assert.Contains("finite", Assert.Throws<BadInput>(() => Methods.MetaKd(mean: double.NaN)).Message);
        Assert.Contains("finite", Assert.Throws<BadInput>(() => Methods.MetaKd(deviation: double.PositiveInfinity)).Message);
        Assert.Contains("rate above 0", Assert.Throws<BadInput>(() => Methods.MetaKd(rate: 0)).Message);
        Assert.Contains("emperature", Assert.Throws<BadInput>(() => Methods.MetaKd(temperature: 0)).Message);
        Assert.Contains("are too few", Assert.Throws<BadInput>(() => (Experiment with { Dataset = Toy.Dataset with { TrainCount = 2 } }).Check()).Message);
        Assert.Contains("no images with classes", Assert.Throws<BadInput>(() => (Experiment with { Task = new LearningTask.Spans() }).Check()).Message);
        Assert.Contains("no images with classes", Assert.Throws<BadInput>(() => (Experiment with { Dataset = Toy.Dataset with { Normalization = Normalization.None } }).Check()).Message);
        Assert.Contains("leave one image", Assert.Throws<BadInput>(() => (Experiment with { Method = Meta(images: 97), Student = Single }).Check()).Message);
        Assert.Contains("needs a teacher", Assert.Throws<BadInput>(() => (Experiment with { Teachers = [] }).Check()).Message);
    }

    [Fact]
    public void Two_networks_of_one_file_are_two_teachers_each_with_images_of_its_own()
    {
        using var bench = new Bench();
        var path = Path.Combine(bench.Folder, "teacher.safetensors");
        weights.Save(path, new Dictionary<string, string>());
        var asked = new[] { Toy.ResNet, Toy.ResNet.Quantize(2) }.Select(network => Experiment with { Teachers = [Source.File(network, path)] }).ToList();

        Assert.NotEqual(asked[0].ImagesId, asked[1].ImagesId);
        (from one in asked select one with { Method = Methods.Hinton() }).Run(bench.Lab);

        Assert.Equal(2, bench.Folds.Count);
    }

    private static byte[] Bytes(Tensor images) => images.contiguous().data<byte>().ToArray();

    private static byte[] Images(Bench bench) => File.ReadAllBytes(bench.Lab.Results.ImagesPath(Experiment.ImagesId));

    private static void Close(Tensor expected, Tensor actual, double tolerance) =>
        Assert.InRange((expected - actual.to_type(ScalarType.Float64)).abs().max().item<double>(), 0, tolerance * Math.Max(1, expected.abs().max().item<double>()));
}
