using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Distillation.Notebooks.Tests;

public class ScriptTests
{
    private static string Root { get; } = Path.GetFullPath(Path.Combine(Bench.Notebooks, "..", ".."));

    private static async Task<string> Run(string script, string folder)
    {
        var start = new ProcessStartInfo("dotnet", ["run", Path.Combine(Root, "notebooks", "scripts", script), "--", "smoke"]) { WorkingDirectory = Root, RedirectStandardOutput = true, RedirectStandardError = true };
        // What runs the tests is built with another project's settings.
        foreach (var inherited in new[] { "MSBuildSDKsPath", "MSBUILD_EXE_PATH", "MSBuildExtensionsPath" })
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["KD_RESULTS"] = folder;
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{await said}\n{await complained}");
        return await said;
    }

    [NeedsFashionMnistTheory]
    [Trait("Category", "Slow")]
    [InlineData("first-pipeline.cs", @"none +\d+\.\d+ ± \d+\.\d+ %.*\nkd +\d+\.\d+ ± \d+\.\d+ % +over labels [+-]?\d")]
    // Rows are in the order of their accuracies, which this many images do not settle.
    [InlineData("temperature-sweep.cs", @"(?=[\s\S]*^labels )(?=[\s\S]*^kd temperature 1 )(?=[\s\S]*^kd temperature 4 )")]
    [InlineData("checkpoint-in-and-out.cs", @"(\d+\.\d+) % before, \1 % after\n[\s\S]*its teacher \1 %")]
    public async Task A_script_runs_as_an_app_of_one_file_and_says_what_it_found(string script, string pattern)
    {
        var folder = Directory.CreateTempSubdirectory("script-").FullName;
        try
        {
            Assert.Matches("(?m)" + pattern, await Run(script, folder));
            Assert.NotEmpty(new ResultStore(folder).Runs());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("first-pipeline.cs")]
    [InlineData("temperature-sweep.cs")]
    [InlineData("checkpoint-in-and-out.cs")]
    public void A_script_compiles_against_the_library_of_today(string script)
    {
        var text = File.ReadAllText(Path.Combine(Root, "notebooks", "scripts", script));
        // What every project of .NET opens without a word.
        var opened = string.Concat(new[] { "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks" }.Select(name => $"global using {name};\n"));
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest).WithFeatures([new("FileBasedProgram", "true")]);
        var assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "script", [CSharpSyntaxTree.ParseText(text, options), CSharpSyntaxTree.ParseText(opened, options)], assemblies, new(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        Assert.DoesNotContain(compilation.GetDiagnostics(), one => one.Severity >= DiagnosticSeverity.Warning);
    }

    [Fact]
    public void The_readme_shows_the_first_pipeline_as_it_is()
    {
        var script = File.ReadAllText(Path.Combine(Root, "notebooks", "scripts", "first-pipeline.cs"));
        Assert.Contains(script[script.IndexOf("var budget", StringComparison.Ordinal)..].Trim(), File.ReadAllText(Path.Combine(Root, "README.md")));
    }
}
