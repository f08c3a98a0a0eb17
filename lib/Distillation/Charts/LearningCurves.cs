using System.Globalization;
using System.Text;
using MathNet.Numerics.Statistics;

namespace Distillation;

/// <summary>Test accuracy over epochs as a picture: one line per method, the mean over seeds, in a band of one standard deviation.</summary>
public static class LearningCurves
{
    private const double Width = 760;
    private const double Height = 420;
    private const double Left = 64;
    private const double Right = 168;
    private const double Top = 56;
    private const double Bottom = 52;

    // Readable without colour vision (Okabe and Ito 2008).
    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

    private sealed record Point(int Epoch, double Mean, double Deviation);

    private sealed record Curve(string Method, IReadOnlyList<Point> Points);

    /// <summary>The picture as SVG text. The runs must share everything but method and seed; their epochs are found by their ids.</summary>
    /// <param name="title">Written above.</param>
    /// <param name="runs">The runs.</param>
    /// <param name="epochs">Rows of at least these runs.</param>
    /// <exception cref="BadInput">There is nothing to draw.</exception>
    public static string Svg(string title, IReadOnlyList<RunRow> runs, IEnumerable<EpochRow> epochs)
    {
        var wanted = runs.Select(run => run.Id).ToHashSet();
        // Two settings of one method are two curves.
        var several = runs.GroupBy(run => run.Method).Where(method => method.Select(run => run.MethodText).Distinct().Count() > 1).Select(method => method.Key).ToHashSet();
        var labels = runs.ToDictionary(run => run.Id, run => several.Contains(run.Method) ? run.MethodText : run.Method);
        var curves = epochs.Where(row => wanted.Contains(row.Id))
            .GroupBy(row => labels[row.Id])
            .Select(method => new Curve(method.Key, [.. method
                .GroupBy(row => row.Epoch)
                .OrderBy(epoch => epoch.Key)
                // A run has a row per loss term and epoch; its accuracy counts once.
                .Select(epoch => epoch.DistinctBy(row => row.Id).Select(row => 100 * row.TestAccuracy).ToList())
                .Select((values, i) => new Point(i + 1, values.Mean(), values.Count > 1 ? values.StandardDeviation() : 0))]))
            .OrderBy(curve => curve.Points[^1].Mean)
            .ToList();
        if (curves.Count == 0)
        {
            throw new BadInput("There are no epochs of these runs to draw; run them first.");
        }

        var teacher = runs.Select(run => 100 * run.TeacherAccuracy).OfType<double>().Cast<double?>().FirstOrDefault();
        var lowest = curves.SelectMany(curve => curve.Points).Min(point => point.Mean - point.Deviation);
        // The first epochs of a one-cycle run would flatten everything that matters.
        var bottom = Math.Floor(Math.Max(lowest, curves.Max(curve => curve.Points[^1].Mean) - 30) / 5) * 5;
        var top = Math.Ceiling(Math.Max(teacher ?? 0, curves.Max(curve => curve.Points.Max(point => point.Mean + point.Deviation))) / 5) * 5;
        // Where every value is the same multiple of five there is still an axis.
        top = Math.Max(top, bottom + 5);
        var last = curves.Max(curve => curve.Points[^1].Epoch);
        double X(double epoch) => Left + ((Width - Left - Right) * (last == 1 ? 0.5 : (epoch - 1) / (last - 1)));
        double Y(double percent) => Height - Bottom - ((Height - Top - Bottom) * (Math.Clamp(percent, bottom, top) - bottom) / (top - bottom));

        var svg = new StringBuilder();
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">");
        Add($"<title>{Escaped(title)}</title><rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>");
        Add($"<text x=\"{Left}\" y=\"28\" font-size=\"16\" font-weight=\"bold\" fill=\"#222\">{Escaped(title)}</text>");
        for (var tick = bottom; tick <= top; tick += 5)
        {
            Add($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):0.0}\" y2=\"{Y(tick):0.0}\" stroke=\"#e4e4e4\"/><text x=\"{Left - 8}\" y=\"{Y(tick) + 4:0.0}\" text-anchor=\"end\" fill=\"#444\">{tick:0}</text>");
        }

        for (var epoch = 1; epoch <= last; epoch += Math.Max(1, last / 10))
        {
            Add($"<text x=\"{X(epoch):0.0}\" y=\"{Height - Bottom + 20}\" text-anchor=\"middle\" fill=\"#444\">{epoch}</text>");
        }

        Add($"<text x=\"{(Left + Width - Right) / 2:0.0}\" y=\"{Height - 10}\" text-anchor=\"middle\" fill=\"#444\">epoch</text>");
        Add($"<text transform=\"translate(18 {(Top + Height - Bottom) / 2:0.0}) rotate(-90)\" text-anchor=\"middle\" fill=\"#444\">test accuracy, %</text>");
        if (teacher is { } line)
        {
            Add($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(line):0.0}\" y2=\"{Y(line):0.0}\" stroke=\"#555\" stroke-dasharray=\"6 4\"/><text x=\"{Width - Right + 8}\" y=\"{Y(line) + 4:0.0}\" fill=\"#555\">teacher {line:0.00}</text>");
        }

        // Labels keep a line's height apart, from the top down.
        var label = teacher is { } t ? Y(t) + 4 : double.NegativeInfinity;
        foreach (var (curve, i) in curves.Select((curve, i) => (curve, i)).Reverse())
        {
            var colour = Colours[i % Colours.Length];
            var upper = curve.Points.Select(p => $"{F(X(p.Epoch))},{F(Y(p.Mean + p.Deviation))}");
            var lower = curve.Points.Reverse().Select(p => $"{F(X(p.Epoch))},{F(Y(p.Mean - p.Deviation))}");
            var end = curve.Points[^1];
            label = Math.Max(Y(end.Mean) + 4, label + 18);
            Add($"<polygon points=\"{string.Join(' ', upper.Concat(lower))}\" fill=\"{colour}\" fill-opacity=\"0.18\"/>");
            Add($"<polyline points=\"{string.Join(' ', curve.Points.Select(p => $"{F(X(p.Epoch))},{F(Y(p.Mean))}"))}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>");
            Add($"<text x=\"{Width - Right + 8}\" y=\"{label:0.0}\" fill=\"{colour}\" font-weight=\"bold\">{Escaped(curve.Method)} {end.Mean:0.00} ± {end.Deviation:0.00}</text>");
        }

        return svg.Append("</svg>\n").ToString();

        void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string F(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Escaped(string text) => System.Security.SecurityElement.Escape(text);
}
