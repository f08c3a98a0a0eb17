using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Distillation.Notebooks;

/// <summary>
/// Makes a cell stoppable. .NET has no way to end a thread from outside that always works, and <c>while (true) { }</c> looks at no token by itself; so a
/// call that looks at one is put at the start of every round of a loop, behind every label that a <c>goto</c> may reach, and at the start of
/// every function, lambda and initializer (which also ends recursion before the stack does). Nothing moves to another line, so messages and
/// traces keep the cell's own lines. Loops inside libraries are not touched, see <see cref="CellThread"/>.
/// </summary>
internal static class Instrumentation
{
    private const string Check = "global::Distillation.Notebooks.Cells.Interruption.Check();";
    private const string Enter = "global::Distillation.Notebooks.Cells.Interruption.Enter();";
    private const string Entered = "global::Distillation.Notebooks.Cells.Interruption.Entered() ? (";

    /// <summary>The text with the checks in it; the text itself where it has syntax errors, which the compiler is to report as they stand.</summary>
    /// <param name="tree">The text.</param>
    /// <param name="model">
    /// What the compiler makes of it: only it knows whether the expression of a lambda is returned, and whether the lambda is code at all or data for
    /// a library. Without it such lambdas are left as they are.
    /// </param>
    /// <param name="stop">Ends it.</param>
    public static string Apply(SyntaxTree tree, SemanticModel? model, CancellationToken stop) =>
        tree.GetDiagnostics(stop).Any(fault => fault.Severity == DiagnosticSeverity.Error)
            ? tree.GetText(stop).ToString()
            : tree.GetText(stop).WithChanges(tree.GetRoot(stop).DescendantNodes().SelectMany(node => Changes(node, model)).GroupBy(piece => piece.Span).Select(Joined).OrderBy(change => change.Span)).ToString();

    /// <summary>Whether <see cref="Apply"/> makes use of the model.</summary>
    public static bool AsksTheModel(SyntaxTree tree) => tree.GetRoot().DescendantNodes().Any(node => node is LambdaExpressionSyntax { ExpressionBody: not null });

    // What ends somewhere comes before what begins there, and of the ends the innermost first: nodes are visited from the outside in.
    private static TextChange Joined(IEnumerable<Piece> here) =>
        here.ToList() is var all ? new(all[0].Span, string.Concat(all.Where(piece => piece.IsEnd).Reverse().Concat(all.Where(piece => !piece.IsEnd)).Select(piece => piece.Text))) : default;

    private static IEnumerable<Piece> Changes(SyntaxNode node, SemanticModel? model) => node switch
    {
        WhileStatementSyntax loop => Round(loop.Statement),
        DoStatementSyntax loop => Round(loop.Statement),
        ForStatementSyntax loop => Round(loop.Statement),
        CommonForEachStatementSyntax loop => Round(loop.Statement),
        LabeledStatementSyntax label => [Before(label.Statement, $"{Check} ")],
        BaseMethodDeclarationSyntax { Body: { } body } => [Inside(body, Enter)],
        AccessorDeclarationSyntax { Body: { } body } => [Inside(body, Enter)],
        LocalFunctionStatementSyntax { Body: { } body } => [Inside(body, Enter)],
        AnonymousFunctionExpressionSyntax { Block: { } body } => [Inside(body, Enter)],
        MethodDeclarationSyntax { ExpressionBody: { } body } method => Arrow(body, method.SemicolonToken, ReturnsNothing(method.ReturnType, method.Modifiers)),
        LocalFunctionStatementSyntax { ExpressionBody: { } body } function => Arrow(body, function.SemicolonToken, ReturnsNothing(function.ReturnType, function.Modifiers)),
        BaseMethodDeclarationSyntax { ExpressionBody: { } body } other => Arrow(body, other.SemicolonToken, other is ConstructorDeclarationSyntax or DestructorDeclarationSyntax),
        AccessorDeclarationSyntax { ExpressionBody: { } body } accessor => Arrow(body, accessor.SemicolonToken, !accessor.IsKind(SyntaxKind.GetAccessorDeclaration)),
        PropertyDeclarationSyntax { ExpressionBody: { } body } property => Getter(body, property.SemicolonToken),
        IndexerDeclarationSyntax { ExpressionBody: { } body } indexer => Getter(body, indexer.SemicolonToken),
        LambdaExpressionSyntax { ExpressionBody: { } body } lambda when model is not null => Lambda(lambda, body, model),
        EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax property } start when !property.Modifiers.Any(SyntaxKind.StaticKeyword) => Guarded(start.Value),
        EqualsValueClauseSyntax { Parent.Parent.Parent: FieldDeclarationSyntax { Parent: TypeDeclarationSyntax } field } start
            when !field.Modifiers.Any(SyntaxKind.StaticKeyword) && !field.Modifiers.Any(SyntaxKind.ConstKeyword) => Guarded(start.Value),
        ArgumentSyntax { RefOrOutKeyword.RawKind: 0, Parent.Parent: ConstructorInitializerSyntax or PrimaryConstructorBaseTypeSyntax } argument => Guarded(argument.Expression),
        _ => [],
    };

    private static IEnumerable<Piece> Round(StatementSyntax body) =>
        body is BlockSyntax block ? [Inside(block, Check)] : [Before(body, $"{{ {Check} "), After(body, " }")];

    // An arrow becomes a block: 'return' where there is a value to return.
    private static IEnumerable<Piece> Arrow(ArrowExpressionClauseSyntax body, SyntaxToken end, bool returnsNothing) =>
        body.Expression is ThrowExpressionSyntax ? [] : [Replace(body.ArrowToken, $"{{ {Enter} "), .. returnsNothing ? Array.Empty<Piece>() : [Returned(body.Expression)], Replace(end, "; }")];

    private static IEnumerable<Piece> Getter(ArrowExpressionClauseSyntax body, SyntaxToken end) =>
        body.Expression is ThrowExpressionSyntax ? [] : [Replace(body.ArrowToken, $"{{ get {{ {Enter} "), Returned(body.Expression), Replace(end, "; } }")];

    private static IEnumerable<Piece> Lambda(LambdaExpressionSyntax lambda, ExpressionSyntax body, SemanticModel model) =>
        body is ThrowExpressionSyntax || lambda.AncestorsAndSelf().OfType<LambdaExpressionSyntax>().Any(one => IsData(one, model)) || model.GetSymbolInfo(lambda).Symbol is not IMethodSymbol function
            ? []
            : [
                new(new(lambda.ArrowToken.Span.End, 0), $" {{ {Enter} "),
                .. function.ReturnsVoid || (function.IsAsync && function.ReturnType is INamedTypeSymbol { IsGenericType: false }) ? Array.Empty<Piece>() : [Returned(body)],
                After(body, "; }"),
            ];

    // A lambda that a library gets to read as an expression has no place for statements.
    private static bool IsData(LambdaExpressionSyntax lambda, SemanticModel model) =>
        model.GetTypeInfo(lambda).ConvertedType is { Name: "Expression", ContainingNamespace: { Name: "Expressions", ContainingNamespace.Name: "Linq" } };

    // The fields of an object are set before its constructor's first line: a class that makes itself there would never reach a check. Asked first, then computed.
    private static IEnumerable<Piece> Guarded(ExpressionSyntax value) =>
        value is not (InitializerExpressionSyntax or AnonymousFunctionExpressionSyntax or RefExpressionSyntax) && value.DescendantNodesAndSelf().Any(node => node is BaseObjectCreationExpressionSyntax or InvocationExpressionSyntax)
            ? [Before(value, Entered), After(value, ") : throw null")]
            : [];

    private static bool ReturnsNothing(TypeSyntax type, SyntaxTokenList modifiers) =>
        type is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword }
        || (modifiers.Any(SyntaxKind.AsyncKeyword) && type is IdentifierNameSyntax { Identifier.ValueText: "Task" or "ValueTask" } or QualifiedNameSyntax { Right: IdentifierNameSyntax { Identifier.ValueText: "Task" or "ValueTask" } });

    // Where the expression begins and not where the arrow stands: the statement's line is the one that traces name.
    private static Piece Returned(ExpressionSyntax value) => Before(value, "return ");

    private static Piece Inside(BlockSyntax block, string call) => new(new(block.OpenBraceToken.Span.End, 0), $" {call}");

    private static Piece Before(SyntaxNode node, string text) => new(new(node.SpanStart, 0), text);

    private static Piece After(SyntaxNode node, string text) => new(new(node.Span.End, 0), text, IsEnd: true);

    private static Piece Replace(SyntaxToken token, string text) => new(token.Span, text);

    private readonly record struct Piece(TextSpan Span, string Text, bool IsEnd = false);
}
