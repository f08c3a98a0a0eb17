using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;

namespace Distillation.Notebooks.Tests;

/// <summary>The committed notebooks use nothing in their cells that .NET Interactive's C# kernel lacks.</summary>
public class InteractiveTests
{
    // What that kernel opens for every cell; the functions that show values are its own there, with these names.
    private static readonly string[] usings =
        ["System", "System.IO", "System.Text", "System.Collections", "System.Collections.Generic", "System.Linq", "System.Threading.Tasks", "Distillation.Notebooks.Cells", "Distillation.Notebooks.Cells.Shows"];

    private static readonly string[] shared = ["display", "Display", "DisplayAs", "HTML", "Javascript", "CSS", "DisplayedValue", "Update"];

    /// <summary>All notebooks by name.</summary>
    public static TheoryData<string> Notebooks => [.. Directory.EnumerateFiles(Folder, "*.ipynb").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string Folder { get; } = Path.GetFullPath(Path.Combine(Bench.Notebooks, "..", "..", "notebooks"));

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void A_notebook_compiles_in_the_C_sharp_of_that_kernel_and_calls_only_what_both_kernels_have(string name)
    {
        Script<object>? script = null;
        var references = new List<string>();
        foreach (var (number, cell) in NotebookFile.Cells(Path.Combine(Folder, name)).Where(cell => cell.Kind == CellKind.Code).Index())
        {
            Assert.Equal("csharp", cell.Language);
            references.AddRange(CellParts.Of(cell.Source).OfType<CellPart.Reference>().Select(reference => Path.Combine(AppContext.BaseDirectory, Path.GetFileName(reference.Name))));
            var options = ScriptOptions.Default.WithReferences(References.Framework).AddReferences(typeof(Engine).Assembly).AddReferences(references).WithImports(usings)
                .WithLanguageVersion(LanguageVersion.CSharp13).WithFilePath($"cell {number + 1}");
            var code = CellParts.CodeOf(cell.Source);
            script = script is null ? CSharpScript.Create<object>(code, options) : script.ContinueWith<object>(code, options);
            var compilation = script.GetCompilation();
            Assert.Empty(compilation.GetDiagnostics().Where(one => one.Severity == DiagnosticSeverity.Error).Select(one => one.ToString()));
            Assert.Empty(Used(compilation).Except(shared));
        }
    }

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void A_notebook_gives_only_commands_that_both_kernels_know_and_loads_assemblies_by_path(string name) =>
        Assert.All(NotebookFile.Cells(Path.Combine(Folder, name)).Where(cell => cell.Kind == CellKind.Code).SelectMany(cell => CellParts.Of(cell.Source)), part =>
        {
            Assert.True(part is CellPart.Code or CellPart.Prose { Mime: "text/markdown" } or CellPart.Import or CellPart.Time or CellPart.Reference, part.ToString());
            // Beside the program, where 'dotnet build' puts them.
            Assert.True(part is not CellPart.Reference(var assembly, _) || Regex.IsMatch(assembly, @"^\.\./artifacts/bin/Distillation\.Cli/release/[\w.]+\.dll$"), part.ToString());
        });

    [Fact]
    public void Native_libraries_lie_beside_the_assemblies_that_a_cell_loads_by_path()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(here.Parent!.Parent!.FullName, "Distillation.Cli", here.Name);
        var unpacked = Path.Combine(program, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        // Those of packages, or that of the stand-in.
        var libraries = Directory.Exists(unpacked) ? Directory.GetFiles(unpacked).Select(path => Path.GetFileName(path)) : ["libTorchShim.so"];
        Assert.All(libraries, name => Assert.True(File.Exists(Path.Combine(program, name)), name));
    }

    [Fact]
    public void What_a_cell_uses_of_this_engine_is_found()
    {
        var options = ScriptOptions.Default.WithReferences(References.Framework).AddReferences(typeof(Engine).Assembly).WithImports(usings);
        Assert.Equal(["Markup", "display"], Used(CSharpScript.Create<object>("display(new Markup(\"text/html\", \"<b>x</b>\"))", options).GetCompilation()).Order(StringComparer.Ordinal));
    }

    // Names of what the cell takes from the engine's assembly, types by the way that they are written.
    private static IEnumerable<string> Used(Compilation compilation)
    {
        var tree = compilation.SyntaxTrees.Single();
        var model = compilation.GetSemanticModel(tree);
        return tree.GetRoot().DescendantNodes().OfType<Microsoft.CodeAnalysis.CSharp.Syntax.SimpleNameSyntax>()
            .Where(name => !name.IsVar && model.GetSymbolInfo(name).Symbol is { Kind: SymbolKind.Method or SymbolKind.NamedType or SymbolKind.Property } symbol && symbol.ContainingAssembly?.Name == typeof(Engine).Assembly.GetName().Name)
            .Select(name => name.Identifier.ValueText).Distinct();
    }
}
