namespace Distillation;

/// <summary>The folders that a user names.</summary>
internal static class Folders
{
    /// <summary>The absolute path of a folder, which need not exist yet.</summary>
    /// <param name="what">What the folder is of: "data" or "results".</param>
    /// <param name="option">The option that names another one.</param>
    /// <param name="path">What the user wrote.</param>
    /// <exception cref="BadInput">A file has that name, or no folder can have it.</exception>
    public static string Named(string what, string option, string path)
    {
        if (path.Contains('\0'))
        {
            throw new BadInput($"The {what} folder's name holds a zero character, which no file system takes; name another one with {option}.");
        }

        var full = Path.GetFullPath(path);
        return File.Exists(full) ? throw new BadInput($"The {what} folder {full} is a file; name a folder with {option}.") : full;
    }
}
