using System.Text.Json;
using Distillation.Cli;
using Distillation.Cli.Benchmarking;
using Distillation.Cli.Terminal;
using static TorchSharp.torch;

namespace Distillation.Tests.Cli.Benchmarking;

public sealed class BenchTests
{
    private static readonly BenchCase tiny = new("tiny", Work.Distill, "resnet-14", "resnet-8", Datasets.FashionMnist with { TrainCount = 64 }, 16);

    [Theory]
    [InlineData(2, 2, 2, 2.0)]
    [InlineData(1, 2, 3, 3.0, 1.0, 2.0)]
    [InlineData(1, 4, 9, 9.0, 1.0, 3.0, 5.0)]
    public void The_median_is_the_middle_or_the_mean_of_the_middle_two(double min, double median, double max, params double[] values) =>
        Assert.Equal(new Spread(median, min, max), Spread.Of(values));

    [Fact]
    public void A_spread_of_nothing_is_refused() => Assert.Throws<ArgumentException>(() => Spread.Of([]));

    [Fact]
    public void Noise_is_the_same_bytes_as_in_the_script_of_the_other_side()
    {
        // Printed by peer.py: noise(20, 0) and noise(9, 1).
        Assert.Equal([175, 205, 29, 123, 57, 168, 32, 226, 244, 101, 185, 161, 106, 158, 120, 110, 79, 69, 9, 128], Noise.Bytes(20, 0));
        Assert.Equal([244, 101, 185, 161, 106, 158, 120, 110, 79], Noise.Bytes(9, 1));
    }

    [Fact]
    public void Noise_fills_a_data_set_pixel_after_pixel()
    {
        using var scope = NewDisposeScope();
        using var data = Noise.Like(Datasets.Cifar10 with { TrainCount = 100 }, CPU);

        Assert.Equal([100, 3, 32, 32], data.Train.Images.shape);
        Assert.Equal([175, 205, 29], Enumerable.Range(0, 3).Select(channel => data.Train.Images[0, channel, 0, 0].item<byte>()));
        Assert.Equal(123, data.Train.Images[0, 0, 0, 1].item<byte>());
        Assert.InRange(data.Train.Labels.max().item<long>(), 1, 9);
    }

    [Fact]
    public void Sides_take_turns_and_what_warms_up_does_not_count()
    {
        var log = new List<(string Name, int Warm, int Steps)>();

        var windows = Turns.Take([new Fake("a", 0.01, log), new Fake("b", 0.5, log)], rounds: 3, seconds: 1, CancellationToken.None);

        // Three steps tell how many fill a second: 100 of the one, 2 of the other.
        Assert.Equal(
            [("a", 2, 3), ("b", 2, 3), ("a", 2, 100), ("b", 2, 2), ("a", 2, 100), ("b", 2, 2), ("a", 2, 100), ("b", 2, 2)], log);
        Assert.Equal([3, 3], windows.Select(of => of.Count));
        Assert.All(windows[0], window => Assert.Equal(100, window.Speed, 6));
    }

    [Fact]
    public void Cases_are_chosen_by_family_by_name_and_by_batch()
    {
        Assert.Equal(["wrn-64", "wrn-256", "resnet-64", "resnet-256", "fashion-64", "teacher-64", "student-64", "lockstep-64", "methods-64", "exits-64", "copied-64", "ternary-64", "quantized-64", "data-64"], BenchCase.Chosen([], []).Select(one => one.Name));
        Assert.Equal(["wrn-64", "wrn-256", "data-64"], BenchCase.Chosen(["data", "wrn"], []).Select(one => one.Name));
        Assert.Equal(["wrn-256"], BenchCase.Chosen(["wrn-256"], []).Select(one => one.Name));
        Assert.Equal(["teacher-8", "teacher-16"], BenchCase.Chosen(["teacher"], [8, 16]).Select(one => one.Name));
    }

    [Theory]
    [InlineData("There is no case 'vgg': choose from wrn, resnet, fashion, teacher, student, lockstep, methods, exits, copied, ternary, quantized, data, or with a batch, such as wrn-64.", "--case", "vgg")]
    [InlineData("There is no mode 'half': choose float32, bfloat16 or both.", "--mode", "half")]
    [InlineData("--batch 64,x cannot be read; write numbers with commas, such as 64,256.", "--batch", "64,x")]
    [InlineData("--batch 0 cannot be measured; a batch has 1 to 50000 images.", "--batch", "64,0")]
    [InlineData("--rounds takes a whole number from 1 to 1000, not '0'; './kd bench --help' shows what there is.", "--rounds", "0")]
    [InlineData("--seconds takes a number above 0 and below 3600, not '0'; './kd bench --help' shows what there is.", "--seconds", "0")]
    [InlineData("--threads takes a whole number from 1 to 1024, not '0'; './kd bench --help' shows what there is.", "--threads", "0")]
    public async Task What_cannot_be_measured_is_refused_in_a_sentence(string sentence, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        Assert.Equal(2, await CommandLine.Run(["bench", .. args], Screen.Plain(output, error), CancellationToken.None));
        Assert.Equal(("", sentence + "\n"), (output.ToString(), error.ToString()));
    }

    [Theory]
    [InlineData(nameof(Work.Distill))]
    [InlineData(nameof(Work.Student))]
    [InlineData(nameof(Work.Lockstep))]
    [InlineData(nameof(Work.Methods))]
    [InlineData(nameof(Work.Exits))]
    [InlineData(nameof(Work.Quantized))]
    public void The_parts_of_our_time_add_up_to_about_the_whole(string named)
    {
        var work = Enum.Parse<Work>(named);
        var alone = work is Work.Student or Work.Exits or Work.Quantized;
        var one = tiny with { Work = work, Teacher = alone ? null : tiny.Teacher, Student = work is Work.Exits ? "resnet-8+attention" : work is Work.Quantized ? "resnet-8+w2a2" : tiny.Student };
        using var data = Noise.Like(one.Dataset, CPU);
        using var side = Ours.Of(one, Mode.Float32, data, CPU, threads: 1);

        var window = side.Measure(warm: 1, steps: 5);

        Assert.Equal(5 * 16 * one.Students, window.Images);
        Assert.Equal(["data", "teacher", "student", "loss", "backward", "optimizer"], window.Split.Select(part => part.Part));
        Assert.All(window.Split, part => Assert.True(part.Part == "teacher" && alone ? part.Seconds == 0 : part.Seconds > 0, $"{part}"));
        Assert.InRange(window.Split.Sum(part => part.Seconds) / window.Seconds, 0.8, 1.001);
    }

    [Fact]
    public void A_network_with_exits_is_measured_beside_the_same_without()
    {
        var one = tiny with { Work = Work.Exits, Teacher = null, Student = "resnet-8+attention" };
        using var data = Noise.Like(one.Dataset, CPU);
        using var with = Ours.Of(one, Mode.Float32, data, CPU, threads: 1);
        using var without = Ours.Alone(one, Mode.Float32, data, CPU, threads: 1);

        var (slow, fast) = (with.Measure(warm: 2, steps: 10), without.Measure(warm: 2, steps: 10));

        Assert.True(one.HasBasis);
        Assert.Equal("float32, without exits", without.Name);
        Assert.Equal((160, 160), (slow.Images, fast.Images));
        Assert.True(fast.Speed > slow.Speed, $"{fast.Speed} and {slow.Speed}");
    }

    [Fact]
    public void A_network_in_few_bits_is_measured_beside_the_same_in_floating_point()
    {
        var one = tiny with { Work = Work.Quantized, Teacher = null, Student = "resnet-8+w2a2" };
        using var data = Noise.Like(one.Dataset, CPU);
        using var few = Ours.Of(one, Mode.Float32, data, CPU, threads: 1);
        using var all = Ours.Alone(one, Mode.Float32, data, CPU, threads: 1);

        var (slow, fast) = (few.Measure(warm: 2, steps: 10), all.Measure(warm: 2, steps: 10));

        Assert.True(one.HasBasis);
        Assert.Equal("float32, in floating point", all.Name);
        Assert.Equal((160, 160), (slow.Images, fast.Images));
        Assert.True(fast.Speed > slow.Speed, $"{fast.Speed} and {slow.Speed}");
    }

    [Fact]
    public void One_by_one_every_method_has_its_turn()
    {
        var one = tiny with { Work = Work.Methods };
        using var data = Noise.Like(one.Dataset, CPU);
        using var side = Ours.Alone(one, Mode.Float32, data, CPU, threads: 1);

        var window = side.Measure(warm: 1, steps: 2);

        Assert.Equal(2 * 16 * BenchCase.Fifteen.Count, window.Images);
        Assert.True(window.Seconds > 0);
    }

    [Theory]
    [InlineData(nameof(Work.Teacher))]
    [InlineData(nameof(Work.Pipeline))]
    public void Work_of_one_part_is_measured_without_a_split(string named)
    {
        var work = Enum.Parse<Work>(named);
        var one = tiny with { Work = work, Student = null };
        using var data = Noise.Like(one.Dataset, CPU);
        using var side = Ours.Of(one, Mode.BFloat16, data, CPU, threads: 1);

        var window = side.Measure(1, 3);

        Assert.Equal((48, true), (window.Images, window.Seconds > 0));
        Assert.Empty(window.Split);
    }

    [Fact]
    public void Going_over_the_end_of_an_epoch_and_measuring_again_leaves_no_tensor_behind()
    {
        using var data = Noise.Like(tiny.Dataset, CPU);
        using var side = Ours.Of(tiny, Mode.Float32, data, CPU, threads: 1);
        side.Measure(1, 3);
        var before = Tensor.TotalCount;

        side.Measure(1, 6);

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Json_is_an_array_with_case_mode_ours_peer_and_ratio()
    {
        var split = new Window(640, 2) { Split = [("data", 0.5), ("backward", 1.5)] };
        var rows = new[]
        {
            BenchRow.Of(tiny, Mode.BFloat16, 2, [split, new(640, 1), new(640, 4)], [new(640, 8), new(640, 8)], new PeerAnswer.Ready("1.13", "0.14", 1, 2, 3), null),
            BenchRow.Of(tiny, Mode.Float32, 2, [new(640, 1)], null, null, [new(640, 2)]),
        };

        var json = JsonDocument.Parse(BenchRow.ToJson(rows)).RootElement;

        Assert.Equal(JsonValueKind.Array, json.ValueKind);
        Assert.Equal(("tiny-16", "bfloat16", 320, 80, 4), (Text(json[0], "case"), Text(json[0], "mode"), Value(json[0], "ours"), Value(json[0], "peer"), Value(json[0], "ratio")));
        Assert.Equal((160, 640, 2, 1), (Value(json[0], "oursMin"), Value(json[0], "oursMax"), Value(json[0], "peerThreads"), Value(json[0], "peerWorkers")));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (json[1].GetProperty("peer").ValueKind, json[1].GetProperty("ratio").ValueKind));
        Assert.Equal((320, 2), (Value(json[1], "alone"), Value(json[1], "gain")));

        // 3 windows of 640 images in batches of 16 are 120 steps in 7 seconds.
        var part = json[0].GetProperty("split").GetProperty("backward");
        Assert.Equal((1.5 / 120, 1.5 / 7), (Value(part, "seconds"), Value(part, "share")));

        static string? Text(JsonElement row, string name) => row.GetProperty(name).GetString();
        static double Value(JsonElement row, string name) => row.GetProperty(name).GetDouble();
    }

    [Fact]
    public void Markdown_leaves_out_what_nobody_measured()
    {
        var rows = new[] { BenchRow.Of(tiny, Mode.Float32, 2, [new(640, 1), new(640, 2)], null, null, null) };

        Assert.Equal(
            "| case | what | mode | ours | from … to | threads |\n| --- | --- | --- | ---: | --- | ---: |\n"
            + "| tiny-16 | kd resnet-14 → resnet-8, fashion-mnist shapes, batch 16 | float32 | 480 | 320 … 640 | 2 |\n",
            Markdown.Table(BenchRow.Comparison(rows)));
    }

    [Fact]
    public void A_profile_shows_the_costliest_operators_and_one_line_for_the_rest()
    {
        var times = Enumerable.Range(0, 30).Select(i => new OperatorTime($"aten::op{i}", 10, TimeSpan.FromMilliseconds(30 - i), TimeSpan.FromMilliseconds(60))).ToList();

        var table = Profiling.Table(times);

        Assert.Equal(["aten::op0", "10", "30.0", "6.5 %", "60.0"], table.Rows[0]);
        Assert.Equal(["5 others", "50", "15.0", "3.2 %", ""], table.Rows[^1]);
        Assert.Equal(26, table.Rows.Count);
    }

    private sealed record Fake(string Name, double SecondsPerStep, List<(string Name, int Warm, int Steps)> Log) : ISide
    {
        public Window Measure(int warm, int steps)
        {
            Log.Add((Name, warm, steps));
            return new(steps, steps * SecondsPerStep);
        }

        public void Dispose()
        {
        }
    }
}
