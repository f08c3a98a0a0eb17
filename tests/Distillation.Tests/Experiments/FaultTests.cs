using System.Diagnostics;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class FaultTests : IDisposable
{
    private static readonly Experiment Labels = new(Toy.Dataset, [], Toy.Network, Methods.None, Toy.Recipe with { Epochs = 3 }, 1);
    private readonly Bench bench = new();
    private readonly List<string> warnings = [];
    private readonly List<long> resumed = [];

    public void Dispose() => bench.Dispose();

    private Laboratory Lab => bench.Lab with
    {
        Watcher = bench.Lab.Watcher with { OnWarning = warnings.Add, OnResumed = (_, step) => resumed.Add(step) },
        KeepEvery = TimeSpan.Zero,
    };

    private CheckpointStore Checkpoints => bench.Lab.Results.Checkpoints;

    private static object Numbers(RunRow row) => (row.Id, row.Status, row.LastAccuracy, row.BestAccuracy, row.BestEpoch, row.LastTestLoss, row.Threads);

    // The weights and every column of both tables that no clock decides.
    private static object[] Everything(ResultStore results, string id) =>
    [
        Convert.ToHexString(File.ReadAllBytes(results.WeightsPath(id))),
        results.Find(id)! with { Seconds = 0, ImagesPerSecond = 0, Finished = default },
        .. results.Epochs().Where(row => row.Id == id).Select(row => row with { Seconds = 0, ImagesPerSecond = 0 }),
    ];

    // Runs until a step of the training is done, then stops as Ctrl-C does.
    private void RunUntil(int step, Experiment? experiment = null)
    {
        using var stop = new CancellationTokenSource();
        var lab = Lab with { Stop = stop.Token };
        var steps = 0;
        var counting = (experiment ?? Labels).Method.Prepare([], Toy.Network);
        var watched = (experiment ?? Labels) with
        {
            Method = (experiment ?? Labels).Method with
            {
                Prepare = (_, _) => new Prepared(counting.Terms is var terms ? [.. terms] : [], s =>
                {
                    if (steps++ == step)
                    {
                        stop.Cancel();
                    }

                    return counting.Phases[0].Objective(s, Memory.Empty).Terms;
                }),
            },
        };
        Assert.Throws<OperationCanceledException>(() => new[] { watched }.Run(lab));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(16)]
    public void A_stopped_run_goes_on_and_its_files_are_those_of_one_that_was_never_stopped(int step)
    {
        using var calm = new Bench();
        new[] { Labels }.Run(calm.Lab);

        RunUntil(step);
        new[] { Labels }.Run(Lab);

        Assert.Equal([step + 1L], resumed);
        Assert.Equal(Everything(calm.Lab.Results, Labels.Id), Everything(bench.Lab.Results, Labels.Id));
        Assert.DoesNotContain(bench.Files, file => file.StartsWith("checkpoints", StringComparison.Ordinal) || file.StartsWith("claims", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_checkpoints_are_kept_and_the_later_is_told_by_its_step_whatever_the_clock_says()
    {
        RunUntil(9);
        var paths = Checkpoints.Paths(Labels.Id);
        var steps = paths.Select(path => Checkpoint.Peek(path).Position.Step).ToList();
        Assert.Equal([9, 10], steps.Order());
        // A clock that was set back between the two.
        File.SetLastWriteTimeUtc(paths[steps.IndexOf(10)], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        new[] { Labels }.Run(Lab);

        Assert.Equal([10L], resumed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(700)]
    [InlineData(-1)]
    public void A_checkpoint_that_was_cut_short_is_told_and_the_one_before_is_taken(int kept)
    {
        using var calm = new Bench();
        new[] { Labels }.Run(calm.Lab);
        RunUntil(9);
        var last = Checkpoints.Paths(Labels.Id).MaxBy(path => Checkpoint.Peek(path).Position.Step)!;
        var bytes = File.ReadAllBytes(last);
        File.WriteAllBytes(last, kept < 0 ? bytes[..^1] : bytes[..kept]);

        new[] { Labels }.Run(Lab);

        Assert.Equal([9L], resumed);
        Assert.Contains(last, Assert.Single(warnings));
        Assert.Equal(Everything(calm.Lab.Results, Labels.Id), Everything(bench.Lab.Results, Labels.Id));
    }

    [Fact]
    public void Where_both_checkpoints_are_damaged_the_run_starts_afresh_and_says_so()
    {
        RunUntil(9);
        Checkpoints.Paths(Labels.Id).ToList().ForEach(path => File.WriteAllText(path, "nothing"));

        var row = new[] { Labels }.Run(Lab).Single();

        Assert.Empty(resumed);
        Assert.Equal(2, warnings.Count);
        Assert.Equal(RunRow.Ok, row.Status);
    }

    [Fact]
    public void The_checkpoint_of_another_experiment_under_this_ones_name_is_refused()
    {
        var other = Labels with { Seed = 2 };
        RunUntil(9, other);
        File.Move(Checkpoints.Paths(other.Id)[0], Checkpoints.Paths(Labels.Id)[0]);

        var error = Assert.Throws<BadInput>(() => new[] { Labels }.Run(Lab));

        Assert.Equal($"{Checkpoints.Paths(Labels.Id)[0]} is the checkpoint of another experiment than its name says; move it away and run the same command again.", error.Message);
    }

    [Fact]
    public void A_run_may_be_told_to_start_afresh()
    {
        RunUntil(9);

        new[] { Labels }.Run(Lab with { Resume = false });

        Assert.Empty(resumed);
    }

    [Fact]
    public void A_run_goes_on_with_the_threads_it_began_with_and_its_row_says_so()
    {
        using var calm = new Bench();
        var expected = new[] { Labels }.Run(calm.Lab).Single();
        RunUntil(9);
        try
        {
            var row = new[] { Labels }.Run(Lab with { Surroundings = Lab.Surroundings with { Threads = 2 } }).Single();

            Assert.Equal(Numbers(expected), Numbers(row));
            Assert.Equal(1, row.Threads);
        }
        finally
        {
            set_num_threads(1);
        }
    }

    [Fact]
    public void What_a_killed_process_left_half_written_is_swept_away()
    {
        foreach (var table in new[] { "runs", "epochs", "weights", "checkpoints" })
        {
            Directory.CreateDirectory(Path.Combine(bench.Folder, table));
            File.WriteAllText(Path.Combine(bench.Folder, table, $"{Labels.Id}.parquet.4711.tmp"), "half");
        }

        new[] { Labels }.Run(Lab);

        Assert.DoesNotContain(bench.Files, file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_that_another_process_has_is_left_to_it_and_waited_for()
    {
        var second = Labels with { Seed = 2, Recipe = Toy.Recipe with { Epochs = 2 } };
        var claim = Claim.Try(bench.Folder, Labels.Id);
        Assert.NotNull(claim);
        Assert.Null(Claim.Try(bench.Folder, Labels.Id));
        var order = new List<string>();
        // The other process ends without a row when this one has done everything else.
        var lab = Lab with
        {
            Watcher = Lab.Watcher with
            {
                OnRun = (experiment, _, _) => order.Add(experiment.Id),
                OnWarning = text =>
                {
                    warnings.Add(text);
                    claim.Dispose();
                },
            },
        };

        var rows = new[] { Labels, second }.Run(lab);

        Assert.Equal([second.Id, Labels.Id], order);
        Assert.Equal([Labels.Id, second.Id], rows.Select(row => row.Id));
        Assert.Equal(["Waiting for another process that runs 1 of these experiments."], warnings);
    }

    [Fact]
    public void A_row_that_another_process_wrote_in_the_meantime_is_taken()
    {
        var claim = Claim.Try(bench.Folder, Labels.Id)!;
        var lab = Lab with
        {
            Watcher = bench.Lab.Watcher with
            {
                OnWarning = _ =>
                {
                    claim.Dispose();
                    new[] { Labels }.Run(bench.Lab);
                    bench.Forget();
                },
            },
        };

        new[] { Labels }.Run(lab);

        Assert.Equal([Labels.Id], bench.Found);
        Assert.Empty(bench.Trained);
    }

    [Fact]
    public void A_results_folder_that_cannot_be_written_is_named_before_anything_is_trained()
    {
        var file = Path.Combine(bench.Folder, "a file");
        File.WriteAllText(file, "");

        foreach (var folder in new[] { file, "/proc/results" })
        {
            var error = Assert.Throws<BadInput>(() => new[] { Labels }.Run(Lab with { Results = new ResultStore(folder) }));
            Assert.StartsWith($"The results folder {folder} cannot be written (", error.Message);
        }

        Assert.Empty(bench.Folds);
    }

    [FullDisk]
    public void A_full_disk_costs_no_checkpoint_that_was_there_and_the_run_goes_on_once_there_is_room()
    {
        using var disk = new SmallDisk(Path.Combine(bench.Folder, "disk"), "200k");
        using var calm = new Bench();
        new[] { Labels }.Run(calm.Lab);
        var ballast = Path.Combine(disk.Folder, "ballast");
        var lab = Lab with { Results = new ResultStore(Path.Combine(disk.Folder, "results")) };
        var filling = lab with
        {
            Watcher = lab.Watcher with
            {
                OnEpoch = (_, report) =>
                {
                    if (report.Epoch == 2)
                    {
                        disk.Fill(ballast);
                    }
                },
            },
        };

        var error = Assert.Throws<BadInput>(() => new[] { Labels }.Run(filling));

        Assert.StartsWith($"The results of run {Labels.Id} cannot be written to {lab.Results.Folder} (", error.Message);
        Assert.EndsWith("run the same command again: it goes on from the last checkpoint.", error.Message);
        Assert.NotEmpty(warnings);
        Assert.Empty(lab.Results.Runs());
        Assert.NotNull(lab.Results.Checkpoints.Find(Labels, CPU));

        File.Delete(ballast);
        new[] { Labels }.Run(lab);

        Assert.Single(resumed);
        Assert.Equal(Everything(calm.Lab.Results, Labels.Id), Everything(lab.Results, Labels.Id));
    }

    [Fact]
    public void A_result_file_that_was_cut_short_is_named_and_nothing_is_overwritten()
    {
        new[] { Labels }.Run(Lab);
        var path = bench.Lab.Results.RunPath(Labels.Id);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);

        var error = Assert.Throws<BadInput>(() => new[] { Labels }.Run(Lab));

        Assert.Contains(path, error.Message);
        Assert.Equal(bytes[..(bytes.Length / 2)], File.ReadAllBytes(path));
    }

    [Fact]
    public void Epochs_that_were_cut_short_are_named_and_come_back_once_they_are_moved_away()
    {
        new[] { Labels }.Run(Lab);
        var path = bench.Lab.Results.EpochsPath(Labels.Id);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..^7]);

        Assert.Contains(path, Assert.Throws<BadInput>(() => new[] { Labels }.Run(Lab)).Message);
        Assert.Equal(bytes[..^7], File.ReadAllBytes(path));

        File.Delete(path);
        new[] { Labels }.Run(Lab);

        Assert.NotEmpty(bench.Lab.Results.Epochs());
    }

    // Needs the right to mount a file system of its own.
    private sealed class FullDiskAttribute : FactAttribute
    {
        public FullDiskAttribute()
        {
            if (!SmallDisk.CanMount)
            {
                Skip = "a small file system cannot be mounted here (that takes root)";
            }
        }
    }

    private sealed class SmallDisk : IDisposable
    {
        public SmallDisk(string folder, string size)
        {
            Folder = Directory.CreateDirectory(folder).FullName;
            Assert.Equal(0, Do("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", Folder));
        }

        public static bool CanMount { get; } = OperatingSystem.IsLinux() && Directory.CreateTempSubdirectory("mount-") is var probe
            && Do("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", probe.FullName) == 0 && Do("umount", probe.FullName) == 0;

        public string Folder { get; }

        public void Fill(string path)
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            var block = new byte[1024];
            try
            {
                while (true)
                {
                    file.Write(block);
                    file.Flush();
                }
            }
            catch (IOException)
            {
                // Full.
            }
        }

        public void Dispose() => Do("umount", Folder);

        private static int Do(string program, params string[] arguments)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
                process.WaitForExit();
                return process.ExitCode;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return -1;
            }
        }
    }
}
