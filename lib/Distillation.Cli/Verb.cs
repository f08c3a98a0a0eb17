using System.CommandLine;

namespace Distillation.Cli;

/// <summary>A line that can be typed as it stands, and what it does.</summary>
internal sealed record Example(string Line, string Meaning);

/// <summary>A command of <c>./kd</c> with the examples that its help ends with; the first is also in the help of <c>./kd</c> itself.</summary>
internal sealed record Verb(Command Command, IReadOnlyList<Example> Examples);
