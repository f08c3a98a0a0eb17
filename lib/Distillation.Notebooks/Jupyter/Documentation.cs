using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Distillation.Notebooks.Jupyter;

/// <summary>The documentation comments of what assemblies contain: from the XML file beside each, and for .NET's own from the SDK where one is installed.</summary>
internal static partial class Documentation
{
    /// <summary>The summary in a few lines of text, with everything else where that is wanted; null without documentation.</summary>
    public static string? Of(ISymbol symbol, Compilation compilation, bool isDetailed)
    {
        var original = (symbol as IMethodSymbol)?.ReducedFrom ?? symbol.OriginalDefinition;
        return original.GetDocumentationCommentId() is { } id && original.ContainingAssembly is { } assembly
            && compilation.GetMetadataReference(assembly) is PortableExecutableReference { FilePath: { } path }
            && Files(path).Select(file => Find(file, id)).FirstOrDefault(member => member is not null) is { } found
            ? Text(found, isDetailed)
            : null;
    }

    private static IEnumerable<string> Files(string assembly)
    {
        var beside = Path.ChangeExtension(assembly, ".xml");
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return File.Exists(beside) ? [beside] : Path.GetDirectoryName(assembly) != runtime ? [] : Sdk(runtime);
    }

    // …/shared/Microsoft.NETCore.App/10.0.0 has the assemblies, …/packs/Microsoft.NETCore.App.Ref/10.0.0/ref/net10.0 what is written about them.
    private static IEnumerable<string> Sdk(string runtime)
    {
        var packs = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", "packs", "Microsoft.NETCore.App.Ref"));
        return !Directory.Exists(packs) ? [] : Directory.GetDirectories(packs).OrderDescending(StringComparer.Ordinal).Take(1)
            .Select(pack => Path.Combine(pack, "ref", $"net{Environment.Version.Major}.0")).Where(Directory.Exists)
            // Most of what a cell calls is in the first.
            .SelectMany(folder => Directory.GetFiles(folder, "*.xml")).OrderBy(file => Path.GetFileName(file) != "System.Runtime.xml").ThenBy(file => file, StringComparer.Ordinal);
    }

    private static XElement? Find(string file, string id)
    {
        try
        {
            using var reader = XmlReader.Create(file);
            while (reader.ReadToFollowing("member"))
            {
                if (reader.GetAttribute("name") == id)
                {
                    return (XElement)XNode.ReadFrom(reader);
                }
            }
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            // A damaged file documents nothing.
        }

        return null;
    }

    private static string Text(XElement member, bool isDetailed)
    {
        var parts = member.Elements().Where(part => isDetailed || part.Name == "summary" || part.Name == "param" || part.Name == "returns").Select(part => part.Name.LocalName switch
        {
            "summary" or "remarks" => Plain(part),
            "param" or "typeparam" => $"  {part.Attribute("name")?.Value}: {Plain(part)}",
            "exception" => $"  throws {Last(part.Attribute("cref")?.Value)}: {Plain(part)}",
            var name => $"  {name}: {Plain(part)}",
        });
        return string.Join('\n', parts.Where(part => !part.EndsWith(": ", StringComparison.Ordinal) && part.Length > 0));
    }

    private static string Plain(XElement part) => Spaces().Replace(string.Concat(part.Nodes().Select(Plain)), " ").Trim();

    private static string Plain(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "paramref" or "typeparamref" or "seealso" } link when link.IsEmpty || link.Value.Length == 0 => Last((link.Attribute("cref") ?? link.Attribute("name") ?? link.Attribute("langword") ?? link.Attribute("href"))?.Value),
        XElement inner => $" {string.Concat(inner.Nodes().Select(Plain))} ",
        _ => "",
    };

    // M:System.Math.Sqrt(System.Double) → Sqrt
    private static string Last(string? reference) => reference is null ? "" : reference.StartsWith("http", StringComparison.Ordinal) ? reference : Arity().Replace(reference.Split('(')[0].Split('.')[^1], "");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"`+\d+|^\w:")]
    private static partial Regex Arity();
}
