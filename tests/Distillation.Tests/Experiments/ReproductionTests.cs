using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class ReproductionTests
{
    private static string Value(Experiment experiment, string setting) => ((Schedule.Constant)experiment.Method.Settings.First(one => one.Name == setting).Value).Value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void Every_published_table_can_be_named_and_every_accuracy_in_it_is_an_experiment_or_says_why_not()
    {
        foreach (var table in Published.All)
        {
            var reproduction = Reproductions.Named(table.Id);

            Assert.Equal(table.Values.Count(value => value.Metric == "accuracy"), reproduction.Cells.Count);
            Assert.All(reproduction.Cells, cell => Assert.NotEqual(cell.Experiment is null, cell.Reason == ""));
            Assert.All(reproduction.Cells.Where(cell => cell.Reason != ""), cell => Assert.EndsWith(".", cell.Reason));
        }
    }

    [Fact]
    public void The_comparison_of_MSKD_is_whole_seventeen_methods_on_seven_pairs()
    {
        var whole = Reproductions.Named("mskd-table-4");

        Assert.Equal("mskd-cifar100", whole.Table.Id);
        Assert.All(whole.Cells, cell => Assert.NotNull(cell.Experiment));
        Assert.Equal(17 * 7, whole.Experiments().Count);
        Assert.Equal(7, whole.Cells.Select(cell => cell.Pair).Distinct().Count());
        Assert.Equal(2 * 17 * 7, whole.Experiments(seeds: 2).Count);
    }

    [Fact]
    public void Teachers_of_OtO_have_exits_that_learned_labels_and_those_of_others_have_none()
    {
        var cells = Reproductions.Named("mskd-cifar100").Cells;
        Experiment Of(string row) => cells.First(cell => cell.Row == row && cell.Paper.Student == "wrn-16-2").Experiment!;

        Assert.Equal(("wrn-40-2+attention", "exits"), (Of("oto, ensemble").Teacher!.Network.Name, ((Source.Trained)Of("oto, ensemble").Teacher!).Experiment.Method.Name));
        Assert.Equal("wrn-40-2", Of("mskd").Teacher!.Network.Name);
        Assert.Equal("1", Value(Of("oto, ensemble, starred"), "augmented"));
        Assert.Equal("0", Value(Of("oto, ensemble"), "augmented"));
        Assert.Equal("wrn-16-2+attention+ensemble", Of("oto, ensemble").Judged.Name);
        Assert.Equal((240, 64), (Of("kd").Recipe.Epochs, Of("kd").Recipe.BatchSize));
    }

    [Fact]
    public void The_exits_of_a_network_are_numbers_of_one_run()
    {
        var exits = Reproductions.Named("mskd-exits").Only(["oto", "resnet-10-4stage"]);

        Assert.Equal(["oto, exit-1", "oto, exit-2", "oto, exit-3", "oto, exit-4", "oto, ensemble"], exits.Cells.Select(cell => cell.Row));
        Assert.Single(exits.Experiments());
    }

    [Fact]
    public void Settings_and_recipes_are_those_of_the_papers_code_for_the_pair()
    {
        Experiment Of(string table, string method, string student) => Reproductions.Named(table).Cells.First(cell => cell.Row == method && cell.Paper.Student == student).Experiment!;

        Assert.Equal("2", Value(Of("dkd-cifar100", "dkd", "resnet-20"), "beta"));
        Assert.Equal("8", Value(Of("dkd-cifar100", "dkd", "resnet-8x4"), "beta"));
        Assert.Equal(0.01, Of("repdistiller-cross", "kd", "shufflenet-v1").Recipe.Rate.At(0));
        Assert.Equal(0.05, ((Source.Trained)Of("repdistiller-cross", "kd", "shufflenet-v1").Teacher!).Experiment.Recipe.Rate.At(0));
        Assert.Equal(0.025, Of("mlkd-cifar100", "mlkd", "resnet-20").Recipe.Rate.At(0));
        Assert.Equal("wrn-40-2+copied4", Of("hsakd-cifar100", "hsakd, joint teacher", "wrn-16-2").Teacher!.Network.Name);
        Assert.Equal("1", Value(Of("sskd-combined", "at+kd", "resnet-20"), "kd"));
        Assert.Equal((9, 256, new Augmentation.None()), Of("dafl-mnist", "kd", "lenet-5-half").Recipe is var digits ? (digits.Epochs, digits.BatchSize, digits.Augmentation) : default);
        Assert.Equal((199, 128), Of("dafl-cifar", "kd", "resnet-18-4stage").Recipe is var photographs ? (photographs.Epochs, photographs.BatchSize) : default);
    }

    [Fact]
    public void Every_number_of_CRLD_and_of_CTKD_is_an_experiment_of_the_published_protocol()
    {
        var cells = new[] { "crld-cifar100", "state-of-the-art", "lskd-cifar100" }.SelectMany(table => Reproductions.Named(table).Cells).Where(cell => cell.Paper.Method is "crld" or "ctkd").ToList();

        Assert.Equal((7 + 6, 10), (cells.Count(cell => cell.Row == "crld"), cells.Count(cell => cell.Row == "ctkd")));
        Assert.All(cells, cell =>
        {
            var experiment = cell.Experiment!;
            Assert.Equal((cell.Paper.Method, cell.Paper.Student, cell.Paper.Teacher), (experiment.Method.Name, experiment.Student.Name, experiment.Teacher!.Network.Name));
            Assert.Equal(MethodCatalog.Named(cell.Paper.Method).Text, experiment.Method.Text);
            Assert.Equal((240, 64, Augmentations.CropFlip), (experiment.Recipe.Epochs, experiment.Recipe.BatchSize, experiment.Recipe.Augmentation));
            Assert.Equal(cell.Paper.Student is "shufflenet-v2" or "mobilenet-v2-half" ? 0.01 : 0.05, experiment.Recipe.Rate.At(0));
            Assert.Equal(new Optimizer.Sgd(Momentum: 0.9, Decay: 5e-4), experiment.Recipe.Optimizer);
        });
        Assert.Equal(["shufflenet-v2"], cells.Where(cell => cell.Row == "crld" && cell.Experiment!.Recipe.Rate.At(0) == 0.01).Select(cell => cell.Paper.Student).Distinct());
        Assert.Equal(7 + 10, new[] { "crld-cifar100", "lskd-cifar100" }.Sum(table => Reproductions.Named(table).Only([table[..4] == "crld" ? "crld" : "ctkd"]).Experiments().Count));
    }

    [Fact]
    public void DAFL_learns_with_its_authors_numbers_for_every_data_set_and_without_the_losses_that_an_ablation_leaves_out()
    {
        Experiment Of(string table, string row, string student) => Reproductions.Named(table).Cells.First(cell => cell.Row == row && cell.Paper.Student == student).Experiment!;
        string Settings(Experiment experiment) => string.Join(' ', new[] { "oneHot", "entropy", "activation", "latent", "rate" }.Select(name => Value(experiment, name)));

        var (digits, photographs, portraits) = (Of("dafl-mnist", "dafl", "lenet-5-half"), Of("dafl-cifar", "dafl", "resnet-18-4stage"), Of("dafl-celeba", "dafl", "alexnet-half"));
        Assert.Equal(["1 5 0.1 100 0.2", "0.05 5 0.01 1000 0.02", "2 10 0.1 100 0.002"], new[] { digits, photographs, portraits }.Select(Settings));
        Assert.Equal([Recipes.DaflMnist, Recipes.DaflCifar, Recipes.DaflMnist with { Rate = 1e-4 }], new[] { digits, photographs, portraits }.Select(one => one.Recipe));
        Assert.Equal([Recipes.DaflMnistTeacher, Recipes.DaflCifarTeacher], new[] { digits, photographs }.Select(one => ((Source.Trained)one.Teacher!).Experiment.Recipe));

        var benchmark = Reproductions.Named("dafl-benchmark").Cells.Select(cell => cell.Experiment!).ToList();
        Assert.Equal(10, benchmark.Count);
        Assert.All(benchmark, one => Assert.Equal(("1 20 0.001 512 0.001", "5", "20", Recipes.DataFreeBenchmark), (Settings(one), Value(one, "studentSteps"), Value(one, "temperature"), one.Recipe)));
        Assert.All(benchmark, one => Assert.Equal(Recipes.DataFreeBenchmarkTeacher, ((Source.Trained)one.Teacher!).Experiment.Recipe));

        var ablation = Reproductions.Named("dafl-ablation").Cells;
        Assert.Equal(
            ["0 0 0 100 0.2", "0 0 0.1 100 0.2", "0 5 0 100 0.2", "0 5 0.1 100 0.2", "1 0 0 100 0.2", "1 0 0.1 100 0.2", "1 5 0 100 0.2", "1 5 0.1 100 0.2"],
            ablation.Select(cell => Settings(cell.Experiment!)).Order(StringComparer.Ordinal));
        Assert.Equal((new Feed.Noise(null, 120), Recipes.DaflMnist), Of("dafl-mnist", "kd, noise", "lenet-5-half") is var noise ? (noise.Method.Feed, noise.Recipe) : default);
        Assert.Equal((new Feed.Other(Datasets.Cifar100), Recipes.DaflCifarTeacher), Of("dafl-cifar", "kd, alternative data", "resnet-18-4stage") is var other ? (other.Method.Feed, other.Recipe) : default);
        Assert.Equal(new Feed.Other(Datasets.Usps.Sized(32, 32)), Of("dafl-mnist", "kd, alternative data", "lenet-5-half").Method.Feed);
        Assert.Equal(new Feed.Other(Datasets.Usps.Sized(28, 28)), Of("dafl-mnist", "kd, alternative data", "hintonnet-800").Method.Feed);
    }

    [Fact]
    public void The_exits_of_BYOT_are_numbers_of_one_run_and_the_widths_of_SimKD_of_several()
    {
        var (byot, simkd) = (Reproductions.Named("byot-exits").Only(["resnet-18-4stage"]), Reproductions.Named("simkd-cifar100").Only(["vgg-8"]));

        Assert.Equal(["byot, exit-1", "byot, exit-2", "byot, exit-3", "byot, exit-4"], byot.Cells.Where(cell => !cell.Row.Contains("re-implementation", StringComparison.Ordinal)).Select(cell => cell.Row));
        Assert.Equal("resnet-18-4stage+bottleneck+ensemble", Assert.Single(byot.Experiments()).Judged.Name);
        Assert.Equal(["8", "4", "2"], simkd.Cells.Select(cell => Value(cell.Experiment!, "factor")));
    }

    [Fact]
    public void Every_published_number_has_an_experiment()
    {
        var without = Published.All.SelectMany(table => Reproductions.Of(table).Cells).Where(cell => cell.Experiment is null).ToList();

        // FSP's flows of networks of two widths: the paper has no value either.
        Assert.All(without, cell => Assert.Null(cell.Paper.Value));
        Assert.All(without, cell => Assert.Contains("equal channels", cell.Reason));
        Assert.NotEmpty(without);
    }

    [Fact]
    public void Meta_data_are_recorded_of_the_teacher_and_portraits_made_of_them_are_smooth()
    {
        Experiment Of(string table, string row, string student) => Reproductions.Named(table).Cells.First(cell => cell.Row == row && cell.Paper.Student == student).Experiment!;
        var (digits, portraits) = (Of("dafl-mnist", "kd, meta data", "lenet-5-half"), Of("dafl-celeba", "kd, meta data", "alexnet-half"));
        Assert.Equal(new Feed.Recorded(new RecordedImages(64000, 1000, 0.07, 8, TopOnly: false, Smoothed: false, 0.15, 0.1)), digits.Method.Feed);
        Assert.Equal(new Feed.Recorded(new RecordedImages(5120, 1000, 0.07, 8, TopOnly: false, Smoothed: true, 0.44, 0.29)), portraits.Method.Feed);
        Assert.Equal(Recipes.MetaData, digits.Recipe);
        Assert.Equal((2_000, 1000), ((Feed.Recorded)Reproductions.Length(Budget.Laptop).Fit(digits).Method.Feed).How is var laptop ? (laptop.Count, laptop.Iterations) : default);
    }

    [Fact]
    public void Hours_of_images_that_are_made_of_a_record_are_counted_once()
    {
        var teacher = new Source.Trained(new Experiment(Toy.Dataset, [], Toy.ResNet, Methods.None, Toy.Recipe, Seed: 0));
        Experiment With(int iterations, long seed = 1) => new(Toy.Dataset, teacher, Toy.ResNet, Methods.MetaKd(images: 128, iterations: iterations), Toy.Recipe, seed);

        var hours = ReproductionCosts.Measure([With(1_000_000), With(1_000_000, 2), With(10)], CPU).ToDictionary(cost => cost.Experiment.Id, cost => cost.Hours);

        Assert.InRange(hours[With(1_000_000).Settled.Id], 100 * hours[With(1_000_000, 2).Settled.Id], 1e6);
        Assert.InRange(hours[With(10).Settled.Id], 0, hours[With(1_000_000).Settled.Id] / 100);
    }

    [Fact]
    public void Public_resnets_with_padded_shortcuts_are_trained_as_their_author_did()
    {
        var cells = Reproductions.Named("gslr-float").Cells.ToDictionary(cell => (cell.Paper.Dataset, cell.Paper.Student), cell => cell.Experiment!.Recipe);

        Assert.Equal(Recipes.PaddedResNet, cells[("cifar10", "resnet-20-a")]);
        Assert.Equal([0.1, 0.1, 0.01, 0.001], new[] { 0.0, 0.49, 0.51, 0.76 }.Select(part => Math.Round(Recipes.PaddedResNet.Rate.At(part), 6)));
        Assert.Equal(240, cells[("cifar10", "resnet-20")].Epochs);
    }

    [Fact]
    public void Ternary_networks_start_from_a_float_one_and_a_wider_one_teaches_them()
    {
        var cells = Reproductions.Named("gslr-headline").Cells.Select(cell => cell.Experiment!).ToList();

        Assert.Equal(["cifar10", "cifar100"], cells.Select(one => one.Dataset.Name));
        Assert.All(cells, one =>
        {
            var (start, teacher) = (((Source.Trained)one.Start!).Experiment, ((Source.Trained)one.Teacher!).Experiment);
            Assert.Equal((2, "resnet-20", "resnet-20x2"), (one.Student.Quantization!.Weights, start.Student.Name, teacher.Student.Name));
            Assert.Equal((Recipes.AfterQuantizing, Recipes.BeforeQuantizing, Recipes.BeforeQuantizing), (one.Recipe, start.Recipe, teacher.Recipe));
            Assert.NotEqual(start.Seed, teacher.Seed);
        });
    }

    [Fact]
    public void Portraits_are_as_large_as_the_paper_s()
    {
        var cells = Reproductions.Named("dafl-celeba").Cells.Where(cell => cell.Experiment is not null).ToList();

        Assert.NotEmpty(cells);
        Assert.All(cells, cell => Assert.Equal((224L, 224L), ((long)cell.Experiment!.Dataset.Height, cell.Experiment.Student.Input.Height)));
    }

    [Fact]
    public void Digits_are_as_large_as_LeNet_was_made_for_and_left_alone_for_fully_connected_networks()
    {
        var cells = new[] { "dafl-mnist", "dafl-ablation" }.SelectMany(table => Reproductions.Named(table).Cells).Where(cell => cell.Experiment is not null).ToList();

        Assert.All(cells, cell => Assert.Equal(cell.Paper.Student.StartsWith("lenet", StringComparison.Ordinal) ? (32, 32) : (28, 28), (cell.Experiment!.Dataset.Height, cell.Experiment.Dataset.Width)));
    }

    [Fact]
    public void A_small_budget_takes_the_cheapest_column_and_a_large_one_everything()
    {
        var whole = Reproductions.Named("mskd-cifar100");

        Assert.Equal(["vgg-13 -> vgg-8"], whole.Within(Budget.Laptop).Cells.Select(cell => cell.Pair).Distinct());
        Assert.Equal(17, whole.Within(Budget.Laptop).Cells.Count);
        Assert.Same(whole, whole.Within(Budget.Paper));
        Assert.Equal((2_000, 3), Reproductions.Length(Budget.Laptop) is { TrainImages: { } images, Epochs: { } epochs } ? (images, epochs) : default);
        Assert.All([Budget.Smoke, Budget.Night, Budget.Paper], budget => Assert.Same(budget, Reproductions.Length(budget)));
        Assert.Single(Reproductions.Named("repdistiller-baselines").Within(Budget.Smoke).Cells);

        // 2,000 generated images in batches of 512, with the losses that the variant has.
        var brief = Reproductions.Named("dafl-ablation").Within(Budget.Laptop).Cells.First(cell => cell.Paper.Variant == "entropy").Experiment!;
        Assert.Equal(("4", "0", "5", "100"), (Value(brief, "steps"), Value(brief, "oneHot"), Value(brief, "entropy"), Value(brief, "latent")));
    }

    [Fact]
    public void Words_of_one_kind_widen_the_choice_and_words_of_several_narrow_it()
    {
        var whole = Reproductions.Named("mskd-cifar100");

        Assert.Equal(["kd", "at"], whole.Only(["kd", "at", "wrn-16-2"]).Cells.Select(cell => cell.Row));
        Assert.Equal(14, whole.Only(["oto"]).Cells.Count);
        Assert.Equal("--only otto names no method, network or variant of mskd-cifar100; perhaps oto is meant", Assert.Throws<BadInput>(() => whole.Only(["otto"])).Message.Split(':')[0]);
        Assert.Contains("'mskd-table-9'", Assert.Throws<BadInput>(() => Reproductions.Named("mskd-table-9")).Message);
    }

    [Fact]
    public void Hours_are_those_of_all_epochs_and_a_teacher_counts_once()
    {
        var data = Toy.Dataset;
        var teacher = new Experiment(data, [], Toy.ResNet, Methods.None, Toy.Recipe with { Epochs = 100 }, Seed: 0);
        Experiment[] runs = [.. Grid.Seeds(3).Select(seed => new Experiment(data, new Source.Trained(teacher), Toy.ResNet, Methods.Hinton(), Toy.Recipe with { Epochs = 200 }, seed))];

        var longer = runs[0] with { Recipe = runs[0].Recipe with { Epochs = 400 } };

        var costs = ReproductionCosts.Measure([.. runs, longer], CPU);

        Assert.Equal([teacher.Id, .. runs.Select(run => run.Id), longer.Id], costs.Select(cost => cost.Experiment.Id));
        Assert.All(costs, cost => Assert.InRange(cost.Hours, 1e-7, 1));
        // Three seeds and another number of epochs are one measurement, so that the hours have the ratio of the epochs.
        Assert.Equal([1, 1, 1, 2], costs.Skip(1).Select(cost => cost.Hours / costs[1].Hours));
    }

    [Fact]
    public void Hours_without_the_data_are_those_of_the_steps_that_an_epoch_has()
    {
        var teacher = new Source.Trained(new Experiment(Toy.Dataset, [], Toy.ResNet, Methods.None, Toy.Recipe, Seed: 0));
        var runs = new[] { 10, 1000 }.Select(steps => new Experiment(Toy.Dataset, teacher, Toy.ResNet, Methods.NoiseKd(steps: steps), Toy.Recipe with { Epochs = 50 }, 1)).ToList();

        var costs = ReproductionCosts.Measure(runs, CPU).ToDictionary(cost => cost.Experiment.Id, cost => cost.Hours);

        // One measurement, so that they are a hundred times as many.
        Assert.Equal(100, costs[runs[1].Settled.Id] / costs[runs[0].Settled.Id], 1e-9);
    }

    [Fact]
    public void Generators_of_the_same_work_are_measured_once_whatever_their_losses_weigh()
    {
        var teacher = new Source.Trained(new Experiment(Toy.Dataset, [], Toy.ResNet, Methods.None, Toy.Recipe, Seed: 0));
        var runs = new[] { Methods.Dafl(), Methods.Dafl(oneHot: 0), Methods.Dafl(entropy: 0, activation: 0, rate: 0.1), Methods.Dafl(oneHot: 0, entropy: 0, activation: 0), Methods.Dafl(latent: 50) }
            .Select(method => new Experiment(Toy.Dataset, teacher, Toy.ResNet, method, Toy.Recipe, 1)).ToList();

        var costs = ReproductionCosts.Measure(runs, CPU).Skip(1).Select(cost => cost.Hours).ToList();

        Assert.Equal(5, costs.Count);
        Assert.Equal([costs[0], costs[0]], costs.Skip(1).Take(2));
        Assert.Equal(3, costs.Distinct().Count());
    }

    [Fact]
    public void An_image_of_a_short_step_takes_what_it_takes_in_a_batch_of_many()
    {
        // An update of two million weights beside next to no work for an image: in a batch of 8 it would be counted for every eighth image.
        var run = new Experiment(Datasets.Mnist, [], Networks.HintonNet(), Methods.None, Recipes.DaflMnistTeacher, 1);
        double Of(int batch) => ReproductionCosts.Measure([run with { Recipe = run.Recipe with { BatchSize = batch } }], CPU).Single().Hours;

        // In turns, so that whatever else the machine does hits both.
        var turns = Enumerable.Range(0, 4).Select(_ => (Many: Of(256), Few: Of(8))).ToList();

        Assert.InRange(turns.Min(turn => turn.Many) / turns.Min(turn => turn.Few), 0, 0.6);
    }

    [Fact]
    public void A_run_tells_what_each_exit_and_their_ensemble_reach_and_published_exits_stand_beside_them()
    {
        using var bench = new Bench();
        var teacher = new Source.Trained(new Experiment(Toy.Dataset, [], Toy.ResNet.WithExits(), Methods.Exits(), Toy.Recipe, Seed: 0));
        var runs = new[] { new Experiment(Toy.Dataset, teacher, Toy.ResNet, Methods.Oto(), Toy.Recipe, 1), new Experiment(Toy.Dataset, teacher, Toy.ResNet, Methods.Hinton(), Toy.Recipe, 1) }.Run(bench.Lab);
        PublishedValue Cell(string variant) => new("t", "blobs", "resnet-8", "resnet-8", "oto", variant, "accuracy", ReportedEpoch.Unknown, 50, "%", null, Trust.Printed, "");
        var table = Published.Mskd.Exits with { Values = [Cell("exit-1"), Cell("exit-3"), Cell("ensemble"), Cell("exit-9"), Cell("ensemble, starred")] };

        var exits = runs[0].ByExit();
        var coverage = Coverage.Of(table, runs.Summarize());

        Assert.Equal(["exit-1", "exit-2", "exit-3", "ensemble"], exits.Keys);
        Assert.Equal(runs[0].LastAccuracy, exits["ensemble"], 1e-9);
        Assert.Null(runs[1].ExitAccuracies);
        Assert.Equal(exits["exit-1"], coverage.Comparison.Rows[0].Ours!.Last.Mean, 1e-9);
        Assert.Equal([true, true, true, false, false], coverage.Comparison.Rows.Select(row => row.Answers));
        Assert.Null(coverage.Comparison.Rows[4].Ours);
        Assert.Equal((5, 3, 0), (coverage.Published, coverage.Measured, coverage.Comparable));
    }
}
