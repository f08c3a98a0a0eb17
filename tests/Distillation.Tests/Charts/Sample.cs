using System.Text.Json.Nodes;
using Plotly.NET;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Results to draw, with numbers that the tests know.</summary>
internal static class Sample
{
    private static readonly Experiment labels = new(Toy.Dataset, [], Toy.Network, Methods.None, Toy.Recipe, 1);

    /// <summary>Labels 0.70, 0.71, 0.72 and KD two points above, the teacher at 0.80.</summary>
    public static IReadOnlyList<RunRow> Runs { get; } =
    [
        .. from seed in new[] { 1L, 2, 3 }
           from run in new[] { Run(labels, seed, 0.69 + (0.01 * seed), null), Run(Kd(4, 0.9), seed, 0.71 + (0.01 * seed) + (seed == 2 ? 0.003 : 0), 0.80) }
           select run,
    ];

    /// <summary>Three epochs of two loss terms for every run.</summary>
    public static IReadOnlyList<EpochRow> Epochs { get; } =
    [
        .. from run in Runs
           from epoch in new[] { 1, 2, 3 }
           from term in new[] { "ce", "kd" }
           select new EpochRow { Id = run.Id, Seed = run.Seed, Method = run.Method, Epoch = epoch, Term = term, TestAccuracy = run.LastAccuracy - (0.05 * (3 - epoch)) },
    ];

    /// <summary>KD at three temperatures and two weights, best at 4 and 0.9; one cell is missing.</summary>
    public static IReadOnlyList<SummaryRow> Grid { get; } =
        new[] { (1.0, 0.5, 0.60), (4, 0.5, 0.62), (8, 0.5, 0.61), (1, 0.9, 0.63), (4, 0.9, 0.66) }.Select(cell => Run(Kd(cell.Item1, cell.Item2), 1, cell.Item3, 0.8)).Summarize();

    /// <summary>Two published numbers, one of which can be compared, and one that was not run.</summary>
    public static Comparison Comparison { get; } = new(
        new PublishedTable("table", "A <table>", "Somebody 2020", "Table 1", null, new(240, 64, "crd", "SGD", "last", 3), Trust.Printed, "", []),
        [
            new(Value("none", 71.5m, null), Runs.Summarize()[0], -0.5, ""),
            new(Value("kd", 73.1m, 0.2m), Runs.Summarize()[1], null, "Ours ran 3 epochs, the paper's 240."),
            new(Value("fitnets", 70.0m, null), null, null, "Not run here."),
        ],
        []);

    public static ConfusionMatrix Matrix { get; } = new(["cat", "dog", "car"], [8, 2, 0, 3, 7, 0, 0, 0, 10]);

    /// <summary>Every kind of chart.</summary>
    public static IReadOnlyList<(string Name, GenericChart Chart)> Charts()
    {
        using var scope = NewDisposeScope();
        var images = arange(4 * 3 * 8 * 8, dtype: ScalarType.Float32).reshape(4, 3, 8, 8);
        var weights = Toy.ResNet.Initialize(Key.Of(1), CPU);
        return
        [
            ("curves", Figures.Curves(Runs, Epochs)),
            ("bars", Figures.Bars(Runs.Summarize())),
            ("comparison", Figures.Bars(Comparison)),
            ("agreement", Figures.Agreement(Comparison)),
            ("boxes", Figures.Boxes(Runs)),
            ("heat map", Figures.HeatMap(Grid, "temperature", "weight")),
            ("confusion", Figures.Confusion(Matrix)),
            ("images", Figures.Images("Four images", images, ["one", "two", "three", "four"], 4)),
            ("histogram", Figures.Histogram("Values", "value", images)),
            ("histograms", Figures.Histograms(weights)),
            ("lines", Figures.Lines("Two lines & <one> band", "x", "y", new Series("a", [1, 2, 3], [1, 4, 9], [0.5, 1, 1]), new Series("b", [1, 2, 3], [2, double.NaN, 4]))),
            ("columns", Figures.Columns("Two groups", "share", ["shirt", "coat"], new Series("teacher", [], [0.7, 0.3], [0.1, 0.05]), new Series("student", [], [0.6, 0.4]))),
        ];
    }

    /// <summary>The chart as plotly.js reads it.</summary>
    public static JsonNode Json(this GenericChart chart) => JsonNode.Parse(GenericChart.toJson(chart))!;

    public static string Title(this GenericChart chart) => ((string)chart.Json()["layout"]!["title"]!["text"]!).Replace("<br>", " ");

    private static Experiment Kd(double temperature, double weight) => labels with { Method = Methods.Hinton(temperature, weight), Teacher = new Source.FromFile(Toy.ResNet, "x", "ab") };

    private static PublishedValue Value(string method, decimal value, decimal? spread) =>
        new("table", "toy", "", Toy.Network.Name, method, "", "accuracy", ReportedEpoch.Last, value, "%", spread, Trust.Printed, "");

    private static RunRow Run(Experiment experiment, long seed, double last, double? teacher) => (experiment with { Seed = seed }) is var seeded
        ? new()
        {
            Id = seeded.Id,
            Experiment = seeded.Text,
            Method = seeded.Method.Name,
            MethodText = seeded.Method.Text,
            Dataset = "toy",
            Student = seeded.Student.Name,
            Seed = seed,
            Epochs = 3,
            LastAccuracy = last,
            BestAccuracy = last + 0.005,
            TeacherAccuracy = teacher,
            Status = RunRow.Ok,
            Budget = "smoke",
            Device = "cpu",
        }
        : throw new InvalidOperationException();
}
