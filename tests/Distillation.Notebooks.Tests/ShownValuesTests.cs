using System.Diagnostics;
using System.Text.Json.Nodes;
using Distillation.Notebooks.Jupyter;
using Distillation.Notebooks.Tests.Jupyter;

namespace Distillation.Notebooks.Tests;

/// <summary>What this library's values look like, through the runner and through the kernel.</summary>
public class ShownValuesTests
{
    private static readonly string setUp =
        $"""
        #r "{Library("Distillation.dll")}"
        #r "{Library("TorchSharp.dll")}"
        #r "{Library("Plotly.NET.dll")}"
        using Distillation;
        using TorchSharp;
        var network = Networks.LeNet5(size: 28);
        var weights = network.Initialize(Key.Of(1), torch.CPU);
        var results = ResultStore.Resolve("{Path.Combine(Bench.Notebooks, "..", "..", "data", "results", "08-your-own-ablation", "laptop").Replace('\\', '/')}", ".");
        var rows = results.Runs();
        var looked = 0;
        var chart = Figures.Columns("Two classes", "share", ["shirt", "coat"], new Series("teacher", [], [0.7, 0.3]));
        """;

    // With a picture where a browser is here, which draws charts.
    private static readonly (string Expression, string[] Mimes, string Says)[] values =
    [
        ("torch.ones(2, 3)", ["text/html", "text/plain"], "Float32 [2, 3] on cpu"),
        ("torch.rand(3, 8, 8)", ["image/png", "text/html", "text/plain"], "Float32 [3, 8, 8] on cpu"),
        ("torch.zeros(20, 1, 8, 8, dtype: torch.ScalarType.Byte)", ["image/png", "text/html", "text/plain"], "Byte [20, 1, 8, 8] on cpu"),
        ("chart", ["chart", "text/html", "text/plain"], "chart: Two classes"),
        ("rows.Where(row => { looked++; return true; })", ["text/html", "text/plain"], "kd"),
        ("rows.Summarize().Where(row => { looked++; return true; })", ["text/html", "text/plain"], "±"),
        ("network", ["text/html", "text/plain"], "lenet-5"),
        ("weights", ["text/html", "text/plain"], "trained values"),
        ("network.Apply(weights, torch.rand(2, 1, 28, 28), Pass.Evaluation)", ["text/html", "text/plain"], "logits [2, 10]"),
        ("new Experiment(Datasets.FashionMnist, [], network, Methods.None, Recipes.Short, Seed: 3)", ["text/html", "text/plain"], "seed 3"),
        ("Methods.Hinton(4, 0.9)", ["text/html", "text/plain"], "temperature"),
        ("Formula.Of(\"Hinton\")", ["text/html", "text/latex", "text/plain"], "Hinton"),
        ("new ConfusionMatrix([\"cat\", \"dog\"], [8, 2, 3, 7])", ["chart", "text/html", "text/plain"], "cat"),
        ("rows.Summarize()[0].Last", ["text/html", "text/plain"], "%"),
    ];

    private static bool CanDraw => Browser.Find() is not null && PlotlyScript.Find() is not null;

    private static string Library(string name) => Path.Combine(AppContext.BaseDirectory, name).Replace('\\', '/');

    private static string[] Expected(string[] mimes) => [.. mimes.Where(mime => mime != "chart" || CanDraw).Select(mime => mime == "chart" ? "image/png" : mime)];

    [Fact]
    public async Task The_runner_writes_every_value_in_its_forms_and_looks_at_a_query_once()
    {
        using var bench = new Bench();
        var path = Path.Combine(bench.Folder, "values.ipynb");
        NotebookFile.Write(path, Ipynb.Create([.. values.Select(value => value.Expression).Prepend(setUp).Append("(looked, rows.Count + rows.Summarize().Count)").Select(NotebookCell.Code)]).ToBytes());
        await Runner.Run(new(path), _ => { }, default);

        var cells = JsonNode.Parse(File.ReadAllBytes(path))!["cells"]!.AsArray();
        foreach (var (value, cell) in values.Zip(cells.Skip(1)))
        {
            var data = cell!["outputs"]!.AsArray().Single()!["data"]!.AsObject();
            Assert.Equal((value.Expression, string.Join(", ", Expected(value.Mimes))), (value.Expression, string.Join(", ", data.Select(form => form.Key).Order(StringComparer.Ordinal))));
            Assert.Contains(value.Says, string.Concat(data["text/plain"]!.AsArray().Select(line => (string)line!)));
        }

        Assert.Matches(@"^\((\d+), \1\)$", string.Concat(cells[^1]!["outputs"]![0]!["data"]!["text/plain"]!.AsArray().Select(line => (string)line!)));
    }

    [NeedsZeroMqFact]
    public void The_kernel_sends_every_value_in_its_forms_and_looks_at_a_query_once()
    {
        using var client = new Client();
        Assert.Equal("ok", client.Execute(setUp).Reply.Text("status"));
        foreach (var (expression, mimes, says) in values)
        {
            var data = client.Execute(expression).Published.Only("execute_result").GetProperty("data");
            Assert.Equal((expression, string.Join(", ", Expected(mimes))), (expression, string.Join(", ", data.EnumerateObject().Select(form => form.Name).Order(StringComparer.Ordinal))));
            Assert.Contains(says, data.Text("text/plain"));
        }

        Assert.Equal("true", client.Execute("looked == rows.Count + rows.Summarize().Count").Published.Only("execute_result").GetProperty("data").Text("text/plain"));
    }

    [NeedsBrowserFact]
    public async Task Charts_of_a_notebook_are_drawn_by_one_browser_and_a_chart_that_is_shown_twice_is_drawn_once()
    {
        using var bench = new Bench();
        using var browser = new CountedBrowser(bench);
        Assert.Null((await bench.Run(setUp)).End.Fault);
        var first = (await bench.Run("chart")).Value!["image/png"];
        var clock = Stopwatch.StartNew();
        Assert.Equal(first, (await bench.Run("chart.Display(); chart")).Value!["image/png"]);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 1);
        Assert.NotEqual(first, (await bench.Run("Figures.Lines(\"Another\", \"x\", \"y\", new Series(\"a\", [1, 2], [3, 4]))")).Value!["image/png"]);
        Assert.StartsWith("iVBORw0KGgo", first);
        Assert.Equal(1, browser.Starts);
    }

    [NeedsBrowserFact]
    public async Task What_is_shown_in_part_is_not_drawn()
    {
        using var bench = new Bench();
        using var browser = new CountedBrowser(bench);
        Assert.Null((await bench.Run(setUp)).End.Fault);
        Assert.Equal("[chart: Two classes, 1]", await bench.Value("new object[] { chart, 1 }"));
        Assert.Equal(["text/plain"], (await bench.Run("chart.Display(\"text/plain\");")).Outputs.OfType<Output.Shown>().Single().Data.Forms.Select(form => form.Mime));
        Assert.Equal(0, browser.Starts);
    }

    [NeedsBrowserFact]
    public async Task A_browser_that_fails_costs_the_picture_and_not_the_chart()
    {
        using var bench = new Bench();
        using var browser = new CountedBrowser(bench, "exit 1");
        Assert.Null((await bench.Run(setUp)).End.Fault);
        var shown = (await bench.Run("chart")).Value!;
        Assert.Null(shown["image/png"]);
        Assert.Contains("There is no picture of this chart: ", shown["text/html"]);
        Assert.Contains("distillation-chart", shown["text/html"]);
        Environment.SetEnvironmentVariable("KD_CHROMIUM", Path.Combine(bench.Folder, "none"));
        Assert.Contains("<b>Another</b> <small>There is no picture of this chart: Pictures of charts are drawn by Chromium", (await bench.Run("Figures.Lines(\"Another\", \"x\", \"y\", new Series(\"a\", [1, 2], [3, 4]))")).Value!["text/html"]);
    }

    /// <summary>The browser, with a script before it that counts.</summary>
    private sealed class CountedBrowser : IDisposable
    {
        private readonly string? before = Environment.GetEnvironmentVariable("KD_CHROMIUM");
        private readonly string log;

        public CountedBrowser(Bench bench, string? instead = null)
        {
            log = Path.Combine(bench.Folder, "starts.txt");
            var script = bench.Put("browser", $"#!/bin/sh\necho started >> '{log}'\n{instead ?? $"exec '{Browser.Find()}' \"$@\""}\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            Environment.SetEnvironmentVariable("KD_CHROMIUM", script);
        }

        public int Starts => File.Exists(log) ? File.ReadAllLines(log).Length : 0;

        public void Dispose() => Environment.SetEnvironmentVariable("KD_CHROMIUM", before);
    }
}

/// <summary>Skipped, and said so, without a browser or plotly.js.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsBrowserFactAttribute : FactAttribute
{
    /// <summary>Looks for both.</summary>
    public NeedsBrowserFactAttribute() => Skip = Browser.Find() is null || PlotlyScript.Find() is null ? "needs Chromium (apt-get install chromium) and plotly.js (./kd setup)" : null!;
}
