using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class GridTests : IDisposable
{
    private static readonly Experiment Teacher = new(Toy.Dataset, [], Toy.ResNet, Methods.None, Toy.Recipe with { Epochs = 3 }, 7);
    private static readonly Experiment Labels = new(Toy.Dataset, [], Toy.Network, Methods.None, Toy.Recipe, 1);
    private static readonly Experiment Kd = Labels with { Method = Methods.Hinton(), Teacher = new Source.Trained(Teacher) };
    private readonly Bench bench = new();

    public void Dispose() => bench.Dispose();

    private static object Numbers(RunRow row) => (row.Id, row.Status, row.LastAccuracy, row.BestAccuracy, row.BestEpoch, row.LastTestLoss, row.TeacherAccuracy);

    [Fact]
    public void Rows_come_in_the_order_of_the_experiments()
    {
        Experiment[] grid = [Kd, Labels with { Seed = 2 }, Labels, Kd with { Seed = 2 }, Labels];

        var rows = grid.Run(bench.Lab);

        Assert.Equal(grid.Select(e => e.Id), rows.Select(row => row.Id));
        Assert.Equal(5, bench.Trained.Count);
    }

    [Fact]
    public void Running_again_runs_only_what_is_missing()
    {
        Experiment[] grid = [Labels, Kd];
        var first = grid.Run(bench.Lab);
        var written = bench.Files.ToDictionary(file => file, file => File.GetLastWriteTimeUtc(Path.Combine(bench.Folder, file)));
        bench.Forget();

        var again = grid.Append(Kd with { Seed = 2 }).Run(bench.Lab);

        Assert.Equal(first.Select(Numbers), again.Take(2).Select(Numbers));
        Assert.Equal([(Kd with { Seed = 2 }).Id], bench.Trained);
        Assert.Equal([Labels.Id, Kd.Id, Teacher.Id], bench.Found);
        Assert.All(written, file => Assert.Equal(file.Value, File.GetLastWriteTimeUtc(Path.Combine(bench.Folder, file.Key))));
        bench.Forget();
        grid.Run(bench.Lab);
        Assert.Empty(bench.Folds);
    }

    [Fact]
    public void Rows_that_travelled_without_weights_and_checkpoints_are_found()
    {
        var first = new[] { Kd }.Run(bench.Lab);
        foreach (var folder in Directory.EnumerateDirectories(bench.Folder).Where(folder => Path.GetFileName(folder) is not ("runs" or "epochs")))
        {
            Directory.Delete(folder, recursive: true);
        }

        bench.Forget();
        Assert.Equal(first.Select(Numbers), new[] { Kd }.Run(bench.Lab).Select(Numbers));
        Assert.Empty(bench.Trained);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_teacher_in_the_grid_itself_whose_row_travelled_without_weights_is_trained_again_for_its_student(bool first)
    {
        var row = new[] { Teacher }.Run(bench.Lab)[0];
        File.Delete(bench.Lab.Results.WeightsPath(Teacher.Id));
        bench.Forget();

        var rows = (first ? [Teacher, Kd] : new[] { Kd, Teacher }).Run(bench.Lab);

        Assert.Equal([Teacher.Id, Kd.Id], bench.Trained);
        Assert.Equal(Numbers(row), Numbers(rows.Single(one => one.Id == Teacher.Id)));
        Assert.All(rows, one => Assert.Equal(RunRow.Ok, one.Status));
    }

    [Fact]
    public void The_weights_of_an_experiment_are_read_or_made_again_where_its_row_travelled_without_them()
    {
        using var first = Kd.Learned(bench.Lab, CPU);
        Assert.Equal([Teacher.Id, Kd.Id], bench.Trained);
        bench.Forget();

        using var read = Kd.Learned(bench.Lab, CPU);
        Assert.Empty(bench.Trained);
        File.Delete(bench.Lab.Results.WeightsPath(Kd.Id));
        using var quiet = no_grad();
        using var made = Kd.Learned(bench.Lab, CPU);

        Assert.Equal([Kd.Id], bench.Trained);
        Assert.All(new[] { read, made }, weights => Assert.Equal(first.Parameters.data<float>().ToArray(), weights.Parameters.data<float>().ToArray()));
    }

    [Fact]
    public void A_teacher_of_several_experiments_is_trained_once_and_before_them()
    {
        var grid = from method in new[] { Methods.Hinton(), Methods.Hinton(2) } from seed in Grid.Seeds(2) select Kd with { Method = method, Seed = seed };

        var rows = grid.Run(bench.Lab);

        Assert.Equal(Teacher.Id, bench.Trained[0]);
        Assert.Equal(5, bench.Trained.Distinct().Count());
        Assert.Equal([1, 4], bench.Folds.Select(fold => fold.Length));
        Assert.All(rows, row => Assert.Equal(bench.Lab.Results.Find(Teacher.Id)!.LastAccuracy, row.TeacherAccuracy));
        Assert.All(rows, row => Assert.Equal((Teacher.Id, "resnet-8"), (row.TeacherId, row.Teacher)));
    }

    [Fact]
    public void A_teacher_that_is_an_experiment_of_the_grid_itself_is_trained_once_too()
    {
        var rows = new[] { Kd, Teacher }.Run(bench.Lab);

        Assert.Equal([Teacher.Id, Kd.Id], bench.Trained);
        Assert.Equal([Kd.Id, Teacher.Id], rows.Select(row => row.Id));
    }

    [Fact]
    public void Teachers_of_teachers_come_first()
    {
        var assistant = Teacher with { Student = Toy.Tiny("assistant", width: 12), Method = Methods.Hinton(), Teacher = new Source.Trained(Teacher) };

        var row = new[] { Kd with { Teacher = new Source.Trained(assistant) } }.Run(bench.Lab).Single();

        Assert.Equal([Teacher.Id, assistant.Id, row.Id], bench.Trained);
        Assert.Equal("assistant", row.Teacher);
    }

    [Fact]
    public void Experiments_side_by_side_get_the_numbers_that_each_gets_in_a_grid_of_its_own()
    {
        using var other = new Bench();
        Experiment[] grid = [Labels, Kd, Kd with { Seed = 2 }, Kd with { Student = Toy.ResNet }];

        var together = grid.Run(bench.Lab);
        var alone = grid.Select(experiment => new[] { experiment }.Run(other.Lab).Single()).ToList();

        Assert.Equal(alone.Select(Numbers), together.Select(Numbers));
        Assert.All(grid, e => Assert.Equal(File.ReadAllBytes(other.Lab.Results.WeightsPath(e.Id)), File.ReadAllBytes(bench.Lab.Results.WeightsPath(e.Id))));
        Assert.Equal([1, 4], bench.Folds.Select(fold => fold.Length));
        Assert.Equal(5, other.Folds.Count);
    }

    [Fact]
    public void The_kept_weights_are_those_whose_accuracy_the_row_tells()
    {
        var row = new[] { Labels with { Recipe = Toy.Recipe with { Average = 0.8 } } }.Run(bench.Lab).Single();
        using var data = Toy.Load();
        using var weights = Toy.Network.Load(bench.Lab.Results.WeightsPath(row.Id), CPU);

        Assert.Equal(new Score(row.LastAccuracy, row.LastTestLoss), Toy.Network.Evaluate(weights, Labels.Task, data.Test, data.Dataset.Normalization, Toy.Recipe));
    }

    [Fact]
    public void A_row_holds_every_setting_and_what_came_out()
    {
        var experiment = Kd with { Dataset = Toy.Dataset with { Subset = new Subset(60, 1) } };

        var row = new[] { experiment }.Run(bench.Lab).Single();

        Assert.Equal(row, Assert.Single(bench.Lab.Results.Runs(), r => r.Id == row.Id) with { Finished = row.Finished });
        Assert.InRange(DateTime.UtcNow - row.Finished, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Equal(
            ("custom", "blobs", 60L, "tiny", "kd", Methods.Hinton().Text, 1L, 2, 16, RunRow.Ok, "cpu", 1, "0.0", "0.0", ".NET", "abc"),
            (row.Budget, row.Dataset, row.TrainImages, row.Student, row.Method, row.MethodText, row.Seed, row.Epochs, row.BatchSize, row.Status, row.Device, row.Threads, row.TorchSharp,
                row.Libtorch, row.Runtime, row.GitRevision));
        Assert.Equal(experiment.Text, row.Experiment);
        Assert.Equal((Toy.Network.ParameterCount, Toy.Network.MultiplyAdds, 1), (row.Parameters, row.MultiplyAdds, row.SideBySide));
        Assert.True(row.Seconds > 0 && row.ImagesPerSecond > 0);
        Assert.True(row.BestAccuracy >= row.LastAccuracy);
        Assert.Contains("Momentum", row.Optimizer);
        Assert.Contains("crop", row.Augmentation);
    }

    [Fact]
    public void The_epochs_table_has_a_row_per_epoch_and_term()
    {
        var run = new[] { Kd }.Run(bench.Lab).Single();

        var epochs = bench.Lab.Results.Epochs().Where(row => row.Id == run.Id).ToList();

        Assert.Equal([(1, "labels"), (1, "kd"), (2, "labels"), (2, "kd")], epochs.Select(row => (row.Epoch, row.Term)));
        Assert.Equal(run.LastAccuracy, epochs[^1].TestAccuracy);
        Assert.All(epochs, row => Assert.Equal((1L, "kd", 0.05), (row.Seed, row.Method, row.LearningRate)));
        Assert.All(epochs.Chunk(2), terms => Assert.Equal((0.1 * terms[0].TermMean) + (0.9 * terms[1].TermMean), terms[0].Objective, 1e-5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_grid_that_is_interrupted_leaves_whole_rows_only_and_completes_to_the_same_numbers(int epochsBefore)
    {
        using var calm = new Bench();
        Experiment[] grid = [Kd, Kd with { Seed = 2 }, Labels];
        var expected = grid.Run(calm.Lab);
        using var stop = new CancellationTokenSource();
        var seen = 0;
        var nervous = bench.Lab with
        {
            Stop = stop.Token,
            Watcher = bench.Lab.Watcher with
            {
                OnEpoch = (experiment, _) =>
                {
                    if (experiment.Id != Teacher.Id && ++seen == epochsBefore)
                    {
                        stop.Cancel();
                    }
                },
            },
        };

        Assert.Throws<OperationCanceledException>(() => grid.Run(nervous));

        // The teacher was through; of the others there are checkpoints.
        Assert.Equal(
            [$"epochs/{Teacher.Id}.parquet", $"runs/{Teacher.Id}.parquet", $"weights/{Teacher.Id}.safetensors"],
            bench.Files.Where(file => !file.StartsWith("checkpoints/", StringComparison.Ordinal)));
        Assert.Equal(grid.Select(e => e.Id).Order(), bench.Files.Where(file => file.StartsWith("checkpoints/", StringComparison.Ordinal)).Select(file => file["checkpoints/".Length..][..16]).Distinct().Order());
        Assert.Equal([Teacher.Id], bench.Lab.Results.Runs().Select(row => row.Id));
        var rows = grid.Run(bench.Lab);
        Assert.Equal(expected.Select(Numbers), rows.Select(Numbers));
        Assert.DoesNotContain(bench.Files, file => file.EndsWith(".tmp", StringComparison.Ordinal));
        Assert.Equal(4, bench.Trained.Count);
    }

    [Fact]
    public void Again_runs_what_is_asked_for_and_keeps_its_teacher()
    {
        new[] { Kd }.Run(bench.Lab);
        bench.Forget();

        new[] { Kd }.Run(bench.Lab with { Again = true });
        Assert.Equal([Kd.Id], bench.Trained);
        Assert.Equal([Teacher.Id], bench.Found);
        bench.Forget();

        new[] { Kd, Teacher }.Run(bench.Lab with { Again = true });
        Assert.Equal([Teacher.Id, Kd.Id], bench.Trained);
    }

    [Fact]
    public void A_teacher_may_come_from_a_file()
    {
        using var weights = Toy.Start(Toy.ResNet, 7);
        var path = Path.Combine(bench.Folder, "teacher.safetensors");
        weights.Save(path);

        var row = new[] { Kd with { Teacher = Source.File(Toy.ResNet, path) } }.Run(bench.Lab).Single();

        Assert.Equal((Safetensors.Hash(path), "resnet-8", RunRow.Ok), (row.TeacherId, row.Teacher, row.Status));
        Assert.NotNull(row.TeacherAccuracy);
    }

    [Fact]
    public void A_teachers_file_that_has_changed_is_refused()
    {
        using var weights = Toy.Start(Toy.ResNet, 7);
        var path = Path.Combine(bench.Folder, "teacher.safetensors");
        weights.Save(path);
        var source = Source.File(Toy.ResNet, path);
        using var others = Toy.Start(Toy.ResNet, 8);
        others.Save(path);

        var error = Assert.Throws<BadInput>(() => new[] { Kd with { Teacher = source } }.Run(bench.Lab));

        Assert.Equal($"{path} has changed since the experiment was written down (its sha256 is another); give the experiment the file it was meant for.", error.Message);
        Assert.Empty(bench.Lab.Results.Runs());
    }

    [Fact]
    public void A_teacher_whose_weights_are_gone_is_trained_again_to_the_same_numbers()
    {
        var first = new[] { Teacher }.Run(bench.Lab).Single();
        File.Delete(bench.Lab.Results.WeightsPath(Teacher.Id));

        new[] { Kd }.Run(bench.Lab);

        Assert.True(File.Exists(bench.Lab.Results.WeightsPath(Teacher.Id)));
        Assert.Equal(first.LastAccuracy, bench.Lab.Results.Find(Teacher.Id)!.LastAccuracy);
        Assert.Equal(first.LastTestLoss, bench.Lab.Results.Find(Teacher.Id)!.LastTestLoss);
    }

    [Fact]
    public void A_run_that_breaks_off_has_a_row_that_says_so_and_the_others_go_on()
    {
        // Step 8 is the third of the second epoch.
        var wild = Labels with { Method = Toy.Method("wild", ("labels", step => step.TaskLoss()), ("wild", step => step.TaskLoss() * (step.Progress.Step == 8 ? double.NaN : 1))) };

        var rows = new[] { wild, Labels }.Run(bench.Lab);

        Assert.Equal("stopped: the objective was no finite number at step 8 (terms wild; learning rate 0.05)", rows[0].Status);
        Assert.Equal(RunRow.Ok, rows[1].Status);
        Assert.Equal([4, 2], rows.Select(row => bench.Lab.Results.Epochs().Count(epoch => epoch.Id == row.Id)));
        Assert.True(double.IsNaN(bench.Lab.Results.Epochs().Last(epoch => epoch.Id == rows[0].Id && epoch.Term == "wild").TermMean));
        using var weights = Toy.Network.Load(bench.Lab.Results.WeightsPath(wild.Id), CPU);
        Assert.All(Golden.Flat(weights.Parameters), value => Assert.True(double.IsFinite(value)));
        // The same seed would stop at the same step again.
        bench.Forget();
        Assert.Equal(rows[0].Status, new[] { wild }.Run(bench.Lab).Single().Status);
        Assert.Empty(bench.Folds);
    }

    [Fact]
    public void Below_a_teacher_that_broke_off_nothing_is_run_and_everything_else_is()
    {
        var broken = Teacher with { Recipe = Toy.Recipe with { Rate = 1e30 } };
        Experiment[] grid = [Kd with { Teacher = new Source.Trained(broken) }, Kd with { Teacher = new Source.Trained(broken), Seed = 2 }, Kd, Labels];

        var error = Assert.Throws<BadInput>(() => grid.Run(bench.Lab));

        Assert.StartsWith($"The training of the teacher resnet-8 (run {broken.Id}, seed 7) stopped: ", error.Message);
        Assert.EndsWith("so 2 experiment(s) below it were not run; lower its learning rate or clip its gradient.", error.Message);
        Assert.Equal(new[] { broken.Id, Teacher.Id, Kd.Id, Labels.Id }.Order(), bench.Lab.Results.Runs().Select(row => row.Id).Order());
    }

    [Fact]
    public void An_experiment_that_does_not_fit_is_refused_before_anything_is_trained()
    {
        Assert.Throws<BadInput>(() => new[] { Kd, Kd with { Teacher = null } }.Run(bench.Lab));
        Assert.Throws<BadInput>(() => new[] { Labels, Kd with { Teacher = new Source.Trained(Teacher with { Recipe = Toy.Recipe with { Epochs = 0 } }) } }.Run(bench.Lab));

        Assert.Equal(0, bench.Loads);
        Assert.Empty(bench.Files);
    }

    [Fact]
    public void The_budget_limits_what_is_run_and_is_named_in_the_row()
    {
        var row = new[] { Kd with { Recipe = Toy.Recipe with { Epochs = 9 } } }.Run(bench.Lab with { Budget = new Budget("tiny", 48, 1) }).Single();

        Assert.Equal(("tiny", 48L, 1), (row.Budget, row.TrainImages, row.Epochs));
        Assert.All(bench.Folds, fold => Assert.All(fold, e => Assert.Equal((48, 1), (e.Dataset.Subset!.Count, e.Recipe.Epochs))));
    }

    [Fact]
    public void A_grid_leaves_no_tensor_behind()
    {
        new[] { Kd, Labels }.Run(bench.Lab);
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        new[] { Kd with { Seed = 2 }, Labels with { Seed = 2 } }.Run(bench.Lab);

        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
