using System.Diagnostics;
using System.Reflection;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Distillation.Notebooks;

/// <summary>A NuGet package that a cell asks for.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">The version, or * for the newest.</param>
internal sealed partial record Package(string Id, string Version)
{
    /// <summary>The package that a <c>#r</c> names; null when it names a file.</summary>
    public static Package? Parse(string name) => Pattern().Match(name) is { Success: true } match
        ? new(match.Groups["id"].Value, match.Groups["version"] is { Success: true, Value: var version } ? version : "*")
        : null;

    /// <summary>The package source that a <c>#i</c> names: an address, or a folder from the notebook's own.</summary>
    public static string Feed(string source, string folder) =>
        (source.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase) ? source[6..].Trim() : source) is var place && place.Contains("://", StringComparison.Ordinal) ? place : Path.GetFullPath(place, folder);

    /// <summary>
    /// Its assemblies and those of what it needs. Where this project stands in for a package because the feed lacks it, the stand-in's; otherwise
    /// <c>dotnet restore</c> of a project made for the purpose finds them, once: a later cell or run asks nobody.
    /// </summary>
    /// <exception cref="CellStopped">No feed has it.</exception>
    public async Task<IReadOnlyList<string>> Assemblies(IReadOnlyList<string> feeds, int line, CancellationToken stop)
    {
        if (StandIn() is { } file)
        {
            return [file];
        }

        var project = Project(feeds);
        var folder = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "distillation", "packages",
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(project)))[..16]);
        var answer = Path.Combine(folder, "obj", "project.assets.json");
        if (!File.Exists(answer))
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, "cell.csproj"), project, stop).ConfigureAwait(false);
            var (code, said) = await Restore(folder, stop).ConfigureAwait(false);
            if (code != 0 || !File.Exists(answer))
            {
                // An answer that says what went wrong is no answer to keep.
                File.Delete(answer);
                throw new CellStopped("MissingPackage", $"Line {line}: the package {Id} {Version} cannot be had: {Reason(said)}.");
            }
        }

        return Read(answer);
    }

    private string? StandIn()
    {
        var names = typeof(Package).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(entry => entry.Key == "StandIns")?.Value ?? "";
        // TorchSharp-cpu only brings the native library of TorchSharp: whoever stands in for the one stands in for the other.
        return (from name in names.Split(';', StringSplitOptions.RemoveEmptyEntries)
                where Id.Equals(name, StringComparison.OrdinalIgnoreCase) || Id.StartsWith($"{name}-", StringComparison.OrdinalIgnoreCase)
                from file in new[] { $"{name}.dll", $"{name.Split('.')[0]}.dll" }
                let path = Path.Combine(AppContext.BaseDirectory, file)
                where File.Exists(path)
                select path).FirstOrDefault();
    }

    private string Project(IReadOnlyList<string> feeds) =>
        $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
            <ManagePackageVersionsCentrally>false</ManagePackageVersionsCentrally>
            <RestoreAdditionalProjectSources>{SecurityElement.Escape(string.Join(';', feeds))}</RestoreAdditionalProjectSources>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="{SecurityElement.Escape(Id)}" Version="{SecurityElement.Escape(Version)}" />
          </ItemGroup>
        </Project>
        """;

    private static async Task<(int Code, string Said)> Restore(string folder, CancellationToken stop)
    {
        var start = new ProcessStartInfo("dotnet", ["restore", "--nologo", "--verbosity", "quiet"]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var inherited in new[] { "ArtifactsPath", "MSBuildSDKsPath", "MSBUILD_EXE_PATH" })
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(stop);
            var error = process.StandardError.ReadToEndAsync(stop);
            await process.WaitForExitAsync(stop).ConfigureAwait(false);
            return (process.ExitCode, await output.ConfigureAwait(false) + await error.ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static string Reason(string said) =>
        said.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) is { } line
            ? Regex.Replace(line[line.IndexOf("error", StringComparison.Ordinal)..], @"^error\s*|\s*\[[^\]]*\]\s*$", "").TrimEnd('.', ' ', '\r')
            : "'dotnet restore' says nothing about why";

    private static IReadOnlyList<string> Read(string answer)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(answer));
        var root = document.RootElement;
        var folders = root.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name).ToList();
        return
        [
            .. from library in root.GetProperty("targets").EnumerateObject().First().Value.EnumerateObject()
               where library.Value.TryGetProperty("runtime", out _)
               from asset in library.Value.GetProperty("runtime").EnumerateObject()
               where asset.Name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
               let place = root.GetProperty("libraries").GetProperty(library.Name).GetProperty("path").GetString()!
               let path = folders.Select(folder => Path.Combine(folder, place, asset.Name)).FirstOrDefault(File.Exists)
               where path is not null
               select path,
        ];
    }

    [GeneratedRegex(@"^\s*nuget:\s*(?<id>[\w.-]+)\s*(,\s*(?<version>[^\s,]+))?\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex Pattern();
}
