namespace Distillation.Tests.Architecture;

public sealed class ShapeRulesTests
{
    [Fact]
    public void No_class_inherits_a_concrete_class_of_ours() => Assert.Empty(ShapeRules.ConcreteParents(Sources.Compile(Sources.Library)));

    [Fact]
    public void No_static_member_can_change() => Assert.Empty(ShapeRules.MutableStatics(Sources.Compile(Sources.Library)));

    [Fact]
    public void A_class_below_a_concrete_one_is_found_and_one_below_an_abstract_one_is_not()
    {
        var file = new SourceFile(
            "lib/Shapes.cs",
            "public abstract record Shape { public sealed record Round : Shape; }\npublic class Base;\npublic class Derived : Base;\npublic class Error : Exception;");

        Assert.Equal(["lib/Shapes.cs:3: Derived inherits Base, which is not abstract."], ShapeRules.ConcreteParents(Sources.Compile([file])));
    }

    [Fact]
    public void Static_state_is_found_and_constants_are_not()
    {
        var file = new SourceFile(
            "lib/State.cs",
            """
            public static class State
            {
                public const int Fixed = 1;
                public static readonly int Also = 1;
                public static IReadOnlyList<int> Values { get; } = [1];
                public static Dictionary<string, int> Fresh => [];
                public static int Counter;
                public static int Setting { get; set; }
                private static readonly Dictionary<string, int> Cache = [];
            }
            """);

        Assert.Equal(
            [
                "lib/State.cs:7: the static State.Counter can be assigned.",
                "lib/State.cs:8: the static State.Setting can be assigned.",
                "lib/State.cs:9: the static State.Cache holds a collection that can change.",
            ],
            ShapeRules.MutableStatics(Sources.Compile([file])));
    }
}
