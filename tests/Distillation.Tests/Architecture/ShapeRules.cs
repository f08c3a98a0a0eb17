using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Distillation.Tests.Architecture;

/// <summary>Rules on what types may look like: closed hierarchies of records, and no state outside values.</summary>
internal static class ShapeRules
{
    private static readonly string[] mutableCollections = ["List", "Dictionary", "HashSet", "Queue", "Stack", "ConcurrentDictionary", "ConcurrentBag", "ConcurrentQueue"];

    /// <summary>One sentence for each class that inherits a class of ours which is not abstract.</summary>
    public static IEnumerable<string> ConcreteParents(CSharpCompilation compilation) =>
        from type in TypesOf(compilation)
        let parent = type.BaseType
        where parent is { IsAbstract: false, TypeKind: TypeKind.Class } && parent.OriginalDefinition.DeclaringSyntaxReferences.Length > 0
        select $"{WhereIs(type)}: {type.ToDisplayString()} inherits {parent.ToDisplayString()}, which is not abstract.";

    /// <summary>One sentence for each static field or property that can change, or holds a collection that can.</summary>
    public static IEnumerable<string> MutableStatics(CSharpCompilation compilation) =>
        from type in TypesOf(compilation)
        from member in type.GetMembers()
        where member is { IsStatic: true, IsImplicitlyDeclared: false }
        let fault = member switch
        {
            IFieldSymbol { IsConst: true } => null,
            IFieldSymbol { IsReadOnly: false } => "can be assigned",
            IPropertySymbol { SetMethod: not null } => "can be assigned",
            IFieldSymbol field when mutableCollections.Contains(field.Type.Name) => "holds a collection that can change",
            IPropertySymbol property when IsStored(property) && mutableCollections.Contains(property.Type.Name) => "holds a collection that can change",
            _ => null,
        }
        where fault is not null
        select $"{WhereIs(member)}: the static {member.ToDisplayString()} {fault}.";

    private static bool IsStored(IPropertySymbol property) =>
        property.DeclaringSyntaxReferences.Any(part => part.GetSyntax() is PropertyDeclarationSyntax { ExpressionBody: null });

    private static IEnumerable<INamedTypeSymbol> TypesOf(CSharpCompilation compilation) =>
        from tree in compilation.SyntaxTrees
        let model = compilation.GetSemanticModel(tree)
        from declaration in tree.GetRoot().DescendantNodes().OfType<BaseTypeDeclarationSyntax>()
        let type = model.GetDeclaredSymbol(declaration)
        where type is not null && type.DeclaringSyntaxReferences[0].SyntaxTree == tree && type.DeclaringSyntaxReferences[0].Span == declaration.Span
        select type;

    private static string WhereIs(ISymbol symbol)
    {
        var place = symbol.Locations[0].GetLineSpan();
        return $"{place.Path}:{place.StartLinePosition.Line + 1}";
    }
}
