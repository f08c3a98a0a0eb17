using Microsoft.CodeAnalysis;

namespace Distillation.Tests.Architecture;

public sealed class FolderOrderTests
{
    private static readonly SourceFile late = new(
        "lib/Distillation/Networks/Late.cs",
        """
        namespace Distillation;
        public sealed record Late(int Size)
        {
            public Late() : this(1) { }
            public static Late One { get; } = new(1);
            public static Late operator +(Late a, Late b) => new(a.Size + b.Size);
            public static implicit operator int(Late late) => late.Size;
            public int this[int i] => Size + i;
        }
        public static class LateWays { public static int Double(this int number) => 2 * number; }
        public static partial class Shared { public static int FromNetworks => 1; }
        """);

    private static readonly SourceFile early = new(
        "lib/Distillation/Schedules/Early.cs",
        "namespace Distillation; public static partial class Shared { public static int FromSchedules => 1; }");

    [Fact]
    public void The_library_compiles_in_this_test_so_that_no_name_goes_unjudged() =>
        // CS8795: the other half of a partial method, which a source generator writes (regular expressions).
        Assert.Empty(Sources.Compile(Sources.Library).GetDiagnostics().Where(d => d is { Severity: DiagnosticSeverity.Error, Id: not "CS8795" }).Select(d => d.ToString()));

    [Fact]
    public void A_folder_uses_only_what_stands_before_it() => Assert.Empty(FolderOrder.Violations(Sources.Compile(Sources.Library)));

    [Fact]
    public void Every_folder_of_the_library_has_a_place_in_the_order() => Assert.Empty(FolderOrder.Unknown(Sources.Library));

    [Fact]
    public void A_use_of_a_later_folder_is_named_with_file_line_symbol_and_both_folders()
    {
        var wrong = new SourceFile("lib/Distillation/Losses/Wrong.cs", "namespace Distillation;\n\npublic static class Wrong { public static object Size(Late late) => late; }");

        Assert.Equal(
            ["lib/Distillation/Losses/Wrong.cs:3: Losses uses Distillation.Late of Networks, which comes later."],
            FolderOrder.Violations(Sources.Compile([late, early, wrong])));
    }

    [Theory]
    [InlineData("3.Double()", "Distillation.LateWays.Double(int)")]
    [InlineData("Data().Size", "Distillation.Late.Size")]
    [InlineData("Data() + Data()", "Distillation.Late.operator +(Distillation.Late, Distillation.Late)")]
    [InlineData("Number(Data())", "Distillation.Late.implicit operator int(Distillation.Late)")]
    [InlineData("Data()[2]", "Distillation.Late.this[int]")]
    [InlineData("Take(new(5))", "Distillation.Late.Late(int)")]
    [InlineData("Shared.FromNetworks", "Distillation.Shared.FromNetworks")]
    [InlineData("Helper<Late>()", "Distillation.Late")]
    public void A_use_that_names_no_type_is_found_too(string expression, string symbol)
    {
        // Data comes before Networks as well; what it declares may be used from Losses, though its result may not.
        var data = new SourceFile(
            "lib/Distillation/Data/Leak.cs",
            "namespace Distillation; public static class Leak { public static dynamic Any() => 1; public static Late Data() => null!; public static int Number(int n) => n; "
            + "public static int Take(Late late) => 1; public static int Helper<T>() => 1; }");
        var wrong = new SourceFile("lib/Distillation/Losses/Wrong.cs", $"using static Distillation.Leak; namespace Distillation; public static class Wrong {{ public static object Value => {expression}; }}");

        Assert.Contains(
            $"lib/Distillation/Losses/Wrong.cs:1: Losses uses {symbol} of Networks, which comes later.",
            FolderOrder.Violations(Sources.Compile([late, early, data, wrong])));
    }

    [Fact]
    public void An_earlier_folder_the_root_and_the_early_part_of_a_partial_type_may_be_used()
    {
        var root = new SourceFile("lib/Distillation/Everywhere.cs", "namespace Distillation; public static class Everywhere { public static int One => 1; }");
        var right = new SourceFile(
            "lib/Distillation/Training/Right.cs",
            "namespace Distillation; public static class Right { public static int Value => Everywhere.One + Late.One.Size + 2.Double() + Shared.FromNetworks; }");
        var partial = new SourceFile("lib/Distillation/Losses/Right.cs", "namespace Distillation; public static class Partial { public static int Value => Shared.FromSchedules; }");

        Assert.Empty(FolderOrder.Violations(Sources.Compile([late, early, root, right, partial])));
    }

    [Fact]
    public void The_root_of_the_library_may_use_no_folder()
    {
        var root = new SourceFile("lib/Distillation/Everywhere.cs", "namespace Distillation; public static class Everywhere { public static int One => Shared.FromSchedules; }");

        Assert.Contains(
            "lib/Distillation/Everywhere.cs:1: the root of the library uses Distillation.Shared.FromSchedules of Schedules, which comes later.",
            FolderOrder.Violations(Sources.Compile([early, late, root])));
    }
}
