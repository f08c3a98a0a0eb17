using System.Diagnostics;
using System.Text.Json;

namespace Distillation.Notebooks.Site;

/// <summary>
/// The folder of a site, written whole or not at all: everything is written beside it first and then takes its place. The folder keeps a list of its files, so that the next writing knows what
/// it may throw away: a folder that holds anything else is left alone.
/// </summary>
internal static class SiteFolder
{
    /// <summary>The list.</summary>
    public const string List = ".site.json";

    /// <summary>Looks whether a site can be written here.</summary>
    /// <exception cref="BadInput">The folder holds something that is not a site's.</exception>
    public static void Check(string folder)
    {
        if (File.Exists(folder))
        {
            throw new BadInput($"{folder} is a file, so no site can be written there; name another folder with --output.");
        }

        if (Foreign(folder) is { } foreign)
        {
            throw new BadInput($"{folder} holds {foreign}, which './kd notebook html' has not written; nothing is overwritten: name a new or empty folder with --output, or move that away.");
        }
    }

    /// <summary>Writes the site in place of the one that was there.</summary>
    /// <param name="folder">Where; made where it is missing.</param>
    /// <param name="files">What is in it, by paths with slashes.</param>
    /// <exception cref="BadInput">The folder holds something that is not a site's, or cannot be written. It is then as it was.</exception>
    public static void Replace(string folder, IReadOnlyDictionary<string, byte[]> files)
    {
        Check(folder);
        folder = Directory.Exists(folder) && Directory.ResolveLinkTarget(folder, returnFinalTarget: true) is { } named ? named.FullName : folder;
        var (fresh, old) = ($"{folder}.{Environment.ProcessId}.new", $"{folder}.{Environment.ProcessId}.old");
        if (new[] { fresh, old }.FirstOrDefault(Path.Exists) is { } inTheWay)
        {
            throw new BadInput($"{inTheWay} is in the way of writing {folder}; move it away, or name another folder with --output.");
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            Sweep(folder);
            var names = files.Keys.Order(StringComparer.Ordinal).ToList();
            // The list first: what is left of a broken writing is known by it.
            foreach (var (name, content) in files.Prepend(new(List, JsonSerializer.SerializeToUtf8Bytes(new Listed(names)))))
            {
                var path = Path.Combine(fresh, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllBytes(path, content);
            }

            Swap(folder, fresh, old);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"{folder} cannot be written: {e.Message.TrimEnd('.')}. Choose another place with --output.", e);
        }
        finally
        {
            Remove(fresh);
            Remove(old);
        }
    }

    // The first thing in the folder that is no site's: null for none. Empty folders are nobody's.
    private static string? Foreign(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        var known = Known(Path.Combine(folder, List));
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal).FirstOrDefault(name => !known.Contains(name));
    }

    private static HashSet<string> Known(string list)
    {
        try
        {
            return File.Exists(list) ? [List, .. JsonSerializer.Deserialize<Listed>(File.ReadAllBytes(list))?.Files ?? []] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static void Swap(string folder, string fresh, string old)
    {
        if (!Directory.Exists(folder))
        {
            Directory.Move(fresh, folder);
            return;
        }

        Directory.Move(folder, old);
        try
        {
            Directory.Move(fresh, folder);
        }
        catch
        {
            Directory.Move(old, folder);
            throw;
        }
    }

    // What a process left beside the folder that was killed while it wrote. An old site that nothing has replaced takes its place again.
    private static void Sweep(string folder)
    {
        foreach (var left in Directory.EnumerateDirectories(Path.GetDirectoryName(folder)!).Where(left => Writer(folder, left) is { } id && !Lives(id) && File.Exists(Path.Combine(left, List)) && Foreign(left) is null).ToList())
        {
            if (left.EndsWith(".old", StringComparison.Ordinal) && !Directory.Exists(folder))
            {
                Directory.Move(left, folder);
            }

            Remove(left);
        }
    }

    private static int? Writer(string folder, string left) =>
        left.StartsWith($"{folder}.", StringComparison.Ordinal) && left[(folder.Length + 1)..].Split('.') is [var id, "new" or "old"] && int.TryParse(id, out var number) ? number : null;

    private static bool Lives(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed record Listed(IReadOnlyList<string> Files);
}
