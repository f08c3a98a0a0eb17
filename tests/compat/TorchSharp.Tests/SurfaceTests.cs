using System.Reflection;
using System.Text.RegularExpressions;

namespace TorchSharp.Tests;

/// <summary>The stand-in offers exactly the lines of tests/surface/TorchSharp.txt, which are lines of the real package: where that is present, it is asked for each.</summary>
public sealed class SurfaceTests
{
    [StandInFact]
    public void Everything_public_is_a_line_of_the_real_packages_surface() => Assert.Empty(Offered().Except(Listed()));

    [Fact]
    public void Everything_listed_is_offered() => Assert.Empty(Listed().Except(Offered()));

    [StandInFact]
    public void No_line_is_listed_twice() => Assert.Equal(Listed().Count(), Listed().Distinct().Count());

    private static IEnumerable<string> Offered() => PublicSurface.Of(typeof(torch).Assembly).Select(Comparable);

    private static IEnumerable<string> Listed() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "TorchSharp.surface.txt")).Where(line => line.Length > 0 && !line.StartsWith('#')).Select(Comparable);

    // A question mark behind a reference type is only an annotation.
    private static string Comparable(string line) => Regex.Replace(line, @"(\b(Tensor|Device|Generator|Scalar|string|object|DisposeScope)|\]|>)\?", "$1");
}

/// <summary>A fact about the stand-in only: reported as skipped, with the reason, where the real package is present.</summary>
internal sealed class StandInFactAttribute : FactAttribute
{
    public StandInFactAttribute()
    {
        if (!StandIn.IsPresent) Skip = "the real package TorchSharp is present; this is a fact about its stand-in";
    }
}

internal static class StandIn
{
    internal static bool IsPresent { get; } =
        typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Contains("stand-in", StringComparison.Ordinal) ?? false;
}
