using System.Text.Json;
using CsvHelper;
using Parquet.Serialization;

namespace Distillation.Tests;

public sealed class ComparisonTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("comparison-").FullName;

    private static readonly Experiment Teacher = new(Datasets.Cifar100, [], Networks.WideResNet(40, 2), Methods.None, Recipes.Crd, 1);
    private static readonly Experiment Student = Teacher with { Student = Networks.WideResNet(16, 2), Teacher = new Source.FromFile(Networks.WideResNet(40, 2), "x", "ab"), Method = Methods.Hinton() };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // The row that a run of the experiment would write, as far as a comparison reads it.
    private static RunRow Row(Experiment experiment, long seed, double last, double best)
    {
        var seeded = experiment with { Seed = seed };
        return new()
        {
            Id = seeded.Id, Budget = "paper", Dataset = seeded.Dataset.Name, TrainImages = seeded.Method.Feed is Feed.Own ? seeded.Dataset.Images : 0, SubsetSeed = seeded.Dataset.Subset?.Seed,
            Teacher = seeded.Teacher?.Network.Name, Student = seeded.Student.Name, Method = seeded.Method.Name, MethodText = seeded.Method.Text, Seed = seed,
            Epochs = seeded.Epochs, BatchSize = seeded.Recipe.BatchSize, Optimizer = JsonSerializer.Serialize(seeded.Recipe.Optimizer),
            RateSchedule = JsonSerializer.Serialize(seeded.Recipe.Rate), Augmentation = seeded.Recipe.Augmentation.ToString(), ClipNorm = seeded.Recipe.ClipNorm,
            Average = seeded.Recipe.Average, Status = RunRow.Ok, LastAccuracy = last, BestAccuracy = best, Device = "cpu", Experiment = seeded.Text,
        };
    }

    private static ComparisonRow Measured(Experiment experiment, PublishedTable table) => Assert.Single(new[] { Row(experiment, 1, 0.75, 0.76) }.CompareWith(table).Measured.Rows);

    private static PublishedTable Only(PublishedTable table, Func<PublishedValue, PublishedValue> change, string student = "wrn-16-2", string method = "kd") =>
        table with { Values = [.. table.Values.Where(value => value.Student == student && value.Method == method).Select(change)] };

    [Fact]
    public void Where_the_protocols_agree_the_difference_is_that_of_the_same_epoch()
    {
        RunRow[] runs = [Row(Student, 1, 0.7510, 0.7600), Row(Student, 2, 0.7530, 0.7620)];

        var last = Assert.Single(runs.CompareWith(Published.RepDistiller.SameArchitecture).Measured.Rows);
        Assert.Equal((74.92m, ""), (last.Paper.Value, last.Reason));
        Assert.Equal(0.28, last.Difference!.Value, 9);
        Assert.Equal(2, last.Ours!.Seeds.Count);

        var best = Only(Published.RepDistiller.SameArchitecture, value => value with { Epoch = ReportedEpoch.Best });
        Assert.Equal(1.18, Assert.Single(runs.CompareWith(best).Rows).Difference!.Value, 9);
    }

    [Fact]
    public void A_run_of_every_cell_that_is_an_experiment_stands_beside_that_cell_and_answers_it()
    {
        foreach (var table in Published.All)
        {
            foreach (var cell in Reproductions.Named(table.Id).Cells.Where(cell => cell.Experiment is not null))
            {
                var run = Row(cell.Experiment!, 1, 0.7, 0.7) with { ExitAccuracies = JsonSerializer.Serialize(Enumerable.Range(1, 4).ToDictionary(exit => $"exit-{exit}", _ => 0.7).Append(new("ensemble", 0.7)).ToDictionary()) };

                Assert.True(new[] { run }.CompareWith(table with { Values = [cell.Paper] }).Rows.Single().Answers, $"{table.Id}: {cell.Pair}, {cell.Row}");
            }
        }
    }

    [Fact]
    public void A_teacher_with_exits_answers_only_for_methods_that_learn_from_them()
    {
        RunRow Taught(string teacher, Method method) => Row(Student with { Teacher = new Source.FromFile(NetworkCatalog.Named(teacher, 100, 3, 32), "x", "ab"), Method = method }, 1, 0.75, 0.75);

        var plain = Taught("wrn-40-2+attention", Methods.Hinton());
        var beside = Assert.Single(new[] { plain }.CompareWith(Published.RepDistiller.SameArchitecture).Measured.Rows);
        Assert.Equal((false, "Ours had the teacher 'wrn-40-2+attention'."), (beside.Answers, beside.Reason));

        var joint = Assert.Single(new[] { Taught("wrn-40-2+copied4", Methods.Hsakd()) }.CompareWith(Published.Named("hsakd-cifar100")).Measured.Rows);
        Assert.Equal(("joint teacher", true), (joint.Paper.Variant, joint.Answers));
        Assert.Equal("", Assert.Single(new[] { Taught("wrn-40-2", Methods.Hsakd()) }.CompareWith(Published.Named("hsakd-cifar100")).Measured.Rows).Paper.Variant);
        Assert.Equal("mlkd+lskd", Assert.Single(new[] { Taught("wrn-40-2", Methods.Mlkd(standardized: true)) }.CompareWith(Published.Named("lskd-cifar100")).Measured.Rows).Paper.Method);
    }

    [Fact]
    public void Numbers_of_learning_without_the_data_are_joined_with_runs_of_the_same_losses_or_the_same_kind_of_images()
    {
        RunRow Of(Method method, double last) =>
            Row(new(Datasets.Mnist, [new Source.FromFile(Networks.LeNet5(classes: 10, size: 28), "x", "ab")], Networks.LeNet5(classes: 10, half: true, size: 28), method, Recipes.DaflMnist, 1), 1, last, last);
        RunRow[] runs =
        [
            Of(Methods.Dafl(), 0.9), Of(Methods.Dafl(oneHot: 0), 0.8), Of(Methods.Dafl(oneHot: 0, entropy: 0, activation: 0), 0.7), Of(Methods.NoiseKd(), 0.3),
            Of(Methods.UnlabelledKd(other: Datasets.FashionMnist), 0.5), Of(Methods.UnlabelledKd(), 0.6),
        ];

        var ablation = runs.CompareWith(Published.Dafl.Ablation).Measured;
        Assert.Equal([("no generator loss", 0.7), ("entropy, activation", 0.8), ("", 0.9)], ablation.Rows.Select(row => (row.Paper.Variant, row.Ours!.Last.Mean)));

        var mnist = runs.CompareWith(Published.Dafl.Mnist);
        Assert.Equal(
            [("kd", "noise", 0.3), ("kd", "alternative data", 0.5), ("dafl", "", 0.9)], mnist.Measured.Rows.Where(row => row.Paper.Student == "lenet-5-half").Select(row => (row.Paper.Method, row.Paper.Variant, row.Ours!.Last.Mean)));
        Assert.All(mnist.Measured.Rows.Concat(ablation.Rows), row => Assert.Equal(row.Paper.Variant != "alternative data", row.Answers));
        Assert.Contains(
            "ours took 2 steps an epoch, the paper's 120", Assert.Single(new[] { Of(Methods.Dafl(steps: 2), 0.4) }.CompareWith(Published.Dafl.Mnist).Measured.Rows).Reason, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("steps an epoch", mnist.Measured.Rows.First(row => row.Paper is { Method: "dafl", Variant: "" }).Reason, StringComparison.Ordinal);
        Assert.Equal([0.8, 0.7, 0.6], mnist.Elsewhere.Select(row => row.Last.Mean).OrderDescending());
    }

    [Fact]
    public void Other_images_than_the_papers_stand_beside_its_number_and_do_not_measure_it()
    {
        (bool Answers, string Reason) Beside(Dataset data, Network student, Method method, PublishedTable table) =>
            Assert.Single(new[] { Row(new(data, [new Source.FromFile(data.Channels == 1 ? Networks.LeNet5(size: 28) : NetworkCatalog.Named("resnet-34-4stage", 10, 3, 32), "x", "ab")], student, method, Recipes.DaflCifarTeacher, 1), 1, 0.5, 0.5) }
                .CompareWith(table).Measured.Rows) is var row ? (row.Answers, row.Reason) : default;
        (bool Answers, string Reason) Photographs(Dataset other) => Beside(Datasets.Cifar10, NetworkCatalog.Named("resnet-18-4stage", 10, 3, 32), Methods.UnlabelledKd(other: other), Published.Dafl.Cifar);

        var clothes = Beside(Datasets.Mnist, Networks.LeNet5(half: true, size: 28), Methods.UnlabelledKd(other: Datasets.FashionMnist), Published.Dafl.Mnist);
        Assert.StartsWith("Ours learned from fashion-mnist, the paper's from usps; ", clothes.Reason);
        Assert.StartsWith("Ours learned from cinic10, the paper's from cifar100; ", Photographs(Datasets.Cinic10).Reason);
        Assert.StartsWith("Ours learned from 1000 images of cifar100 (draw 0), the paper's from cifar100; ", Photographs(Datasets.Cifar100.Take(1000)).Reason);
        Assert.DoesNotContain("learned from", Photographs(Datasets.Cifar100).Reason, StringComparison.OrdinalIgnoreCase);
        Assert.Equal([false, false, true, true], new[] { clothes, Photographs(Datasets.Cinic10), Photographs(Datasets.Cifar100.Take(1000)), Photographs(Datasets.Cifar100) }.Select(beside => beside.Answers));

        var run = Row(new(Datasets.Mnist, [new Source.FromFile(Networks.LeNet5(size: 28), "x", "ab")], Networks.LeNet5(half: true, size: 28), Methods.UnlabelledKd(other: Datasets.FashionMnist), Recipes.DaflMnistTeacher, 1), 1, 0.5, 0.5);
        Assert.Equal(0, Coverage.Of(Published.Dafl.Mnist, new[] { run }.Summarize()).Measured);
        Assert.False(Assert.Single(new[] { run with { MethodText = "kd-unlabelled" } }.CompareWith(Published.Dafl.Mnist).Measured.Rows).Answers);
    }

    [Theory]
    [InlineData(2, "f=2")]
    [InlineData(8, "f=8")]
    public void A_projector_answers_the_number_of_its_own_width(int factor, string variant)
    {
        var run = Row(Student with { Teacher = new Source.FromFile(Networks.ResNet(32, 100, width: 4), "x", "ab"), Student = Networks.ResNet(8, 100, width: 4), Method = Methods.SimKd(factor: factor) }, 1, 0.75, 0.75);

        var row = Assert.Single(new[] { run }.CompareWith(Published.Named("simkd-cifar100")).Measured.Rows);

        Assert.Equal((variant, true), (row.Paper.Variant, row.Answers));
    }

    [Fact]
    public void Rows_are_joined_by_name_whatever_the_order()
    {
        RunRow[] runs = [Row(Student, 1, 0.7, 0.7), Row(Teacher, 1, 0.6, 0.6), Row(Student with { Student = Networks.WideResNet(40, 1) }, 1, 0.5, 0.5)];
        var table = Published.RepDistiller.SameArchitecture;

        var straight = runs.CompareWith(table);
        var mixed = runs.Reverse().CompareWith(table with { Values = [.. table.Values.Reverse()] });

        Assert.Equal(straight.Rows.ToHashSet(), mixed.Rows.ToHashSet());
        Assert.Equal([("wrn-16-2", 74.92m, 0.7), ("wrn-40-1", 73.54m, 0.5)], straight.Measured.Rows.Select(row => (row.Paper.Student, row.Paper.Value!.Value, row.Ours!.Last.Mean)));
        Assert.Equal(table.Values.Count, straight.Rows.Count);
        Assert.Equal("wrn-40-2", Assert.Single(straight.Elsewhere).Example.Student);
        Assert.Equal(["Not run here."], straight.Rows.Except(straight.Measured.Rows).Select(row => row.Reason).Distinct());
    }

    [Fact]
    public void Another_teacher_data_set_or_method_is_no_match_and_labels_alone_need_no_teacher()
    {
        var table = Published.RepDistiller.SameArchitecture;
        Assert.Empty(new[]
        {
            Row(Student with { Teacher = new Source.FromFile(Networks.WideResNet(28, 2), "x", "ab") }, 1, 0.7, 0.7),
            Row(Student with { Dataset = Datasets.Cifar10, Student = Networks.WideResNet(16, 2, 10), Teacher = new Source.FromFile(Networks.WideResNet(40, 2, 10), "x", "ab") }, 1, 0.7, 0.7),
            Row(Student, 1, 0.7, 0.7) with { Method = "something" },
        }.CompareWith(table).Measured.Rows);

        var alone = Assert.Single(new[] { Row(Teacher with { Student = Networks.WideResNet(16, 2) }, 1, 0.74, 0.75) }.CompareWith(Published.RepDistiller.Baselines).Measured.Rows);
        Assert.Equal((73.26m, "student alone"), (alone.Paper.Value, alone.Paper.Variant));
        Assert.Equal(0.74, alone.Difference!.Value, 9);
    }

    [Fact]
    public void Two_settings_of_ours_stand_in_two_rows()
    {
        var rows = new[] { Row(Student, 1, 0.7, 0.7), Row(Student with { Method = Methods.Hinton(2) }, 1, 0.71, 0.71) }.CompareWith(Published.RepDistiller.SameArchitecture).Measured.Rows;

        Assert.Equal([0.7, 0.71], rows.Select(row => row.Ours!.Last.Mean));
    }

    [Fact]
    public void A_feature_method_with_a_part_of_KD_is_the_row_of_the_two()
    {
        var runs = MethodCatalog.All.Where(method => method.Settings.Any(setting => setting is { Name: "kd", Value: Schedule.Constant { Value: 0 } }))
            .Select(method => Row(Student with { Method = MethodCatalog.Named(method.Name, new Dictionary<string, double> { ["kd"] = 1 }) }, 1, 0.7, 0.7)).ToList();

        Assert.Contains("at", runs.Select(run => run.Method));
        Assert.Empty(runs.CompareWith(Published.RepDistiller.SameArchitecture).Measured.Rows);
        Assert.Equal(
            runs.Select(run => $"{run.Method}+kd").Intersect(["fitnet+kd", "at+kd", "crd+kd"]).Order(),
            runs.CompareWith(Published.Sskd.Combined).Measured.Rows.Select(row => row.Paper.Method).Order());
    }

    [Fact]
    public void A_row_whose_settings_are_none_of_ours_joins_by_the_name_of_its_method()
    {
        var run = Row(Student with { Method = MethodCatalog.Named("at") }, 1, 0.7, 0.7);

        Assert.All(
            new[] { "", "at", "at v1 {", "at v1 {\"kd\":3}", "at v1 {\"kd\":{\"$type\":\"other\"}}" },
            text => Assert.Equal("at", Assert.Single(new[] { run with { MethodText = text } }.CompareWith(Published.RepDistiller.SameArchitecture).Measured.Rows).Paper.Method));
    }

    [Fact]
    public void What_differs_in_the_protocol_is_said_and_no_difference_is_shown()
    {
        var table = Published.RepDistiller.SameArchitecture;
        foreach (var (experiment, reason) in new (Experiment, string)[]
        {
            (Student with { Recipe = Recipes.Crd with { Epochs = 10 } }, "Ours ran 10 epochs, the paper's 240."),
            (Student with { Recipe = Recipes.Crd with { Epochs = 1, BatchSize = 128 } }, "Ours ran 1 epoch, the paper's 240; ours had batches of 128, the paper's 64."),
            (Student with { Dataset = Datasets.Cifar100.Take(10_000) }, "Ours saw 10000 of 50000 images."),
            (Student with { Recipe = Recipes.Crd with { Rate = 0.1 } }, "Other than the paper's: learning rate."),
            (Student with { Recipe = Recipes.Crd with { Optimizer = new Optimizer.Adam(), ClipNorm = 1, Average = 0.9, Augmentation = new Augmentation.Flip() } },
                "Other than the paper's: optimizer, augmentation, clipped gradients, averaged weights."),
        })
        {
            var row = Measured(experiment, table);
            Assert.Null(row.Difference);
            Assert.Equal(reason, row.Reason);
            Assert.Equal((74.92m, 0.75, 0.76), (row.Paper.Value, row.Ours!.Last.Mean, row.Ours.Best.Mean));
        }
    }

    [Fact]
    public void What_is_not_known_of_the_papers_number_is_said_and_no_difference_is_shown()
    {
        var table = Published.RepDistiller.SameArchitecture;
        foreach (var (changed, reason) in new (PublishedTable, string)[]
        {
            (Only(table, value => value with { Epoch = ReportedEpoch.Unknown }), "Whether the paper's number is of the last or the best epoch is not known."),
            (Only(table, value => value with { Trust = Trust.MemoryMedium }), "The paper's number is from memory."),
            (Only(table, value => value with { Variant = "exit-1" }), "The paper's number is of the variant 'exit-1', ours of the plain network."),
            (Only(table, value => value with { Caveat = "a slip" }), "Of the paper's number: a slip."),
            (Only(table, value => value with { Value = null }), "The paper has no value here."),
            (Only(table, value => value) with { Protocol = table.Protocol with { Epochs = null, Recipe = null } }, "The paper's number of epochs is not known; the paper's recipe is none of this project's."),
        })
        {
            var row = Measured(Student, changed);
            Assert.Equal((null, reason), (row.Difference, row.Reason));
        }

        Assert.Equal("Whether the paper's number is of the last or the best epoch is not known.", Measured(Student, Published.Mskd.Cifar100).Reason);
    }

    [Fact]
    public void A_run_of_a_cells_own_experiment_differs_from_the_paper_in_nothing_that_is_known()
    {
        foreach (var table in Published.All)
        {
            foreach (var cell in Reproductions.Named(table.Id).Cells.Where(cell => cell.Experiment is not null))
            {
                var reason = new[] { Row(cell.Experiment!, 1, 0.7, 0.7) }.CompareWith(table with { Values = [cell.Paper] }).Rows.Single().Reason;

                Assert.False(reason.Contains("ours ran", StringComparison.OrdinalIgnoreCase) || reason.Contains("ours had batches", StringComparison.OrdinalIgnoreCase) || reason.Contains("other than", StringComparison.OrdinalIgnoreCase), $"{table.Id}: {cell.Pair}, {cell.Row}: {reason}");
                // What an experiment takes in place of something unknown is no knowledge.
                Assert.Equal(table.Protocol.Recipe is null || (table.Protocol.Recipe == "dafl" && cell.Paper is { Method: not "dafl", Variant: not "teacher" }), reason.Contains("the paper's recipe is no", StringComparison.OrdinalIgnoreCase));
            }
        }

        // A stage of its own before the table's 240 epochs belongs to the method.
        var own = Reproductions.Named("repdistiller-same").Cells.First(cell => cell.Row == "ab").Experiment!;
        Assert.Equal((270, ""), new[] { Row(own, 1, 0.7, 0.7) }.CompareWith(Published.RepDistiller.SameArchitecture).Measured.Rows.Single() is var row ? (row.Ours!.Example.Epochs, row.Reason) : default);
    }

    [Fact]
    public void Learning_without_the_data_is_compared_with_its_authors_numbers_and_a_teacher_with_those_of_teachers()
    {
        const string unknown = "hether the paper's number is of the last or the best epoch is not known.";
        string Reason(string row, Func<Experiment, Experiment> change, string table = "dafl-mnist")
        {
            var cell = Reproductions.Named(table).Cells.First(cell => cell.Row == row);
            return Assert.Single(new[] { Row(change(cell.Experiment!), 1, 0.7, 0.7) }.CompareWith(Published.Named(table) with { Values = [cell.Paper] }).Rows).Reason;
        }

        Assert.Equal(["W" + unknown, "W" + unknown], new[] { "dafl", "none, teacher" }.Select(row => Reason(row, own => own)));
        Assert.Equal(["W" + unknown, "W" + unknown], new[] { "dafl", "none, teacher" }.Select(row => Reason(row, own => own, "dafl-cifar")));
        Assert.Equal("Ours ran 9 epochs, the paper's 200; ours had batches of 256, the paper's 512; w" + unknown.TrimEnd('.') + "; other than the paper's: learning rate.", Reason("dafl", own => own with { Recipe = Recipes.DaflMnistTeacher }));
        Assert.Equal("Ours had batches of 128, the paper's 256; w" + unknown, Reason("none, teacher", own => own with { Recipe = own.Recipe with { BatchSize = 128 } }));
        Assert.Equal("W" + unknown.TrimEnd('.') + "; other than the paper's: the method's 'entropy', the method's 'rate'.", Reason("dafl", own => own with { Method = Methods.Dafl(entropy: 3, rate: 0.1) }));
        Assert.Equal("The paper's number of epochs is not known; w" + unknown.TrimEnd('.') + "; the paper's recipe is not known.", Reason("kd", own => own));

        Assert.Equal("Ours saw images of 28x28 pixels, the paper's of 32x32; w" + unknown, Reason("dafl", own => own with { Dataset = Datasets.Mnist, Student = Networks.LeNet5(half: true, size: 28), Teacher = new Source.FromFile(Networks.LeNet5(size: 28), "x", "ab") }));
        Assert.DoesNotContain("pixels", Assert.Single(new[] { Row(Reproductions.Named("dafl-mnist").Cells.First(cell => cell.Row == "dafl").Experiment!, 1, 0.7, 0.7) with { Experiment = "[" } }.CompareWith(Published.Dafl.Mnist).Measured.Rows).Reason, StringComparison.Ordinal);

        Assert.DoesNotContain("steps an epoch", Reason("dafl", own => own, "dafl-benchmark"), StringComparison.Ordinal);
        var earlier = Row(Reproductions.Named("dafl-mnist").Cells.First(cell => cell.Row == "dafl").Experiment!, 1, 0.7, 0.7) is var now ? now with { MethodText = now.MethodText.Replace("dafl v2", "dafl v1", StringComparison.Ordinal) } : null!;
        Assert.Contains("urs is of version 1 of the method, which is at 2 now", Assert.Single(new[] { earlier }.CompareWith(Published.Dafl.Mnist).Measured.Rows).Reason, StringComparison.Ordinal);

        var best = Published.Dafl.Mnist with { Values = [.. Published.Dafl.Mnist.Values.Where(value => value is { Method: "dafl", Student: "lenet-5-half" }).Select(value => value with { Epoch = ReportedEpoch.Best })] };
        Assert.Equal(-0.2, Assert.Single(new[] { Row(Reproductions.Named("dafl-mnist").Cells.First(cell => cell.Row == "dafl").Experiment!, 1, 0.7, 0.98) }.CompareWith(best).Rows).Difference!.Value, 9);
    }

    [Fact]
    public void Light_networks_agree_with_the_lower_rate_that_the_protocol_has_for_them()
    {
        var table = Only(Published.RepDistiller.SameArchitecture, value => value with { Student = "mobilenet-v2-half" });
        var run = Row(Student, 1, 0.75, 0.76) with { Student = "mobilenet-v2-half" };
        var slow = JsonSerializer.Serialize<Schedule>((Schedule.MultiStep)Recipes.Crd.Rate with { Start = 0.01 });

        Assert.Equal("Other than the paper's: learning rate.", Assert.Single(new[] { run }.CompareWith(table).Rows).Reason);
        Assert.Equal(0.08, Assert.Single(new[] { run with { RateSchedule = slow } }.CompareWith(table).Rows).Difference!.Value, 9);
    }

    [Fact]
    public void Markdown_LaTeX_and_CSV_hold_the_same_numbers()
    {
        RunRow[] runs = [Row(Student, 1, 0.7510, 0.7600), Row(Student, 2, 0.7530, 0.7620)];
        var table = Published.RepDistiller.SameArchitecture;
        var comparison = runs.CompareWith(table with { Title = "50% & a_b|c" }).Measured;

        Assert.Equal(
            [
                "**50% & a_b\\|c**", "",
                "| data set | teacher | student | method | paper | ours, last epoch | ours, best epoch | seeds | difference | why none |",
                "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
                "| cifar100 | wrn-40-2 | wrn-16-2 | kd | 74.92 | 75.20 ± 0.14 | 76.10 ± 0.14 | 2 | +0.28 |  |", "",
                $"Test accuracy in percent; ours is mean ± sample standard deviation over seeds, the best epoch is selected on the test split. Paper: {table.Source}, {table.Link}.",
            ],
            comparison.ToMarkdown().TrimEnd('\n').Split('\n'));
        Assert.Contains("\\caption{50\\% \\& a\\_b|c. Paper: ", comparison.ToLatex());
        Assert.Contains("    cifar100 & wrn-40-2 & wrn-16-2 & kd & 74.92 & 75.20 $\\pm$ 0.14 & 76.10 $\\pm$ 0.14 & 2 & +0.28 &  \\\\\n", comparison.ToLatex());
        Assert.Equal(comparison.Lines(), Read(comparison.ToCsv()));
        Assert.Equal((74.92, 75.2, 76.1, 0.28, 2), comparison.Lines().Single() is var line ? (line.Paper!.Value, line.OursLast!.Value, line.OursBest!.Value, line.Difference!.Value, line.Seeds) : default);
    }

    [Fact]
    public void The_published_digits_and_deviation_are_kept()
    {
        Assert.Contains("| 74.43 ± 0.24 |", Array.Empty<RunRow>().CompareWith(Published.Dist).ToMarkdown());
        Assert.Contains("| gslr | 67.0 |", Array.Empty<RunRow>().CompareWith(Published.Gslr.Headline).ToMarkdown());
        Assert.Contains("| oto, exit-1 | 79.32 |", Array.Empty<RunRow>().CompareWith(Published.Mskd.Exits).ToMarkdown());
    }

    [Fact]
    public async Task A_kept_comparison_reads_back_row_for_row()
    {
        var comparison = new[] { Row(Student, 1, 0.75, 0.76) }.CompareWith(Published.Mskd.Cifar100);

        var file = comparison.Persist(Path.Combine(folder, "new", "mskd"));

        Assert.Equal(Path.Combine(folder, "new", "mskd.parquet"), file);
        Assert.Equal(comparison.Lines(), (await ParquetSerializer.DeserializeAsync<ComparisonLine>(file)).Data);
        Assert.Equal([file], Directory.EnumerateFiles(Path.Combine(folder, "new")));
    }

    [Fact]
    public void What_cannot_be_kept_is_said_in_one_sentence()
    {
        var comparison = new[] { Row(Student, 1, 0.75, 0.76) }.CompareWith(Published.Dkd);
        File.WriteAllText(Path.Combine(folder, "file"), "");

        Assert.StartsWith("The comparison with dkd-cifar100 cannot be written to ", Assert.Throws<BadInput>(() => comparison.Persist(Path.Combine(folder, "file", "a"))).Message);
        Assert.StartsWith("The comparison with dkd-cifar100 has no row, so ", Assert.Throws<BadInput>(() => comparison.Measured.Persist(Path.Combine(folder, "b"))).Message);
    }

    private static IEnumerable<ComparisonLine> Read(string text)
    {
        using var csv = new CsvReader(new StringReader(text), System.Globalization.CultureInfo.InvariantCulture);
        return csv.GetRecords<ComparisonLine>().Select(line => line with { Budget = Given(line.Budget), Device = Given(line.Device), MethodText = Given(line.MethodText) }).ToList();

        static string? Given(string? cell) => cell == "" ? null : cell;
    }
}
