using Distillation.Cli.Terminal;

namespace Distillation.Tests.Cli;

public sealed class TerminalTests
{
    private static readonly Sheet sheet = new(
        [new("name"), new("accuracy", Numbers: true)],
        [["labels, alone", "86.10"], ["the \"teacher\"", "7.00"]]);

    [Fact]
    public void Elsewhere_than_on_a_terminal_a_table_is_columns_of_plain_text()
    {
        using var output = new StringWriter();
        sheet.Show(Screen.Plain(output, TextWriter.Null));

        Assert.Equal("name           accuracy\nlabels, alone     86.10\nthe \"teacher\"      7.00\n", output.ToString());
    }

    [Fact]
    public void Csv_quotes_commas_and_doubles_quotes() => Assert.Equal("name,accuracy\n\"labels, alone\",86.10\n\"the \"\"teacher\"\"\",7.00\n", sheet.ToCsv());

    [Fact]
    public void A_complaint_in_a_file_is_one_line_without_escape_sequences_however_long_it_is()
    {
        using var error = new StringWriter();
        var sentence = string.Join(' ', Enumerable.Repeat("[red]long[/]", 100));
        Screen.Plain(TextWriter.Null, error).Error(sentence);

        Assert.Equal(sentence + "\n", error.ToString());
    }

    [Theory]
    [InlineData(8, "8 s")]
    [InlineData(59.7, "1 min 00 s")]
    [InlineData(80, "1 min 20 s")]
    [InlineData(3600, "1 h 00 min")]
    [InlineData(7500, "2 h 05 min")]
    public void Times_are_short(double seconds, string text) => Assert.Equal(text, Amounts.Time(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Numbers_look_the_same_in_every_country()
    {
        Assert.Equal("12,345 images/s", Amounts.Speed(12345.4));
        Assert.Equal("87.03 %", Amounts.Percent(0.8703));
        Assert.Equal("25.3 of 30.9 MB", Amounts.Bytes(25_300_000, 30_900_000));
        Assert.Equal("25.3 MB", Amounts.Bytes(25_300_000, null));
    }

    [Fact]
    public void The_moving_view_shows_who_learns_how_far_it_is_how_fast_and_how_long_it_takes()
    {
        var view = FoldView.Of([Some.Experiment(1), Some.Experiment(2)])
            .After(new FoldProgress(Epoch: 2, Epochs: 8, Step: 25, Steps: 100, ImagesPerSecond: 12_345, TimeSpan.FromSeconds(80)))
            .After(Some.Experiment(2), Some.Report(1));
        using var output = new StringWriter();
        Screen.Plain(output, TextWriter.Null).Out.Write(view.Moving());
        var text = output.ToString();

        Assert.Contains("on 60,000 images of mnist, 2 side by side, 8 epochs", text);
        Assert.Contains($"{new string('━', 10)}{new string('─', 30)} epoch 2/8  12,345 images/s  1 min 20 s left", text);
        Assert.Matches(@"seed 1\s*\n", text);
        Assert.Matches(@"seed 2\s+1\s+0\.5000\s+81\.00 %\s+82\.00 %", text);
    }

    [Fact]
    public void In_a_file_an_epoch_is_one_line()
    {
        var view = FoldView.Of([Some.Experiment(1)]).After(new FoldProgress(1, 8, 25, 100, 12_345, TimeSpan.FromSeconds(80)));

        Assert.Equal(
            $"epoch 1/8  {Some.Experiment(1).Student.Name} none seed 1  loss 0.5000  training 81.00 %  test 82.00 %  5,000 images/s  1 min 20 s left",
            view.EpochLine(Some.Experiment(1), Some.Report(1)));
    }

    [Fact]
    public void A_watched_grid_writes_titles_epochs_and_runs_to_standard_error_only()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var experiment = Some.Experiment(1);

        var answer = Watching.Grid(Screen.Plain(output, error), watcher =>
        {
            watcher.OnFold!([experiment]);
            watcher.OnEpoch!(experiment, Some.Report(1));
            watcher.OnRun!(experiment, new RunRow { Id = "abc", Student = "lenet-5", Method = "none", Seed = 1, Status = RunRow.Ok, LastAccuracy = 0.82, Seconds = 12 }, false);
            watcher.OnRun!(experiment, new RunRow { Id = "def", Student = "lenet-5", Method = "none", Seed = 2, Status = "stopped: no finite number", LastAccuracy = 0.1 }, false);
            return 42;
        });

        Assert.Equal((42, ""), (answer, output.ToString()));
        var lines = error.ToString().TrimEnd().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.EndsWith("on 60,000 images of mnist, 8 epochs", lines[0]);
        Assert.StartsWith("epoch 1/8", lines[1]);
        Assert.Equal("lenet-5 none seed 1: 82.00 % in 12 s (run abc)", lines[2]);
        Assert.Equal("lenet-5 none seed 2: stopped: no finite number", lines[3]);
    }

    private static class Some
    {
        public static Experiment Experiment(long seed) =>
            new(Datasets.Mnist, [], Networks.LeNet5(size: 28), Methods.None, Recipes.Short, seed);

        public static EpochReport Report(int epoch) =>
            new(null!, epoch, 0.1, [("labels", 0.5)], 0.5, 0.81, new Score(0.82, 0.6), 12, 5000, null);
    }
}
