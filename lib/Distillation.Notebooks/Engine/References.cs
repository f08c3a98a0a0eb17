using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;

namespace Distillation.Notebooks;

/// <summary>The assemblies that cells see: those of .NET, and what <c>#r</c> added.</summary>
internal static class References
{
    private static readonly Lazy<ImmutableArray<MetadataReference>> framework = new(() =>
    [
        .. from file in ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
           where Path.GetDirectoryName(file) == Path.GetDirectoryName(typeof(object).Assembly.Location)
           select MetadataReference.CreateFromFile(file),
    ]);

    /// <summary>All assemblies of .NET itself.</summary>
    public static ImmutableArray<MetadataReference> Framework => framework.Value;

    /// <summary>The assembly files that a <c>#r</c> stands for; none when .NET has it anyway.</summary>
    /// <param name="name">What stands in the quotes.</param>
    /// <param name="folder">What relative paths start from.</param>
    /// <param name="feeds">Package sources beside the usual ones.</param>
    /// <param name="line">The line it stands on.</param>
    /// <param name="stop">Ends a download.</param>
    /// <exception cref="CellStopped">There is no such assembly or package.</exception>
    public static async Task<IReadOnlyList<string>> Resolve(string name, string folder, IReadOnlyList<string> feeds, int line, CancellationToken stop)
    {
        if (Package.Parse(name) is { } package)
        {
            return await package.Assemblies(feeds, line, stop).ConfigureAwait(false);
        }

        if (Path.GetFileNameWithoutExtension(name) is var simple && name.IndexOfAny(['/', '\\']) < 0 && InFramework(name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? simple : name))
        {
            return [];
        }

        var path = Path.GetFullPath(Path.Combine(folder, name.Replace('\\', '/')));
        if (!File.Exists(path))
        {
            throw new CellStopped("MissingAssembly", $"Line {line}: there is no assembly {name} (paths start from the notebook's folder); build the project it comes from with 'dotnet build', or correct the path.");
        }

        try
        {
            AssemblyName.GetAssemblyName(path);
        }
        catch (Exception e) when (e is BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            throw new CellStopped("MissingAssembly", $"Line {line}: {name} is no .NET assembly.");
        }

        // What this program itself is made of is loaded already, and .NET loads no second copy of it: compile against the one that will run.
        var own = Path.Combine(AppContext.BaseDirectory, Path.GetFileName(path));
        return [File.Exists(own) ? own : path];
    }

    private static bool InFramework(string simple) => File.Exists(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, $"{simple}.dll"));
}
