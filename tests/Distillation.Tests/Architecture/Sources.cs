using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Distillation.Tests.Architecture;

/// <summary>A file of the repository: its path from the root, with forward slashes, and its text.</summary>
internal sealed record SourceFile(string Path, string Text);

/// <summary>The repository's files, and the compiler's own view of its C#.</summary>
internal static class Sources
{
    // What ImplicitUsings adds to every project.
    private const string GlobalUsings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly Lazy<IReadOnlyList<MetadataReference>> references = new(() => [.. ReferencedFiles().Select(file => MetadataReference.CreateFromFile(file))]);

    /// <summary>The files below a folder of the repository that end in one of the given ways, without build outputs and data.</summary>
    public static IReadOnlyList<SourceFile> Below(string folder, params string[] endings) =>
    [
        .. from path in Directory.EnumerateFiles(System.IO.Path.Combine(Golden.RepositoryRoot, folder), "*", new EnumerationOptions { RecurseSubdirectories = true })
           let relative = System.IO.Path.GetRelativePath(Golden.RepositoryRoot, path).Replace('\\', '/')
           where endings.Any(relative.EndsWith)
           where !relative.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or "node_modules" or "cache" or ".git")
           orderby relative
           select new SourceFile(relative, File.ReadAllText(path)),
    ];

    // Stand-ins are judged by what they stand in for; the extension for another kernel is written against a package that this test may not have.
    private static readonly string[] apart = ["lib/compat/", "lib/Distillation.Interactive/"];

    /// <summary>The C# below lib that is compiled on every feed.</summary>
    public static IReadOnlyList<SourceFile> Library { get; } = [.. Below("lib", ".cs").Where(file => !apart.Any(folder => file.Path.StartsWith(folder, StringComparison.Ordinal)))];

    /// <summary>The given files as one program, bound against the assemblies this test runs with.</summary>
    public static CSharpCompilation Compile(IEnumerable<SourceFile> files)
    {
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        return CSharpCompilation.Create(
            "Judged",
            files.Append(new SourceFile("", GlobalUsings)).Select(file => CSharpSyntaxTree.ParseText(file.Text, options, file.Path)),
            references.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: true));
    }

    // The runtime's and the packages' assemblies; ours are compiled from their sources instead.
    private static IEnumerable<string> ReferencedFiles() =>
        from file in ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(System.IO.Path.PathSeparator)
        where !System.IO.Path.GetFileName(file).StartsWith("Distillation", StringComparison.Ordinal)
        select file;
}
