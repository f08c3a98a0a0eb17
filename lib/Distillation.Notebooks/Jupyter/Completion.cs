using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Distillation.Notebooks.Jupyter;

/// <summary>What may stand at the cursor, by the compiler's own knowledge of the cells executed so far.</summary>
internal static class Completion
{
    private static readonly string[] commands = ["csharp", "html", "import", "markdown", "time"];
    private static readonly string[] keywords = [.. SyntaxFacts.GetKeywordKinds().Where(kind => !SyntaxFacts.IsPreprocessorKeyword(kind) || SyntaxFacts.IsReservedKeyword(kind)).Select(SyntaxFacts.GetText).Where(text => text is [>= 'a' and <= 'z', ..]).Distinct()];

    /// <summary>The answer to a complete_request.</summary>
    /// <param name="engine">Knows the earlier cells.</param>
    /// <param name="code">The cell as far as it is written.</param>
    /// <param name="cursor">Where the cursor stands, in code points.</param>
    public static JsonObject Reply(Engine engine, string code, int cursor)
    {
        var end = Positions.ToUnits(code, cursor);
        var start = end - code[..end].Reverse().TakeWhile(letter => SyntaxFacts.IsIdentifierPartCharacter(letter) || letter == '@').Count();
        var found = Find(engine, code[..end], start, code[start..end].TrimStart('@'));
        return new()
        {
            ["status"] = "ok",
            ["matches"] = new JsonArray([.. found.Select(one => (JsonNode)one.Text)]),
            ["cursor_start"] = Positions.ToCodePoints(code, start),
            ["cursor_end"] = Positions.ToCodePoints(code, end),
            ["metadata"] = new JsonObject
            {
                // What JupyterLab shows beside each.
                ["_jupyter_types_experimental"] = new JsonArray([.. found.Select(one => (JsonNode)new JsonObject
                {
                    ["start"] = Positions.ToCodePoints(code, start),
                    ["end"] = Positions.ToCodePoints(code, end),
                    ["text"] = one.Text,
                    ["type"] = one.Kind,
                })]),
            },
        };
    }

    // What begins as it was typed comes before what differs in case.
    private static List<(string Text, string Kind)> Find(Engine engine, string code, int position, string prefix)
    {
        var line = code[(code.LastIndexOf('\n') + 1)..].TrimStart();
        return
        [
            .. (line.StartsWith('#') ? Commands(line) : InCode(engine.Model(code), position, name => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                .Where(one => one.Text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                .DistinctBy(one => one.Text)
                .OrderBy(one => !one.Text.StartsWith(prefix, StringComparison.Ordinal)).ThenBy(one => one.Text, StringComparer.OrdinalIgnoreCase).ThenBy(one => one.Text, StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<(string Text, string Kind)> Commands(string line) =>
        line.StartsWith("#!", StringComparison.Ordinal) && line[2..].All(SyntaxFacts.IsIdentifierPartCharacter) ? commands.Select(name => (name, "keyword")) : [];

    // Symbols are looked at closer only when their names begin as they must: there are thousands.
    private static IEnumerable<(string Text, string Kind)> InCode(SemanticModel model, int position, Func<string, bool> begins)
    {
        var root = model.SyntaxTree.GetRoot();
        if (Places.IsInText(root, position))
        {
            return [];
        }

        var before = Before(root, position);
        return before.Kind() is SyntaxKind.DotToken or SyntaxKind.ColonColonToken
            ? (Places.Owner(before) is { } owner ? Members(model, owner, position) : []).Where(one => begins(one.Name) && IsForPeople(one)).Select(Shown)
            : before.Parent is InitializerExpressionSyntax { Parent: WithExpressionSyntax or BaseObjectCreationExpressionSyntax } initializer && Initialised(model, initializer) is { Count: > 0 } properties
                ? properties.Select(Shown)
                : Arguments(model, before).Select(name => ($"{name}:", "param"))
                    .Concat(model.LookupSymbols(position).Where(one => begins(one.Name) && IsForPeople(one)).Select(Shown))
                    .Concat(keywords.Select(word => (word, "keyword")));
    }

    // The token to the left of what is being typed.
    private static SyntaxToken Before(SyntaxNode root, int position)
    {
        var token = Places.TokenBefore(root, position);
        return token != default && token.SpanStart >= position ? token.GetPreviousToken() : token;
    }

    private static IEnumerable<ISymbol> Members(SemanticModel model, SyntaxNode owner, int position) => Places.Container(model, owner, position) switch
    {
        (INamespaceSymbol space, _) => model.LookupNamespacesAndTypes(position, space),
        ({ } type, false) => model.LookupStaticMembers(position, type),
        ({ } type, true) => model.LookupSymbols(position, type, includeReducedExtensionMethods: true).Where(one => !one.IsStatic && one is not ITypeSymbol),
        _ => [],
    };

    private static List<ISymbol> Initialised(SemanticModel model, InitializerExpressionSyntax initializer) =>
        (initializer.Parent is WithExpressionSyntax with ? model.GetTypeInfo(with.Expression).Type : model.GetTypeInfo(initializer.Parent!).Type) is { } type
            ? [.. model.LookupSymbols(initializer.SpanStart, type).Where(one => one is IPropertySymbol { IsStatic: false, SetMethod: not null, IsIndexer: false } or IFieldSymbol { IsStatic: false, IsReadOnly: false } && IsForPeople(one))]
            : [];

    // The names of parameters, behind an opening parenthesis or a comma of a call.
    private static IEnumerable<string> Arguments(SemanticModel model, SyntaxToken before) =>
        before.Kind() is SyntaxKind.OpenParenToken or SyntaxKind.CommaToken && before.Parent is ArgumentListSyntax { Parent: { } call }
            ? call is InvocationExpressionSyntax invocation
                ? model.GetMemberGroup(invocation.Expression).OfType<IMethodSymbol>().SelectMany(method => method.Parameters).Select(parameter => parameter.Name).Distinct()
                : model.GetMemberGroup((ExpressionSyntax)call).OfType<IMethodSymbol>().SelectMany(method => method.Parameters).Select(parameter => parameter.Name).Distinct()
            : [];

    private static bool IsForPeople(ISymbol symbol) =>
        symbol is { CanBeReferencedByName: true, IsImplicitlyDeclared: false } or IParameterSymbol or ILocalSymbol or INamespaceSymbol
        && !symbol.Name.StartsWith('<')
        && !symbol.GetAttributes().Any(one => one.AttributeClass?.Name == "EditorBrowsableAttribute" && one.ConstructorArguments is [{ Value: 1 }]);

    private static (string Text, string Kind) Shown(ISymbol symbol) => (
        SyntaxFacts.GetKeywordKind(symbol.Name) != SyntaxKind.None && SyntaxFacts.IsReservedKeyword(SyntaxFacts.GetKeywordKind(symbol.Name)) ? $"@{symbol.Name}" : symbol.Name,
        symbol switch
        {
            IMethodSymbol => "function",
            IPropertySymbol or IEventSymbol => "property",
            INamespaceSymbol => "module",
            ITypeSymbol { TypeKind: TypeKind.Interface } => "interface",
            ITypeSymbol => "class",
            IFieldSymbol { ContainingType.TypeKind: TypeKind.Enum } or IFieldSymbol { IsConst: true } => "constant",
            IParameterSymbol => "param",
            _ => "instance",
        });
}
