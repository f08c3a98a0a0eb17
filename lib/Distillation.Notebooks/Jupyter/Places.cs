using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Distillation.Notebooks.Jupyter;

/// <summary>What stands to the left of a dot, as far as the compiler can tell from a text that is still being typed.</summary>
internal static class Places
{
    /// <summary>The expression, type or namespace whose member is asked for at a dot; null where no member is.</summary>
    public static SyntaxNode? Owner(SyntaxToken dot) => dot.Parent switch
    {
        MemberAccessExpressionSyntax access => access.Expression,
        QualifiedNameSyntax name => name.Left,
        MemberBindingExpressionSyntax binding => binding.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>()?.Expression,
        _ => null,
    };

    /// <summary>The namespace or type that an owner names, else the type of its value; whether it is a value.</summary>
    public static (INamespaceOrTypeSymbol? Container, bool IsValue) Container(SemanticModel model, SyntaxNode owner, int position)
    {
        if (Named(model.GetSymbolInfo(owner)) is { } named)
        {
            return (named, false);
        }

        if (owner is ExpressionSyntax expression && model.GetTypeInfo(expression).Type is { TypeKind: not TypeKind.Error } type)
        {
            return (type, true);
        }

        // 'x.' before a name on the next line is read as a type: take it for what it would be as an expression.
        var guess = SyntaxFactory.ParseExpression(owner.ToString());
        return Named(model.GetSpeculativeSymbolInfo(position, guess, SpeculativeBindingOption.BindAsExpression)) is { } other
            ? (other, false)
            : (model.GetSpeculativeTypeInfo(position, guess, SpeculativeBindingOption.BindAsExpression).Type is { TypeKind: not TypeKind.Error } value ? value : null, true);
    }

    /// <summary>The token that ends at a position or around it.</summary>
    public static SyntaxToken TokenBefore(SyntaxNode root, int position) => position == 0 ? default : root.FindToken(position - 1);

    /// <summary>Whether a position lies inside of text that is no code: a string, a comment.</summary>
    public static bool IsInText(SyntaxNode root, int position)
    {
        var trivia = root.FindTrivia(Math.Max(0, position - 1));
        var token = TokenBefore(root, position);
        return trivia.IsKind(SyntaxKind.SingleLineCommentTrivia)
            || (trivia.IsKind(SyntaxKind.MultiLineCommentTrivia) && position < trivia.Span.End)
            || (token.Kind() is SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken or SyntaxKind.InterpolatedStringTextToken or SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.Utf8StringLiteralToken
                && position > token.SpanStart && (position < token.Span.End || token.ContainsDiagnostics || token.IsKind(SyntaxKind.InterpolatedStringTextToken)));
    }

    private static INamespaceOrTypeSymbol? Named(SymbolInfo info) => (info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) switch
    {
        INamespaceSymbol space => space,
        ITypeSymbol { TypeKind: not TypeKind.Error } type => type,
        IAliasSymbol { Target: { } target } => target,
        _ => null,
    };

}
