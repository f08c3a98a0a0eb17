using System.Text.Json.Serialization;

namespace Distillation;

/// <summary>
/// A number as a function of progress, from 0 (start) to 1 (end): a learning rate, the weight of a loss, a temperature. Schedules are values; because they speak of progress
/// rather than of steps, the same schedule serves a run of 3 epochs and one of 240.
/// </summary>
[JsonDerivedType(typeof(Constant), "constant")]
[JsonDerivedType(typeof(MultiStep), "multi-step")]
[JsonDerivedType(typeof(Cosine), "cosine")]
[JsonDerivedType(typeof(Linear), "linear")]
[JsonDerivedType(typeof(Polynomial), "polynomial")]
[JsonDerivedType(typeof(Join), "join")]
[JsonDerivedType(typeof(Stairs), "stairs")]
[JsonDerivedType(typeof(Rest), "rest")]
public abstract record Schedule
{
    // 3 * 0.1 lies above 3 / 10: a point reached up to rounding is reached. No run has so many steps that this is one of them.
    private const double Rounding = 1e-10;

    private Schedule()
    {
    }

    /// <summary>The same value throughout.</summary>
    public sealed record Constant(double Value) : Schedule;

    /// <summary><paramref name="Start"/>, multiplied by <paramref name="Factor"/> at each of the given points of progress; a point belongs to what follows it.</summary>
    public sealed record MultiStep(double Start, double Factor, Sequence<double> Points) : Schedule;

    /// <summary>From <paramref name="Start"/> to <paramref name="End"/> along half a cosine (Loshchilov and Hutter 2017, equation 5, without restarts).</summary>
    public sealed record Cosine(double Start, double End = 0) : Schedule;

    /// <summary>From <paramref name="Start"/> to <paramref name="End"/> along a line.</summary>
    public sealed record Linear(double Start, double End) : Schedule;

    /// <summary>End + (Start - End)·(1 - progress)^Power.</summary>
    public sealed record Polynomial(double Start, double Power, double End = 0) : Schedule;

    /// <summary><paramref name="First"/>, stretched over progress from 0 to <paramref name="Point"/>, then <paramref name="Second"/> over the rest.</summary>
    public sealed record Join(Schedule First, double Point, Schedule Second) : Schedule;

    /// <summary><paramref name="Inner"/> held constant over each of <paramref name="Count"/> equal parts: with the number of epochs, a schedule that moves once per epoch as PyTorch's do.</summary>
    public sealed record Stairs(Schedule Inner, int Count) : Schedule;

    /// <summary>What <paramref name="Of"/> leaves of <paramref name="Whole"/>: Whole - Of, as the weight of one loss where another's is a share.</summary>
    public sealed record Rest(Schedule Of, double Whole = 1) : Schedule;

    /// <summary>The value at a point of progress; before 0 and after 1 the value there.</summary>
    public double At(double progress)
    {
        var t = Math.Clamp(progress, 0, 1);
        return this switch
        {
            Constant s => s.Value,
            MultiStep s => s.Start * Math.Pow(s.Factor, s.Points.Count(point => t >= point - Rounding)),
            Cosine s => s.End + ((s.Start - s.End) * (1 + Math.Cos(Math.PI * t)) / 2),
            Linear s => s.Start + ((s.End - s.Start) * t),
            Polynomial s => s.End + ((s.Start - s.End) * Math.Pow(1 - t, s.Power)),
            Join s => t < s.Point - Rounding ? s.First.At(t / s.Point) : s.Second.At(s.Point >= 1 ? 1 : (t - s.Point) / (1 - s.Point)),
            Stairs s => s.Inner.At(Math.Floor((t + Rounding) * s.Count) / s.Count),
            Rest s => s.Whole - s.Of.At(t),
            _ => throw new InvalidOperationException($"No value for {this}."),
        };
    }

    /// <summary>A number where a schedule is asked for is a constant one.</summary>
    public static implicit operator Schedule(double value) => new Constant(value);

    /// <summary>Every <paramref name="every"/> part of progress the value is multiplied by <paramref name="factor"/>.</summary>
    public static Schedule Step(double start, double factor, double every) =>
        every is > 0 and <= 1
            ? new MultiStep(start, factor, [.. Enumerable.Range(1, (int)Math.Floor((1 / every) + 1e-9)).Select(i => i * every)])
            : throw new BadInput($"A step schedule needs a part of progress between 0 and 1, not {every}; 30 of 90 epochs are 30.0 / 90.");

    /// <summary>
    /// One cycle (Smith and Topin 2018) as PyTorch anneals it: from peak / <paramref name="div"/> up to the peak within the first <paramref name="rise"/> of progress, then down to
    /// peak / div / <paramref name="finalDiv"/>, both along half a cosine, or along lines.
    /// </summary>
    public static Schedule OneCycle(double peak, double rise = 0.3, double div = 25, double finalDiv = 1e4, bool linear = false) => linear
        ? new Join(new Linear(peak / div, peak), rise, new Linear(peak, peak / div / finalDiv))
        : new Join(new Cosine(peak / div, peak), rise, new Cosine(peak, peak / div / finalDiv));

    /// <summary>This schedule after a linear rise from <paramref name="start"/> to its first value over the first <paramref name="part"/> of progress.</summary>
    public Schedule AfterWarmUp(double part, double start = 0) => new Join(new Linear(start, At(0)), part, this);

    /// <summary>This schedule with every value multiplied by a number.</summary>
    public Schedule Times(double factor) => this switch
    {
        Constant s => new Constant(s.Value * factor),
        MultiStep s => s with { Start = s.Start * factor },
        Cosine s => new Cosine(s.Start * factor, s.End * factor),
        Linear s => new Linear(s.Start * factor, s.End * factor),
        Polynomial s => s with { Start = s.Start * factor, End = s.End * factor },
        Join s => s with { First = s.First.Times(factor), Second = s.Second.Times(factor) },
        Stairs s => s with { Inner = s.Inner.Times(factor) },
        Rest s => new Rest(s.Of.Times(factor), s.Whole * factor),
        _ => throw new InvalidOperationException($"No multiple of {this}."),
    };

    /// <summary>This schedule up to a point of progress, then another.</summary>
    public Schedule Until(double point, Schedule next) => new Join(this, point, next);
}
