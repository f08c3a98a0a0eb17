using System.Reflection;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>That no formula is forgotten: whoever adds one to <see cref="Losses"/> holds it to golden values too.</summary>
public sealed class GoldenCoverTests
{
    // What other formulas are made of, each with the golden one that calls it.
    private static readonly IReadOnlyDictionary<string, string> parts = new Dictionary<string, string>
    {
        [nameof(Losses.Attention)] = nameof(Losses.AttentionTransfer),
        [nameof(Losses.JointLabels)] = nameof(Losses.Joint),
        [nameof(Losses.Reliable)] = nameof(Losses.Selected),
        [nameof(Losses.ActivationMaps)] = nameof(Losses.ClassMaps),
    };

    private static readonly string folder = Path.Combine(Golden.RepositoryRoot, "tests", "Distillation.Tests");

    // The tests that call formulas on the inputs of golden cases.
    private static readonly string compared = string.Concat(
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "GoldenCoverTests.cs").Order(StringComparer.Ordinal)
            .Select(File.ReadAllText).Where(text => text.Contains("GoldenInputs.Compare(", StringComparison.Ordinal) || text.Contains("LossCases.Named(", StringComparison.Ordinal)));

    public static TheoryData<string> Formulas =>
        [.. typeof(Losses).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(method => method.ReturnType == typeof(Tensor)).Select(method => method.Name).Distinct()];

    [Theory]
    [MemberData(nameof(Formulas))]
    public void A_public_formula_is_held_to_golden_values(string name) => Assert.Matches($@"Losses\.{parts.GetValueOrDefault(name, name)}\b", compared);
}
