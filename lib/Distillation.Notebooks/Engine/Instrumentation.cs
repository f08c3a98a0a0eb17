using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Distillation.Notebooks;

/// <summary>
/// Makes a cell stoppable. .NET has no way to end a thread from outside that always works, and <c>while (true) { }</c> looks at no token by itself; so a
/// call that looks at one is put at the start of every round of a loop, behind every label that a <c>goto</c> may reach, and at the start of
/// every function (which also ends recursion before the stack does). Nothing moves to another line, so messages and traces keep the cell's own lines.
/// Loops inside libraries are not touched: a cell that is in one is ended by the runtime's abort, see <see cref="CellThread"/>.
/// </summary>
internal static class Instrumentation
{
    private const string Check = "global::Distillation.Notebooks.Cells.Interruption.Check();";
    private const string Enter = "global::Distillation.Notebooks.Cells.Interruption.Enter();";

    /// <summary>The text with the checks in it; the text itself where it has syntax errors, which the compiler is to report as they stand.</summary>
    public static string Apply(SyntaxTree tree, CancellationToken stop) =>
        tree.GetDiagnostics(stop).Any(fault => fault.Severity == DiagnosticSeverity.Error)
            ? tree.GetText(stop).ToString()
            : tree.GetText(stop).WithChanges(tree.GetRoot(stop).DescendantNodes().SelectMany(Changes)
                .GroupBy(change => change.Span).Select(same => new TextChange(same.Key, string.Concat(same.Select(change => change.NewText))))
                .OrderBy(change => change.Span)).ToString();

    private static IEnumerable<TextChange> Changes(SyntaxNode node) => node switch
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
        MethodDeclarationSyntax { ExpressionBody: { } body } method => Arrow(body, method.SemicolonToken, method.ReturnType, method.Modifiers),
        LocalFunctionStatementSyntax { ExpressionBody: { } body } function => Arrow(body, function.SemicolonToken, function.ReturnType, function.Modifiers),
        PropertyDeclarationSyntax { ExpressionBody: { } body } property when body.Expression is not ThrowExpressionSyntax =>
            [Replace(body.ArrowToken, $"{{ get {{ {Enter} "), Returned(body.Expression), Replace(property.SemicolonToken, "; } }")],
        _ => [],
    };

    private static IEnumerable<TextChange> Round(StatementSyntax body) =>
        body is BlockSyntax block ? [Inside(block, Check)] : [Before(body, $"{{ {Check} "), new(new TextSpan(body.Span.End, 0), " }")];

    // An arrow becomes a block: 'return' where there is a value to return.
    private static IEnumerable<TextChange> Arrow(ArrowExpressionClauseSyntax body, SyntaxToken end, TypeSyntax type, SyntaxTokenList modifiers)
    {
        if (body.Expression is ThrowExpressionSyntax)
        {
            return [];
        }

        var returnsNothing = type is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword }
            || (modifiers.Any(SyntaxKind.AsyncKeyword) && type is IdentifierNameSyntax { Identifier.ValueText: "Task" or "ValueTask" } or QualifiedNameSyntax { Right: IdentifierNameSyntax { Identifier.ValueText: "Task" or "ValueTask" } });
        return [Replace(body.ArrowToken, $"{{ {Enter} "), .. returnsNothing ? Array.Empty<TextChange>() : [Returned(body.Expression)], Replace(end, "; }")];
    }

    // Where the expression begins and not where the arrow stands: the statement's line is the one that traces name.
    private static TextChange Returned(ExpressionSyntax value) => new(new TextSpan(value.SpanStart, 0), "return ");

    private static TextChange Inside(BlockSyntax block, string call) => new(new TextSpan(block.OpenBraceToken.Span.End, 0), $" {call}");

    private static TextChange Before(StatementSyntax statement, string text) => new(new TextSpan(statement.SpanStart, 0), text);

    private static TextChange Replace(SyntaxToken token, string text) => new(token.Span, text);
}
