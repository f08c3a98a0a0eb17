using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Distillation.Tests.Architecture;

/// <summary>
/// The library is one namespace in folders that stand in an order: a folder uses what stands before it. The compiler says which file
/// declares each symbol, so neither a <c>var</c> nor an extension method nor an operator hides a dependency.
/// </summary>
internal static class FolderOrder
{
    private const string Root = "lib/Distillation/";

    /// <summary>The order in which data flows.</summary>
    public static IReadOnlyList<string> Folders { get; } =
        ["Randomness", "Schedules", "Data", "Losses", "Quantizers", "Networks", "Optimizers", "Methods", "Training", "Experiments", "Charts"];

    /// <summary>
    /// One sentence for each use, in a folder, of a symbol that a later folder declares. A file in the root of the library comes before
    /// all folders. A partial type is judged by its members; the type itself belongs to the earliest folder that declares a part of it.
    /// </summary>
    public static IEnumerable<string> Violations(CSharpCompilation compilation) =>
        from tree in compilation.SyntaxTrees
        where tree.FilePath.StartsWith(Root, StringComparison.Ordinal)
        let model = compilation.GetSemanticModel(tree)
        from sentence in tree.GetRoot().DescendantNodes().SelectMany(node => UsedAt(model, node)).Distinct()
        select sentence;

    /// <summary>Folders of the library that the order does not name.</summary>
    public static IEnumerable<string> Unknown(IEnumerable<SourceFile> files) =>
        files.Where(file => file.Path.StartsWith(Root, StringComparison.Ordinal)).Select(file => FolderOf(file.Path)).Where(folder => folder != "").Distinct().Except(Folders);

    private static IEnumerable<string> UsedAt(SemanticModel model, SyntaxNode node)
    {
        var here = FolderOf(node.SyntaxTree.FilePath);
        return from symbol in SymbolsAt(model, node)
               let there = HomeOf(symbol)
               where there is not null && Place(there) > Place(here)
               let line = node.GetLocation().GetLineSpan().StartLinePosition.Line + 1
               select $"{node.SyntaxTree.FilePath}:{line}: {NameOf(here)} uses {symbol.ToDisplayString()} of {there}, which comes later.";
    }

    private static IEnumerable<ISymbol> SymbolsAt(SemanticModel model, SyntaxNode node) =>
        new[] { model.GetSymbolInfo(node).Symbol, model.GetConversion(node).MethodSymbol }.OfType<ISymbol>().Select(Declared);

    // Of a generic or an extension method, what stands in the source; of an accessor, its property.
    private static ISymbol Declared(ISymbol symbol) => symbol switch
    {
        IMethodSymbol { ReducedFrom: { } whole } => whole.OriginalDefinition,
        IMethodSymbol { AssociatedSymbol: { } owner } => owner.OriginalDefinition,
        _ => symbol.OriginalDefinition,
    };

    // The earliest folder that declares the symbol; nothing for what is declared elsewhere, and for locals, parameters and namespaces.
    private static string? HomeOf(ISymbol? symbol) => symbol switch
    {
        INamedTypeSymbol or IMethodSymbol { MethodKind: not MethodKind.LocalFunction and not MethodKind.AnonymousFunction } or IPropertySymbol or IFieldSymbol or IEventSymbol =>
            symbol.DeclaringSyntaxReferences.Select(part => part.SyntaxTree.FilePath).Where(path => path.StartsWith(Root, StringComparison.Ordinal)).Select(FolderOf).MinBy(Place)
            ?? HomeOf(symbol.ContainingType),
        _ => null,
    };

    private static int Place(string folder) => folder == "" ? -1 : Enumerable.Range(0, Folders.Count).FirstOrDefault(i => Folders[i] == folder, Folders.Count);

    private static string FolderOf(string path) => path[Root.Length..].Split('/') is [var folder, _, ..] ? folder : "";

    private static string NameOf(string folder) => folder == "" ? "the root of the library" : folder;
}
