namespace Distillation.Tests;

public sealed class ResultStoreTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("results-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static RunRow Run(string id, int minute = 0) => new() { Id = id, Seed = minute, Finished = new DateTime(2025, 1, 2, 3, minute, 5, DateTimeKind.Utc), LastAccuracy = 0.1 + minute, Status = RunRow.Ok };

    private void Write(ResultStore store, RunRow run)
    {
        using var weights = Toy.Start(Toy.Network);
        store.Write(run, [new EpochRow { Id = run.Id, Epoch = 1, Term = "labels" }, new EpochRow { Id = run.Id, Epoch = 2, Term = "labels" }], weights);
    }

    [Fact]
    public void What_was_written_is_found_again_value_for_value()
    {
        var store = new ResultStore(folder);
        var run = Run("0123") with { Teacher = null, TeacherId = "ü", TeacherAccuracy = 0.25, GitRevision = null, Parameters = long.MaxValue, LastTestLoss = double.NaN, Experiment = "{\"a\":1}" };

        Write(store, run);

        Assert.Equal(run, store.Find("0123"));
        Assert.Null(store.Find("4567"));
        Assert.Equal(DateTimeKind.Utc, store.Find("0123")!.Finished.ToUniversalTime().Kind);
    }

    [Fact]
    public void Runs_of_all_folders_below_come_together_in_the_order_in_which_they_ended()
    {
        var store = new ResultStore(folder);
        Write(store.For(Budget.Laptop), Run("c", 3));
        Write(store.For(Budget.Smoke), Run("a", 1));
        Write(store, Run("b", 2));

        Assert.Equal(["a", "b", "c"], store.Runs().Select(run => run.Id));
        Assert.Equal([("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", 1), ("c", 2)], store.Epochs().Select(row => (row.Id, row.Epoch)));
        Assert.Equal(["c"], store.For(Budget.Laptop).Runs().Select(run => run.Id));
    }

    [Fact]
    public void A_folder_that_is_not_there_holds_no_results()
    {
        var store = new ResultStore(Path.Combine(folder, "none"));

        Assert.Empty(store.Runs());
        Assert.Empty(store.Epochs());
        Assert.Null(store.Find("a"));
    }

    [Fact]
    public void A_file_that_another_process_is_writing_is_not_read()
    {
        var store = new ResultStore(folder);
        Write(store, Run("a"));
        File.WriteAllText(store.RunPath("b") + ".4711.tmp", "half a fi");

        Assert.Equal(["a"], store.Runs().Select(run => run.Id));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(-6)]
    public void A_broken_file_gives_one_sentence_with_its_path_and_what_to_do(int kept)
    {
        var store = new ResultStore(folder);
        Write(store, Run("a"));
        var bytes = File.ReadAllBytes(store.RunPath("a"));
        File.WriteAllBytes(store.RunPath("a"), bytes[..(kept < 0 ? bytes.Length + kept : kept)]);

        foreach (var read in new Action[] { () => store.Runs(), () => store.Find("a") })
        {
            var message = Assert.Throws<BadInput>(read).Message;
            Assert.StartsWith($"The result file {store.RunPath("a")} cannot be read (", message);
            Assert.EndsWith("); move it away and run its experiment again.", message);
        }
    }

    [Fact]
    public void The_row_is_written_last_so_that_a_run_without_it_has_not_been_run()
    {
        var store = new ResultStore(folder);
        Directory.CreateDirectory(store.EpochsPath("a"));

        // A folder stands where the epochs should go, so writing breaks off between the weights and the row.
        Assert.ThrowsAny<Exception>(() => Write(store, Run("a")));

        Assert.Null(store.Find("a"));
        Assert.Empty(Directory.EnumerateFiles(folder, "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public void The_option_comes_before_the_environment()
    {
        Assert.Equal(new ResultStore(Path.GetFullPath("here")), ResultStore.Resolve("here", "/root"));
        var set = Environment.GetEnvironmentVariable("KD_RESULTS");
        try
        {
            Environment.SetEnvironmentVariable("KD_RESULTS", "/there");
            Assert.Equal(new ResultStore("/there"), ResultStore.Resolve(null, "/root"));
            Environment.SetEnvironmentVariable("KD_RESULTS", null);
            Assert.Equal(new ResultStore(Path.Combine("/root", "data", "results")), ResultStore.Resolve(null, "/root"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("KD_RESULTS", set);
        }
    }
}
