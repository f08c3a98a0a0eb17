using System.Collections.Frozen;
using System.Net;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Distillation.Notebooks.Site;

/// <summary>
/// Code with its parts told apart, from the compiler's own syntax tree of a script. What a name means is read from where it stands; the compiler's classifier would also read it from the assemblies, but they
/// are not at hand where a page is made, and the package brings half an editor along.
/// </summary>
internal static class Highlighter
{
    private static readonly CSharpParseOptions script = new(kind: SourceCodeKind.Script, documentationMode: DocumentationMode.None);

    private static readonly FrozenSet<string> csharp = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "csharp", "c#", "cs", "csx");

    /// <summary>The code as HTML: escaped, its parts in spans of the classes k keyword, t type, m method, s text, n number, c comment, d directive. Other languages are only escaped.</summary>
    public static string Html(string code, string language)
    {
        if (!csharp.Contains(language))
        {
            return WebUtility.HtmlEncode(code);
        }

        var root = CSharpSyntaxTree.ParseText(code, script).GetCompilationUnitRoot();
        var parts = root.DescendantTrivia().Select(trivia => (trivia.FullSpan, Class: Class(trivia)))
            .Concat(root.DescendantTokens().Select(token => (FullSpan: token.Span, Class: Class(token))))
            .Where(part => part.Class.Length > 0 && part.FullSpan.Length > 0).OrderBy(part => part.FullSpan.Start);
        var html = new StringBuilder();
        var from = 0;
        foreach (var (span, name) in parts.Where(part => part.FullSpan.Start >= 0))
        {
            var (start, end) = (Math.Max(from, span.Start), span.End);
            // The end of a directive's line is the line's.
            var text = code[start..Math.Max(start, end)];
            var line = text.TrimEnd('\r', '\n');
            html.Append(WebUtility.HtmlEncode(code[from..start])).Append(line.Length > 0 ? $"<span class=\"{name}\">{WebUtility.HtmlEncode(line)}</span>" : "").Append(text[line.Length..]);
            from = Math.Max(start, end);
        }

        return html.Append(WebUtility.HtmlEncode(code[from..])).ToString();
    }

    private static string Class(SyntaxTrivia trivia) => trivia.Kind() switch
    {
        SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia or SyntaxKind.SingleLineDocumentationCommentTrivia or SyntaxKind.MultiLineDocumentationCommentTrivia => "c",
        _ when trivia.IsDirective => "d",
        _ => "",
    };

    private static string Class(SyntaxToken token) => token.Kind() switch
    {
        SyntaxKind.NumericLiteralToken => "n",
        SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken or SyntaxKind.Utf8StringLiteralToken
            or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.Utf8SingleLineRawStringLiteralToken or SyntaxKind.Utf8MultiLineRawStringLiteralToken
            or SyntaxKind.InterpolatedStringStartToken or SyntaxKind.InterpolatedVerbatimStringStartToken or SyntaxKind.InterpolatedSingleLineRawStringStartToken or SyntaxKind.InterpolatedMultiLineRawStringStartToken
            or SyntaxKind.InterpolatedStringTextToken or SyntaxKind.InterpolatedStringEndToken or SyntaxKind.InterpolatedRawStringEndToken => "s",
        SyntaxKind.IdentifierToken => Class(token.Parent!, token),
        _ when token.IsKeyword() || SyntaxFacts.IsContextualKeyword(token.Kind()) => "k",
        _ => "",
    };

    private static string Class(SyntaxNode node, SyntaxToken token) => node switch
    {
        BaseTypeDeclarationSyntax or DelegateDeclarationSyntax or TypeParameterSyntax => "t",
        MethodDeclarationSyntax or LocalFunctionStatementSyntax => "m",
        IdentifierNameSyntax { IsVar: true } or IdentifierNameSyntax { IsUnmanaged: true } or IdentifierNameSyntax { IsNotNull: true } => "k",
        SimpleNameSyntax name when name.Parent is InvocationExpressionSyntax call && call.Expression == name => token.ValueText == "nameof" ? "k" : "m",
        SimpleNameSyntax name when name.Parent is MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax call } access && access.Name == name && call.Expression == access => "m",
        SimpleNameSyntax name when name.Parent is MemberBindingExpressionSyntax { Parent: InvocationExpressionSyntax } => "m",
        SimpleNameSyntax name when SyntaxFacts.IsInTypeOnlyContext(name) => name.Ancestors().Any(above => above is UsingDirectiveSyntax) ? "" : "t",
        SimpleNameSyntax { Parent: TypeParameterConstraintClauseSyntax } => "t",
        // Names of variables begin with a small letter in these notebooks, so Math in Math.PI is a type.
        SimpleNameSyntax name when name.Parent is MemberAccessExpressionSyntax access && access.Expression == name && char.IsUpper(token.ValueText, 0) => "t",
        _ => "",
    };
}
