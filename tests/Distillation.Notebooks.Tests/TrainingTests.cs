using System.Diagnostics;
using Distillation.Notebooks.Jupyter;
using Distillation.Notebooks.Tests.Jupyter;

namespace Distillation.Notebooks.Tests;

/// <summary>A cell that trains is interrupted: the training ends between two steps, keeps its place, and the next cell goes on from there.</summary>
public class TrainingTests
{
    // Two classes of noise; the method is a cell's own, so that the engine's checks stand inside of every step.
    private const string SetUp =
        """
        using Distillation;
        using TorchSharp;
        using static TorchSharp.torch;
        var data = new Dataset("noise-1", Classes: 2, Channels: 1, Height: 8, Width: 8, TrainCount: 2000, TestCount: 100, new Normalization([0.5], [0.25]));
        Split Noise(long count, Key key)
        {
            var labels = key.Fold("labels").Integers(0, 2, [count], CPU);
            return new Split((key.Fold("noise").Uniform([count, 1, 8, 8], CPU) * 128 + labels.reshape(count, 1, 1, 1) * 40).to_type(ScalarType.Byte), labels);
        }
        var loaded = new LoadedDataset(data, ["dark", "light"], Noise(2000, Key.Of(1)), Noise(100, Key.Of(2)));
        var network = Network.Build("small", new Shape(1, 8, 8), Layer.Conv("conv1", 4).Then(Layer.Relu).Then(Layer.GlobalAveragePool).Then(Layer.Linear("fc", 2)));
        var method = Methods.None with { Name = "own", Prepare = (teachers, student) => new Prepared(["labels"], step => [new Term("labels", step.TaskLoss(), 1)]) };
        var experiment = new Experiment(data, [], network, method, Recipes.Short with { Epochs = 15, BatchSize = 4 }, Seed: 1);
        var lab = new Laboratory(new DataFolder("none"), new ResultStore("disturbed"), Budget.Custom, CPU, new Surroundings("cpu", 1, "0", "0", ".NET", "0")) { Loader = _ => loaded };
        """;

    private const string GoOn =
        """
        var from = 0L;
        new[] { experiment }.Run(lab with { Watcher = new GridWatcher(OnResumed: (_, step) => from = step) });
        new[] { experiment }.Run(lab with { Results = new ResultStore("calm") });
        Console.WriteLine(from);
        Safetensors.Hash(lab.Results.WeightsPath(experiment.Id)) == Safetensors.Hash(new ResultStore("calm").WeightsPath(experiment.Id))
        """;

    private static string References => $"#r \"{Path.Combine(AppContext.BaseDirectory, "Distillation.dll")}\"\n#r \"{Path.Combine(AppContext.BaseDirectory, "TorchSharp.dll")}\"\n";

    [Theory]
    // Progress on a line of its own, as notebooks show it; without anybody who watches; in a task.
    [InlineData("new[] { experiment }.Run(lab with { Watcher = new GridWatcher(OnProgress: p => line.Update(p.Step)) });")]
    [InlineData("new[] { experiment }.Run(lab);")]
    [InlineData("await Task.Run(() => new[] { experiment }.Run(lab));")]
    [Trait("Category", "Slow")]
    public async Task A_cell_that_trains_is_stopped_between_two_steps_and_its_training_goes_on_later_with_the_same_bits(string training)
    {
        using var bench = new Bench();
        var here = Directory.GetCurrentDirectory();
        Directory.SetCurrentDirectory(bench.Folder);
        try
        {
            var ready = await bench.Run(References + SetUp);
            Assert.True(ready.End.Fault is null, ready.End.Fault?.Message);
            using var stop = new CancellationTokenSource();
            var running = bench.Run($"var line = display(0);\n{training}\nConsole.WriteLine(\"to its end\");", stop.Token);
            await Begun(Path.Combine(bench.Folder, "disturbed"));
            stop.Cancel();
            var clock = Stopwatch.StartNew();
            var ran = await running;
            Assert.True(ran.End.Interrupted, $"{ran.End.Fault?.Message}{ran.Printed()}");
            Assert.Equal(("The cell was stopped.", ""), (ran.Fault.Message, ran.Printed()));
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);

            var later = await bench.Run(GoOn);
            Assert.True(later.End.Fault is null, later.End.Fault?.Message);
            Assert.Equal("true", later.Value!["text/plain"]);
            // 500 steps are an epoch: the place is that of the interruption, not that of the epoch's end.
            Assert.InRange(int.Parse(later.Printed(), System.Globalization.CultureInfo.InvariantCulture), 1, 7499);
        }
        finally
        {
            Directory.SetCurrentDirectory(here);
        }
    }

    [NeedsZeroMqFact]
    public async Task An_interrupt_request_stops_training_and_keeps_its_checkpoint()
    {
        var folder = Directory.CreateTempSubdirectory("training-").FullName;
        using var client = new Client();
        try
        {
            var setUp = References + SetUp.Replace("\"disturbed\"", $"\"{folder}/disturbed\"", StringComparison.Ordinal);
            Assert.Equal("ok", client.Execute(setUp).Reply.Text("status"));
            var running = client.Send("execute_request", Client.Cell("new[] { experiment }.Run(lab);"));
            await Begun(Path.Combine(folder, "disturbed"));
            Assert.Equal("ok", client.Ask("interrupt_request", [], Channel.Control).Text("status"));
            Assert.Equal("Interrupted", client.Reply(running).Content.Text("ename"));
            Assert.Equal("true", client.Execute("lab.Results.Checkpoints.Find(experiment.Settled, CPU, null) is { Position.Step: > 0 }").Published.Only("execute_result").GetProperty("data").Text("text/plain"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // A training claims its run, and has done a few steps a moment later.
    private static async Task Begun(string results)
    {
        for (var clock = Stopwatch.StartNew(); !(Directory.Exists(results) && Directory.EnumerateFiles(results, "*", SearchOption.AllDirectories).Any()) && clock.Elapsed < TimeSpan.FromSeconds(20);)
        {
            await Task.Delay(10);
        }

        await Task.Delay(250);
    }
}
