using System.Globalization;

namespace Distillation.Cli.Terminal;

/// <summary>Numbers as a person reads them, the same in every country.</summary>
internal static class Amounts
{
    /// <summary><c>8 s</c>, <c>1 min 20 s</c>, <c>2 h 05 min</c>.</summary>
    public static string Time(TimeSpan time) => TimeSpan.FromSeconds(Math.Round(time.TotalSeconds)) switch
    {
        { TotalMinutes: < 1 } whole => Text($"{whole.Seconds} s"),
        { TotalHours: < 1 } whole => Text($"{whole.Minutes} min {whole.Seconds:00} s"),
        var whole => Text($"{(int)whole.TotalHours} h {whole.Minutes:00} min"),
    };

    /// <summary><c>12,345 images/s</c>.</summary>
    public static string Speed(double imagesPerSecond) => Text($"{imagesPerSecond:N0} images/s");

    /// <summary>A share as <c>87.03 %</c>.</summary>
    public static string Percent(double share) => Text($"{100 * share:0.00} %");

    /// <summary>A loss as <c>0.4312</c>.</summary>
    public static string Loss(double loss) => Text($"{loss:0.0000}");

    /// <summary><c>25.3 of 30.9 MB</c>, or what has come where the whole is not known.</summary>
    public static string Bytes(long bytes, long? total) => total is { } all ? Text($"{bytes / 1e6:0.0} of {all / 1e6:0.0} MB") : Text($"{bytes / 1e6:0.0} MB");

    /// <summary><c>23.5 GiB</c>.</summary>
    public static string Memory(double gibibytes) => Text($"{gibibytes:0.0} GiB");

    /// <summary><c>60,000 training and 10,000 test images</c>.</summary>
    public static string Images(long train, long test) => Text($"{train:N0} training and {test:N0} test images");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
