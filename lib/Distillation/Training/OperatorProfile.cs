using System.Runtime.InteropServices;

namespace Distillation;

/// <summary>What one operator cost.</summary>
/// <param name="Name">As libtorch names it: <c>aten::convolution</c>, or <c>ConvolutionBackward0</c> for a node of the backward pass.</param>
/// <param name="Calls">How often it ran.</param>
/// <param name="Self">Time in it, without the operators that it called.</param>
/// <param name="Total">Time in it, with them.</param>
public sealed record OperatorTime(string Name, long Calls, TimeSpan Self, TimeSpan Total);

/// <summary>
/// Counts and times every operator between <see cref="Start"/> and <see cref="Stop"/>. TorchSharp has no profiler, so this asks libtorch itself through an optional library of this project
/// (lib/Distillation.Native, built by <c>./kd setup</c> where a C++ compiler is). On a GPU the times are those of handing work over, not of doing it.
/// </summary>
public static class OperatorProfile
{
    private delegate int Begin();

    private delegate long End();

    private delegate nint Read(long index, [In, Out] long[] numbers);

    /// <summary>Why there is no profile here, in a sentence; null when there is one.</summary>
    public static string? Absence => NativePart.Absence is { } reason ? $"Operators cannot be counted: {reason}" : null;

    /// <summary>Begins to count.</summary>
    /// <exception cref="BadInput">The library is not here (<see cref="Absence"/> says why), or somebody counts already.</exception>
    public static void Start()
    {
        if (Absence is { } absence)
        {
            throw new BadInput(absence);
        }

        if (NativePart.Entry<Begin>("distillation_profile_start")() == 0)
        {
            throw new BadInput("Operators are being counted already; end that profile before another one begins.");
        }
    }

    /// <summary>Ends counting. Call it when no operator is running.</summary>
    /// <returns>The operators by falling <see cref="OperatorTime.Self"/>; empty when nobody was counting.</returns>
    public static IReadOnlyList<OperatorTime> Stop()
    {
        if (Absence is not null)
        {
            return [];
        }

        var (count, read) = (NativePart.Entry<End>("distillation_profile_stop")(), NativePart.Entry<Read>("distillation_profile_line"));
        var (lines, numbers) = (new List<OperatorTime>(), new long[3]);
        for (var index = 0L; index < count; index++)
        {
            var name = Marshal.PtrToStringUTF8(read(index, numbers))!;
            lines.Add(new(name, numbers[0], Nanoseconds(numbers[1]), Nanoseconds(numbers[2])));
        }

        return [.. lines.OrderByDescending(line => line.Self).ThenBy(line => line.Name, StringComparer.Ordinal)];
    }

    private static TimeSpan Nanoseconds(long count) => TimeSpan.FromMicroseconds(count / 1000.0);
}
