using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Distillation.Cli.Diagnosis;

/// <summary>The computer.</summary>
/// <param name="Processor">As it names itself.</param>
/// <param name="Cores">Logical processors that this process may use.</param>
/// <param name="MemoryGiB">Main memory, or what a container allows of it.</param>
/// <param name="Features">Vector and matrix units that matter for speed, such as AVX-512, AMX and their bfloat16 forms.</param>
internal sealed record Machine(string Processor, int Cores, double MemoryGiB, IReadOnlyList<string> Features)
{
    // As Linux writes them in /proc/cpuinfo, and as people do.
    private static readonly (string Flag, string Name)[] known =
    [
        ("avx2", "AVX2"), ("avx512f", "AVX-512"), ("avx512_bf16", "AVX-512 bf16"), ("amx_tile", "AMX"), ("amx_bf16", "AMX bf16"),
        ("asimd", "NEON"), ("sve", "SVE"), ("bf16", "bf16"), ("i8mm", "int8 matrices"),
    ];

    /// <summary>This one.</summary>
    public static Machine Here() => From(File.Exists("/proc/cpuinfo") ? File.ReadAllLines("/proc/cpuinfo") : []);

    /// <summary>From the lines of /proc/cpuinfo; without lines, from what the runtime knows.</summary>
    public static Machine From(IReadOnlyList<string> cpuinfo)
    {
        var flags = (Value(cpuinfo, "flags") ?? Value(cpuinfo, "Features"))?.Split(' ') ?? [.. Supported()];
        return new(
            Value(cpuinfo, "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
            Environment.ProcessorCount,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30),
            [.. known.Where(unit => flags.Contains(unit.Flag)).Select(unit => unit.Name)]);
    }

    private static string? Value(IReadOnlyList<string> cpuinfo, string key) =>
        cpuinfo.FirstOrDefault(line => line.Split(':')[0].Trim() == key) is { } line ? line[(line.IndexOf(':') + 1)..].Trim() : null;

    private static IEnumerable<string> Supported() =>
        new[] { (Avx2.IsSupported, "avx2"), (Avx512F.IsSupported, "avx512f"), (AdvSimd.IsSupported, "asimd") }.Where(unit => unit.Item1).Select(unit => unit.Item2);
}
