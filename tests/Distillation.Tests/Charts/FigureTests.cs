using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class FigureTests
{
    [Fact]
    public void Curves_have_a_mean_in_a_band_of_one_deviation_and_the_teacher_as_a_level()
    {
        var chart = Figures.Curves(Sample.Runs, Sample.Epochs);
        var traces = chart.Json()["data"]!.AsArray();
        var kd = traces.Single(trace => (string?)trace!["name"] == "kd")!;
        var bands = traces.Where(trace => trace!["name"] is null).ToList();

        Assert.Equal([1.0, 2, 3], Numbers(kd["x"]));
        // 72, 73.3 and 74 percent in the last epoch, five and ten points less before.
        Assert.Equal([63.1, 68.1, 73.1], Numbers(kd["y"]), Close);
        Assert.Equal(4, bands.Count);
        Assert.Equal("tonexty", (string?)bands[1]!["fill"]);
        Assert.Equal(2 * 1.0148891565092211, Numbers(bands[1]!["y"])[2] - Numbers(bands[0]!["y"])[2], 6);
        Assert.Equal("teacher 80.00", (string?)chart.Json()["layout"]!["annotations"]![0]!["text"]);
        Assert.Equal(80.0, (double)chart.Json()["layout"]!["shapes"]![0]!["y0"]!);
    }

    [Fact]
    public void The_title_of_curves_is_the_paired_finding() => Assert.Equal("kd is 2.10 ± 0.17 points above labels", Figures.Curves(Sample.Runs, Sample.Epochs).Title());

    [Fact]
    public void Published_and_measured_bars_stand_beside_each_other_with_their_deviations_and_what_was_not_run_is_left_out()
    {
        var traces = Figures.Bars(Sample.Comparison).Json()["data"]!.AsArray();

        Assert.Equal(["published", "ours"], traces.Select(trace => (string?)trace!["name"]));
        Assert.Equal(["labels", "kd"], traces[0]!["x"]!.AsArray().Select(label => (string?)label));
        Assert.Equal([71.5, 73.1], Numbers(traces[0]!["y"]), Close);
        Assert.Equal([double.NaN, 0.2], Numbers(traces[0]!["error_y"]!["array"]), Close);
        Assert.Equal([71, 73.1], Numbers(traces[1]!["y"]), Close);
        Assert.Equal([1, 1.0148891565092211], Numbers(traces[1]!["error_y"]!["array"]), Close);
    }

    [Fact]
    public void An_axis_that_does_not_start_at_zero_says_so() =>
        Assert.Equal("test accuracy, % (from 65)", (string?)Figures.Bars(Sample.Comparison).Json()["layout"]!["yaxis"]!["title"]!["text"]);

    [Fact]
    public void Agreement_has_the_diagonal_and_tells_other_protocols_apart()
    {
        var json = Figures.Agreement(Sample.Comparison).Json();
        var traces = json["data"]!.AsArray();

        Assert.Equal(["equal", "same protocol", "other protocol"], traces.Select(trace => (string?)trace!["name"]));
        Assert.Equal(Numbers(traces[0]!["x"]), Numbers(traces[0]!["y"]));
        Assert.Equal([71.5], Numbers(traces[1]!["x"]), Close);
        Assert.Equal([71], Numbers(traces[1]!["y"]), Close);
        Assert.Equal("Ours is 0.50 points below the published number", Figures.Agreement(Sample.Comparison).Title());
    }

    [Fact]
    public void A_heat_map_of_two_settings_has_the_larger_row_on_top_and_a_gap_where_nothing_was_run()
    {
        var chart = Figures.HeatMap(Sample.Grid, "temperature", "weight");
        var trace = chart.Json()["data"]![0]!;

        Assert.Equal(["1", "4", "8"], trace["x"]!.AsArray().Select(label => (string?)label));
        Assert.Equal(["0.9", "0.5"], trace["y"]!.AsArray().Select(label => (string?)label));
        Assert.Equal([60, 62, 61], Numbers(trace["z"]![1]), Close);
        Assert.Equal("NaN", (string?)trace["z"]![0]![2]);
        Assert.Equal("temperature 4 with weight 0.9 is best: 66.00 %", chart.Title());
    }

    [Fact]
    public void Boxes_hold_the_values_of_all_seeds()
    {
        var traces = Figures.Boxes(Sample.Runs).Json()["data"]!.AsArray();

        Assert.Equal(["labels", "kd"], traces.Select(trace => (string?)trace!["name"]));
        Assert.Equal([70, 71, 72], Numbers(traces[0]!["y"]), Close);
        Assert.Equal("all", (string?)traces[0]!["boxpoints"]);
    }

    [Fact]
    public void A_confusion_matrix_is_drawn_in_percent_of_the_true_class()
    {
        var chart = Figures.Confusion(Sample.Matrix);

        Assert.Equal([80, 20, 0], Numbers(chart.Json()["data"]![0]!["z"]![0]), Close);
        Assert.Equal("83.33 % are right; cat and dog are mixed up most (5 of 30)", chart.Title());
    }

    [Fact]
    public void Images_stand_in_a_grid_with_their_captions()
    {
        using var scope = NewDisposeScope();
        var json = Figures.Images("Images", zeros(3, 1, 8, 8), ["a", "b", "c"], 2).Json();

        Assert.All(json["data"]!.AsArray(), trace => Assert.StartsWith("data:image/png;base64,", (string?)trace!["source"]));
        Assert.Equal(["a", "b", "c"], json["layout"]!["annotations"]!.AsArray().Select(note => (string?)note!["text"]));
        Assert.Equal((2, 2), ((int)json["layout"]!["grid"]!["rows"]!, (int)json["layout"]!["grid"]!["columns"]!));
        Assert.False((bool)json["layout"]!["xaxis3"]!["visible"]!);
    }

    [Fact]
    public void A_histogram_counts_every_finite_value_once()
    {
        using var scope = NewDisposeScope();
        var counts = Numbers(Figures.Histogram("Values", "value", tensor(new[] { 0f, 0.5f, 1f, 1f, float.NaN })).Json()["data"]![0]!["y"]);

        Assert.Equal((4, 1, 2), (counts.Sum(), counts[0], counts[^1]));
    }

    [Fact]
    public void Series_of_different_lengths_are_refused_in_a_sentence()
    {
        Assert.Contains("'a' with 2 places, 1 values", Assert.Throws<BadInput>(() => Figures.Lines("t", "x", "y", new Series("a", [1, 2], [1]))).Message);
        Assert.Contains("the label 'a' twice", Assert.Throws<BadInput>(() => Figures.Columns("t", "y", ["a", "a"], new Series("s", [], [1, 2]))).Message);
        Assert.Contains("no result with the settings 'temperature' and 'beta'", Assert.Throws<BadInput>(() => Figures.HeatMap(Sample.Grid, "temperature", "beta")).Message);
        Assert.Contains("run them first", Assert.Throws<BadInput>(() => Figures.Curves(Sample.Runs, [])).Message);
    }

    [Fact]
    public void Every_chart_is_as_wide_as_a_page_has_a_title_and_colours_that_all_can_tell_apart()
    {
        foreach (var (name, chart) in Sample.Charts())
        {
            var layout = chart.Json()["layout"]!;
            Assert.True((int)layout["width"]! == 600, name);
            Assert.True((int)layout["font"]!["size"]! >= 13, name);
            Assert.False(string.IsNullOrEmpty(chart.Title()), name);
            var colours = Colours(chart.Json()["data"]!).Where(colour => colour.StartsWith('#')).Distinct();
            Assert.True(colours.All(colour => Styling.Colours.Contains(colour) || colour is "#777777" or "#333333" or "#ffffff" || name is "heat map" or "confusion"), $"{name}: {string.Join(" ", colours)}");
        }
    }

    [Fact]
    public void The_same_results_give_the_same_chart()
    {
        var (one, two) = (Sample.Charts(), Sample.Charts());

        Assert.All(one.Zip(two), pair => Assert.Equal(Plotly.NET.GenericChart.toJson(pair.First.Chart), Plotly.NET.GenericChart.toJson(pair.Second.Chart)));
    }

    private static IEnumerable<string> Colours(JsonNode? node) => node switch
    {
        JsonArray array => array.SelectMany(Colours),
        JsonObject members => members.SelectMany(member => Colours(member.Value)),
        JsonValue value when value.TryGetValue<string>(out var text) => [text],
        _ => [],
    };

    private static double[] Numbers(JsonNode? array) => [.. array!.AsArray().Select(value => value is JsonValue number && number.TryGetValue<double>(out var d) ? d : double.NaN)];

    private static bool Close(double expected, double actual) => (double.IsNaN(expected) && double.IsNaN(actual)) || Math.Abs(expected - actual) < 1e-9;
}
