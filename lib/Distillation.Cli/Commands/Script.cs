using System.CommandLine;

namespace Distillation.Cli.Commands;

/// <summary>What the script kd does itself, before there is a program; here so that the help is whole.</summary>
internal static class Script
{
    /// <summary>setup and test.</summary>
    public static IReadOnlyList<Verb> Verbs { get; } =
    [
        new(
            Told("setup", "install what is missing and build; happens by itself on the first start", new Option<bool>("--again") { Description = "ask the NuGet feed again which packages it carries" }),
            [new("./kd setup", "prepare everything, run nothing"), new("./kd setup --again", "the feed has changed")]),
        new(
            Told("test", "run the tests; the last line counts them", new Option<bool>("--all") { Description = "the slow ones too" }, new Argument<string[]>("words") { Description = "only tests whose names contain all of these" }),
            [new("./kd test", "the tests, without the slow ones"), new("./kd test --all", "all of them"), new("./kd test Networks.ResNet", "those whose name contains this")]),
    ];

    private static Command Told(string name, string description, params Symbol[] symbols)
    {
        var command = new Command(name, description);
        foreach (var option in symbols.OfType<Option>())
        {
            command.Options.Add(option);
        }

        foreach (var argument in symbols.OfType<Argument>())
        {
            command.Arguments.Add(argument);
        }

        command.SetAction(int (_) => throw new BadInput($"'{name}' is done by the script: run './kd {name}'."));
        return command;
    }
}
