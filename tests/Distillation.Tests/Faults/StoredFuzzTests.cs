using System.Text.Json.Nodes;
using Distillation.Cli;
using Distillation.Cli.Terminal;
using static TorchSharp.torch;

namespace Distillation.Tests.Faults;

/// <summary>What the program itself has written, damaged: checkpoints and result files.</summary>
public sealed class StoredFuzzTests : IDisposable
{
    private const long MostBytes = 16 << 20;
    private readonly string folder = Directory.CreateTempSubdirectory("kd-stored-").FullName;
    private readonly Random random = new(31);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private ResultStore Store => new(folder);

    private static RunRow Row(string id) => new()
    {
        Id = id, Finished = new DateTime(2025, 11, 21, 8, 0, 0, DateTimeKind.Utc), Budget = "custom", Dataset = "mnist", TrainImages = 1000, Student = "resnet-8", Method = "none", MethodText = "none v1", Seed = 1, Epochs = 2,
        BatchSize = 64, Optimizer = "{}", RateSchedule = "{}", Augmentation = "none", Compute = "Float32", Task = "{}", Status = RunRow.Ok, LastAccuracy = 0.5, BestAccuracy = 0.6, BestEpoch = 1, Parameters = 77_754,
        Device = "cpu", Threads = 1, TorchSharp = "0", Libtorch = "0", Runtime = ".NET", Experiment = """{"version":1,"seed":1,"method":"none","teacher":null}""",
    };

    private string Write(string id)
    {
        using var weights = Toy.Start(Toy.Network);
        Store.Write(Row(id), [.. Enumerable.Range(1, 30).Select(epoch => new EpochRow { Id = id, Epoch = epoch, Term = "labels" })], weights);
        return Store.RunPath(id);
    }

    // Null where it was read; the sentence where it was refused; anything else is a fault.
    private static string? Refusal(Action read, int i, List<string> faults)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read();
            return null;
        }
        catch (BadInput e)
        {
            return e.Message;
        }
        catch (Exception e)
        {
            faults.Add($"{i}: {e}");
            return "";
        }
        finally
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            faults.AddRange(allocated > MostBytes ? [$"{i}: allocates {allocated} bytes"] : []);
        }
    }

    [Fact]
    public void A_thousand_damaged_checkpoints_are_refused_unless_nothing_that_counts_has_changed()
    {
        var path = Path.Combine(folder, "one.a.safetensors");
        using (NewDisposeScope())
        {
            new Checkpoint(new Dictionary<string, Tensor> { ["weights"] = Key.Of(1).Normal([20], CPU), ["counts"] = arange(4, ScalarType.Int64) }, Place).Save(path, "{}");
        }

        var whole = File.ReadAllBytes(path);
        var (faults, read) = (new List<string>(), 0);
        for (var i = 0; i < 1000; i++)
        {
            File.WriteAllBytes(path, Damage.To(whole, random));
            var refusal = Refusal(() =>
            {
                var (checkpoint, text) = Checkpoint.Load(path, CPU);
                using (checkpoint)
                {
                    Assert.Equal(Golden.Bits(Key.Of(1).Normal([20], CPU)), Golden.Bits(checkpoint.Tensors["weights"]));
                    Assert.Equal((Place.Step, Place.Threads, "{}"), (checkpoint.Position.Step, checkpoint.Position.Threads, text));
                }
            }, i, faults);
            read += refusal is null ? 1 : 0;
            Assert.True(refusal is null || (refusal.Contains(path) && refusal.EndsWith('.')), refusal);
        }

        Assert.Equal([], faults);
        // A digit for the same digit, a space for another: a few stay what they were.
        Assert.InRange(read, 1, 100);
    }

    private static Position Place { get; } = new(12, 0, 12, new Dictionary<string, long> { ["teacher"] = 3 }, [], 0.5, 1.5, 1, 1);

    [Theory]
    [InlineData("Step", "-1")]
    [InlineData("Phase", "-1")]
    [InlineData("SlotSteps", "-9223372036854775808")]
    [InlineData("Threads", "0")]
    [InlineData("Threads", "2147483647")]
    [InlineData("Threads", "\"one\"")]
    [InlineData("Epochs", "null")]
    [InlineData("PlayerSteps", "null")]
    [InlineData("SideBySide", "0")]
    [InlineData(null, "null")]
    [InlineData(null, "[]")]
    [InlineData(null, "nothing")]
    public void A_checkpoint_that_says_what_no_training_can_is_refused_before_it_is_used(string? field, string value)
    {
        var path = Path.Combine(folder, "one.a.safetensors");
        new Checkpoint(new Dictionary<string, Tensor>(), Place).Save(path, "{}");
        var position = TensorFile.Notes(path)["position"];
        if (field is not null)
        {
            var json = JsonNode.Parse(position)!;
            json[field] = JsonNode.Parse(value);
            value = json.ToJsonString();
        }

        TensorFile.Save(path, new Dictionary<string, Tensor>(), new Dictionary<string, string> { ["experiment"] = "{}", ["position"] = value });

        Assert.Contains(path, Assert.Throws<BadInput>(() => Checkpoint.Load(path, CPU)).Message);
    }

    private static readonly string[][] forms = [[], ["--json"], ["--runs"], ["--runs", "--csv"], ["--runs", "--json"]];

    [Fact]
    public async Task A_thousand_damaged_result_files_are_read_or_refused_by_name_and_listing_goes_on_past_them()
    {
        Write("bbbb");
        var path = Write("aaaa");
        var whole = (Run: File.ReadAllBytes(path), Epochs: File.ReadAllBytes(Store.EpochsPath("aaaa")));
        var (faults, read) = (new List<string>(), 0);
        for (var i = 0; i < 1000; i++)
        {
            var isRun = i % 3 != 0;
            var damaged = isRun ? path : Store.EpochsPath("aaaa");
            File.WriteAllBytes(damaged, Damage.To(isRun ? whole.Run : whole.Epochs, random));
            var warnings = new List<string>();
            var refusal = Refusal(() =>
            {
                _ = isRun ? (object?)Store.Find("aaaa") : Store.Epochs();
            }, i, faults);
            faults.AddRange(refusal is null || (refusal.Contains(damaged) && refusal.EndsWith('.')) ? [] : [$"{i}: {refusal}"]);
            read += refusal is null ? 1 : 0;
            // Whoever lists goes on: the other run is there.
            if (i % 4 == 0)
            {
                Refusal(() => Assert.Contains(Store.Runs(warnings.Add), row => row.Id == "bbbb"), i, faults);
                Refusal(() => Assert.Contains(Store.Epochs(warnings.Add), row => row.Id == "bbbb"), i, faults);
            }

            faults.AddRange(warnings.Count <= 1 && warnings.All(warning => warning.Contains(damaged)) ? [] : [$"{i}: {string.Join(' ', warnings)}"]);
            if (isRun && i % 5 == 0)
            {
                var (code, output, error) = await Kd(["results", "--results", folder, .. forms[i / 5 % forms.Length]]);
                faults.AddRange(code == 0 && (output.Contains("resnet-8") || output.Contains("bbbb")) && !error.Contains("   at ") ? [] : [$"{i}: {code} {error}"]);
            }

            File.WriteAllBytes(damaged, isRun ? whole.Run : whole.Epochs);
        }

        Assert.Equal([], faults);
        Assert.InRange(read, 20, 600);
    }

    [Fact]
    public async Task The_list_and_the_doctor_name_a_damaged_file_in_one_line_and_go_on()
    {
        Write("bbbb");
        var path = Write("aaaa");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^40]);

        var (code, output, error) = await Kd(["results", "--runs", "--results", folder]);

        Assert.Equal(0, code);
        Assert.Contains("bbbb", output);
        Assert.DoesNotContain("aaaa", output);
        Assert.StartsWith($"The result file {path} cannot be read (", Assert.Single(error.TrimEnd('\n').Split('\n')));
        Assert.EndsWith("; move it away and run its experiment again.\n", error);

        (code, output, error) = await Kd(["doctor", "--results", folder, "--data", Path.Combine(folder, "none")]);

        Assert.Equal(0, code);
        Assert.Contains($"1 runs in {folder}", output);
        Assert.StartsWith($"The result file {path} cannot be read (", Assert.Single(error.TrimEnd('\n').Split('\n')));
    }

    [Fact]
    public async Task The_doctor_names_damaged_epochs_too()
    {
        Write("aaaa");
        var path = Store.EpochsPath("aaaa");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^7]);

        var (code, output, error) = await Kd(["doctor", "--results", folder, "--data", Path.Combine(folder, "none")]);

        Assert.Equal(0, code);
        Assert.Contains($"1 runs in {folder}", output);
        Assert.StartsWith($"The result file {path} cannot be read (", Assert.Single(error.TrimEnd('\n').Split('\n')));
    }

    [Fact]
    public void A_row_under_another_runs_name_is_not_taken_for_that_runs()
    {
        File.Copy(Write("aaaa"), Store.RunPath("cccc"));

        var error = Assert.Throws<BadInput>(() => Store.Find("cccc"));

        Assert.Equal($"The result file {Store.RunPath("cccc")} does not hold the row of run cccc; move it away and run its experiment again.", error.Message);
    }

    private static async Task<(int Code, string Output, string Error)> Kd(string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.Run(args, Screen.Plain(output, error), CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
