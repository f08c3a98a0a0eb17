using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace Distillation.Notebooks;

/// <summary>From what went wrong to what the reader of a notebook needs: the message and the lines of the notebook's own cells.</summary>
internal static partial class Faults
{
    private const int MostLines = 20;

    /// <summary>A cell that does not compile: each error with its line and a mark below the place.</summary>
    public static CellFault Of(ImmutableArray<Diagnostic> diagnostics, string code)
    {
        var lines = code.Split('\n');
        var errors = diagnostics.Where(one => one.Severity == DiagnosticSeverity.Error).OrderBy(one => one.Location.SourceSpan.Start).ToList();
        var told = errors.Select(error => $"{Place(error)}{error.Id}: {error.GetMessage(CultureInfo.InvariantCulture)}").ToList();
        var trace = errors.Zip(told).Take(MostLines / 2).SelectMany(one => Marked(one.First, lines).Prepend(one.Second));
        var message = told.Count > 0 ? told[0] : "The cell does not compile.";
        return new("CompilationError", told.Count > 1 ? $"{message} ({told.Count - 1} more)" : message, [.. trace]);

        static string Place(Diagnostic error) => error.Location.IsInSource && error.Location.GetLineSpan().StartLinePosition is var at ? $"line {at.Line + 1}, column {at.Character + 1}: " : "";

        static IEnumerable<string> Marked(Diagnostic error, string[] lines)
        {
            var span = error.Location.GetLineSpan();
            return error.Location.IsInSource && span.StartLinePosition.Line < lines.Length && lines[span.StartLinePosition.Line] is var line && line.Length < 200
                ? [$"    {line}", $"    {new string([.. line.Take(span.StartLinePosition.Character).Select(letter => letter == '\t' ? '\t' : ' ')])}{new string('^', Math.Max(1, span.StartLinePosition.Line == span.EndLinePosition.Line ? span.EndLinePosition.Character - span.StartLinePosition.Character : 1))}"]
                : [];
        }
    }

    /// <summary>An exception that a cell threw.</summary>
    public static CellFault Of(Exception exception)
    {
        var cause = Cause(exception);
        var trace = Chain(cause).SelectMany((one, i) => Frames(one).Prepend($"{(i == 0 ? "" : "caused by ")}{Name(one)}: {Message(one)}"));
        return new(Name(cause), Message(cause), [.. trace]);
    }

    /// <summary>A cell that was told to stop.</summary>
    public static CellFault Stopped(string why) => new("Interrupted", why, [why]);

    /// <summary>Whether code of a cell threw it, or called what did.</summary>
    public static bool IsOfCells(Exception exception) => new StackTrace(exception).GetFrames().Any(frame => IsOfCell(frame.GetMethod()));

    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (var one = exception; one is not null; one = one.InnerException)
        {
            yield return one;
        }
    }

    private static Exception Cause(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions: [var only] } => Cause(only),
        TargetInvocationException { InnerException: { } inner } => Cause(inner),
        _ => exception,
    };

    private static string Name(Exception exception) => exception.GetType().Name;

    private static string Message(Exception exception) => exception switch
    {
        FileNotFoundException { FileName: { } file } when file.Contains(", Version=", StringComparison.Ordinal) =>
            $"The assembly {file.Split(',')[0]} is needed and not there; build the project it comes from with 'dotnet build', or name the file with #r.",
        InsufficientExecutionStackException => "A function calls itself too deeply: the stack is used up.",
        _ => exception.Message,
    };

    // Down to the last frame that is a cell's; below it is only what started the cell. Files of libraries are not named: they differ by machine.
    private static IEnumerable<string> Frames(Exception exception)
    {
        var frames = new StackTrace(exception, fNeedFileInfo: true).GetFrames();
        var last = Array.FindLastIndex(frames, frame => IsOfCell(frame.GetMethod()));
        var lines = frames.Take(last + 1).Where(frame => frame.GetMethod() is { } method && !IsPlumbing(method)).Select(Line).ToList();
        return lines.Count <= MostLines ? lines : [.. lines.Take(MostLines / 2), $"   … {lines.Count - MostLines} more …", .. lines.TakeLast(MostLines / 2)];
    }

    private static string Line(StackFrame frame)
    {
        var method = frame.GetMethod()!;
        if (!IsOfCell(method))
        {
            return $"   at {method.DeclaringType?.FullName}.{method.Name}";
        }

        var (name, place) = (Function(method), $"{frame.GetFileName()}, line {frame.GetFileLineNumber()}");
        return frame.GetFileLineNumber() == 0 ? $"   at {name}" : name.Length > 0 ? $"   at {name} in {place}" : $"   at {place}";
    }

    // The compiler spells functions inside of others, lambdas and asynchronous methods in its own way.
    private static string Function(MethodBase method) =>
        LocalFunction().Match(method.Name) is { Success: true } local ? local.Groups[1].Value
        : method.Name.Contains(">b__", StringComparison.Ordinal) ? "a lambda"
        : StateMachine().Match(method.DeclaringType?.Name ?? "") is { Success: true } machine ? (machine.Groups[1].Value is "<Initialize>" or "<Factory>" ? "" : LocalFunction().Match(machine.Groups[1].Value) is { Success: true } inner ? inner.Groups[1].Value : machine.Groups[1].Value)
        : method.DeclaringType is { } type && !type.Name.StartsWith("Submission#", StringComparison.Ordinal) ? $"{type.Name}.{method.Name}"
        : method.Name;

    /// <summary>Whether a method was compiled from a cell: the compiler gives the assemblies of scripts this letter.</summary>
    private static bool IsOfCell(MethodBase? method) => method?.Module.Assembly.GetName().Name?.StartsWith('ℛ') == true;

    private static bool IsPlumbing(MethodBase method) =>
        method.Module.Assembly == typeof(Faults).Assembly
        || method.DeclaringType?.Namespace is "System.Runtime.CompilerServices" or "System.Runtime.ExceptionServices" or "System.Threading.Tasks"
        || method.DeclaringType?.Name == "ThrowHelper";

    [GeneratedRegex(@"g__(\w+)\|")]
    private static partial Regex LocalFunction();

    [GeneratedRegex(@"^<(.*)>d__?\d*")]
    private static partial Regex StateMachine();
}
