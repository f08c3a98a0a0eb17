using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace Distillation.Notebooks;

/// <summary>What an engine is made with.</summary>
/// <param name="Folder">The notebook's folder: what relative paths in <c>#r</c> and <c>#!import</c> start from.</param>
public sealed record EngineOptions(string Folder)
{
    /// <summary>How many characters of printed text a cell keeps.</summary>
    public int PrintLimit { get; init; } = 1_000_000;

    /// <summary>A line for a cell that reads the console; null where nobody can answer.</summary>
    public Func<string?> Input { get; init; } = () => null;
}

/// <summary>How a cell ended.</summary>
/// <param name="Fault">Why it failed; null when it did not.</param>
/// <param name="Interrupted">Whether it was stopped from outside.</param>
public sealed record CellEnd(CellFault? Fault, bool Interrupted = false);

/// <summary>
/// Executes cells of C#, each on the ground of those before: variables, functions, types and <c>using</c> lines of a cell hold in later ones, also
/// when it ended in an exception. The headless runner and an interactive kernel are two faces of it. One cell at a time.
/// </summary>
public sealed class Engine : IDisposable
{
    // What .NET Interactive opens for every cell, and nothing of this project's own beside the functions that show values.
    private static readonly string[] usings =
        ["System", "System.IO", "System.Text", "System.Collections", "System.Collections.Generic", "System.Linq", "System.Threading.Tasks", "Distillation.Notebooks.Cells", "Distillation.Notebooks.Cells.Shows"];

    private static readonly Lock binding = new();

    private readonly EngineOptions engine;
    private readonly InteractiveAssemblyLoader loader = new();
    private readonly SemaphoreSlim turn = new(1);
    private readonly List<string> feeds = [];
    private readonly DisplayIds ids = new();
    private readonly ConcurrentQueue<Exception> strays = new();
    private ScriptOptions options;
    private ScriptState<object>? state;

    /// <summary>An engine in which nothing has been executed yet.</summary>
    public Engine(EngineOptions engine)
    {
        this.engine = engine;
        // By its file, as what a cell names itself is referred to: two ways to one assembly are two assemblies to the compiler.
        options = ScriptOptions.Default
            .WithReferences(References.Framework).AddReferences(MetadataReference.CreateFromFile(typeof(Engine).Assembly.Location)).WithImports(usings)
            .WithMetadataResolver(ScriptMetadataResolver.Default.WithBaseDirectory(engine.Folder))
            .WithLanguageVersion(LanguageVersion.Latest).WithAllowUnsafe(true)
            // Line numbers in traces.
            .WithEmitDebugInformation(true).WithFileEncoding(Encoding.UTF8);
    }

    /// <summary>Executes a cell. Nothing that the cell does makes this throw: the end says how it went, and what it gave has gone to the sink.</summary>
    /// <param name="name">What traces call the cell, such as "cell 3".</param>
    /// <param name="code">Its text.</param>
    /// <param name="sink">Takes the outputs in order, one at a time; the fault is the last of them.</param>
    /// <param name="stop">Interrupts the cell.</param>
    public async Task<CellEnd> Execute(string name, string code, Action<Output> sink, CancellationToken stop = default)
    {
        await turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        ConsoleRouting.Install();
        Strays.Install();
        var execution = new Execution(sink, ids, engine.PrintLimit, engine.Input, strays, stop);
        var end = new CellEnd(null);
        try
        {
            await Execute(name, code, engine.Folder, execution, [], stop).ConfigureAwait(false);
        }
        catch (CellLeftBehind)
        {
            end = new(Faults.Stopped("The cell was stopped. What it called goes on in the background, where nothing can end it but a restart."), Interrupted: true);
        }
        catch (Exception e) when (stop.IsCancellationRequested && IsStop(e))
        {
            end = new(Faults.Stopped("The cell was stopped."), Interrupted: true);
        }
        catch (CellStopped e)
        {
            end = new(e.Fault);
        }
        catch (Exception e)
        {
            end = new(Faults.Of(e));
        }
        finally
        {
            turn.Release();
        }

        // What the cell itself says comes first; of several threads the first to fail speaks.
        end = strays.TryDequeue(out var stray) && end.Fault is null ? new(Faults.Of(stray)) : end;
        strays.Clear();
        if (end.Fault is { } fault)
        {
            execution.Emit(new Output.Failed(fault));
        }

        return end;
    }

    /// <summary>The compiler's view of a text as if it were the next cell: for completion, inspection, and whether it is whole.</summary>
    /// <param name="code">The text; commands count as empty lines.</param>
    public SemanticModel Model(string code)
    {
        var compilation = Next(CellParts.CodeOf(code), "next").GetCompilation();
        return compilation.GetSemanticModel(compilation.SyntaxTrees.Single());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        loader.Dispose();
        turn.Dispose();
    }

    private async Task Execute(string name, string code, string folder, Execution execution, IReadOnlyList<string> importing, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var parts = CellParts.Of(code);
        foreach (var part in parts)
        {
            stop.ThrowIfCancellationRequested();
            switch (part)
            {
                case CellPart.Reference(var reference, var line):
                    Add(await References.Resolve(reference, folder, feeds, line, stop).ConfigureAwait(false));
                    break;
                case CellPart.Feed(var source, _):
                    feeds.Add(Package.Feed(source, folder));
                    break;
                case CellPart.Prose(var mime, var text, _):
                    execution.Emit(new Output.Shown(MimeBundle.Of(mime, text), execution.NextId()));
                    break;
                case CellPart.Import(var path, var line):
                    await Import(path, line, folder, execution, importing, stop).ConfigureAwait(false);
                    break;
                case CellPart.Code(var text, _):
                    await Submit(name, text, execution, stop).ConfigureAwait(false);
                    break;
            }
        }

        if (parts.OfType<CellPart.Time>().Any())
        {
            execution.Emit(new Output.Shown(MimeBundle.Of("text/plain", string.Create(CultureInfo.InvariantCulture, $"Wall time: {clock.Elapsed.TotalMilliseconds:0.0} ms")), execution.NextId()));
        }
    }

    private async Task Import(string path, int line, string folder, Execution execution, IReadOnlyList<string> importing, CancellationToken stop)
    {
        var file = Path.GetFullPath(Path.Combine(folder, path));
        if (importing.Contains(file))
        {
            throw new CellStopped("ImportError", $"Line {line}: {path} imports itself.");
        }

        IReadOnlyList<NotebookCell> cells;
        try
        {
            cells = NotebookFile.Cells(file);
        }
        catch (BadInput e)
        {
            throw new CellStopped("ImportError", $"Line {line}: {e.Message.Replace(file, path, StringComparison.Ordinal)}");
        }

        foreach (var (i, cell) in cells.Where(cell => cell.Kind == CellKind.Code).Index())
        {
            var name = cells.Count == 1 ? path : $"{path}, cell {i + 1}";
            await Execute(name, InCSharp(cell), Path.GetDirectoryName(file)!, execution, [.. importing, file], stop).ConfigureAwait(false);
        }
    }

    /// <summary>The text of a code cell, headed by a command where it is for another language.</summary>
    internal static string InCSharp(NotebookCell cell) => cell.Language is "csharp" or "" ? cell.Source : $"#!{cell.Language}\n{cell.Source}";

    private void Add(IReadOnlyList<string> assemblies)
    {
        // The first of a name stays: .NET would not load a second one.
        var known = options.MetadataReferences.OfType<PortableExecutableReference>().Select(reference => Path.GetFileName(reference.FilePath)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        options = options.AddReferences(assemblies.Where(path => known.Add(Path.GetFileName(path))).Select(path => MetadataReference.CreateFromFile(path)));
    }

    private async Task Submit(string name, string text, Execution execution, CancellationToken stop)
    {
        var script = Compile(name, text, stop);
        var ended = await CellThread.Run(
            async () =>
            {
                var next = await (state is null ? script.RunAsync(null, _ => true, CancellationToken.None) : script.RunFromAsync(state, _ => true, CancellationToken.None)).ConfigureAwait(false);
                if (next.Exception is null && HasValue(script, next.ReturnValue))
                {
                    execution.Emit(new Output.Returned(Formatter.Format(next.ReturnValue)));
                }

                return next;
            },
            execution,
            stop).ConfigureAwait(false);
        state = ended;
        if (ended.Exception is { } thrown)
        {
            // Not thrown again: that would add the engine's own frames to the trace.
            throw stop.IsCancellationRequested && IsStop(thrown) ? new OperationCanceledException(stop) : new CellStopped(Faults.Of(thrown));
        }
    }

    /// <summary>Whether an exception is a cell's way out after it was told to stop, also where a library or a task has wrapped it.</summary>
    internal static bool IsStop(Exception e) => e is OperationCanceledException or ThreadInterruptedException || (e.InnerException is { } inner && IsStop(inner));

    private Script<object> Compile(string name, string text, CancellationToken stop)
    {
        var plain = Next(text, name);
        var tree = plain.GetCompilation().SyntaxTrees.Single();
        // Columns are those of the text as it was written; and a text that only compiles as it was written runs as it was written.
        return Watched().FirstOrDefault(script => !HasErrors(script)) ?? (HasErrors(plain) ? throw new CellStopped(Faults.Of(plain.Compile(stop), text)) : plain);

        IEnumerable<Script<object>> Watched()
        {
            if (Instrumentation.AsksTheModel(tree))
            {
                yield return Next(Instrumentation.Apply(tree, plain.GetCompilation().GetSemanticModel(tree), stop), name);
            }

            yield return Next(Instrumentation.Apply(tree, null, stop), name);
        }

        bool HasErrors(Script<object> script) => script.Compile(stop).Any(one => one.Severity == DiagnosticSeverity.Error);
    }

    private Script<object> Next(string text, string name)
    {
        var here = options.WithFilePath(name);
        var script = state is null ? CSharpScript.Create<object>(text, here, null, loader) : state.Script.ContinueWith<object>(text, here);
        // Engines share what is known of .NET's assemblies. Two that look them up at the same moment each make their own symbols, and a later cell, given some of
        // either, finds every function of an earlier one ambiguous; so they look up one after the other.
        lock (binding)
        {
            _ = script.GetCompilation().Assembly.Modules.First().ReferencedAssemblySymbols;
        }

        return script;
    }

    // A last expression without a semicolon is the cell's value, also when it is null; one of type void is none.
    private static bool HasValue(Script<object> script, object? value)
    {
        if (value is not null)
        {
            return value is not Cells.DisplayedValue;
        }

        var compilation = script.GetCompilation();
        var tree = compilation.SyntaxTrees.Single();
        return tree.GetRoot() is CompilationUnitSyntax { Members: [.., GlobalStatementSyntax { Statement: ExpressionStatementSyntax { SemicolonToken.IsMissing: true } last }] }
            && compilation.GetSemanticModel(tree).GetTypeInfo(last.Expression).Type is { SpecialType: not SpecialType.System_Void };
    }
}
