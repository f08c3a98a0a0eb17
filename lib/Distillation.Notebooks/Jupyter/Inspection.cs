using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Distillation.Notebooks.Jupyter;

/// <summary>What the name at the cursor stands for: its signature, and what its documentation says.</summary>
internal static class Inspection
{
    private static readonly SymbolDisplayFormat signature = SymbolDisplayFormat.MinimallyQualifiedFormat
        .WithMemberOptions(SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeContainingType | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeConstantValue)
        .WithKindOptions(SymbolDisplayKindOptions.IncludeTypeKeyword)
        .AddParameterOptions(SymbolDisplayParameterOptions.IncludeDefaultValue);

    /// <summary>The answer to an inspect_request.</summary>
    /// <param name="engine">Knows the earlier cells.</param>
    /// <param name="code">The cell as far as it is written.</param>
    /// <param name="cursor">Where the cursor stands, in code points.</param>
    /// <param name="isDetailed">Whether all overloads and remarks are wanted.</param>
    public static JsonObject Reply(Engine engine, string code, int cursor, bool isDetailed)
    {
        var model = engine.Model(code);
        var symbols = Symbols(model, Positions.ToUnits(code, cursor));
        var shown = symbols.Take(isDetailed ? symbols.Count : 1).Select(symbol => Describe(symbol, model.Compilation, isDetailed)).ToList();
        var more = symbols.Count - shown.Count;
        var text = string.Join("\n\n", shown) + (more > 0 ? $"\n\n{more} more overload{(more == 1 ? "" : "s")}" : "");
        return new()
        {
            ["status"] = "ok",
            ["found"] = symbols.Count > 0,
            ["data"] = symbols.Count > 0 ? new JsonObject { ["text/plain"] = text } : [],
            ["metadata"] = new JsonObject(),
        };
    }

    // Those of the name that the cursor touches; without one, those of the call whose arguments it is in. The one that is meant comes first.
    private static List<ISymbol> Symbols(SemanticModel model, int position)
    {
        var root = model.SyntaxTree.GetRoot();
        SyntaxToken[] touched = [root.FindToken(Math.Min(position, root.FullSpan.End)), Places.TokenBefore(root, position)];
        var name = touched.FirstOrDefault(token => token.Parent is not null && token.Span.Start <= position && position <= token.Span.End && (token.IsKind(SyntaxKind.IdentifierToken) || token.Parent is PredefinedTypeSyntax));
        var node = name.Parent ?? touched[1].Parent?.AncestorsAndSelf().OfType<ArgumentListSyntax>().FirstOrDefault()?.Parent;
        return node is null ? [] : [.. Of(model, node, position).Where(symbol => symbol is not ITypeSymbol { TypeKind: TypeKind.Error }).Distinct(SymbolEqualityComparer.Default)];
    }

    private static IEnumerable<ISymbol> Of(SemanticModel model, SyntaxNode node, int position)
    {
        if (model.GetDeclaredSymbol(node) is { } declared)
        {
            return [declared];
        }

        var info = model.GetSymbolInfo(node);
        ISymbol[] meant = info.Symbol is { } symbol ? [symbol] : [.. info.CandidateSymbols];
        var group = node is InvocationExpressionSyntax call ? model.GetMemberGroup(call.Expression) : model.GetMemberGroup(node);
        ISymbol[] all = [.. meant, .. group];
        return all.Length > 0 || node is not SimpleNameSyntax name ? all
            // 'Math.Sqrt' before something on the next line is read as a type.
            : node.Parent is QualifiedNameSyntax { Left: var owner } && Places.Container(model, owner, position) is ({ } container, _) ? container.GetMembers(name.Identifier.ValueText)
            : model.LookupSymbols(position, name: name.Identifier.ValueText);
    }

    private static string Describe(ISymbol symbol, Compilation compilation, bool isDetailed)
    {
        var what = symbol switch
        {
            ILocalSymbol or IFieldSymbol { ContainingType.IsScriptClass: true } => $"variable {symbol.Name} of type {(symbol is ILocalSymbol local ? local.Type : ((IFieldSymbol)symbol).Type).ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)}",
            INamespaceSymbol space => $"namespace {space.ToDisplayString()}",
            IMethodSymbol { ContainingType.IsScriptClass: true } => symbol.ToDisplayString(signature.RemoveMemberOptions(SymbolDisplayMemberOptions.IncludeContainingType)),
            _ => symbol.ToDisplayString(signature),
        };
        return Documentation.Of(symbol, compilation, isDetailed) is { Length: > 0 } documentation ? $"{what}\n\n{documentation}" : what;
    }
}
