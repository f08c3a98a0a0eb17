namespace Distillation.Cli;

/// <summary>Help texts.</summary>
internal static class Help
{
    /// <summary>What a command does, and how it is typed.</summary>
    public static string With(string what, params string[] examples) =>
        $"{what}\n\nExamples:\n{string.Join('\n', examples.Select(example => $"  {example}"))}";
}
