namespace Distillation;

/// <summary>What pages are made of and <c>./kd</c> fetches from npm, once.</summary>
public static class Vendored
{
    /// <summary>Where a file lies: what an environment variable names, or in the folder of everything that is built, here or in a folder around the program or the current folder; null where it has not been fetched.</summary>
    /// <param name="file">Its path below the folder of everything that is built.</param>
    /// <param name="variable">The variable that may name it instead.</param>
    public static string? Find(string file, string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : null;
        }

        string?[] built = [Environment.GetEnvironmentVariable("ArtifactsPath")];
        return built.OfType<string>().Where(folder => folder.Length > 0)
            .Concat(Around(AppContext.BaseDirectory)).Concat(Around(Environment.CurrentDirectory).SelectMany(folder => new[] { folder, Path.Combine(folder, "artifacts") }))
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);
    }

    private static IEnumerable<string> Around(string folder)
    {
        for (var one = new DirectoryInfo(folder); one is not null; one = one.Parent)
        {
            yield return one.FullName;
        }
    }
}
