using System.Reflection;
using Chart = Plotly.NET.CSharp.Chart;

namespace Plotly.Tests;

/// <summary>
/// The stand-ins offer exactly the lines of tests/surface. For Plotly.NET.CSharp they are lines of the real package's list, names, parameters and defaults included;
/// for Plotly.NET, written in F#, they are the members of the published source that this project calls, without base types and interfaces.
/// </summary>
public sealed class SurfaceTests
{
    [StandInTheory]
    [InlineData("Plotly.NET.CSharp")]
    [InlineData("Plotly.NET")]
    public void Everything_public_is_a_line_of_the_real_packages_surface(string package) => Assert.Empty(Offered(package).Except(Listed(package)));

    [StandInTheory]
    [InlineData("Plotly.NET.CSharp")]
    [InlineData("Plotly.NET")]
    public void Everything_listed_is_offered(string package) => Assert.Empty(Listed(package).Except(Offered(package)));

    [Theory]
    [InlineData("Plotly.NET.CSharp")]
    [InlineData("Plotly.NET")]
    public void No_line_is_listed_twice(string package) => Assert.Equal(Listed(package).Count(), Listed(package).Distinct().Count());

    private static IEnumerable<string> Offered(string package) =>
        package == "Plotly.NET"
            ? TorchSharp.Tests.PublicSurface.Of(typeof(Plotly.NET.GenericChart).Assembly).Where(line => line.StartsWith("M ", StringComparison.Ordinal) && !line.Contains(" override ", StringComparison.Ordinal))
            : TorchSharp.Tests.PublicSurface.Of(typeof(Chart).Assembly);

    private static IEnumerable<string> Listed(string package) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, package + ".surface.txt"))
            .Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(line => line.Replace("Plotly.NET.CSharp.", "", StringComparison.Ordinal));
}

/// <summary>A theory about the stand-ins only: reported as skipped, with the reason, where the real packages are present.</summary>
internal sealed class StandInTheoryAttribute : TheoryAttribute
{
    public StandInTheoryAttribute() =>
        Skip = typeof(Chart).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Contains("stand-in", StringComparison.Ordinal)
            ? null!
            : "the real package Plotly.NET.CSharp is present; this is a fact about its stand-in";
}
