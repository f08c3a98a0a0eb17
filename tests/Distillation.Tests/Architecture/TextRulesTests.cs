namespace Distillation.Tests.Architecture;

public sealed class TextRulesTests
{
    private static readonly string[] textEndings =
        [".cs", ".csproj", ".props", ".targets", ".sln", ".json", ".md", ".py", ".sh", ".yml", ".csv", ".txt", ".cpp", ".h", ".ipynb", "/kd", "/run", "kd", "LICENSE"];

    [Fact]
    public void No_source_names_a_folder_of_one_machine() =>
        Assert.Empty(TextRules.MachinePaths(new[] { "lib", "tests", "data", "notebooks", ".ci", ".github" }
            .Where(folder => Directory.Exists(Path.Combine(Golden.RepositoryRoot, folder)))
            .SelectMany(folder => Sources.Below(folder, textEndings))
            .Concat(RootFiles())));

    [Fact]
    public void No_source_outside_lib_compat_knows_which_feed_there_is() =>
        Assert.Empty(TextRules.FeedKnowledge(Sources.Library.Concat(Sources.Below("tests", ".cs").Where(file => !file.Path.StartsWith("tests/compat/", StringComparison.Ordinal))), Sources.Below("lib/compat", ".cs")));

    [Fact]
    public void A_machine_path_is_found_and_a_path_that_all_machines_have_is_not()
    {
        var file = new SourceFile("a.cs", "var a = \"/usr/share/data\";\nvar b = \"/" + "work/data\";\nvar c = \"shared/" + "work/x\";");

        Assert.Equal(["a.cs:2: /" + "work is a folder of one machine."], TextRules.MachinePaths([file]));
    }

    [Fact]
    public void A_namespace_that_only_a_stand_in_has_and_a_conditional_are_found()
    {
        var standIn = new SourceFile("lib/compat/X/X.cs", "namespace TorchSharp.Shim;");
        var user = new SourceFile("lib/User.cs", "using TorchSharp;\nusing TorchSharp.Shim;\n" + "#" + "if LIMITED\n");

        Assert.Equal(
            ["lib/User.cs:2: 'TorchSharp.Shim' ties this file to one kind of feed.", "lib/User.cs:3: '#" + "if' ties this file to one kind of feed."],
            TextRules.FeedKnowledge([user], [standIn]));
    }

    private static IEnumerable<SourceFile> RootFiles() =>
        from path in Directory.EnumerateFiles(Golden.RepositoryRoot)
        where textEndings.Any(path.EndsWith)
        select new SourceFile(Path.GetFileName(path), File.ReadAllText(path));
}
